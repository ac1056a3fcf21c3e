"""Given some facts, when somebody asks, then these facts follow: tests in three lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import pytest

from standfast.kernel.messages import Command, Decider, Event, Refused


@dataclass(frozen=True)
class Scenario:
    """One decision, told as a story. Each step returns a new scenario."""

    decider: Decider[Any, Any, Any]
    now: datetime
    past: Sequence[Event] = ()

    def given(self, *facts: Event) -> "Scenario":
        return replace(self, past=(*self.past, *facts))

    def at(self, now: datetime) -> "Scenario":
        return replace(self, now=now)

    def when(self, command: Command) -> "Outcome":
        state = self.decider.replay(self.past)
        try:
            return Outcome(events=tuple(self.decider.decide(state, command, self.now)))
        except Refused as refused:
            return Outcome(refusal=refused.reason)


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    events: tuple[Event, ...] = ()
    refusal: StrEnum | None = None

    def then(self, *events: Event) -> None:
        if self.refusal is not None:
            pytest.fail(f"refused: {self.refusal}")
        assert self.events == events

    def then_refused(self, reason: StrEnum) -> None:
        assert self.refusal == reason, f"decided instead: {self.events}"
