"""Gives an organisation something to do with somebody, as the work itself would."""

from standfast.access.lasting import Basis
from standfast.access.model import RELATIONSHIP, Begin
from standfast.access.reactions import of_case
from standfast.web.platform import Actor
from tests.support.site import NOON, PROVIDER, Site


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
