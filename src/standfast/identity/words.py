"""What identity says to people: a sentence for each refusal, and for each fact."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

from standfast.facts.identity import (
    OrganisationEvent,
    SessionEvent,
    SessionLocked,
    SessionUnlocked,
    SessionUsed,
    SignedIn,
    SignedOut,
    StaffEvent,
    StaffRegistered,
)
from standfast.identity import words_notices, words_passkeys, words_ways_in
from standfast.identity.model import Refusal
from standfast.identity.permissions import known_roles, label_of

REFUSALS: Final[Mapping[StrEnum, str]] = {
    Refusal.WORKS_ELSEWHERE: (
        "Somebody at another organisation has this staff id. Give a different one."
    ),
    Refusal.NO_ROLE: "Give this person at least one role.",
    Refusal.ONLY_BY_GRANT: (
        "Nobody of a supplier has an account that stays. Give them a grant on the Support page."
    ),
    Refusal.SESSION_EXISTS: "This session has begun already. Sign in again.",
    Refusal.SESSION_OVER: "This session is over. Sign in again.",
    **words_passkeys.REFUSALS,
    **words_ways_in.REFUSALS,
}


def describe_organisation(event: OrganisationEvent) -> str:
    """Return one plain sentence for *event*."""
    return f"{event.organisation.name} was registered"


def describe_staff(event: StaffEvent) -> str:
    """Return one plain sentence for *event*."""
    if not isinstance(event, StaffRegistered):
        return words_ways_in.describe_leaving(event)
    roles = label_of(known_roles(event.staff.roles)) or "nothing that this version knows"
    return f"{event.staff.name} may work as {roles}"


def describe_session(event: SessionEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case SignedIn():
            return f"{event.staff_id} signed in"
        case SessionUsed():
            return "Still at work"
        case SessionLocked():
            return "The screen was locked"
        case SessionUnlocked():
            return "The screen was unlocked"
        case SignedOut():
            return "Signed out from another screen" if event.from_session_id else "Signed out"
        case _:
            assert_never(event)


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {
    "identity.organisation": describe_organisation,
    "identity.staff": describe_staff,
    "identity.session": describe_session,
    **words_notices.DESCRIBES,
    **words_ways_in.DESCRIBES,
    **words_passkeys.DESCRIBES,
}
"""By kind of stream: one plain sentence for each of its events."""
