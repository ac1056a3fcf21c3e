"""A county with a formulary, two pharmacies, a prescriber and patients, on a real database."""

from datetime import time
from typing import Final

from msgspec.structs import replace

from standfast.directory.model import SERVICE, ListService
from standfast.facts.directory import OpenFrom
from standfast.facts.people import Allergy, AllergyStatus, CurrentMedicine, PersonDetails
from standfast.identity.model import STAFF, RegisterStaff
from standfast.identity.permissions import Role
from standfast.kernel.geo import Point
from standfast.people.model import PERSON, RecordSafety, RegisterPerson
from standfast.prescribing.commands import ReceiveNeed
from standfast.prescribing.model import NEED
from standfast.prescribing.model_formulary import MEDICINE, ListMedicine
from standfast.prescribing.state import Need
from tests.identity.examples import LOADER, load_staff
from tests.prescribing.examples import ADA, ASKED, FORMULARY, LORNA, MARGARET, PHARMACY
from tests.prescribing.test_pharmacies import NORTHGATE, QUAYSIDE
from tests.support.site import PROVIDER, Site

EVERY_DAY: Final = tuple(
    OpenFrom(weekday=day, opens=time(9), until=time(23, 30)) for day in range(7)
)
AMOXICILLIN_CODE: Final = "39732411000001106"
NEED_PAGE: Final = "/prescribing/needs/case-1"


async def furnish(site: Site, *, formulary: bool = True) -> None:
    """Put everything in place but the patient's allergies and the need."""
    await load_staff(site)
    for who in (ADA, LORNA):
        staff = RegisterStaff(
            staff_id=who.staff_id,
            org=PROVIDER,
            name=who.name,
            title="Advanced nurse practitioner",
            roles=(Role.CLINICIAN,),
            registration="Demonstration 000001",
        )
        await site.execute(STAFF, who.staff_id, staff, actor=LOADER)
    for service in (QUAYSIDE, replace(NORTHGATE, org="northgate-pharmacy")):
        listed = replace(service, hours=EVERY_DAY)
        order = ListService(service=listed, by="standfast")
        await site.execute(SERVICE, service.service_id, order, actor=LOADER)
    for medicine in FORMULARY if formulary else ():
        order_medicine = ListMedicine(org=PROVIDER, medicine=medicine, by="standfast")
        await site.execute(MEDICINE, medicine.code, order_medicine, actor=LOADER)
    await register_margaret(site)


async def register_margaret(site: Site) -> None:
    """Register the patient; nothing is recorded of her allergies."""
    details = PersonDetails(
        family=MARGARET.family,
        given=MARGARET.given,
        title=MARGARET.title,
        born=MARGARET.born,
        sex=MARGARET.sex,
        nhs_number=MARGARET.nhs_number,
        address=("4 Mill Lane", "Quayside"),
        postcode=MARGARET.postcode,
        point=Point(1000, 1000),
    )
    order = RegisterPerson(person_id="p-margaret", org=PROVIDER, details=details)
    await site.execute(PERSON, "p-margaret", order, actor=LOADER)


async def record(
    site: Site,
    status: AllergyStatus,
    *allergies: Allergy,
    medicines: tuple[CurrentMedicine, ...] | None = (),
    source: str = "GP record",
) -> None:
    """Record Margaret's allergies and medicines."""
    order = RecordSafety(
        allergy_status=status, allergies=allergies, medicines=medicines, source=source
    )
    await site.execute(PERSON, "p-margaret", order, actor=LOADER)


async def ask_for(site: Site, **changed: object) -> str:
    """Ask for medicines; return the case."""
    order: ReceiveNeed = replace(ASKED, **changed)
    await site.execute(NEED, order.case_id, order, actor=LOADER)
    return order.case_id


async def known(site: Site, case_id: str = "case-1") -> Need:
    """Return what is known of the need."""
    return await site.state(NEED, case_id)


async def write_page(site: Site, **changed: str) -> dict[str, str]:
    """Return the form as the page would send it, filled in."""
    page = await site.get(f"{NEED_PAGE}?code={changed.get('code', AMOXICILLIN_CODE)}")
    return {
        "code": AMOXICILLIN_CODE,
        "unit": "capsule",
        "seen": hidden(page.text, "seen"),
        "dose": "One three times a day for 5 days",
        "quantity": "15",
        **changed,
    }


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field."""
    found = page.partition(f'name="{name}" value="')[2].partition('"')[0]
    assert found, f"{name} is not on the page"
    return found


async def sign_it(site: Site) -> None:
    """Take, write and sign as Ada, through the pages."""
    site.as_(ADA)
    await site.post(f"{NEED_PAGE}/take")
    answer = await site.post(f"{NEED_PAGE}/write", await write_page(site))
    assert answer.status_code == 303, answer.text
    page = await site.get(f"{NEED_PAGE}/sign")
    answer = await site.post(
        f"{NEED_PAGE}/sign",
        {
            "prescription_id": hidden(page.text, "prescription_id"),
            "content_hash": hidden(page.text, "content_hash"),
            "confirmed": "yes",
        },
    )
    assert answer.status_code == 303, answer.text


async def send_it(site: Site, service_id: str = "svc-quayside") -> str:
    """Send what Ada signed; return the prescription's id."""
    page = await site.get(f"{NEED_PAGE}/pharmacy")
    prescription_id = hidden(page.text, "prescription_id")
    answer = await site.post(
        f"{NEED_PAGE}/pharmacy",
        {"prescription_id": prescription_id, "service_id": service_id},
    )
    assert answer.status_code == 303, answer.text
    return prescription_id


assert QUAYSIDE.org == PHARMACY
