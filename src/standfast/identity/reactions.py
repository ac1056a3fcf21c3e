"""What identity does when something happens: a grant makes a person, its end takes them away."""

from typing import Final

from standfast.facts.identity import SignedOut
from standfast.facts.support import SupportEnded, SupportGranted
from standfast.identity.model import STAFF, RegisterStaff
from standfast.identity.model_leaving import DisableStaff
from standfast.identity.model_service import SERVICE_SESSION, NoteEnded
from standfast.identity.permissions import Role
from standfast.kernel.reactions import Reaction

ENDED_BY: Final = {"ended": "The grant of support was ended", "time": "Its time was up"}


def _supporter(event: SupportGranted) -> RegisterStaff:
    """Return the person as a member of staff for the life of the grant, and no longer."""
    return RegisterStaff(
        staff_id=event.supporter_id,
        org=event.org,
        name=event.name,
        title=f"Supplier support, {event.company}",
        roles=(Role.SUPPORT_RECORDS if event.records else Role.SUPPORT,),
        until=event.until,
    )


def _gone(event: SupportEnded) -> DisableStaff:
    return DisableStaff(by=f"grant {event.grant_id}", reason=ENDED_BY.get(event.why, "Ended"))


REACTIONS: Final[tuple[Reaction, ...]] = (
    Reaction(SupportGranted, STAFF, lambda event: event.supporter_id, _supporter),
    Reaction(SupportEnded, STAFF, lambda event: event.supporter_id, _gone),
    Reaction(SignedOut, SERVICE_SESSION, lambda event: event.session_id, lambda _: NoteEnded()),
)
