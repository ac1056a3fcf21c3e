"""Who may be told how to get into a home: those who deal with it now, while it is open.

A tie that has ended does not count, however short ago: the crew is back, and the code is not
theirs any more. What is left then is a reason given, which somebody reviews.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from msgspec import structs

from standfast.access.asking import Act
from standfast.access.queries import Glass
from standfast.access.rows import RelationshipRow
from standfast.access.weighing import Viewer, Weighed, grounds_of, weigh
from standfast.kernel.access import Assurance, Sensitivity

ENTER: Final = "access.enter_home"
"""The act that is proven, where a fresh proof is asked for."""

ENTERING: Final = "Read how to get into the home of one case"

GO_THERE: Final = ("case", "referral", "incident")
"""Work for which somebody may have to go in. An appointment or a prescription is none."""


class Opened(Protocol):
    """A record of a case, as far as it matters here."""

    @property
    def ties(self) -> Sequence[RelationshipRow]: ...
    @property
    def glasses(self) -> Sequence[Glass]: ...
    @property
    def sensitivity(self) -> Sensitivity: ...
    @property
    def case_id(self) -> str: ...
    @property
    def proof_id(self) -> str: ...


def weigh_entering(viewer: Viewer, record: Opened, now: datetime) -> Weighed:
    """Return whether *viewer* may be told; a record with a proof was proven just now."""
    still = [
        tie
        for tie in record.ties
        if tie.ended_at is None and tie.case_id == record.case_id and tie.basis in GO_THERE
    ]
    if record.proof_id:
        viewer = structs.replace(viewer, assurance=Assurance.FRESH)
    grounds = grounds_of(viewer, still, record.glasses, now, case_id=record.case_id)
    return weigh(viewer, grounds, record.sensitivity, Act.ENTER)
