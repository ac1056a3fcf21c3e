"""What happens on the telephone. This file only ever grows."""

from datetime import datetime
from typing import TypeAlias

from standfast.facts.contact import Place
from standfast.kernel.messages import Event


class CallRang(Event, frozen=True, kw_only=True, tag="calls.call_rang.v1"):
    """A call is waiting. ``number`` is empty when it was withheld."""

    call_id: str
    org: str
    number: str
    network_place: Place | None
    rang_at: datetime


class CallConnected(Event, frozen=True, kw_only=True, tag="calls.call_connected.v1"):
    """The exchange says that the line was picked up; by whom and for which case is to come."""

    call_id: str
    org: str
    connected_at: datetime


class CallAnswered(Event, frozen=True, kw_only=True, tag="calls.call_answered.v1"):
    """Somebody spoke to the caller; the case they opened is ``case_id``.

    ``number`` and ``network_place`` are what the exchange had said by then.
    """

    call_id: str
    org: str
    case_id: str
    staff_id: str
    staff_name: str
    answered_at: datetime
    number: str = ""
    network_place: Place | None = None


class CallAbandoned(Event, frozen=True, kw_only=True, tag="calls.call_abandoned.v1"):
    """The caller hung up before anybody had opened a case for them."""

    call_id: str
    org: str
    abandoned_at: datetime


class CallEnded(Event, frozen=True, kw_only=True, tag="calls.call_ended.v1"):
    """The line was closed after it was answered for the case ``case_id``."""

    call_id: str
    org: str
    ended_at: datetime
    case_id: str = ""


class CallBackSettled(Event, frozen=True, kw_only=True, tag="calls.call_back_settled.v1"):
    """An abandoned caller was rung back, or need not be: ``outcome`` says what came of it."""

    call_id: str
    org: str
    outcome: str
    staff_name: str
    settled_at: datetime


CallEvent: TypeAlias = (
    CallRang | CallConnected | CallAnswered | CallAbandoned | CallEnded | CallBackSettled
)
