"""What must hold whatever happens, in whatever order (H15, H16)."""

from datetime import timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from standfast.dispatch.model import INCIDENT
from standfast.dispatch.model_vehicle import VEHICLE
from standfast.dispatch.tables import JobRow, VehicleRow, incident_rows, vehicle_rows
from standfast.facts.dispatch import (
    Category,
    CategoryLowered,
    RequestReceived,
    VehicleChanged,
    VehicleStatus,
)
from tests.dispatch.examples import (
    ACCEPTED,
    NOON,
    SENT,
    lowered,
    minutes,
    moved,
    received,
)
from tests.dispatch.test_vehicle import ON_SHIFT

categories = st.sampled_from(list(Category))
moments = st.integers(0, 5).map(lambda count: NOON + minutes(count))


@st.composite
def ups_and_downs(draw: st.DrawFn) -> list[RequestReceived | CategoryLowered]:
    """Draw requests and lowerings, written at sites that may not know of each other."""
    requests = draw(st.lists(st.builds(received, categories, moments), min_size=1, max_size=3))
    lower = st.tuples(categories, categories, moments).filter(lambda each: each[0] < each[1])
    return [*requests, *(lowered(*each) for each in draw(st.lists(lower, max_size=2)))]


@given(ups_and_downs())
def test_no_order_of_arrival_changes_how_urgent_it_is(
    facts: list[RequestReceived | CategoryLowered],
) -> None:
    known = [INCIDENT.replay(order) for order in permutations(facts)]

    assert len({each.category for each in known}) == 1
    assert len({each.respond_by for each in known}) == 1
    assert len({each.raised_by for each in known}) == 1


@given(ups_and_downs())
def test_an_upgrade_stands_unless_somebody_lowered_it_later_who_had_seen_it(
    facts: list[RequestReceived | CategoryLowered],
) -> None:
    category = INCIDENT.replay(facts).category
    lowerings = [fact for fact in facts if isinstance(fact, CategoryLowered)]

    assert category is not None
    for request in (fact for fact in facts if isinstance(fact, RequestReceived)):
        was_overruled = any(
            each.lowered_at >= request.received_at and each.seen <= request.category
            for each in lowerings
        )
        assert was_overruled or category <= request.category


@given(st.permutations([received(), received(Category.C1, NOON + minutes(3)), ACCEPTED, SENT]))
def test_an_upgrade_is_never_taken_for_accepted_because_of_the_order(
    facts: list[RequestReceived],
) -> None:
    known = INCIDENT.replay(facts)

    assert known.category is Category.C1
    assert known.accepted is None


cases = st.sampled_from(["case-a", "case-b", "case-c"])
changes = st.builds(
    VehicleChanged,
    vehicle_id=st.just("ha12"),
    status=st.sampled_from(list(VehicleStatus)),
    case_id=st.none() | cases,
    point=st.none(),
    at=moments,
    left=st.none() | cases,
)


@given(st.lists(changes, max_size=8))
def test_a_vehicle_is_never_on_two_live_jobs_unnoticed(history: list[VehicleChanged]) -> None:
    """Any history at all: two live jobs are contested, and the table takes them (H15)."""
    rows = list(vehicle_rows(VEHICLE.replay([ON_SHIFT, *history])))
    jobs = [row for row in rows if isinstance(row, JobRow)]
    (vehicle,) = (row for row in rows if isinstance(row, VehicleRow))

    assert vehicle.contested == (len(jobs) > 1)
    assert len([job for job in jobs if not job.contested]) <= 1
    assert all(job.contested for job in jobs) or len(jobs) == 1


@given(
    st.permutations(
        [
            received(),
            received(Category.C1, NOON + minutes(2)),
            ACCEPTED,
            replace(ACCEPTED, accepted_at=NOON + minutes(3), staff_id="piotr.lis"),
            SENT,
            moved(VehicleStatus.ON_SCENE),
            lowered(Category.C1, Category.C3, NOON + timedelta(minutes=4)),
        ]
    )
)
def test_any_history_can_be_shown(facts: list[RequestReceived]) -> None:
    (row,) = incident_rows(INCIDENT.replay(facts))

    assert row.category is Category.C3
