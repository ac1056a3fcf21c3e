"""The organisations and staff that tests sign in as."""

from typing import Final

from standfast.facts.identity import OrganisationDetails
from standfast.identity.model import ORGANISATION, STAFF, RegisterOrganisation, RegisterStaff
from standfast.identity.permissions import ROLES, Role, permissions_of
from standfast.web.platform import Actor
from tests.support.site import PROVIDER, TRUST, Site, somebody

LOADER: Final = somebody("standfast", "Standfast", "machine", "standfast")

URGENT_CARE: Final = OrganisationDetails(
    org=PROVIDER, name="Harrowmere Urgent Care", kind="provider", phone="01632 960111"
)
AMBULANCE: Final = OrganisationDetails(
    org=TRUST, name="Harrowmere Ambulance", kind="ambulance_trust", phone="01632 960999"
)

AMIRA: Final = RegisterStaff(
    staff_id="amira.khan",
    org=PROVIDER,
    name="Amira Khan",
    title="Call handler",
    roles=(Role.CALL_HANDLER,),
)
RUTH: Final = RegisterStaff(
    staff_id="ruth.calder",
    org=PROVIDER,
    name="Ruth Calder",
    title="Supervisor",
    roles=(Role.SUPERVISOR,),
)
SAM: Final = RegisterStaff(
    staff_id="sam.whitlock",
    org=PROVIDER,
    name="Sam Whitlock",
    title="IT officer",
    roles=(Role.IT_OFFICER,),
)
NADIA: Final = RegisterStaff(
    staff_id="nadia.brook",
    org=TRUST,
    name="Nadia Brook",
    title="Dispatcher",
    roles=(Role.DISPATCHER,),
)


def actor_in(role: Role, org: str = PROVIDER, staff_id: str = "") -> Actor:
    """Return somebody with everything that *role* may do."""
    label = ROLES[role].label
    return somebody(
        staff_id or f"a.{role.value}", f"A {label}", role.value, org, *permissions_of([role])
    )


async def load_staff(site: Site) -> None:
    """Register the two organisations and their staff."""
    for organisation in (URGENT_CARE, AMBULANCE):
        command = RegisterOrganisation(organisation=organisation)
        await site.execute(ORGANISATION, organisation.org, command, actor=LOADER)
    for member in (AMIRA, RUTH, SAM, NADIA):
        await site.execute(STAFF, member.staff_id, member, actor=LOADER)
