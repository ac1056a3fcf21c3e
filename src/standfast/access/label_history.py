"""How guarded a record was, and is: every change, who made it, and from what to what. Pure."""

from datetime import datetime
from itertools import pairwise
from typing import Final

from msgspec import Struct

from standfast.access.model_label import Label
from standfast.facts.access import RecordLabelled

LEVELS: Final = (
    ("1", "Normal", "Whoever deals with the person"),
    ("2", "Restricted", "Clinicians, supervisors, and whoever works on the case themselves"),
    ("3", "Very restricted", "Whoever works on it themselves; other clinicians give a reason"),
)
_TITLES: Final = {int(level): title for level, title, _ in LEVELS}


class Change(Struct, frozen=True, kw_only=True):
    """One change of how guarded a record is."""

    at: datetime
    staff_name: str
    before: str
    after: str
    reason: str
    is_lower: bool
    is_proven: bool
    reference: str = ""
    """Of which case; empty: of the person's record."""
    case_id: str = ""


def changes(label: Label, *, reference: str = "", case_id: str = "") -> list[Change]:
    """Return every change of a label, the latest first; a case is named by its *reference*."""
    told = [
        Change(
            at=after.labelled_at,
            staff_name=after.staff_name,
            before=in_words(before),
            after=in_words(after),
            reason=after.reason,
            is_lower=bool(after.lowered),
            is_proven=bool(after.proof_id),
            reference=reference,
            case_id=case_id,
        )
        for before, after in pairwise((None, *label.history))
        if after is not None
    ]
    return told[::-1]


def in_words(said: RecordLabelled | None) -> str:
    """Return how guarded that is, in a line."""
    if said is None:
        return _TITLES[1]
    flags = (
        "S-flag" if said.hides_address else "",
        f"colleague {said.of_staff}" if said.of_staff else "",
        "well known" if said.well_known else "",
        *said.topics,
    )
    return ", ".join([_TITLES[said.sensitivity.value], *filter(None, flags)])
