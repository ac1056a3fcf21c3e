"""The rules of one telephone call: what the exchange tells, in any order. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeAlias, assert_never

from msgspec import Struct
from msgspec.structs import replace

from standfast.calls.refusals import Refusal
from standfast.facts.calls import (
    CallAbandoned,
    CallAnswered,
    CallBackSettled,
    CallConnected,
    CallEnded,
    CallEvent,
    CallRang,
)
from standfast.facts.contact import Place
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText


class Ring(Command, frozen=True, kw_only=True):
    """The exchange has a caller waiting."""

    call_id: str
    org: str
    number: str
    network_place: Place | None
    at: datetime


class Connect(Command, frozen=True, kw_only=True):
    """The exchange says that the line was picked up."""

    call_id: str
    org: str
    at: datetime


class HangUp(Command, frozen=True, kw_only=True):
    """The exchange says that the line is closed."""

    call_id: str
    org: str
    at: datetime


class AnswerCall(Command, frozen=True, kw_only=True):
    """Somebody opened a case for this call."""

    call_id: str
    org: str
    case_id: str
    staff_id: str
    staff_name: str
    at: datetime


class SettleCallBack(Command, frozen=True, kw_only=True):
    """The abandoned caller was rung back, or need not be."""

    call_id: str
    org: str
    outcome: ShortText
    staff_name: str


CallCommand: TypeAlias = Ring | Connect | HangUp | AnswerCall | SettleCallBack


class Call(Struct, frozen=True, kw_only=True):
    """All that is known of one call. Hung up before it was answered: nobody spoke to them."""

    call_id: str = ""
    org: str = ""
    number: str = ""
    network_place: Place | None = None
    rang_at: datetime | None = None
    connected_at: datetime | None = None
    answers: tuple[CallAnswered, ...] = ()
    hung_up_at: datetime | None = None
    settled: CallBackSettled | None = None

    @property
    def answer(self) -> CallAnswered | None:
        """Who has the call: of two sites that both thought so, the earlier."""
        return min(
            self.answers, key=lambda each: (each.answered_at, each.case_id), default=None
        )

    @property
    def is_waiting(self) -> bool:
        return bool(self.rang_at) and not self.answers and self.hung_up_at is None

    @property
    def is_abandoned(self) -> bool:
        """They hung up, nobody has opened a case for them, and nobody has settled it."""
        return self.hung_up_at is not None and not self.answers and self.settled is None


def decide(call: Call, command: CallCommand, now: datetime) -> Sequence[CallEvent]:
    """Answer *command* with the events it causes; what is known already causes none."""
    if call.org and call.org != command.org:
        raise Refused(Refusal.NO_SUCH_CALL)
    match command:
        case Ring():
            return () if call.rang_at else (_rang(command),)
        case Connect():
            if call.connected_at or call.answers:
                return ()
            return (
                CallConnected(
                    call_id=command.call_id, org=command.org, connected_at=command.at
                ),
            )
        case HangUp():
            return () if call.hung_up_at else (_hung_up(call, command),)
        case AnswerCall():
            return _answered(call, command)
        case SettleCallBack():
            return (_settled(call, command, now),)
        case _:
            assert_never(command)


def evolve(call: Call, event: CallEvent) -> Call:
    """Learn one fact, in whatever order it comes."""
    call = replace(call, call_id=event.call_id, org=call.org or event.org)
    match event:
        case CallRang():
            return replace(
                call,
                number=event.number,
                network_place=event.network_place,
                rang_at=min(call.rang_at or event.rang_at, event.rang_at),
            )
        case CallConnected():
            return replace(call, connected_at=event.connected_at)
        case CallAnswered():
            others = tuple(each for each in call.answers if each.case_id != event.case_id)
            return replace(call, answers=(*others, event), number=call.number or event.number)
        case CallAbandoned():
            return replace(call, hung_up_at=call.hung_up_at or event.abandoned_at)
        case CallEnded():
            return replace(call, hung_up_at=call.hung_up_at or event.ended_at)
        case CallBackSettled():
            return replace(call, settled=event)
        case _:
            assert_never(event)


CALL: Final = Decider(
    stream="calls.call",
    event_type=CallEvent,
    initial=Call(),
    decide=decide,
    evolve=evolve,
    org=lambda call: call.org,
)


def _rang(command: Ring) -> CallRang:
    return CallRang(
        call_id=command.call_id,
        org=command.org,
        number=command.number,
        network_place=command.network_place,
        rang_at=command.at,
    )


def _hung_up(call: Call, command: HangUp) -> CallAbandoned | CallEnded:
    """Tell an abandoned call from an ended one by whether anybody opened a case for it."""
    if call.answer is None:
        return CallAbandoned(call_id=command.call_id, org=command.org, abandoned_at=command.at)
    return _ended(command.call_id, command.org, call.answer.case_id, command.at)


def _answered(call: Call, command: AnswerCall) -> tuple[CallEvent, ...]:
    """Give the call to whoever opened a case for it first.

    A device that was cut off may tell of an answer after the exchange told of the end: then
    the case learns of the end at once. Opening a case after the end is ringing back.
    """
    if call.answer is not None:
        if call.answer.case_id == command.case_id:
            return ()
        raise Refused(Refusal.ALREADY_ANSWERED, who=call.answer.staff_name)
    answered = CallAnswered(
        call_id=command.call_id,
        org=command.org,
        case_id=command.case_id,
        staff_id=command.staff_id,
        staff_name=command.staff_name,
        answered_at=command.at,
        number=call.number,
        network_place=call.network_place,
    )
    if call.hung_up_at is None or call.hung_up_at < command.at:
        return (answered,)
    return (answered, _ended(call.call_id, call.org, command.case_id, call.hung_up_at))


def _ended(call_id: str, org: str, case_id: str, at: datetime) -> CallEnded:
    return CallEnded(call_id=call_id, org=org, ended_at=at, case_id=case_id)


def _settled(call: Call, command: SettleCallBack, now: datetime) -> CallBackSettled:
    if not call.is_abandoned:
        raise Refused(Refusal.NOT_ON_CALL_BACK_LIST)
    return CallBackSettled(
        call_id=call.call_id,
        org=call.org,
        outcome=command.outcome,
        staff_name=command.staff_name,
        settled_at=now,
    )
