"""A case, from the first word to the end: what it records, asks for and owes."""

from datetime import timedelta
from typing import Any, get_args

import pytest

from standfast.calls import commands as c
from standfast.calls import device_commands as d
from standfast.calls.closing import Owing, outstanding
from standfast.calls.model_case import CASE, DECISIONS
from standfast.calls.refusals import Refusal
from standfast.calls.words import REFUSALS
from standfast.facts import cases as e
from standfast.facts import requests as asked
from standfast.facts.contact import NumberToRing, Patient, case_reference
from tests.calls.examples import CASE_ID, HOME, MARGARET, NUMBER
from tests.calls.rules import (
    AMBULANCE_KEY,
    BY,
    CLOSE,
    DESCRIBE,
    NUMBERS,
    OPEN,
    OURS,
    PHONED,
    PLACE,
    after,
    book,
    note,
    outcome,
    refused,
    said,
    then,
    told,
)
from tests.support.site import NOON


def test_every_command_is_answered_and_every_refusal_has_its_sentence() -> None:
    assert set(DECISIONS) == set(get_args(c.CaseCommand))
    assert set(REFUSALS) == set(Refusal)


def test_a_case_is_called_by_six_letters_that_nobody_mishears() -> None:
    assert case_reference(CASE_ID) == "C-000051"
    assert case_reference(CASE_ID) == case_reference(CASE_ID)


def test_an_entry_that_comes_again_changes_nothing() -> None:
    case = after(OPEN, PLACE, AMBULANCE_KEY)
    for again in (OPEN, PLACE, AMBULANCE_KEY):
        assert told(case, again) == []


def test_nothing_can_be_said_of_a_case_that_is_not_open_or_is_anothers() -> None:
    assert refused(CASE.initial, PLACE) is Refusal.NO_SUCH_CASE
    foreign = d.WriteNote(
        case_id=CASE_ID, org="another-111", entry_id="n", text="Hello", staff_name="Una Frost"
    )
    assert refused(after(OPEN), foreign) is Refusal.NO_SUCH_CASE
    assert refused(after(OPEN), d.OpenCase(**{**_fields(OPEN), "entry_id": "other"})) is (
        Refusal.NO_SUCH_CASE
    )


def _fields(command: d.OpenCase) -> dict[str, Any]:
    return {name: getattr(command, name) for name in command.__struct_fields__}


@pytest.mark.parametrize("category", ["C1", "C2", "C3", "C4"])
def test_an_ambulance_outcome_asks_for_the_ambulance_with_what_is_known(category: str) -> None:
    case = after(OPEN, PLACE, DESCRIBE)
    *_, request = CASE.decide(case, outcome("ambulance", category), NOON)

    assert isinstance(request, asked.AmbulanceRequested)
    assert request.category == category
    assert request.place.address == HOME.address
    assert request.numbers == (NumberToRing(number=NUMBER, whose="rang from"),)
    assert request.patient.family == MARGARET.family
    assert request.accept_by == NOON + timedelta(seconds=60)
    assert request.findings == ("Chest pain now: Yes (“like a band”)",)


def test_an_ambulance_outcome_does_not_wait_for_an_address() -> None:
    assert asked.AmbulanceRequested in told(after(OPEN), outcome("ambulance", "C1"))


def test_a_more_urgent_outcome_asks_for_a_more_urgent_ambulance_and_a_lesser_one_does_not() -> (
    None
):
    case = after(OPEN, outcome("ambulance", "C3"))
    assert asked.AmbulanceRequested in told(case, outcome("ambulance", "C1", code="worse"))
    case = after(OPEN, outcome("ambulance", "C1"))
    assert asked.AmbulanceRequested not in told(case, outcome("ambulance", "C2", code="lesser"))


def test_the_desk_is_told_when_more_is_known() -> None:
    case = after(OPEN, outcome("ambulance", "C2"))
    for more in (PLACE, DESCRIBE, NUMBERS):
        assert asked.AmbulanceDetailsChanged in told(case, more)
    assert asked.AmbulanceDetailsChanged not in told(after(OPEN), PLACE)


def test_what_was_sent_stays_sent_when_an_answer_is_changed() -> None:
    taken_back = c.TakeBackDisposition(**OURS, code="T-ambulance", at=NOON)
    case = after(OPEN, outcome("ambulance", "C2"), taken_back)

    assert case.disposition is None
    assert case.ambulance.category == "C2"
    assert told(case, outcome("ambulance", "C2")) == [e.DispositionRecorded]


def test_of_two_outcomes_that_both_stand_the_more_urgent_counts() -> None:
    case = after(OPEN, outcome("self_care", rank=90), outcome("primary_care", rank=40))
    assert case.disposition is not None
    assert case.disposition.kind == "primary_care"


@pytest.mark.parametrize(
    ("kind", "asks"),
    [
        ("clinician", asked.ClinicianWanted),
        ("mental_health", asked.ClinicianWanted),
        ("medicines", asked.PrescriptionRequested),
        ("primary_care", asked.ServiceWanted),
        ("emergency_department", asked.ServiceWanted),
        ("dental", asked.ServiceWanted),
        ("pharmacy", asked.ServiceWanted),
    ],
)
def test_each_outcome_asks_for_what_it_calls_for(kind: str, asks: type[e.CaseEvent]) -> None:
    assert told(after(OPEN), outcome(kind)) == [e.DispositionRecorded, asks]


def test_self_care_asks_nobody_for_anything() -> None:
    assert told(after(OPEN), outcome("self_care")) == [e.DispositionRecorded]


def test_the_prescriber_is_told_when_the_patient_is_identified() -> None:
    identify = c.IdentifyPatient(
        **BY, patient=MARGARET, gp_name="", language="", needs_interpreter=False
    )
    case = after(OPEN, outcome("medicines"))
    assert asked.PrescriptionDetailsChanged in told(case, identify)


def test_not_sent_shows_when_the_minute_has_passed_and_not_before() -> None:
    wanted = after(OPEN, AMBULANCE_KEY).ambulance
    assert not wanted.is_not_sent(NOON + timedelta(seconds=59))
    assert wanted.is_not_sent(NOON + timedelta(seconds=60))


def test_accepted_or_phoned_is_never_not_sent_whatever_comes_late() -> None:
    for owned in (note("accepted"), PHONED):
        case = after(OPEN, AMBULANCE_KEY, owned)
        assert told(case, note("not_accepted")) == []
        assert not case.ambulance.is_not_sent(NOON + timedelta(hours=1))


@pytest.mark.parametrize(
    ("so_far", "reason"),
    [
        ((), Refusal.NO_OUTCOME),
        ((AMBULANCE_KEY,), Refusal.AMBULANCE_UNOWNED),
        ((outcome("ambulance", "C1"), note("not_accepted")), Refusal.AMBULANCE_UNOWNED),
        ((outcome("primary_care"),), Refusal.SERVICE_UNARRANGED),
        ((outcome("clinician"),), Refusal.CLINICIAN_WAITING),
        ((outcome("medicines"),), Refusal.PRESCRIPTION_UNOWNED),
    ],
)
def test_a_case_does_not_close_while_something_is_unsent_or_unowned(
    so_far: tuple[c.CaseCommand, ...], reason: Refusal
) -> None:
    assert refused(after(OPEN, *so_far), CLOSE) is reason


def test_a_case_closes_when_a_name_has_all_of_it_and_only_once() -> None:
    case = after(OPEN, AMBULANCE_KEY, note("accepted"), CLOSE)
    assert case.closed is not None
    assert case.closed.summary == "Ambulance, category 2, taken by Nadia Brook"
    assert refused(case, CLOSE) is Refusal.ALREADY_CLOSED


def test_a_wrong_number_closes_with_the_reason() -> None:
    reason = c.CloseCase(**BY, gp_name="", action="", without_outcome="Wrong number")
    case = after(OPEN, reason)
    assert case.closed is not None
    assert case.closed.summary == "Wrong number"


def test_an_appointment_that_the_clinic_cancels_after_closing_is_owed_again() -> None:
    case = after(OPEN, DESCRIBE, outcome("primary_care"), book("slot-1"), said("booked"), CLOSE)
    assert outstanding(case) == ()
    case = then(case, said("cancelled"))
    assert [each.owing for each in outstanding(case)] == [Owing.SERVICE]


def test_one_patient_has_one_appointment_at_a_time_and_pressing_twice_asks_once() -> None:
    assert refused(after(OPEN), book("slot-1")) is Refusal.NO_NAME_YET
    case = after(OPEN, DESCRIBE, book("slot-1"))
    assert told(case, book("slot-1")) == []
    assert refused(case, book("slot-2")) is Refusal.ALREADY_HAS_APPOINTMENT
    given_up = c.GiveUpAppointment(**BY, reason="Too far")
    assert told(then(case, given_up), book("slot-2")) == [asked.AppointmentRequested]


def test_another_patient_is_linked_only_after_the_wrong_one_is_unlinked() -> None:
    def link(person_id: str) -> c.IdentifyPatient:
        patient = Patient(person_id=person_id, family="Grey", given="Dilys")
        return c.IdentifyPatient(
            **BY, patient=patient, gp_name="", language="", needs_interpreter=False
        )

    case = after(OPEN, DESCRIBE, link("p1"))
    assert CASE.subject(case) == "p1"
    assert refused(case, link("p2")) is Refusal.ANOTHER_PATIENT_LINKED
    unlinked = then(case, c.UnlinkPatient(**BY))
    assert CASE.subject(unlinked) is None
    assert unlinked.patient.family == MARGARET.family
    assert told(unlinked, link("p2")) == [e.PatientIdentified]


def test_the_first_clinician_to_take_a_case_has_it() -> None:
    take_ada = c.TakeCase(case_id=CASE_ID, staff_id="ada", staff_name="Dr Ada Mensah")
    take_bo = c.TakeCase(case_id=CASE_ID, staff_id="bo", staff_name="Dr Bo Lind")
    case = after(OPEN, outcome("clinician"), take_ada)
    assert told(case, take_ada) == []
    assert refused(case, take_bo) is Refusal.WITH_ANOTHER_CLINICIAN
    back = c.PutCaseBack(case_id=CASE_ID, reason="End of shift", staff_name="Dr Ada Mensah")
    assert told(then(case, back), take_bo) == [asked.ClinicianTook]


def test_a_clinician_who_has_decided_lets_the_case_be_closed() -> None:
    take = c.TakeCase(case_id=CASE_ID, staff_id="ada", staff_name="Dr Ada Mensah")
    decide = c.DecideCase(
        case_id=CASE_ID,
        outcome="Advice given",
        note="Rest",
        staff_id="ada",
        staff_name="Dr Ada Mensah",
    )
    assert refused(after(OPEN, outcome("clinician")), decide) is Refusal.TAKE_IT_FIRST
    assert after(OPEN, outcome("clinician"), take, decide, CLOSE).closed is not None


def test_what_the_desk_lowered_can_become_urgent_again() -> None:
    lowered = c.NoteAmbulance(
        case_id=CASE_ID,
        step="lowered",
        by="Nadia Brook",
        callsign="",
        eta_at=None,
        at=NOON,
        note="Walking about, agreed by Dr Ada Mensah",
        category="C3",
    )
    case = after(OPEN, outcome("ambulance", "C2"), note("accepted"), lowered)
    assert case.ambulance.category == "C3"
    worse = outcome("ambulance", "C1", code="worse")
    assert asked.AmbulanceRequested in told(case, worse)
