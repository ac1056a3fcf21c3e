"""People whom tests are about: a plausible one, her twin girls, and a neighbour."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from msgspec import structs

from standfast.facts.people import PersonDetails
from standfast.identity.permissions import Role
from standfast.kernel.values import Sex
from standfast.people.model import PERSON, RegisterPerson
from tests.identity.examples import actor_in
from tests.support.site import PROVIDER, TRUST, Site

AMIRA: Final = actor_in(Role.CALL_HANDLER, staff_id="amira.khan")
ADA: Final = actor_in(Role.CLINICIAN, staff_id="ada.mensah")
FOREIGNER: Final = actor_in(Role.CALL_HANDLER, org=TRUST, staff_id="somebody.else")

MARGARET: Final = PersonDetails(
    family="Okonkwo-Bright",
    given="Margaret",
    title="Mrs",
    preferred="Peggy",
    born=date(1948, 3, 14),
    sex=Sex.FEMALE,
    nhs_number="9990000018",
    address=("4 Mill Lane", "Quayside"),
    postcode="HM3 4AB",
    phones=("07700 900417", "01632 960417"),
    gp_name="Mill Lane Surgery",
)
GRACE: Final = PersonDetails(
    family="Adeyemi",
    given="Grace",
    born=date(2019, 6, 2),
    sex=Sex.FEMALE,
    nhs_number="9990000026",
    address=("9 Tern Way", "Kingsmoor"),
    postcode="HM5 2TW",
    phones=("07700 900555",),
)
FAITH: Final = structs.replace(GRACE, given="Faith", nhs_number="9990000034")
SEAN: Final = PersonDetails(
    family="O'Neíll",
    given="Seán",
    born=date(1990, 2, 11),
    sex=Sex.MALE,
    nhs_number=None,
    postcode="HM3 9ZZ",
    phones=("07700 900999",),
)
EVERYBODY: Final = {
    "p-margaret": MARGARET,
    "p-grace": GRACE,
    "p-faith": FAITH,
    "p-sean": SEAN,
}


async def register(
    site: Site, person_id: str, details: PersonDetails, *, org: str = PROVIDER
) -> None:
    """Register somebody without asking whether it is somebody else."""
    actor = AMIRA if org == PROVIDER else FOREIGNER
    command = RegisterPerson(person_id=person_id, org=org, details=details, by=actor.staff_id)
    await site.execute(PERSON, person_id, command, actor=actor)


async def register_everybody(site: Site) -> None:
    """Register all of the above."""
    for person_id, details in EVERYBODY.items():
        await register(site, person_id, details)


async def nobody_guarded(_: Sequence[str]) -> frozenset[str]:
    """Say of whoever is found that nobody guards them."""
    return frozenset()
