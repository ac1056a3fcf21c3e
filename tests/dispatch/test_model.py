"""The rules of the ambulance desk, one sentence each."""

from datetime import timedelta
from typing import Final

import pytest
from msgspec.structs import replace

from standfast.dispatch.commands import MoveVehicle, NoticeUnaccepted, Outcome
from standfast.dispatch.model import INCIDENT, incident_number
from standfast.dispatch.refusals import Refusal
from standfast.dispatch.standards import STANDARDS, respond_by
from standfast.dispatch.words import REFUSALS
from standfast.facts.dispatch import (
    Category,
    DetailsRead,
    IncidentClosed,
    RequestNotAccepted,
    RequestPhoned,
    VehicleStatus,
    VehicleStoodDown,
)
from tests.dispatch.examples import (
    ACCEPT,
    ACCEPT_AS_PIOTR,
    ACCEPTED,
    CASE_ID,
    CLOSE,
    LOWER,
    NOON,
    SEND,
    SENT,
    STAND_DOWN,
    a_request,
    lowered,
    minutes,
    moved,
    received,
)
from tests.dispatch.scenario import Scenario

desk: Final = Scenario(INCIDENT, now=NOON)
LATER: Final = NOON + minutes(5)
READ: Final = DetailsRead(
    case_id=CASE_ID, staff_id="nadia.brook", staff_name="Nadia Brook", read_at=NOON
)
STOOD_DOWN: Final = VehicleStoodDown(
    case_id=CASE_ID,
    vehicle_id="ha12",
    callsign="HA12",
    reason="Taken by car",
    by="Nadia Brook",
    stood_down_at=NOON,
)


@pytest.mark.parametrize(
    ("category", "aim", "nine_in_ten"),
    [
        (Category.C1, 7, 15),
        (Category.C2, 18, 40),
        (Category.C3, 120, 120),
        (Category.C4, 180, 180),
    ],
)
def test_each_category_has_its_standard_of_2017(
    category: Category, aim: int, nine_in_ten: int
) -> None:
    """kpi_and_ambulance_standards.md, "Ambulance"."""
    standard = STANDARDS[category]

    assert (standard.aim_minutes, standard.nine_in_ten_minutes) == (aim, nine_in_ten)
    assert respond_by(category, NOON) == NOON + timedelta(minutes=aim)


def test_a_request_is_received_with_what_is_known() -> None:
    desk.when(a_request()).then(received())


def test_the_same_request_twice_is_one_incident() -> None:
    desk.given(received()).when(a_request()).then()


def test_a_more_urgent_request_raises_the_incident() -> None:
    raised = received(Category.C1, LATER, accept_by=NOON + minutes(1))

    desk.given(received()).at(LATER).when(a_request(Category.C1)).then(raised)
    assert INCIDENT.replay([received(), raised]).category is Category.C1


def test_a_less_urgent_request_is_kept_and_lowers_nothing() -> None:
    later = received(Category.C3, LATER, reason="Fell over", findings=("Hip pain: Yes",))
    known = INCIDENT.replay([received(), later])

    assert known.category is Category.C2
    assert known.reason == "Chest pain"
    assert "Hip pain: Yes" in known.findings


def test_a_clock_that_went_back_does_not_make_a_new_request_look_old() -> None:
    known = INCIDENT.replay([received(at=LATER)])
    (raised,) = INCIDENT.decide(known, a_request(Category.C1), NOON)

    assert INCIDENT.evolve(known, raised).raised_by is not None
    assert INCIDENT.evolve(known, raised).accepted is None


def test_an_incident_number_is_short_and_always_the_same() -> None:
    assert incident_number(CASE_ID) == incident_number(CASE_ID)
    assert len(incident_number(CASE_ID)) == len("7H4-JQ2")


def test_a_request_is_accepted_by_name() -> None:
    desk.given(received()).when(ACCEPT).then(ACCEPTED)


def test_the_same_person_accepting_twice_changes_nothing() -> None:
    desk.given(received(), ACCEPTED).when(ACCEPT).then()


def test_a_second_desk_is_refused() -> None:
    desk.given(received(), ACCEPTED).when(ACCEPT_AS_PIOTR).then_refused(
        Refusal.ALREADY_ACCEPTED
    )


def test_a_raised_request_must_be_accepted_again() -> None:
    raised = received(Category.C1, LATER)

    desk.given(received(), ACCEPTED, raised).at(LATER).when(ACCEPT_AS_PIOTR).then(
        replace(
            ACCEPTED,
            staff_id="piotr.lis",
            staff_name="Piotr Lis",
            accepted_at=LATER,
            category=Category.C1,
            accept_by=LATER + minutes(1),
        )
    )


def test_nothing_can_be_accepted_that_was_never_asked_for() -> None:
    desk.when(ACCEPT).then_refused(Refusal.NOT_OPEN)


def test_a_request_nobody_took_in_time_is_noticed_once() -> None:
    late = RequestNotAccepted(case_id=CASE_ID, noticed_at=LATER)

    desk.given(received()).when(NoticeUnaccepted()).then()
    desk.given(received()).at(LATER).when(NoticeUnaccepted()).then(late)
    desk.given(received(), late).at(LATER).when(NoticeUnaccepted()).then()
    desk.given(received(), ACCEPTED).at(LATER).when(NoticeUnaccepted()).then()


def test_a_late_request_can_still_be_accepted() -> None:
    late = RequestNotAccepted(case_id=CASE_ID, noticed_at=LATER)

    desk.given(received(), late).at(LATER).when(ACCEPT).then(
        replace(ACCEPTED, accepted_at=LATER)
    )


def test_a_request_that_was_raised_has_its_own_time_to_be_taken() -> None:
    late = RequestNotAccepted(case_id=CASE_ID, noticed_at=NOON + minutes(1))
    raised = received(Category.C1, LATER)

    desk.given(received(), late, raised).at(LATER + minutes(1)).when(NoticeUnaccepted()).then(
        RequestNotAccepted(case_id=CASE_ID, noticed_at=LATER + minutes(1))
    )


def test_sending_a_vehicle_takes_the_request_by_name() -> None:
    desk.given(received()).when(SEND).then(ACCEPTED, SENT)


def test_sending_the_same_vehicle_twice_sends_it_once() -> None:
    desk.given(received(), ACCEPTED, SENT).when(SEND).then()


def test_a_vehicle_goes_through_its_steps() -> None:
    on_it = desk.given(received(), ACCEPTED, SENT)

    for status in (VehicleStatus.MOBILE, VehicleStatus.ON_SCENE, VehicleStatus.CONVEYING):
        move = MoveVehicle(vehicle_id="ha12", status=status, by="Nadia Brook")
        on_it.when(move).then(moved(status))


def test_a_vehicle_does_not_go_back_a_step() -> None:
    mobile = MoveVehicle(vehicle_id="ha12", status=VehicleStatus.MOBILE, by="Nadia Brook")

    desk.given(received(), ACCEPTED, SENT, moved(VehicleStatus.ON_SCENE)).when(
        mobile
    ).then_refused(Refusal.BACKWARDS)


def test_a_vehicle_that_never_arrived_is_stood_down_not_cleared() -> None:
    clear = MoveVehicle(vehicle_id="ha12", status=VehicleStatus.AVAILABLE, by="Nadia Brook")

    desk.given(received(), ACCEPTED, SENT).when(clear).then_refused(Refusal.NOBODY_ATTENDED)


def test_only_a_vehicle_on_the_incident_can_say_something() -> None:
    mobile = MoveVehicle(vehicle_id="ha12", status=VehicleStatus.MOBILE, by="Nadia Brook")

    desk.given(received(), ACCEPTED).when(mobile).then_refused(Refusal.VEHICLE_NOT_ON_IT)


def test_standing_down_says_who_read_it_and_why() -> None:
    desk.given(received(), ACCEPTED, SENT).when(STAND_DOWN).then(READ, STOOD_DOWN)


def test_giving_less_is_refused_until_it_has_been_read() -> None:
    """H14: cancelling or downgrading needs the reading acknowledgement."""
    sent, waiting = desk.given(received(), ACCEPTED, SENT), desk.given(received(), ACCEPTED)

    sent.when(replace(STAND_DOWN, has_read=False)).then_refused(Refusal.NOT_READ)
    waiting.when(replace(LOWER, has_read=False)).then_refused(Refusal.NOT_READ)
    waiting.when(replace(CLOSE, has_read=False)).then_refused(Refusal.NOT_READ)


def test_giving_less_is_refused_when_something_came_since_it_was_read() -> None:
    before = NOON - minutes(1)

    for command in (LOWER, CLOSE):
        desk.given(received(), ACCEPTED).when(replace(command, seen_at=before)).then_refused(
            Refusal.CHANGED_SINCE
        )


def test_a_crew_with_the_patient_is_not_stood_down() -> None:
    desk.given(received(), ACCEPTED, SENT, moved(VehicleStatus.ON_SCENE)).when(
        STAND_DOWN
    ).then_refused(Refusal.WITH_PATIENT)


def test_a_category_is_lowered_by_a_clinician_with_a_reason() -> None:
    desk.given(received(), ACCEPTED).when(LOWER).then(
        READ, lowered(Category.C2, Category.C3, NOON)
    )


def test_a_category_can_only_be_lowered_downwards() -> None:
    for category in (Category.C1, Category.C2):
        desk.given(received(), ACCEPTED).when(replace(LOWER, category=category)).then_refused(
            Refusal.NOT_LOWER
        )


def test_cancelling_needs_a_reason() -> None:
    desk.given(received(), ACCEPTED).when(replace(CLOSE, reason="")).then_refused(
        Refusal.WHY_MISSING
    )


def test_an_incident_nobody_attended_closes_with_its_reason() -> None:
    desk.given(received(), ACCEPTED).when(CLOSE).then(
        READ,
        IncidentClosed(
            case_id=CASE_ID,
            outcome="Cancelled, nobody attends: The family has driven her in",
            by="Nadia Brook",
            closed_at=NOON,
        ),
    )


def test_an_incident_closes_only_as_it_truly_ended() -> None:
    attended = desk.given(
        received(),
        ACCEPTED,
        SENT,
        moved(VehicleStatus.ON_SCENE),
        moved(VehicleStatus.AVAILABLE),
    )

    desk.given(received(), ACCEPTED).when(
        replace(CLOSE, outcome=Outcome.CONVEYED)
    ).then_refused(Refusal.NOBODY_ATTENDED)
    attended.when(CLOSE).then_refused(Refusal.SOMEBODY_ATTENDED)
    attended.when(replace(CLOSE, outcome=Outcome.CONVEYED, reason="", has_read=False)).then(
        IncidentClosed(
            case_id=CASE_ID, outcome="Taken to hospital", by="Nadia Brook", closed_at=NOON
        )
    )


def test_an_incident_with_a_vehicle_on_it_is_not_closed() -> None:
    desk.given(received(), ACCEPTED, SENT).when(CLOSE).then_refused(Refusal.VEHICLE_STILL_ON_IT)


def test_an_incident_nobody_took_is_not_closed() -> None:
    desk.given(received()).when(CLOSE).then_refused(Refusal.NOT_ACCEPTED)


def test_a_request_after_the_end_opens_the_incident_again() -> None:
    closed = IncidentClosed(case_id=CASE_ID, outcome="Cancelled", by="x", closed_at=LATER)
    again = INCIDENT.replay([received(), ACCEPTED, closed, received(at=LATER + minutes(1))])

    assert again.is_open
    assert again.accepted is None


def test_a_request_that_was_phoned_too_says_so() -> None:
    phoned = RequestPhoned(case_id=CASE_ID, incident_number="4711", by="Amira", at=NOON)
    known = INCIDENT.replay([received(), phoned]).phoned

    assert known is not None
    assert known.incident_number == "4711"


def test_every_refusal_has_its_sentence() -> None:
    assert set(REFUSALS) == set(Refusal)
