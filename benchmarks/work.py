"""Real work for the journal: what call handlers' devices write during whole calls."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from random import Random
from typing import Any

import msgspec

from standfast.calls.commands import CloseCase, DecideCase, ReferToService, TakeCase
from standfast.calls.entries import ENTRIES as CALLS
from standfast.calls.model_case import CASE
from standfast.demo.structs import Person
from standfast.demo.world import make_world
from standfast.dispatch.commands import AcceptRequest, CloseIncident, Outcome
from standfast.dispatch.model import INCIDENT
from standfast.journal.store import Journal
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Command, Decider
from standfast.prescribing.commands import DeclineNeed, TakeNeed
from standfast.prescribing.model import NEED
from standfast.simulate.callers import Caller, invent_callers
from standfast.simulate.entries import Device, Written
from standfast.simulate.run import HANDLERS
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
        self._callers = callers(self._today)
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
            "staff_id": HANDLERS[self._count % len(HANDLERS)],
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


@cache
def callers(today: date) -> tuple[Caller, ...]:
    """Return the same two hundred callers each time."""
    people: tuple[Person, ...] = make_world(1, datetime(2026, 11, 22, tzinfo=UTC)).people
    dice = Random(111)  # noqa: S311 - a load, no secrets
    return invent_callers(dice, [0.0] * 200, people, current(), today=today)


async def settle(store: Journal, case_id: str) -> None:
    """Bring a case to its end, as all those do to whom it leads."""

    async def do(decider: Decider[Any, Any, Any], *commands: Command) -> None:
        for command in commands:
            now = datetime.now(UTC)
            await store.execute(decider, case_id, command, actor="bench", now=now)

    case = await store.state(CASE, case_id)
    who = {"staff_id": "bench", "staff_name": "Bench"}
    if case.ambulance.category:
        accept = AcceptRequest(**who, desk="Bench")
        await do(INCIDENT, accept, _not_needed(**who))
    if case.prescription.requested is not None:
        await do(NEED, TakeNeed(**who), DeclineNeed(advice="Has found some", **who))
    if case.clinical.is_waiting:
        taken = TakeCase(case_id=case_id, **who)
        decided = DecideCase(case_id=case_id, outcome="Advice", note="Rest", **who)
        await do(CASE, taken, decided)
    if case.wanted is not None:
        referred = ReferToService(
            case_id=case_id, service_id="x", service_name="x", note="", staff_name="Bench"
        )
        await do(CASE, referred)
    await do(
        CASE,
        CloseCase(
            case_id=case_id, gp_name="", action="", without_outcome="", staff_name="Bench"
        ),
    )


def _not_needed(*, staff_id: str, staff_name: str) -> CloseIncident:
    return CloseIncident(
        outcome=Outcome.CANCELLED,
        reason="Went by car",
        has_read=True,
        seen_at=datetime.now(UTC),
        staff_id=staff_id,
        staff_name=staff_name,
    )
