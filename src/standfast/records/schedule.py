"""How long each record is kept, as data, and whether its time has come. Pure.

Nothing is due before every rule that fits says so, and whatever is held is not due at all.
"""

import hashlib
from collections.abc import Collection, Iterable
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from standfast.facts.kept import KeptRecord

ANY: Final = "any"
SEVENTEEN: Final = 17


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One period: ``years`` after the last entry, or until a birthday."""

    id: str
    says: str
    records: tuple[str, ...]
    organisations: tuple[str, ...]
    under: int | None = None
    """Only for whoever was younger at the last entry."""
    years: int | None = None
    until_birthday: int | None = None
    until_birthday_if_17: int | None = None

    def __post_init__(self) -> None:
        """Refuse a rule that gives no period, or two."""
        if (self.years is None) == (self.until_birthday is None):
            raise ValueError("a rule gives years or a birthday, one of the two")


class Schedule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every rule, where they come from, and who has signed them."""

    source: str
    rules: tuple[Rule, ...]
    reviewed_by: str = ""
    reviewed_on: date | None = None
    version: str = ""
    """The beginning of the SHA-256 of the file."""

    @property
    def is_reviewed(self) -> bool:
        """Whether an information governance lead has signed it."""
        return bool(self.reviewed_by and self.reviewed_on)

    @property
    def shortest_years(self) -> int:
        """Nothing younger than this can be due."""
        return min((rule.years for rule in self.rules if rule.years is not None), default=0)


class Standing(StrEnum):
    """How a record stands."""

    KEPT = "kept"
    DUE = "due"
    HELD = "held"


class Verdict(Struct, frozen=True, kw_only=True):
    """How a record stands, since or until when, and by which rule.

    ``due_on`` is None when no rule fits: then it is kept until somebody writes one.
    """

    standing: Standing
    due_on: date | None
    rule: Rule | None


def due(
    record: KeptRecord,
    schedule: Schedule,
    holds: Collection[object],
    today: date,
    *,
    organisation: str,
) -> Verdict:
    """Return whether the time of *record* has come. A hold always wins.

    *organisation* is what kind of organisation keeps it.
    """
    periods = [
        (_ends(rule, record), rule)
        for rule in schedule.rules
        if _fits(rule, record, organisation)
    ]
    if not periods:
        return Verdict(
            standing=Standing.HELD if holds else Standing.KEPT, due_on=None, rule=None
        )
    due_on, rule = max(periods, key=lambda each: each[0])
    if holds:
        return Verdict(standing=Standing.HELD, due_on=due_on, rule=rule)
    standing = Standing.DUE if today >= due_on else Standing.KEPT
    return Verdict(standing=standing, due_on=due_on, rule=rule)


def years_after(day: date, years: int) -> date:
    """Return the same day *years* later; of 29 February, if there is none, 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def age_on(born: date, day: date) -> int:
    """Return how many birthdays somebody has had by *day*."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@cache
def packaged() -> Schedule:
    """Return the schedule that comes with the program. Nobody has signed it."""
    return _decoded(files("standfast.records").joinpath("retention.yaml").read_bytes())


def read(path: Path) -> Schedule:
    """Return a site's own schedule. Raises msgspec.ValidationError for one of another shape."""
    return _decoded(path.read_bytes())


def _decoded(content: bytes) -> Schedule:
    schedule = msgspec.yaml.decode(content, type=Schedule)
    version = hashlib.sha256(content).hexdigest()[:12]
    return msgspec.structs.replace(schedule, version=version)


def _fits(rule: Rule, record: KeptRecord, organisation: str) -> bool:
    return (
        _listed(record.kind, rule.records)
        and _listed(organisation, rule.organisations)
        and (rule.under is None or age_on(_born(record), _latest(record)) < rule.under)
    )


def _listed(word: str, allowed: Iterable[str]) -> bool:
    return any(each in (word, ANY) for each in allowed)


def _ends(rule: Rule, record: KeptRecord) -> date:
    latest, born = _latest(record), _born(record)
    if rule.years is not None:
        return years_after(latest, rule.years)
    birthday = rule.until_birthday or 0
    if rule.until_birthday_if_17 is not None and age_on(born, latest) == SEVENTEEN:
        birthday = rule.until_birthday_if_17
    return years_after(born, birthday)


def _latest(record: KeptRecord) -> date:
    return record.latest_at.date()


def _born(record: KeptRecord) -> date:
    """Return the day of birth; the latest it can have been, if nobody knows it."""
    return record.born or _latest(record)
