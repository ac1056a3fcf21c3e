"""Makes one of everything that has an address of its own, by the contexts' own commands."""

from datetime import timedelta
from typing import Any, Final

from standfast.booking.model import BOOKING, SESSION, BookSlot, OpenSession
from standfast.calls import commands as c
from standfast.calls import device_commands as d
from standfast.calls.model_case import CASE
from standfast.directory.model import NEED, SERVICE, ListService, StateNeed
from standfast.dispatch.model_vehicle import VEHICLE, StartShift
from standfast.facts.booking import SlotOffer
from standfast.facts.contact import Patient
from standfast.facts.directory import NeedDetails, ServiceDetails
from standfast.facts.dispatch import VehicleStatus
from standfast.facts.prescribing import Ingredient, Medicine
from standfast.kernel.geo import Point
from standfast.kernel.ids import child_id
from standfast.kernel.values import Sex
from standfast.prescribing.commands import (
    ReceiveNeed,
    SendPrescription,
    SignPrescription,
    TakeNeed,
    WritePrescription,
)
from standfast.prescribing.content import content_hash
from standfast.prescribing.model import NEED as NEEDED_MEDICINE
from standfast.prescribing.safety import Safety, SafetyStatus, safety_hash
from standfast.records.model_copies import PrepareExport, PrintOut
from standfast.records.model_export import EXPORT
from standfast.triage.content import current
from standfast.triage.model import ASSESSMENT, AnswerQuestion
from tests.support.site import NOON, PROVIDER, TRUST, Site
from tests.triage.paths import NO_THREAT

CLINIC: Final = "kingsmoor-utc"
PHARMACY: Final = "quayside-pharmacy"
CASE_ID: Final = "01890000-0000-7000-8000-00000000a001"
BOOKING_ID: Final = "01890000-0000-7000-8000-00000000b001"
EXPORT_ID: Final = "01890000-0000-7000-8000-00000000c001"
PRINT_ID: Final = "01890000-0000-7000-8000-00000000c002"
PRESCRIPTION_ID: Final = child_id(CASE_ID, "prescription/1")

SALBUTAMOL: Final = Medicine(
    code="demo-salbutamol",
    system="standfast-demo",
    generic_name="salbutamol",
    form="pressurised inhaler",
    strength_value=100.0,
    strength_unit="micrograms/dose",
    route="inhaled",
    doses=("2 puffs when needed",),
    unit="inhaler",
    maximum_quantity=1,
    maximum_source="An example",
    ingredients=(Ingredient(substance="salbutamol"),),
    is_demonstration=True,
)


async def make_case(site: Site) -> None:
    """Open a case of Margaret's, ask for an ambulance, answer the first question."""
    entry: dict[str, Any] = {"case_id": CASE_ID, "org": PROVIDER, "staff_name": "Amira Khan"}
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
    answer = AnswerQuestion(
        entry_id="01890000-0000-7000-8000-00000000e003",
        case_id=CASE_ID,
        org=PROVIDER,
        staff_name="Amira Khan",
        at=NOON,
        n=0,
        question_id=NO_THREAT[0].question,
        answer_key=NO_THREAT[0].key,
        version=current().version,
    )
    await site.execute(ASSESSMENT, CASE_ID, answer)


async def make_export(site: Site) -> None:
    """Let Margaret ask for a copy of her record."""
    asked = PrepareExport(
        export_id=EXPORT_ID,
        org=PROVIDER,
        number="X-00000001",
        person_id="p-margaret",
        title="OKONKWO-BRIGHT, Margaret",
        asked_on=NOON.date(),
        reason="Showed her passport at the desk",
        by="mira.sandoval",
        by_name="Mira Sandoval",
    )
    await site.execute(EXPORT, EXPORT_ID, asked)


async def make_print(site: Site) -> None:
    """Let the supervisor print Margaret's record."""
    command = PrintOut(
        export_id=PRINT_ID,
        org=PROVIDER,
        number="P-00000001",
        person_id="p-margaret",
        what="Record of a person",
        way="on paper",
        sha256="",
        size=0,
        away=False,
        printed_at=NOON,
        expires_on=NOON.date(),
        by="a.supervisor",
        by_name="A Supervisor",
    )
    await site.execute(EXPORT, PRINT_ID, command)


async def make_need(site: Site) -> None:
    """List a service, and say that the case wants one like it."""
    service = ServiceDetails(
        service_id="utc-1",
        org=CLINIC,
        name="Kingsmoor UTC",
        kind="Urgent treatment centre",
        point=Point(2_000, 2_000),
        address=(),
        postcode="HM5 1AA",
        phone="01632 960555",
        always_open=True,
        hours=(),
        closed_on=(),
        needs=("primary_care_face_to_face",),
        age_from=0,
        age_to=120,
        sex=None,
        referral_note="",
        public_note="",
        must_book=True,
        within_metres=None,
    )
    await site.execute(SERVICE, "utc-1", ListService(service=service, by="Standfast"))
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


async def make_vehicle(site: Site) -> None:
    """Let a vehicle begin its shift."""
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


async def make_booking(site: Site) -> None:
    """Open a clinic of two slots and book the first."""
    start, end = NOON + timedelta(hours=1), NOON + timedelta(hours=1, minutes=15)
    slots = tuple(
        SlotOffer(slot_id=name, starts_at=start + later, ends_at=end + later, free=True)
        for name, later in (("slot-1", timedelta()), ("slot-2", timedelta(hours=1)))
    )
    session = OpenSession(
        session_id="session-1",
        org=CLINIC,
        service_id="utc-1",
        clinician="Dr Lowe",
        clinician_role="GP",
        clinician_sex=Sex.FEMALE,
        channel="face_to_face",
        slots=slots,
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


async def make_prescription(site: Site) -> None:
    """Receive a need, write for it, sign, and send it to the pharmacy."""
    ada = {"staff_id": "ada.mensah", "staff_name": "Ada Mensah"}
    safety = Safety(status=SafetyStatus.NONE_KNOWN, medicines=())
    receive = ReceiveNeed(
        case_id=CASE_ID,
        org=PROVIDER,
        reference="C-1",
        patient=Patient(person_id="p-margaret", family="Okonkwo-Bright", given="Margaret"),
        numbers=(),
        postcode="HM3 4AB",
        point=None,
        problem="Inhaler lost",
        findings=(),
        priority=3,
        due_at=NOON + timedelta(hours=2),
    )
    write = WritePrescription(
        **ada,
        medicine=SALBUTAMOL,
        quantity=1,
        unit=SALBUTAMOL.unit,
        dose=SALBUTAMOL.doses[0],
        safety=safety,
        seen=safety_hash(safety),
        demonstration=True,
    )
    for command in (receive, TakeNeed(**ada), write):
        await site.execute(NEEDED_MEDICINE, CASE_ID, command)
    draft = (await site.state(NEEDED_MEDICINE, CASE_ID)).draft
    assert draft is not None
    assert draft.content is not None
    assert draft.prescription_id == PRESCRIPTION_ID
    sign = SignPrescription(
        **ada,
        prescription_id=draft.prescription_id,
        content_hash=content_hash(draft.content),
        safety_hash=safety_hash(safety),
        confirmed=True,
        registration="GMC 0000000",
        proof_id="a-proof",
    )
    send = SendPrescription(
        **ada,
        prescription_id=draft.prescription_id,
        pharmacy_org=PHARMACY,
        pharmacy_name="Quayside Pharmacy",
        is_open=True,
    )
    await site.execute(NEEDED_MEDICINE, CASE_ID, sign)
    await site.execute(NEEDED_MEDICINE, CASE_ID, send)
