"""What each context keeps of patients, and since when nothing was added: for retention."""

from datetime import date, datetime
from typing import Final

from msgspec import Struct

from standfast.kernel.questions import Question


class KeptRecord(Struct, frozen=True, kw_only=True):
    """One record that is kept or goes as a whole. ``born`` and ``died``: None is not known.

    ``kind`` is what it is a record of: ``person``, ``case`` (of somebody never identified),
    ``incident``, ``booking``, ``prescription``. ``latest_at`` is when something was last added.
    """

    record_id: str
    kind: str
    title: str
    born: date | None
    died: date | None
    latest_at: datetime
    parts: tuple[str, ...]
    """The contacts that belong to it, by their cases' ids."""


MOST: Final = 500
"""How many are told of at once, those left alone longest first."""

PEOPLE_KEPT: Final[Question[tuple[KeptRecord, ...]]] = Question("people.kept")
CASES_KEPT: Final[Question[tuple[KeptRecord, ...]]] = Question("calls.kept")
INCIDENTS_KEPT: Final[Question[tuple[KeptRecord, ...]]] = Question("dispatch.kept")
BOOKINGS_KEPT: Final[Question[tuple[KeptRecord, ...]]] = Question("booking.kept")
PRESCRIPTIONS_KEPT: Final[Question[tuple[KeptRecord, ...]]] = Question("prescribing.kept")

EVERYTHING_KEPT: Final = (
    PEOPLE_KEPT,
    CASES_KEPT,
    INCIDENTS_KEPT,
    BOOKINGS_KEPT,
    PRESCRIPTIONS_KEPT,
)
"""Each by an ISO date: what had nothing added since, of one organisation. Or by a record's id:
that one, whenever it was last added to. :func:`asked_for` tells the two apart."""


def asked_for(key: str) -> tuple[date | None, str | None]:
    """Return the date or the record's id that *key* is."""
    try:
        return date.fromisoformat(key), None
    except ValueError:
        return None, key
