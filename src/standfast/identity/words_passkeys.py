"""What identity says of passkeys and enrolments: one sentence for each fact."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

from standfast.facts.passkeys import (
    AnswerEvent,
    EnrolmentCancelled,
    EnrolmentConfirmed,
    EnrolmentEvent,
    EnrolmentKind,
    EnrolmentOpened,
    EnrolmentUsed,
    PasskeyLocked,
    PasskeyRegistered,
    PasskeyRemoved,
    PasskeyRenamed,
    PasskeysEvent,
    PasskeysRevoked,
    PasskeyUsed,
    WrongCodeGiven,
)
from standfast.identity.model import Refusal

REFUSALS: Final[Mapping[StrEnum, str]] = {
    Refusal.NOT_PROVEN: "This must be confirmed with a passkey. Do it again and touch your key.",
    Refusal.PROOF_WRONG: (
        "What your passkey confirmed is not this. Nothing was done: look again, then confirm it."
    ),
    Refusal.PROOF_OLD: "Your confirmation took too long. Confirm it again.",
    Refusal.ANSWERED_ALREADY: "This confirmation was used already. Confirm it again.",
    Refusal.KEY_KNOWN: "This key is registered already. Choose another device or key.",
    Refusal.KEY_LOCKED: (
        "There are two of this passkey, so it opens nothing any more. Use another of yours, "
        "and tell your IT officer now: somebody may have copied it."
    ),
    Refusal.LAST_KEY: "This is your only passkey. Add another one first.",
    Refusal.NO_SUCH_KEY: (
        "This passkey opens nothing here. Use another of yours, or ask two colleagues to "
        "enrol you again."
    ),
    Refusal.TOO_MANY_KEYS: "You have as many passkeys as one may have. Remove one first.",
    Refusal.NOT_ONESELF: "Nobody enrols or confirms themselves. Ask two colleagues.",
    Refusal.SAME_PERSON: (
        "You asked for this enrolment, so somebody else must confirm it. Ask a colleague."
    ),
    Refusal.NOT_CONFIRMED: "A second person must confirm it first. Ask a colleague.",
    Refusal.CONFIRMED_ALREADY: "Somebody has confirmed this already. Look again.",
    Refusal.NO_KEY_YET: "They have not registered their passkey yet. Wait until they have.",
    Refusal.NO_ENROLMENT: "There is no such enrolment. Open one first.",
    Refusal.ENROLMENT_OVER: "This enrolment is over. Open a new one.",
    Refusal.WRONG_CODE: (
        "This staff id and code do not belong together. Look at both, then enter them again."
    ),
    Refusal.CODE_SPENT: (
        "This code is no longer good: it lasts 15 minutes and five tries. Ask the two "
        "colleagues for a new one."
    ),
}

KINDS: Final[Mapping[EnrolmentKind, str]] = {
    EnrolmentKind.FIRST: "a first passkey",
    EnrolmentKind.RECOVERY: "a new passkey, because theirs is lost",
    EnrolmentKind.FOUNDING: "the first passkey of a new site",
}


def describe_passkeys(event: PasskeysEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case PasskeyRegistered():
            return f"{event.staff_id} registered the passkey “{event.passkey.name}”"
        case PasskeyUsed():
            return f"{event.staff_id} used a passkey"
        case PasskeyLocked():
            return (
                f"A passkey of {event.staff_id} exists twice and was locked: its counter stood "
                f"at {event.sign_count}, after {event.known_count}"
            )
        case PasskeyRenamed():
            return f"{event.staff_id} calls a passkey “{event.name}”"
        case PasskeyRemoved():
            return f"{event.staff_id} removed one of their passkeys"
        case PasskeysRevoked():
            return f"{event.by} had every passkey of {event.staff_id} revoked"
        case _:
            assert_never(event)


def describe_answer(event: AnswerEvent) -> str:
    """Return one plain sentence for *event*."""
    return f"{event.staff_id} confirmed with a passkey: {event.act}"


def describe_enrolment(event: EnrolmentEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case EnrolmentOpened():
            return f"{event.opened_by} asked for {KINDS[event.kind]} for {event.staff_id}"
        case EnrolmentConfirmed():
            return f"{event.confirmed_by} has seen who it is, and confirmed it"
        case WrongCodeGiven():
            return "A wrong code was given"
        case EnrolmentUsed():
            return f"{event.staff_id} registered a passkey with the code"
        case EnrolmentCancelled():
            return f"{event.by} cancelled it"
        case _:
            assert_never(event)


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {
    "identity.passkeys": describe_passkeys,
    "identity.answer": describe_answer,
    "identity.enrolment": describe_enrolment,
}
