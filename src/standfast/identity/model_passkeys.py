"""The rules of passkeys: several for each person, none that exists twice. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, TypeAlias, assert_never

from msgspec import Struct, structs

from standfast.facts.notices import Device
from standfast.facts.passkeys import (
    NewPasskey,
    PasskeyLocked,
    PasskeyRegistered,
    PasskeyRemoved,
    PasskeyRenamed,
    PasskeysEvent,
    PasskeysRevoked,
    PasskeyUsed,
)
from standfast.identity.model import Refusal
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText

MOST_KEYS: Final = 10
"""Keys that one person may have."""

NOTED_AGAIN: Final = timedelta(hours=1)
"""How often the use of a key without a counter is written down."""


class RegisterPasskey(Command, frozen=True, kw_only=True):
    """Let this person sign in with this key."""

    org: ShortText
    staff_id: ShortText
    passkey: NewPasskey
    enrolment_id: str = ""
    at: Device = Device()


class UsePasskey(Command, frozen=True, kw_only=True):
    """Note that a key answered; lock it if its counter went back."""

    credential_id: str
    sign_count: int


class RenamePasskey(Command, frozen=True, kw_only=True):
    """Call a key something else."""

    credential_id: str
    name: ShortText


class RemovePasskey(Command, frozen=True, kw_only=True):
    """Take a key away, if there is another to sign in with."""

    credential_id: str
    proof_id: str = ""
    at: Device = Device()


class RevokePasskeys(Command, frozen=True, kw_only=True):
    """Let none of the present keys open anything any more."""

    by: ShortText


PasskeysCommand: TypeAlias = (
    RegisterPasskey | UsePasskey | RenamePasskey | RemovePasskey | RevokePasskeys
)


class Key(Struct, frozen=True, kw_only=True):
    """What is known of one key. Gone: removed or revoked, for ever."""

    credential_id: str
    passkey: NewPasskey | None = None
    name: str = ""
    renamed_at: datetime | None = None
    registered_at: datetime | None = None
    sign_count: int = 0
    used_at: datetime | None = None
    locked_at: datetime | None = None
    gone: bool = False

    @property
    def opens(self) -> bool:
        """Whether somebody can sign in with it."""
        return self.passkey is not None and not self.gone and self.locked_at is None


class Keys(Struct, frozen=True):
    """The keys of one person, in the order in which we heard of them."""

    org: str = ""
    staff_id: str = ""
    every: tuple[Key, ...] = ()

    @property
    def that_open(self) -> tuple[Key, ...]:
        return tuple(key for key in self.every if key.opens)

    def key(self, credential_id: str) -> Key | None:
        """Return the key of that id, whatever has become of it."""
        return next((key for key in self.every if key.credential_id == credential_id), None)


def decide_passkeys(
    keys: Keys, command: PasskeysCommand, now: datetime
) -> Sequence[PasskeysEvent]:
    """Answer *command* with the events it causes, or raise ``Refused``."""
    match command:
        case RegisterPasskey():
            return _register(keys, command, now)
        case UsePasskey():
            return _use(keys, _that_opens(keys, command.credential_id), command, now)
        case RenamePasskey():
            return _rename(keys, _that_opens(keys, command.credential_id), command, now)
        case RemovePasskey():
            return _remove(keys, command, now)
        case RevokePasskeys():
            return _revoke(keys, command, now)
        case _:
            assert_never(command)


def evolve_passkeys(keys: Keys, event: PasskeysEvent) -> Keys:
    """Learn one fact, in any order: a counter only rises, and what is gone stays gone."""
    keys = structs.replace(keys, org=event.org, staff_id=event.staff_id)
    match event:
        case PasskeyRegistered():
            known = _known(keys, event.passkey.credential_id)
            new = structs.replace(
                known,
                passkey=event.passkey,
                name=known.name or event.passkey.name,
                registered_at=event.registered_at,
                sign_count=max(known.sign_count, event.passkey.sign_count),
            )
        case PasskeyUsed():
            known = _known(keys, event.credential_id)
            new = structs.replace(
                known,
                sign_count=max(known.sign_count, event.sign_count),
                used_at=max(known.used_at or event.used_at, event.used_at),
            )
        case PasskeyLocked():
            known = _known(keys, event.credential_id)
            at = min(known.locked_at or event.locked_at, event.locked_at)
            new = structs.replace(known, locked_at=at)
        case PasskeyRenamed():
            new = _renamed(_known(keys, event.credential_id), event)
        case PasskeyRemoved():
            new = structs.replace(_known(keys, event.credential_id), gone=True)
        case PasskeysRevoked():
            for credential_id in event.credential_ids:
                gone = structs.replace(_known(keys, credential_id), gone=True)
                keys = _with(keys, gone)
            return keys
        case _:
            assert_never(event)
    return _with(keys, new)


def _register(keys: Keys, command: RegisterPasskey, now: datetime) -> Sequence[PasskeysEvent]:
    known = keys.key(command.passkey.credential_id)
    if known is not None and known.passkey is not None:
        raise Refused(Refusal.KEY_KNOWN)
    if len(keys.that_open) >= MOST_KEYS:
        raise Refused(Refusal.TOO_MANY_KEYS)
    return (
        PasskeyRegistered(
            org=command.org,
            staff_id=command.staff_id,
            passkey=command.passkey,
            registered_at=now,
            enrolment_id=command.enrolment_id,
            at=command.at,
        ),
    )


def _use(keys: Keys, key: Key, command: UsePasskey, now: datetime) -> Sequence[PasskeysEvent]:
    """Compare the counters (WebAuthn Level 3, 7.2 step 22): both 0 is a key that has none."""
    counts = command.sign_count > 0 or key.sign_count > 0
    if counts and command.sign_count <= key.sign_count:
        return (
            PasskeyLocked(
                org=keys.org,
                staff_id=keys.staff_id,
                credential_id=key.credential_id,
                sign_count=command.sign_count,
                known_count=key.sign_count,
                locked_at=now,
                name=key.name,
            ),
        )
    if not counts and key.used_at is not None and now - key.used_at < NOTED_AGAIN:
        return ()
    return (
        PasskeyUsed(
            org=keys.org,
            staff_id=keys.staff_id,
            credential_id=key.credential_id,
            sign_count=command.sign_count,
            used_at=now,
        ),
    )


def _remove(keys: Keys, command: RemovePasskey, now: datetime) -> Sequence[PasskeysEvent]:
    key = keys.key(command.credential_id)
    if key is None or key.passkey is None:
        raise Refused(Refusal.NO_SUCH_KEY)
    if key.gone:
        return ()
    if key.opens and len(keys.that_open) == 1:
        raise Refused(Refusal.LAST_KEY)
    return (
        PasskeyRemoved(
            org=keys.org,
            staff_id=keys.staff_id,
            credential_id=key.credential_id,
            removed_at=now,
            proof_id=command.proof_id,
            name=key.name,
            at=command.at,
        ),
    )


def _rename(
    keys: Keys, key: Key, command: RenamePasskey, now: datetime
) -> Sequence[PasskeysEvent]:
    if key.name == command.name:
        return ()
    return (
        PasskeyRenamed(
            org=keys.org,
            staff_id=keys.staff_id,
            credential_id=key.credential_id,
            name=command.name,
            renamed_at=now,
        ),
    )


def _revoke(keys: Keys, command: RevokePasskeys, now: datetime) -> Sequence[PasskeysEvent]:
    held = tuple(key.credential_id for key in keys.every if not key.gone)
    if not held:
        return ()
    return (
        PasskeysRevoked(
            org=keys.org,
            staff_id=keys.staff_id,
            credential_ids=held,
            by=command.by,
            revoked_at=now,
        ),
    )


def _that_opens(keys: Keys, credential_id: str) -> Key:
    key = keys.key(credential_id)
    if key is None or key.passkey is None or key.gone:
        raise Refused(Refusal.NO_SUCH_KEY)
    if key.locked_at is not None:
        raise Refused(Refusal.KEY_LOCKED)
    return key


def _renamed(known: Key, event: PasskeyRenamed) -> Key:
    """Return *known* with its newest name."""
    if known.renamed_at is not None and known.renamed_at > event.renamed_at:
        return known
    return structs.replace(known, name=event.name, renamed_at=event.renamed_at)


def _known(keys: Keys, credential_id: str) -> Key:
    return keys.key(credential_id) or Key(credential_id=credential_id)


def _with(keys: Keys, new: Key) -> Keys:
    """Return *keys* with *new* in its place, ordered by id: the order of arrival is nothing."""
    others = (key for key in keys.every if key.credential_id != new.credential_id)
    every = tuple(sorted((*others, new), key=lambda key: key.credential_id))
    return structs.replace(keys, every=every)


PASSKEYS: Final[Decider[Keys, PasskeysCommand, PasskeysEvent]] = Decider(
    stream="identity.passkeys",
    sealed=False,
    event_type=PasskeysEvent,
    initial=Keys(),
    decide=decide_passkeys,
    evolve=evolve_passkeys,
    org=lambda keys: keys.org,
)
