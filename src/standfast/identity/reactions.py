"""What identity does when something happens: codes become keys, losses and leavers end things."""

from typing import Final

from standfast.facts.identity import SignedOut
from standfast.facts.passkeys import (
    EnrolmentKind,
    EnrolmentOpened,
    EnrolmentUsed,
    PasskeyAnswered,
)
from standfast.facts.support import SupportEnded, SupportGranted
from standfast.identity import reactions_notices
from standfast.identity.model import STAFF, RegisterStaff
from standfast.identity.model_leaving import DisableStaff
from standfast.identity.model_passkeys import (
    PASSKEYS,
    RegisterPasskey,
    RevokePasskeys,
    UsePasskey,
)
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


def _register(event: EnrolmentUsed) -> RegisterPasskey:
    return RegisterPasskey(
        org=event.org,
        staff_id=event.staff_id,
        passkey=event.passkey,
        enrolment_id=event.enrolment_id,
        at=event.at,
    )


def _revoke(event: EnrolmentOpened) -> RevokePasskeys | None:
    if event.kind is not EnrolmentKind.RECOVERY:
        return None
    return RevokePasskeys(by=event.opened_by)


def _use(event: PasskeyAnswered) -> UsePasskey:
    return UsePasskey(credential_id=event.credential_id, sign_count=event.sign_count)


def _whose(event: EnrolmentUsed | EnrolmentOpened | PasskeyAnswered) -> str:
    return event.staff_id


REACTIONS: Final[tuple[Reaction, ...]] = (
    Reaction(SupportGranted, STAFF, lambda event: event.supporter_id, _supporter),
    Reaction(SupportEnded, STAFF, lambda event: event.supporter_id, _gone),
    Reaction(SignedOut, SERVICE_SESSION, lambda event: event.session_id, lambda _: NoteEnded()),
    Reaction(EnrolmentUsed, PASSKEYS, _whose, _register),
    Reaction(EnrolmentOpened, PASSKEYS, _whose, _revoke),
    Reaction(PasskeyAnswered, PASSKEYS, _whose, _use),
    *reactions_notices.REACTIONS,
)
