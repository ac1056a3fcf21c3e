"""The ledger of updates: which version of what was taken when, and what was known against it.

``python -m tools.updates`` prints what is late, by today's date; a release does not go out then.
"""

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import PackageNotFoundError, distribution
from typing import Final

import msgspec
from msgspec import Struct

from tools.dependencies import runtime
from tools.facts import ROOT

LEDGER: Final = ROOT / "safety" / "updates.yaml"

LEFT_ALONE: Final = timedelta(days=730)

WITHIN: Final = timedelta(days=14)
"""From a fix's release to ours, for what is rated high or critical (Cyber Essentials)."""


class Update(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version that we took. ``released`` is when its makers published it; None: not known.

    ``advisory`` names what is known against this version, ``fixed_on`` when a version without it
    was published: from that day we have two weeks.
    """

    package: str
    version: str
    released: date | None
    taken: date
    why: str
    advisory: str = ""
    fixed_on: date | None = None
    risk: str = ""
    """Why a fault in it would be dear, and what stands before it; empty: it would not."""


def updates() -> tuple[Update, ...]:
    """Return the whole ledger, as it is written."""
    return msgspec.yaml.decode(LEDGER.read_bytes(), type=tuple[Update, ...])


def current(ledger: Iterable[Update]) -> dict[str, Update]:
    """Return the latest entry of each package."""
    return {each.package: each for each in sorted(ledger, key=lambda each: each.taken)}


def late(ledger: Iterable[Update], today: date) -> Iterator[str]:
    """Yield what has been known to be vulnerable for longer than two weeks."""
    for each in current(ledger).values():
        if each.advisory and each.fixed_on and today - each.fixed_on > WITHIN:
            yield (
                f"{each.package} {each.version}: {each.advisory} was fixed on "
                f"{each.fixed_on}, more than {WITHIN.days} days ago"
            )


def unwritten(ledger: Iterable[Update]) -> Iterator[str]:
    """Yield what a node runs in a version that the ledger does not know."""
    known = {(each.package, each.version) for each in ledger}
    for each in runtime().values():
        if (each.name, each.version) not in known:
            yield f"{each.name} {each.version} is not in {LEDGER.name}"


def unmarked(ledger: Iterable[Update]) -> Iterator[str]:
    """Yield what is compiled or has been left alone by its makers, and is not marked as risky."""
    known = current(ledger)
    for name in runtime():
        entry = known.get(name)
        if entry is None or entry.risk:
            continue
        if _is_compiled(name):
            yield f"{name} is compiled: say in {LEDGER.name} what stands before it"
        elif entry.released and entry.taken - entry.released > LEFT_ALONE:
            yield f"{name} has had no version for two years: say in {LEDGER.name} what that means"


def _is_compiled(name: str) -> bool:
    try:
        listed = distribution(name).files or []
    except PackageNotFoundError:  # wanted on another system
        return False
    return any(".so" in each.suffixes for each in listed)


def risks() -> str:
    """Return the list of what is risky, for the document on dependencies."""
    lines = [
        "",
        "## What is risky, and what stands before it",
        "",
        "| Package | Why, and what then |",
    ]
    lines += ["|---|---|"]
    found = current(updates()).values()
    marked = sorted((each for each in found if each.risk), key=lambda each: each.package)
    return "\n".join([*lines, *(f"| {each.package} | {each.risk} |" for each in marked), ""])


def main() -> int:
    """Print what is late or missing, by today's date."""
    found = [
        *unwritten(updates()),
        *unmarked(updates()),
        *late(updates(), datetime.now(UTC).date()),
    ]
    print(*found or ["Nothing is late, and every version is in the ledger."], sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
