"""What people are told of their own way in, as it happens and in the same commit."""

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from standfast.facts.identity import SignedIn
from standfast.facts.notices import Device, NoticeKind
from standfast.facts.passkeys import (
    PasskeyLocked,
    PasskeyRegistered,
    PasskeyRemoved,
    PasskeysRevoked,
    WrongCodeGiven,
)
from standfast.facts.service import ServiceLinked, ServiceUnlinked
from standfast.identity.model import Refusal
from standfast.identity.model_notice import NOTICE, Tell, tries_of
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Event
from standfast.kernel.reactions import Reaction


class Told(Struct, frozen=True):
    """What there is to tell of one fact. ``name`` is the notice's among its owner's."""

    name: str
    kind: NoticeKind
    about: str = ""
    at: Device = Device()


def _arrived(event: SignedIn) -> Told:
    at = Device(words=event.device, device_hash=event.device_hash, session_id=event.session_id)
    return Told(f"device/{event.device_hash}", NoticeKind.NEW_DEVICE, at=at)


def _added(event: PasskeyRegistered) -> Told:
    key = event.passkey
    return Told(f"added/{key.credential_id}", NoticeKind.KEY_ADDED, key.name, event.at)


def _removed(event: PasskeyRemoved) -> Told:
    name = f"removed/{event.credential_id}"
    return Told(name, NoticeKind.KEY_REMOVED, event.name, event.at)


def _locked(event: PasskeyLocked) -> Told:
    return Told(f"locked/{event.credential_id}", NoticeKind.KEY_LOCKED, event.name)


def _revoked(event: PasskeysRevoked) -> Told:
    name = f"revoked/{event.revoked_at.isoformat()}"
    return Told(name, NoticeKind.KEYS_REVOKED, event.by)


def _linked(event: ServiceLinked) -> Told:
    name = f"linked/{event.linked_at.isoformat()}"
    return Told(name, NoticeKind.ACCOUNT_LINKED, event.by)


def _unlinked(event: ServiceUnlinked) -> Told:
    name = f"unlinked/{event.unlinked_at.isoformat()}"
    return Told(name, NoticeKind.ACCOUNT_UNLINKED, event.by)


def _when(on: type[Event], told: Callable[[Any], Told]) -> Reaction:
    """Have the person whom *on* is about know of it, unless nobody was proven to be there."""

    def key(event: Any) -> str:
        return child_id(event.staff_id, told(event).name)

    def command(event: Any) -> Tell | None:
        if isinstance(event, SignedIn) and (event.way == "persona" or not event.device_hash):
            return None
        said = told(event)
        return Tell(
            notice_id=key(event),
            org=event.org,
            staff_id=event.staff_id,
            kind=said.kind,
            about=said.about,
            at=said.at,
        )

    return Reaction(on, NOTICE, key, command)


def _wrong_code(event: WrongCodeGiven) -> Tell | None:
    """Return that somebody gave a wrong code; of before it was kept whose, nothing."""
    if not event.staff_id:
        return None
    return Tell(
        notice_id=_tries(event),
        org=event.org,
        staff_id=event.staff_id,
        kind=NoticeKind.TRY,
        about=Refusal.WRONG_CODE.value,
        at=event.at,
    )


def _tries(event: WrongCodeGiven) -> str:
    return tries_of(event.staff_id, event.given_at.date())


REACTIONS: Final[tuple[Reaction, ...]] = (
    _when(SignedIn, _arrived),
    _when(PasskeyRegistered, _added),
    _when(PasskeyRemoved, _removed),
    _when(PasskeyLocked, _locked),
    _when(PasskeysRevoked, _revoked),
    _when(ServiceLinked, _linked),
    _when(ServiceUnlinked, _unlinked),
    Reaction(WrongCodeGiven, NOTICE, _tries, _wrong_code),
)
