"""Turning templates into HTML: one engine, its filters, and the addresses of static files."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from minijinja import Environment

UK: Final = ZoneInfo("Europe/London")
STATIC: Final = Path(__file__).parent / "static"

_MONTHS: Final = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]
"""NHS CUI writes months so in every locale."""


class Templates:
    """Every template of the platform, by names such as ``dispatch/board.html``."""

    def __init__(self, packages: Sequence[str]) -> None:
        self._folders = [files(package) / "templates" for package in packages]
        self.version = static_version()
        self._environment = Environment(
            loader=self._source,
            undefined_behavior="chainable",  # as the NHS macros expect
            auto_escape_callback=lambda _name: "html",  # theirs end in .jinja: left unescaped
            trim_blocks=True,
            lstrip_blocks=True,
            filters=FILTERS,
            globals={"asset": self.asset},
        )

    def render(self, template: str, context: Mapping[str, object]) -> str:
        """Return *template*, filled in."""
        return self._environment.render_template(template, **context)

    def asset(self, path: str) -> str:
        """Return the address of a static file, new whenever any of them changes."""
        return f"/static/{self.version}/{path}"

    def _source(self, name: str) -> str | None:
        for folder in self._folders:
            found: Traversable = folder.joinpath(*name.split("/"))
            if found.is_file():
                return found.read_text(encoding="utf-8")
        return None


@cache
def static_version() -> str:
    """Return a short hash of every static file, as part of their addresses."""
    whole = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            whole.update(str(path.relative_to(STATIC)).encode() + path.read_bytes())
    return whole.hexdigest()[:12]


def local_time(instant: datetime | None) -> str:
    """Return the time of day in the United Kingdom, such as ``14:05``."""
    if instant is None:
        return "Not known"
    here = _here(instant)
    return f"{here.hour:02d}:{here.minute:02d}"  # a third of what strftime takes, in every row


def _here(instant: datetime) -> datetime:
    """Return *instant* on London's clock; at the ends of time, as it is."""
    try:
        return instant.astimezone(UK)
    except OverflowError:
        return instant


def local_date(day: date | datetime | None) -> str:
    """Return a day as NHS CUI writes it, such as ``14-Mar-1948``."""
    if day is None:
        return "Not known"
    if isinstance(day, datetime):
        day = _here(day).date()
    return f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}"


def local_datetime(instant: datetime | None) -> str:
    """Return day and time, such as ``22-Nov-2026 14:05``."""
    return "Not known" if instant is None else f"{local_date(instant)} {local_time(instant)}"


def nhs_number(number: str | None) -> str:
    """Return an NHS number as people read it, such as ``999 012 3454``."""
    return f"{number[:3]} {number[3:6]} {number[6:]}" if number else "Not known"


def phone(number: str | None) -> str:
    """Return a phone number in groups, such as ``07700 900 417``."""
    if not number:
        return "Not known"
    digits = number.replace(" ", "")
    return f"{digits[:5]} {digits[5:8]} {digits[8:]}" if len(digits) == 11 else number  # noqa: PLR2004


def age(born: date | None, now: datetime) -> str:
    """Return an age as NHS CUI writes it: ``78y``, ``23m`` below two years, ``9d`` below 4 weeks."""
    if born is None:
        return "Age not known"
    today = now.astimezone(UK).date()
    days = (today - born).days
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    if days < 28:  # noqa: PLR2004
        return f"{days}d"
    return f"{months}m" if months < 24 else f"{months // 12}y"  # noqa: PLR2004


def duration(length: timedelta | float) -> str:
    """Return a length of time (a number means minutes), such as ``1hr 4min``."""
    minutes = int(length.total_seconds() // 60 if isinstance(length, timedelta) else length)
    hours, rest = divmod(abs(minutes), 60)
    if not hours:
        return f"{rest}min"
    return f"{hours}hr {rest}min" if rest else f"{hours}hr"


def file_size(size: int) -> str:
    """Return how large a file is, such as ``340 kB`` or ``2.4 MB``."""
    if size < 1_000_000:  # noqa: PLR2004 - a megabyte
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1_000_000:.1f} MB"


def person_name(person: Any) -> str:
    """Return a name as NHS CUI writes it: ``OKONKWO-BRIGHT, Margaret (Mrs)``."""
    if person is None or not (person.family or person.given):
        return "Not known"
    title = getattr(person, "title", "")
    family = person.family.upper() or "Family name not known"
    return f"{family}, {person.given or 'given name not known'}" + (
        f" ({title})" if title else ""
    )


def iso(instant: datetime) -> str:
    """Return an instant for a machine: ISO 8601, UTC."""
    return instant.isoformat()


FILTERS: Final[dict[str, Any]] = {
    "local_time": local_time,
    "local_date": local_date,
    "local_datetime": local_datetime,
    "nhs_number": nhs_number,
    "phone": phone,
    "age": age,
    "duration": duration,
    "file_size": file_size,
    "person_name": person_name,
    "iso": iso,
}
