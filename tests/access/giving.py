"""Gives an organisation something to do with somebody, as the work itself would."""

from typing import Final

from standfast.access.lasting import Basis
from standfast.access.model import RELATIONSHIP, Begin
from standfast.access.model_review import REVIEW, BreakGlass
from standfast.access.reactions import of_case
from standfast.kernel.access import Assurance
from standfast.web.platform import Actor
from tests.support.site import NOON, PROVIDER, Site

REVIEW_ID: Final = "01890000-0000-7000-8000-00000000d001"


async def give_case(
    site: Site,
    case_id: str,
    *,
    org: str = PROVIDER,
    person_id: str = "",
    staff_id: str = "",
    reference: str = "C-7F3K2",
    actor: Actor | None = None,
) -> None:
    """Let *org* have the case *case_id*, of whose other facts nothing need be known."""
    begin = Begin(
        relationship_id=of_case(case_id),
        org=org,
        basis=Basis.CASE,
        thing_id=case_id,
        case_id=case_id,
        reference=reference,
        person_id=person_id,
        staff_id=staff_id,
        at=NOON,
    )
    await site.execute(RELATIONSHIP, of_case(case_id), begin, actor=actor)


async def make_review(
    site: Site, *, person_id: str = "p-margaret", review_id: str = REVIEW_ID
) -> None:
    """Let a clinician open a closed record for a reason."""
    broken = BreakGlass(
        review_id=review_id,
        org=PROVIDER,
        staff_id="bo.lind",
        staff_name="Dr Bo Lind",
        role="clinician",
        session_id="s-1",
        record_kind="person",
        record_id=person_id,
        person_id=person_id,
        case_id="",
        reason="A colleague asked me for advice",
        assurance=Assurance.PRESENT,
        way="passkey",
        offline=False,
    )
    await site.execute(REVIEW, review_id, broken)
