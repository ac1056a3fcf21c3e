"""What may become of one message. Pure: no clock, no database, no web.

A stream is one X-Request-Id. BaRS Core 1.5.0, "Transactional integrity": a message that was
processed is never processed again, and its sender is told so; one that failed may come again.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from msgspec import Struct
from msgspec.structs import replace

from standfast.facts.interop import (
    AnswerHeld,
    InteropEvent,
    MessageTurnedAway,
    Referral,
    ReferralReceived,
    SenderTold,
)
from standfast.kernel.home_entry import HomeEntry
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Command, Decider, Refused

_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0, 1, I, L, O or U: a reference is read out over the telephone."""


class Envelope(Struct, frozen=True, kw_only=True):
    """What is known of a message before it is read."""

    message_id: str
    org: str
    request_id: str
    correlation_id: str


class AcceptReferral(Command, frozen=True, kw_only=True):
    """Take on the patient whom *referral* is about."""

    envelope: Envelope
    bundle_id: str
    fingerprint: str
    referral: Referral
    media_type: str
    body: str
    way_in: HomeEntry | None = None
    original: HomeEntry | None = None
    """The message as it came, sealed, where it says how to get in; ``body`` is empty then."""


class TurnAway(Command, frozen=True, kw_only=True):
    """Keep why a message was refused."""

    envelope: Envelope
    status: int
    error: str
    sentence: str
    faults: int
    size: int


class HoldAnswer(Command, frozen=True, kw_only=True):
    """Keep that our answer was not fit to be sent."""

    sentence: str
    faults: int


class TellSender(Command, frozen=True, kw_only=True):
    """Say that the sender was told by another way."""

    by: str
    by_name: str


InteropCommand = AcceptReferral | TurnAway | HoldAnswer | TellSender


class Refusal(StrEnum):
    """Every way a message can be refused for what came before it."""

    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    NOT_HELD = "not_held"


class Outcome(StrEnum):
    """What became of a message."""

    ACCEPTED = "accepted"
    TURNED_AWAY = "turned_away"


class Message(Struct, frozen=True):
    """What is known of one message: the facts themselves, less the body that came."""

    accepted: ReferralReceived | None = None
    turned_away: MessageTurnedAway | None = None
    held: AnswerHeld | None = None
    told: SenderTold | None = None

    @property
    def org(self) -> str:
        """Whose message it is; empty before the first fact."""
        known = self.accepted or self.turned_away
        return known.org if known else ""


def message_id(request_id: str) -> str:
    """Return the key of the stream for an X-Request-Id, however its letters are written."""
    return child_id("interop.message", request_id.lower())


def case_of(message_key: str) -> str:
    """Return the id of the case that the message under this key opens."""
    return child_id(message_key, "case")


def reference(case_id: str) -> str:
    """Return what people call a case by, such as ``SF-7KQ2-M4XD``."""
    number = int(case_id.replace("-", ""), 16)
    letters = "".join(
        _ALPHABET[number // len(_ALPHABET) ** i % len(_ALPHABET)] for i in range(8)
    )
    return f"SF-{letters[:4]}-{letters[4:]}"


def decide(
    message: Message, command: InteropCommand, now: datetime
) -> tuple[InteropEvent, ...]:
    """Answer *command* with the events it causes, or raise ``Refused``."""
    match command:
        case AcceptReferral():
            return (_accept(message, command, now),)
        case TurnAway():
            return _turn_away(message, command, now)
        case HoldAnswer():
            return _hold(message, command, now)
        case TellSender():
            return _tell(message, command, now)
        case _:
            assert_never(command)


def evolve(message: Message, event: InteropEvent) -> Message:
    """Learn one fact. Of two acceptances at two sites the first in canonical order stands.

    The original body stays in the journal: states are kept in memory by the thousand.
    """
    match event:
        case ReferralReceived():
            first = message.accepted or replace(event, body="", original=None)
            return replace(message, accepted=first)
        case MessageTurnedAway():
            return replace(message, turned_away=event)
        case AnswerHeld():
            return replace(message, held=message.held or event)
        case SenderTold():
            return replace(message, told=message.told or event)
        case _:
            assert_never(event)


def _accept(message: Message, command: AcceptReferral, now: datetime) -> ReferralReceived:
    if message.accepted is not None:
        same = message.accepted.fingerprint == command.fingerprint
        raise Refused(Refusal.DUPLICATE if same else Refusal.CONFLICT)
    envelope = command.envelope
    case_id = case_of(envelope.message_id)
    return ReferralReceived(
        message_id=envelope.message_id,
        org=envelope.org,
        request_id=envelope.request_id,
        correlation_id=envelope.correlation_id,
        bundle_id=command.bundle_id,
        case_id=case_id,
        reference=reference(case_id),
        received_at=now,
        fingerprint=command.fingerprint,
        referral=command.referral,
        media_type=command.media_type,
        body=command.body,
        way_in=command.way_in,
        original=command.original,
    )


def _turn_away(
    message: Message, command: TurnAway, now: datetime
) -> tuple[MessageTurnedAway, ...]:
    """Record a refusal once: a sender that repeats itself fills no journal.

    Rubbish under the id of a message that was taken on changes nothing about that message.
    """
    before = message.turned_away
    again = (command.status, command.sentence, command.size)
    if message.accepted is not None:
        return ()
    if before is not None and (before.status, before.sentence, before.size) == again:
        return ()
    envelope = command.envelope
    return (
        MessageTurnedAway(
            message_id=envelope.message_id,
            org=envelope.org,
            request_id=envelope.request_id,
            correlation_id=envelope.correlation_id,
            received_at=now,
            status=command.status,
            error=command.error,
            sentence=command.sentence,
            faults=command.faults,
            size=command.size,
        ),
    )


def _hold(message: Message, command: HoldAnswer, now: datetime) -> tuple[AnswerHeld, ...]:
    """Record it once: a sender that asks again is told the same."""
    if message.accepted is None:
        raise Refused(Refusal.NOT_HELD)
    if message.held is not None:
        return ()
    return (
        AnswerHeld(
            message_id=message.accepted.message_id,
            org=message.org,
            held_at=now,
            sentence=command.sentence,
            faults=command.faults,
        ),
    )


def _tell(message: Message, command: TellSender, now: datetime) -> tuple[SenderTold, ...]:
    if message.held is None:
        raise Refused(Refusal.NOT_HELD)
    if message.told is not None:
        return ()
    return (
        SenderTold(
            message_id=message.held.message_id,
            org=message.org,
            by=command.by,
            by_name=command.by_name,
            told_at=now,
        ),
    )


MESSAGE: Final = Decider(
    stream="interop.message",
    event_type=InteropEvent,
    initial=Message(),
    decide=decide,
    evolve=evolve,
    org=lambda message: message.org,
    record=lambda message: message.accepted.case_id if message.accepted else "",
)
