"""What happened during a run: how often, how fast, and what became of every call."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final

from msgspec import Struct, field

from standfast.simulate.callers import Caller


class Kind(StrEnum):
    """Interactions that are timed, in the order of the table."""

    RING = "ring"
    WAITING_PAGE = "waiting page"
    ANSWER = "answer entry"
    PLACE = "place entry"
    ENTRY = "other entries"
    IDENTIFY = "identify patient"
    SERVICES = "services"
    BOOK = "book or refer"
    RECEIPTS = "receipts"
    DESK_BOARD = "desk: board"
    DESK_ACCEPT = "desk: accept"
    DESK_ALLOCATE = "desk: allocate"
    DESK_MOVE = "desk: vehicle status"
    DESK_CLOSE = "desk: close"
    CLINIC = "clinic: day"
    ARRIVE = "clinic: arrive or cancel"
    QUEUE_PAGE = "clinical queue page"
    DECIDE = "clinician: take, decide"
    PRESCRIBE_TAKE = "prescriber: take"
    PRESCRIBE_WRITE = "prescriber: write"
    PRESCRIBE_SIGN = "prescriber: sign"
    PRESCRIBE_SEND = "prescriber: send"
    PHARMACY = "pharmacy: supply or return"
    OVERSIGHT = "oversight page"
    CLOSE = "close"
    CALL_BACK = "call-back list"


class Times:
    """How long each interaction took, in seconds, by kind."""

    def __init__(self) -> None:
        self.taken: dict[Kind, list[float]] = {kind: [] for kind in Kind}

    @contextmanager
    def measure(self, kind: Kind) -> Iterator[None]:
        """Time the block as one interaction."""
        began = time.perf_counter()
        yield
        self.taken[kind].append(time.perf_counter() - began)


def percentile(times: list[float], share: float) -> float:
    """Return the time that *share* of *times* do not exceed; 0 when there are none."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class Call(Struct, kw_only=True, eq=False):
    """What this run knows of one call: what it sent and what the node acknowledged."""

    caller: Caller
    call_id: str
    case_id: str
    outcome: str = ""
    """What the questions came to; empty while, or when, they came to nothing."""
    rang: bool = False
    opened: bool = False
    closed: bool = False
    settled: bool = False
    """Taken off the call-back list: never answered, or lost and rung back."""
    stored: set[str] = field(default_factory=set)
    """The entries that the node said it has stored."""
    tried_to_close: int = 0
    without_outcome: str = ""
    booking_lost: bool = False


class Tally:
    """All calls of a run, what was counted on the way, and how long everything took."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.by_case: dict[str, Call] = {}
        self.counts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.trouble: Counter[str] = Counter()
        self.times = Times()

    def add(self, call: Call) -> None:
        self.calls.append(call)
        self.by_case[call.case_id] = call

    def rename(self, call: Call, case_id: str) -> None:
        """Let *call* go on under another case: that of the desk which was quicker."""
        self.by_case.pop(call.case_id, None)
        call.case_id = case_id
        self.by_case[case_id] = call

    def refuse(self, sentence: str) -> None:
        """Count a refusal under its sentence, without what tells one case from another."""
        words = _WHO.sub(r"Somebody else \1", sentence.partition(".")[0])
        self.refused[words[:SENTENCE] or "no reason given"] += 1


_WHO: Final = re.compile(r"^.* (took it|has answered this call|has this case).*")

SENTENCE: Final = 70
"""Characters of a refusal that the table shows."""
