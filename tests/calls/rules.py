"""Commands of one plausible case, and what the rules make of them."""

from datetime import timedelta
from typing import Any

import pytest

from standfast.calls import commands as c
from standfast.calls import device_commands as d
from standfast.calls.model_case import CASE
from standfast.calls.reactions import record_disposition
from standfast.calls.refusals import Refusal
from standfast.calls.state import Case
from standfast.facts import cases as e
from standfast.facts.triage import AmbulanceCategory, DispositionKind
from standfast.kernel.messages import Refused
from standfast.kernel.values import Sex
from tests.calls.examples import CALL_ID, CASE_ID, DAUGHTER, HOME, NUMBER, reached
from tests.support.site import NOON, PROVIDER

OURS: Any = {"case_id": CASE_ID, "org": PROVIDER}
BY: Any = {"case_id": CASE_ID, "staff_name": "Amira Khan"}
OPEN = d.OpenCase(
    **OURS,
    entry_id="open",
    call_id=CALL_ID,
    number=NUMBER,
    at=NOON,
    staff_id="amira.khan",
    staff_name="Amira Khan",
)
PLACE = d.RecordPlace(
    **OURS, entry_id="place", place=d.GivenPlace(address=HOME.address, postcode=HOME.postcode)
)
DESCRIBE = d.DescribePatient(
    **OURS,
    entry_id="patient",
    patient=d.GivenPatient(
        family="Okonkwo-Bright", given="Margaret", age_years=78, sex=Sex.FEMALE
    ),
)
NUMBERS = d.RecordNumbers(
    **OURS,
    entry_id="numbers",
    numbers=(d.GivenNumber(number=DAUGHTER.number, whose=DAUGHTER.whose),),
)
AMBULANCE_KEY = d.AmbulanceNow(**OURS, entry_id="f9", category="C2", staff_name="Amira Khan")
PHONED = d.RecordAmbulancePhoned(
    **OURS, entry_id="phoned", incident_number="4471", at=NOON, staff_name="Amira Khan"
)
CLOSE = c.CloseCase(**BY, gp_name="Mill Street Surgery", action="", without_outcome="")


def outcome(kind: str, category: str | None = None, **more: Any) -> c.RecordDisposition:
    found = AmbulanceCategory(category) if category else None
    return record_disposition(reached(DispositionKind(kind), category=found, **more))


def note(step: str, *, seconds: int = 60, callsign: str = "") -> c.NoteAmbulance:
    at = NOON + timedelta(seconds=seconds)
    return c.NoteAmbulance(
        case_id=CASE_ID, step=step, by="Nadia Brook", callsign=callsign, eta_at=None, at=at
    )


def after(*commands: c.CaseCommand) -> Case:
    case = CASE.initial
    for command in commands:
        for event in CASE.decide(case, command, NOON):
            case = CASE.evolve(case, event)
    return case


def told(case: Case, command: c.CaseCommand) -> list[type[e.CaseEvent]]:
    return [type(event) for event in CASE.decide(case, command, NOON)]


def refused(case: Case, command: c.CaseCommand) -> Refusal:
    with pytest.raises(Refused) as caught:
        CASE.decide(case, command, NOON)
    assert isinstance(caught.value.reason, Refusal)
    return caught.value.reason


def book(slot_id: str) -> c.RequestAppointment:
    return c.RequestAppointment(
        **BY,
        slot_id=slot_id,
        to_org="kingsmoor-utc",
        service_id="s1",
        service_name="Kingsmoor UTC",
        starts_at=NOON,
        ends_at=NOON + timedelta(minutes=15),
    )


def said(step: str) -> c.NoteAppointment:
    booking_id = after(OPEN, DESCRIBE, book("slot-1")).bookings[0].booking_id
    return c.NoteAppointment(
        case_id=CASE_ID,
        booking_id=booking_id,
        step=step,
        service_name="",
        starts_at=None,
        at=NOON,
    )


def then(case: Case, command: c.CaseCommand) -> Case:
    for event in CASE.decide(case, command, NOON):
        case = CASE.evolve(case, event)
    return case
