"""What to say about messages in: a sentence for each refusal and for each fact."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

from standfast.facts.interop import (
    AnswerHeld,
    InteropEvent,
    MessageTurnedAway,
    ReferralReceived,
    SenderTold,
)
from standfast.interop.model import MESSAGE, Refusal

REFUSALS: Final[Mapping[StrEnum, str]] = {
    Refusal.DUPLICATE: "This message has already been received and processed",
    Refusal.CONFLICT: (
        "A different message with this X-Request-Id has already been received and processed; "
        "send new content with a new X-Request-Id"
    ),
    Refusal.NOT_HELD: "No answer to this message is held. Go back to the list and look again.",
}


def describe(event: InteropEvent) -> str:
    """Return one plain sentence for a timeline."""
    match event:
        case ReferralReceived():
            sender = event.referral.sender_name or event.referral.sender_ods
            return (
                f"Referral received electronically from {sender} "
                f"({event.referral.use_case_name}), reference {event.reference}"
            )
        case MessageTurnedAway():
            return f"Message refused ({event.status} {event.error}): {event.sentence}"
        case AnswerHeld():
            return f"Our answer was not fit to be sent and was held: {event.sentence}"
        case SenderTold():
            return f"{event.by_name} told the sender what the held answer would have said"
        case _:
            assert_never(event)


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {MESSAGE.stream: describe}
"""By kind of stream: one plain sentence for each of its events."""
