"""What the node's journal says became of everything that this run was told is safe."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct, convert

from standfast.simulate.browser import Browser, Unreachable
from standfast.simulate.measured import Call, Tally

AT_ONCE: Final = 100
"""Calls in one question."""


class CallFate(Struct, frozen=True):
    """What the node says of a call."""

    call_id: str
    rang: bool
    case_id: str
    abandoned: bool
    settled: bool


class Sent(Struct, frozen=True):
    """What the node says of something that a case asked of others."""

    what: str
    state: str
    owner: str


class CaseFate(Struct, frozen=True):
    """What the node says of a case."""

    case_id: str
    opened: bool
    closed: bool
    outcome: str
    entries: tuple[str, ...]
    requests: tuple[Sent, ...]
    owed: tuple[str, ...]


class Fates(Struct, frozen=True):
    """The node's answer."""

    calls: tuple[CallFate, ...]
    cases: tuple[CaseFate, ...]


class Verdict(Struct, frozen=True):
    """What was lost, a sentence each, and what is not done yet but is on a list."""

    lost: tuple[str, ...]
    waiting: tuple[str, ...]
    entries: int
    requests: int


async def account(browser: Browser, tally: Tally) -> Verdict:
    """Ask the node, as its supervisor may, and compare with what was acknowledged."""
    lost: list[str] = []
    waiting: list[str] = []
    entries = requests = 0
    for first in range(0, len(tally.calls), AT_ONCE):
        some = tally.calls[first : first + AT_ONCE]
        fates = await _ask(browser, some)
        for call, of_call, of_case in zip(some, fates.calls, fates.cases, strict=True):
            lost += _lost(call, of_call, of_case)
            waiting += _waiting(call, of_call, of_case)
            entries += len(call.stored)
            requests += len(of_case.requests)
    return Verdict(tuple(lost), tuple(waiting), entries, requests)


async def _ask(browser: Browser, some: Sequence[Call]) -> Fates:
    asked = {
        "calls": [call.call_id for call in some],
        "cases": [call.case_id for call in some],
    }
    answer = await browser.post_json("/calls/accounting", asked)
    if not answer.done:
        raise Unreachable(f"the accounting was answered {answer.status}")
    return convert(answer.json, Fates)


def _lost(call: Call, of_call: CallFate, of_case: CaseFate) -> list[str]:
    """Return what was acknowledged and is not there, or is there and nobody's."""
    name = f"call {call.caller.number} ({call.case_id})"
    if call.rang and not of_call.rang:
        return [f"{name}: the ringing was acknowledged and is not in the journal"]
    if not call.stored:
        return []
    if not of_case.opened:
        return [f"{name}: its case is not in the journal"]
    found = [
        f"{name}: entry {entry} was acknowledged and is not in the journal"
        for entry in sorted(call.stored - set(of_case.entries))
    ]
    if not of_case.outcome or of_case.outcome == "No outcome yet":
        found.append(f"{name}: no outcome")
    found += [
        f"{name}: {sent.what} {sent.state}, nobody has it"
        for sent in of_case.requests
        if not sent.owner and not of_case.owed
    ]
    return found


def _waiting(call: Call, of_call: CallFate, of_case: CaseFate) -> list[str]:
    """Return what is not finished, but is on a list that somebody looks at."""
    name = f"call {call.caller.number} ({call.case_id})"
    if call.rang and of_call.abandoned:
        return [f"{name}: on the call-back list"]
    if call.stored and not of_case.closed:
        return [f"{name}: open; {'; '.join(of_case.owed) or 'nothing owed'}"]
    return [f"{name}: {words}" for words in of_case.owed]
