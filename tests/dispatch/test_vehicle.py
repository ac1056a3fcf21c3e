"""The rules for one vehicle, and for the map, one sentence each."""

from typing import Final

from msgspec.structs import replace

from standfast.dispatch.model_map import MAP, PublishMap, place_on_map
from standfast.dispatch.model_vehicle import (
    VEHICLE,
    FollowJob,
    LeaveJob,
    ReportPosition,
    SetStatus,
    TakeJob,
)
from standfast.dispatch.refusals import Refusal
from standfast.dispatch.tables import JobRow, vehicle_rows
from standfast.facts.dispatch import VehicleChanged, VehicleOnShift, VehicleStatus
from standfast.kernel.geo import Point
from tests.dispatch.examples import CASE_ID, NOON, OTHER_CASE, a_shift
from tests.dispatch.scenario import Scenario
from tests.support.site import TRUST

garage: Final = Scenario(VEHICLE, now=NOON)
ON_SHIFT: Final = VehicleOnShift(
    vehicle_id="ha12",
    org=TRUST,
    callsign="HA12",
    kind="ambulance",
    station="Northbridge",
    crew=("Sol Reyes", "Kit Archer"),
    point=Point(28_000, 20_000),
    status=VehicleStatus.AVAILABLE,
    at=NOON,
)
GOING: Final = VehicleChanged(
    vehicle_id="ha12", status=VehicleStatus.ALLOCATED, case_id=CASE_ID, point=None, at=NOON
)
THERE: Final = replace(GOING, status=VehicleStatus.ON_SCENE)


def test_a_vehicle_comes_on_shift() -> None:
    garage.when(a_shift()).then(ON_SHIFT)


def test_a_vehicle_takes_a_job() -> None:
    garage.given(ON_SHIFT).when(TakeJob(case_id=CASE_ID, leaving=None)).then(GOING)


def test_a_vehicle_with_a_job_takes_no_other() -> None:
    garage.given(ON_SHIFT, GOING).when(TakeJob(case_id=OTHER_CASE, leaving=None)).then_refused(
        Refusal.VEHICLE_BUSY
    )


def test_a_vehicle_is_diverted_knowingly() -> None:
    garage.given(ON_SHIFT, GOING).when(TakeJob(case_id=OTHER_CASE, leaving=CASE_ID)).then(
        replace(GOING, case_id=OTHER_CASE, left=CASE_ID)
    )


def test_a_vehicle_with_the_patient_is_not_diverted() -> None:
    garage.given(ON_SHIFT, THERE).when(
        TakeJob(case_id=OTHER_CASE, leaving=CASE_ID)
    ).then_refused(Refusal.WITH_PATIENT)


def test_a_vehicle_off_the_road_is_not_sent() -> None:
    garage.given(replace(ON_SHIFT, status=VehicleStatus.OFF_ROAD)).when(
        TakeJob(case_id=CASE_ID, leaving=None)
    ).then_refused(Refusal.VEHICLE_NOT_AVAILABLE)


def test_a_vehicle_nobody_knows_is_not_sent() -> None:
    garage.when(TakeJob(case_id=CASE_ID, leaving=None)).then_refused(Refusal.VEHICLE_UNKNOWN)


def test_a_vehicle_that_leaves_its_job_is_available() -> None:
    free = replace(GOING, status=VehicleStatus.AVAILABLE, case_id=None, left=CASE_ID)

    garage.given(ON_SHIFT, GOING).when(LeaveJob(case_id=CASE_ID)).then(free)
    garage.given(ON_SHIFT).when(LeaveJob(case_id=CASE_ID)).then()


def test_a_vehicle_with_a_job_is_not_taken_off_the_road() -> None:
    garage.given(ON_SHIFT, GOING).when(SetStatus(status=VehicleStatus.OFF_ROAD)).then_refused(
        Refusal.VEHICLE_BUSY
    )


def test_a_shift_is_not_started_in_the_middle_of_a_job() -> None:
    garage.given(ON_SHIFT, GOING).when(a_shift()).then_refused(Refusal.VEHICLE_BUSY)


def test_a_vehicle_says_where_it_is() -> None:
    there = Point(1.0, 2.0)

    garage.given(ON_SHIFT, GOING).when(ReportPosition(point=there)).then(
        replace(GOING, point=there)
    )


def test_a_vehicle_follows_only_its_own_job() -> None:
    follow = FollowJob(case_id=OTHER_CASE, status=VehicleStatus.MOBILE, point=None)

    garage.given(ON_SHIFT, GOING).when(follow).then_refused(Refusal.VEHICLE_BUSY)


def test_two_sites_that_sent_one_vehicle_twice_are_both_remembered() -> None:
    """H15: both jobs stay, contested, until one of them lets it go."""
    torn = VEHICLE.replay([ON_SHIFT, GOING, replace(GOING, case_id=OTHER_CASE)])
    (freed,) = VEHICLE.decide(torn, LeaveJob(case_id=CASE_ID), NOON)
    jobs = [row for row in vehicle_rows(torn) if isinstance(row, JobRow)]

    assert torn.is_contested
    assert [job.contested for job in jobs] == [True, True]
    assert VEHICLE.evolve(torn, freed).jobs == (OTHER_CASE,)
    assert not VEHICLE.evolve(torn, freed).is_contested


def a_map(drawing: str) -> PublishMap:
    return PublishMap(org=TRUST, drawing=drawing, width_metres=60_000, height_metres=45_000)


def test_a_map_is_published_once() -> None:
    drawn = a_map('<path class="map-water" d="M0 0l1 1"/>')
    (published,) = MAP.decide(MAP.initial, drawn, NOON)

    assert MAP.decide(MAP.evolve(MAP.initial, published), drawn, NOON) == ()


def test_a_map_that_could_do_something_is_not_published() -> None:
    room = Scenario(MAP, now=NOON)

    for bad in ("<script>1</script>", '<path onload="x"/>', '<a href="//x"/>', "<g>", "&x;"):
        room.when(a_map(bad)).then_refused(Refusal.NOT_A_MAP)


def test_a_place_lands_where_the_map_draws_it() -> None:
    assert place_on_map(Point(0, 0), 60_000, 45_000) == Point(0, 100)
    assert place_on_map(Point(30_000, 22_500), 60_000, 45_000) == Point(50, 50)
    assert place_on_map(Point(0, 0), 40_000, 60_000).x > 0
