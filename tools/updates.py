"""The ledger of updates: which version of what was taken when, and what was known against it.

``python -m tools.updates`` prints what is late, by today's date; a release does not go out then.
"""

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from tools.dependencies import runtime
from tools.facts import ROOT

LEDGER: Final = ROOT / "safety" / "updates.yaml"

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


def main() -> int:
    """Print what is late or missing, by today's date."""
    found = [*unwritten(updates()), *late(updates(), datetime.now(UTC).date())]
    print(*found or ["Nothing is late, and every version is in the ledger."], sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
