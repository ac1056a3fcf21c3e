"""What people are told of their own way in, in words: short at the top of a page, whole on theirs."""

from collections.abc import Callable, Mapping
from typing import Any, Final, assert_never

from standfast.facts.notices import NoticeEvent, NoticeGiven, NoticeKind, NoticeRead
from standfast.identity.model import Refusal
from standfast.identity.model_notice import MOST_TRIES
from standfast.identity.tables_notices import OwnNotice

NO_ROLE_THERE: Final = "no_role_there"
"""Why a try by the sign-in service failed: what it says of them gives no role here."""

WHY: Final[Mapping[str, str]] = {
    Refusal.WRONG_CODE.value: "A wrong one-time code was given",
    Refusal.PROOF_WRONG.value: "A passkey of yours was named, and what answered was not it",
    Refusal.ANSWERED_ALREADY.value: "An answer of your passkey was sent a second time",
    Refusal.KEY_LOCKED.value: "The passkey is locked: it exists twice",
    NO_ROLE_THERE: "The sign-in service gave no role that you have here",
}


SHORT: Final[Mapping[NoticeKind, str]] = {
    NoticeKind.NEW_DEVICE: "A sign-in at a device that is new",
    NoticeKind.KEY_ADDED: "The passkey “{about}” was added",
    NoticeKind.KEY_REMOVED: "The passkey “{about}” was removed",
    NoticeKind.KEY_LOCKED: "The passkey “{about}” was locked: it exists twice",
    NoticeKind.KEYS_REVOKED: "All your passkeys were revoked",
    NoticeKind.ACCOUNT_LINKED: "An account of the sign-in service was linked to you",
    NoticeKind.ACCOUNT_UNLINKED: "Your account of the sign-in service was unlinked",
}

BY: Final = frozenset(
    {NoticeKind.KEYS_REVOKED, NoticeKind.ACCOUNT_LINKED, NoticeKind.ACCOUNT_UNLINKED}
)
"""What somebody else did, who is named."""


def in_short(notice: OwnNotice) -> str:
    """Return the notice in a few words, as the top of a page says it."""
    if notice.kind is NoticeKind.TRY:
        return _tries(notice.times)
    return SHORT[notice.kind].format(about=notice.about)


def more(notice: OwnNotice) -> str:
    """Return what else there is to say of it: why it failed, or who did it; empty: nothing."""
    if notice.kind is NoticeKind.TRY:
        return WHY.get(notice.about, "It was refused")
    if notice.kind is NoticeKind.KEY_LOCKED:
        return "Somebody may have copied it: tell your IT officer now"
    return f"By {notice.who or notice.about}" if notice.kind in BY else ""


def describe_notice(event: NoticeEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case NoticeGiven():
            return f"{event.staff_id} is told of their way in: {event.kind.value}"
        case NoticeRead():
            return "They have read it"
        case _:
            assert_never(event)


def _tries(times: int) -> str:
    if times == 1:
        return "A try to sign in as you failed"
    least = "at least " if times >= MOST_TRIES else ""
    return f"{least}{times} tries to sign in as you failed".capitalize()


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {"identity.notice": describe_notice}
"""By kind of stream: one plain sentence for each of its events."""
