"""Commands ask, events tell, refusals explain, and a decider turns one into another."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import reduce
from typing import Any, Generic, TypeVar

from msgspec import Struct

State = TypeVar("State")
SomeCommand = TypeVar("SomeCommand", bound="Command")
SomeEvent = TypeVar("SomeEvent", bound="Event")


class Command(Struct, frozen=True, kw_only=True):
    """A thing somebody asks for, named in the imperative: ``RequestAmbulance``."""


class Event(Struct, frozen=True, kw_only=True, tag_field="type"):
    """A thing that has happened, named in the past tense and kept for ever.

    Every subclass gives a ``tag`` such as ``"dispatch.ambulance_requested.v1"``. The tag
    is what lies on disk: the class may be renamed any day, the tag never.
    """


class Refused(Exception):
    """A rule said no. ``reason`` belongs to the refusing context's own closed enum.

    ``details`` fill the gaps in its sentence: "{who} has answered this call".
    """

    def __init__(self, reason: StrEnum, **details: str) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.details = details


@dataclass(frozen=True)
class Decider(Generic[State, SomeCommand, SomeEvent]):
    """The pure heart of one kind of stream: where it starts, what it decides, what it learns.

    ``decide`` may raise :class:`Refused`. ``evolve`` may not: facts written at another site
    arrive in any order, and a fact is never refused. ``org`` and ``subject`` say whose record
    a stream is and which person it is about (None while nobody knows), from what is known
    after the event that is being written.

    ``sealed``: its bodies lie sealed under the data key of a record (``journal.sealing``), which
    is the stream's own, or the one that ``record`` names. A kind is open only if nothing in it
    is about a patient; ``tests/journal/test_kinds.py`` gives each one's reason.
    """

    stream: str
    event_type: Any  # a union of Event subclasses; ``type[...]`` cannot spell a union
    initial: State
    decide: Callable[[State, SomeCommand, datetime], Sequence[SomeEvent]]
    evolve: Callable[[State, SomeEvent], State]
    org: Callable[[State], str]
    subject: Callable[[State], str | None] = lambda _: None
    sealed: bool = True
    record: Callable[[State], str] = lambda _: ""
    """The record that what is known belongs to, and goes with; empty: the stream's own key."""
    presence: bool = False
    """It says only that somebody was here: who may change nothing leaves these facts as well."""

    def record_of(self, key: str, state: State) -> str | None:
        """Return the record under whose data key a body is sealed; None: it stays open."""
        return (self.record(state) or key) if self.sealed else None

    def replay(self, events: Iterable[SomeEvent]) -> State:
        """Return what is known after *events*, oldest first."""
        return reduce(self.evolve, events, self.initial)
