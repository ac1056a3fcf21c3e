"""Passkeys, what they answered, and how somebody comes to have the first. Only grows."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from standfast.facts.notices import Device
from standfast.kernel.messages import Event


class NewPasskey(Struct, frozen=True, kw_only=True):
    """What a browser gave us of a key. The private half never leaves the person's device.

    ``credential_id`` and ``public_key`` (COSE) are base64url without padding.
    """

    credential_id: str
    public_key: str
    sign_count: int
    name: str
    transports: tuple[str, ...] = ()
    aaguid: str = ""
    """Which make of authenticator it says it is."""
    is_synced: bool = False
    """Its maker copies it between devices (the WebAuthn flag BE)."""


# --- The keys of one person ----------------------------------------------------------------


class PasskeyRegistered(Event, frozen=True, kw_only=True, tag="identity.passkey_registered.v1"):
    """The person may sign in with this key. ``enrolment_id`` is how they came to, if it was so."""

    org: str
    staff_id: str
    passkey: NewPasskey
    registered_at: datetime
    enrolment_id: str = ""
    at: Device = Device()


class PasskeyUsed(Event, frozen=True, kw_only=True, tag="identity.passkey_used.v1"):
    """The key answered; its own counter stood at ``sign_count`` (always 0 if it has none)."""

    org: str
    staff_id: str
    credential_id: str
    sign_count: int
    used_at: datetime


class PasskeyLocked(Event, frozen=True, kw_only=True, tag="identity.passkey_locked.v1"):
    """The key's counter went back: there are two of it. It opens nothing any more."""

    org: str
    staff_id: str
    credential_id: str
    sign_count: int
    known_count: int
    locked_at: datetime
    name: str = ""
    """What its owner calls it, as in what follows; empty: written before that was kept."""


class PasskeyRenamed(Event, frozen=True, kw_only=True, tag="identity.passkey_renamed.v1"):
    """The person calls their key something else."""

    org: str
    staff_id: str
    credential_id: str
    name: str
    renamed_at: datetime


class PasskeyRemoved(Event, frozen=True, kw_only=True, tag="identity.passkey_removed.v1"):
    """The person took one of their keys away. Sessions that began with it are over."""

    org: str
    staff_id: str
    credential_id: str
    removed_at: datetime
    proof_id: str = ""
    name: str = ""
    at: Device = Device()


class PasskeysRevoked(Event, frozen=True, kw_only=True, tag="identity.passkeys_revoked.v1"):
    """All of the person's keys of that moment open nothing any more, as after a loss."""

    org: str
    staff_id: str
    credential_ids: tuple[str, ...]
    by: str
    revoked_at: datetime


PasskeysEvent: TypeAlias = (
    PasskeyRegistered
    | PasskeyUsed
    | PasskeyLocked
    | PasskeyRenamed
    | PasskeyRemoved
    | PasskeysRevoked
)


# --- What a passkey answered ---------------------------------------------------------------


class PasskeyAnswered(Event, frozen=True, kw_only=True, tag="identity.passkey_answered.v1"):
    """One challenge was answered, once: ``act`` says what for.

    ``content_hash`` is the SHA-256 of what the act was to do, in hex; empty for signing in.
    """

    answer_id: str
    org: str
    staff_id: str
    credential_id: str
    act: str
    content_hash: str
    sign_count: int
    answered_at: datetime


AnswerEvent: TypeAlias = PasskeyAnswered


# --- Enrolment: how somebody comes to their first key --------------------------------------


class EnrolmentKind(StrEnum):
    """Why somebody is enrolled."""

    FIRST = "first"
    """They have no key yet."""
    RECOVERY = "recovery"
    """They have lost theirs: whatever they had opens nothing from now on."""
    FOUNDING = "founding"
    """The first two of a new site, who confirm each other afterwards."""


class SpokenCode(Struct, frozen=True, kw_only=True):
    """What we keep of a one-time code: its scrypt hash and the salt, in hex."""

    code_hash: str
    salt: str
    expires_at: datetime


class EnrolmentOpened(Event, frozen=True, kw_only=True, tag="identity.enrolment_opened.v1"):
    """Somebody entitled asks for a passkey for ``staff_id``, in person.

    ``code`` is there at once only when a site is founded.
    """

    enrolment_id: str
    org: str
    staff_id: str
    kind: EnrolmentKind
    opened_by: str
    opened_at: datetime
    expires_at: datetime
    proof_id: str = ""
    code: SpokenCode | None = None


class EnrolmentConfirmed(
    Event, frozen=True, kw_only=True, tag="identity.enrolment_confirmed.v1"
):
    """A second person has seen who it is. ``code`` lets them register one key."""

    enrolment_id: str
    org: str
    confirmed_by: str
    confirmed_at: datetime
    proof_id: str = ""
    code: SpokenCode | None = None


class WrongCodeGiven(Event, frozen=True, kw_only=True, tag="identity.wrong_code_given.v1"):
    """Somebody gave a code that is not this enrolment's."""

    enrolment_id: str
    org: str
    given_at: datetime
    staff_id: str = ""
    """Whose enrolment it is; empty: written before that was kept."""
    at: Device = Device()


class EnrolmentUsed(Event, frozen=True, kw_only=True, tag="identity.enrolment_used.v1"):
    """The person has registered a key on their own device; the code does no more."""

    enrolment_id: str
    org: str
    staff_id: str
    passkey: NewPasskey
    used_at: datetime
    at: Device = Device()


class EnrolmentCancelled(
    Event, frozen=True, kw_only=True, tag="identity.enrolment_cancelled.v1"
):
    """Nobody registers a key with it any more."""

    enrolment_id: str
    org: str
    by: str
    cancelled_at: datetime


EnrolmentEvent: TypeAlias = (
    EnrolmentOpened | EnrolmentConfirmed | WrongCodeGiven | EnrolmentUsed | EnrolmentCancelled
)
