"""Who rings, and what their call handler's device writes down."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from random import Random

import msgspec
import pytest

from standfast.app import ENTRIES
from standfast.demo.world import make_world
from standfast.kernel.ids import child_id
from standfast.simulate.callers import WANTED, Caller, Manner, invent_callers, outcome
from standfast.simulate.entries import Device, Written
from standfast.triage.content import current

TODAY = date(2026, 11, 22)
PEOPLE = make_world(1, datetime(2026, 11, 22, 12, tzinfo=UTC)).people
OURS = {
    "entry_id": child_id("a", "b"),
    "case_id": child_id("a", "c"),
    "at": datetime(2026, 11, 22, 12, tzinfo=UTC),
    "org": "harrowmere-urgent-care",
    "staff_id": "amira.khan",
    "staff_name": "Amira Khan",
}


def callers(seed: int, count: int) -> tuple[Caller, ...]:
    return invent_callers(
        Random(seed),  # noqa: S311 - callers, no secrets
        [float(number) for number in range(count)],
        PEOPLE,
        current(),
        today=TODAY,
    )


@pytest.fixture(scope="module")
def many() -> tuple[Caller, ...]:
    return callers(7, 300)


def written(device: Device) -> Iterator[Written]:
    """Yield all that a device writes down in one usual call."""
    yield device.opening("call-1")
    while device.asks_of_life_threats and (answer := device.answer()) is not None:
        yield answer
    yield from device.who_and_where()
    yield from device.what_is_said()
    while (answer := device.answer()) is not None:
        yield answer
    yield from device.advice()
    yield device.finish()


def test_the_same_seed_invents_the_same_callers() -> None:
    assert callers(3, 20) == callers(3, 20)
    assert callers(3, 20) != callers(4, 20)


def test_nobody_who_has_died_is_rung_about(many: tuple[Caller, ...]) -> None:
    assert all(caller.patient.death_date is None for caller in many)


def test_calls_come_to_everything_that_calls_come_to(many: tuple[Caller, ...]) -> None:
    found = set()
    for caller in many:
        device = Device(caller, child_id("case", str(caller.number)), current(), TODAY)
        list(written(device))
        assert device.step.finished
        found.add(outcome(device.step))
    assert found == set(WANTED)
    assert {caller.manner for caller in many} == set(Manner)


def test_everything_a_device_writes_is_what_the_node_takes(many: tuple[Caller, ...]) -> None:
    known = {entry.kind: entry for entry in ENTRIES}
    for caller in many[:50]:
        device = Device(caller, child_id("case", str(caller.number)), current(), TODAY)
        for entry in written(device):
            fields = known[entry.kind].command.__struct_fields__
            filled = {name: value for name, value in OURS.items() if name in fields}
            assert not set(entry.body) - set(fields)
            msgspec.convert({**entry.body, **filled}, known[entry.kind].command)


def test_a_device_names_its_entries_the_same_each_time_and_no_two_alike(
    many: tuple[Caller, ...],
) -> None:
    once, again = (
        [entry.id for entry in written(Device(many[0], "case-1", current(), TODAY))]
        for _ in range(2)
    )
    assert once == again
    assert len(set(once)) == len(once)
