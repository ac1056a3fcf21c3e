"""The rule of what a passkey answered: each challenge is answered once. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from standfast.facts.passkeys import AnswerEvent, PasskeyAnswered
from standfast.identity.model import Refusal
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText


class TakeAnswer(Command, frozen=True, kw_only=True):
    """Take in the answer to one challenge. It can be taken in once."""

    answer_id: ShortText
    org: ShortText
    staff_id: ShortText
    credential_id: ShortText
    act: ShortText
    content_hash: str
    sign_count: int


class Answer(Struct, frozen=True):
    """What is known of one challenge. None: nobody has answered it."""

    taken: PasskeyAnswered | None = None


def decide_answer(
    known: Answer, command: TakeAnswer, now: datetime
) -> Sequence[PasskeyAnswered]:
    """Take the answer in, unless this challenge was answered before."""
    if known.taken is not None:
        raise Refused(Refusal.ANSWERED_ALREADY)
    return (
        PasskeyAnswered(
            answer_id=command.answer_id,
            org=command.org,
            staff_id=command.staff_id,
            credential_id=command.credential_id,
            act=command.act,
            content_hash=command.content_hash,
            sign_count=command.sign_count,
            answered_at=now,
        ),
    )


def evolve_answer(_: Answer, event: AnswerEvent) -> Answer:
    """Learn one fact."""
    return Answer(event)


ANSWER: Final[Decider[Answer, TakeAnswer, AnswerEvent]] = Decider(
    stream="identity.answer",
    sealed=False,
    event_type=AnswerEvent,
    initial=Answer(),
    decide=decide_answer,
    evolve=evolve_answer,
    org=lambda known: known.taken.org if known.taken else "",
)
