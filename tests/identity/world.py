"""One of everything that has an address of its own, and whose it is."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from msgspec import Struct

from standfast.booking.events import SlotOffer
from standfast.booking.model import BOOKING, SESSION, BookSlot, OpenSession
from standfast.calls import commands as c
from standfast.calls import device_commands as d
from standfast.calls.events import Patient
from standfast.calls.model_case import CASE
from standfast.directory.events import NeedDetails
from standfast.directory.model import NEED, StateNeed
from standfast.dispatch.events import VehicleStatus
from standfast.dispatch.model_vehicle import VEHICLE, StartShift
from standfast.kernel.geo import Point
from standfast.kernel.values import Sex
from tests.identity.examples import LOADER, load_staff
from tests.people.examples import MARGARET, register
from tests.support.site import NOON, PROVIDER, TRUST, Site

CLINIC: Final = "kingsmoor-utc"
CASE_ID: Final = "01890000-0000-7000-8000-00000000a001"
BOOKING_ID: Final = "01890000-0000-7000-8000-00000000b001"


class Place(Struct, frozen=True, kw_only=True):
    """Something with an address: the parts of its path, and the organisation whose it is."""

    owner: str
    parts: Mapping[str, str]


def _ours(prefix: str, owner: str, **parts: str) -> tuple[str, Place]:
    return prefix, Place(owner=owner, parts=parts)


PLACES: Final = dict(
    [
        _ours("/people/{person_id}", PROVIDER, person_id="p-margaret"),
        _ours("/calls/{case_id}", PROVIDER, case_id=CASE_ID),
        _ours("/triage/cases/{case_id}", PROVIDER, case_id=CASE_ID),
        _ours("/directory/needs/{case_id}", PROVIDER, case_id=CASE_ID),
        _ours("/dispatch/incidents/{case_id}", TRUST, case_id=CASE_ID),
        _ours("/dispatch/vehicles/{vehicle_id}", TRUST, vehicle_id="hm-501"),
        _ours("/booking/{booking_id}", CLINIC, booking_id=BOOKING_ID),
    ]
)
"""By how a path begins. A new kind of address is added here, and made in :func:`load_world`."""

NOBODYS: Final = (
    "/static/{version}/",
    "/bars/{path:path}",
    "/triage/protocols/{protocol}",
    "/directory/services/{service_id}",
)
"""Addresses of what is everybody's: files, content, the directory, and what machines ask."""


async def load_world(site: Site) -> None:
    """Make everything that :data:`PLACES` names."""
    await load_staff(site)
    await register(site, "p-margaret", MARGARET)
    site.as_(LOADER)
    await _case(site)
    await _need(site)
    await _vehicle(site)
    await _booking(site)


async def _case(site: Site) -> None:
    """Open a case of Margaret's and ask for an ambulance."""
    entry = {"case_id": CASE_ID, "org": PROVIDER, "staff_name": "Amira Khan"}
    opened = d.OpenCase(
        **entry, entry_id="e-1", at=NOON, staff_id="amira.khan", number="07700 900417"
    )
    patient = Patient(person_id="p-margaret", family="Okonkwo-Bright", given="Margaret")
    identified = c.IdentifyPatient(
        case_id=CASE_ID,
        patient=patient,
        gp_name="",
        language="English",
        needs_interpreter=False,
        staff_name="Amira Khan",
    )
    ambulance = d.AmbulanceNow(**entry, entry_id="e-2", category="C2")
    for command in (opened, identified, ambulance):
        await site.execute(CASE, CASE_ID, command)


async def _need(site: Site) -> None:
    need = NeedDetails(
        case_id=CASE_ID,
        org=PROVIDER,
        code="primary-care-2h",
        label="See a GP within 2 hours",
        needs=("primary_care_face_to_face",),
        age_years=78,
        sex=Sex.FEMALE,
        postcode="HM3 4AB",
        point=None,
        gp_name="",
        due_at=NOON + timedelta(hours=2),
        wanted_at=NOON,
    )
    await site.execute(NEED, CASE_ID, StateNeed(need=need))


async def _vehicle(site: Site) -> None:
    start = StartShift(
        vehicle_id="hm-501",
        org=TRUST,
        callsign="HM501",
        kind="ambulance",
        station="Quayside",
        crew=("Kit Rowe",),
        point=Point(1_000, 1_000),
        status=VehicleStatus.AVAILABLE,
    )
    await site.execute(VEHICLE, "hm-501", start)


async def _booking(site: Site) -> None:
    start, end = NOON + timedelta(hours=1), NOON + timedelta(hours=1, minutes=15)
    slot = SlotOffer(slot_id="slot-1", starts_at=start, ends_at=end, free=True)
    session = OpenSession(
        session_id="session-1",
        org=CLINIC,
        service_id="utc-1",
        clinician="Dr Lowe",
        clinician_role="GP",
        clinician_sex=Sex.FEMALE,
        channel="face_to_face",
        slots=(slot,),
    )
    await site.execute(SESSION, "session-1", session)
    book = BookSlot(
        booking_id=BOOKING_ID,
        org=CLINIC,
        from_org=PROVIDER,
        case_id=CASE_ID,
        reference="C-1",
        slot_id="slot-1",
        service_id="utc-1",
        service_name="Kingsmoor UTC",
        starts_at=start,
        ends_at=end,
        patient=Patient(family="Okonkwo-Bright", given="Margaret"),
        numbers=(),
        problem="Earache",
        disposition="Speak to a GP",
        by="Amira Khan",
    )
    await site.execute(BOOKING, BOOKING_ID, book)
