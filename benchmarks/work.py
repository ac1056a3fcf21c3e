"""Real work for the journal: what call handlers' devices write during whole calls."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import msgspec

from standfast.calls.entries import ENTRIES as CALLS
from standfast.demo.structs import Person
from standfast.demo.world import make_world
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Command, Decider
from standfast.simulate.callers import invent_callers
from standfast.simulate.entries import Device, Written
from standfast.triage.content import current
from standfast.triage.pages import ENTRIES as TRIAGE

ORG = "harrowmere-urgent-care"
_KNOWN = {entry.kind: entry for entry in (*CALLS, *TRIAGE)}

Step = tuple[Decider[Any, Any, Any], str, Command]


class Work:
    """Hands out calls, each a run of commands on the streams of one case. Never runs out."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._today = date(2026, 11, 22)
        people: tuple[Person, ...] = make_world(1, datetime(2026, 11, 22, tzinfo=UTC)).people
        self._callers = invent_callers(
            Random(111),  # noqa: S311 - the same calls each time
            [0.0] * 200,
            people,
            current(),
            today=self._today,
        )
        self._count = 0

    def call(self) -> Iterator[Step]:
        """Yield the commands of one call, first to last."""
        self._count += 1
        caller = self._callers[self._count % len(self._callers)]
        case_id = child_id(self._topic, f"case {self._count}")
        device = Device(caller, case_id, current(), self._today)
        for entry in _written(device):
            yield self._step(entry)

    def _step(self, entry: Written) -> Step:
        known = _KNOWN[entry.kind]
        ours = {
            "entry_id": entry.id,
            "case_id": entry.case_id,
            "at": datetime.now(UTC),
            "org": ORG,
            "staff_id": "amira.khan",
            "staff_name": "Amira Khan",
        }
        fields = known.command.__struct_fields__
        filled = {name: value for name, value in ours.items() if name in fields}
        command = msgspec.convert({**entry.body, **filled}, known.command)
        return known.decider, entry.case_id, command


def _written(device: Device) -> Iterator[Written]:
    yield device.opening(None)
    while device.asks_of_life_threats:
        if (answer := device.answer()) is not None:
            yield answer
    yield from device.who_and_where()
    yield from device.what_is_said()
    while (answer := device.answer()) is not None:
        yield answer
    yield from device.advice()
    yield device.finish()
