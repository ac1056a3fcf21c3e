"""The roster: who may come in while this site is cut off, signed, and good for 72 hours. Pure.

On disk it is one JSON object: what was signed, the signature (Ed25519) and whose it is. The
signature is over a name of its own kind and then the bytes themselves, so that nothing else
that the key ever signs can be taken for a roster. A site signs its own; where a hub does, the
site is told the hub's public key and believes no other.
"""

import base64
import binascii
import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from standfast.identity.model_roster import Refusal, Rosters
from standfast.journal.keys import SiteKey, signed
from standfast.kernel.messages import Refused

KIND: Final = b"standfast roster v1\0"
"""What stands before the signed bytes."""

CLOCKS: Final = timedelta(minutes=5)
"""How far ahead the signer's clock may be."""

LARGEST: Final = 32 * 1024 * 1024
"""Bytes; a person with three passkeys takes 700, so a trust of twenty thousand fits."""


class RosterPasskey(Struct, frozen=True, kw_only=True):
    """A key that opened when the roster was made, and where its counter stood."""

    credential_id: str
    public_key: str
    sign_count: int


class RosterPerson(Struct, frozen=True, kw_only=True):
    """A member of staff; ``disabled`` has no way in however many keys they have."""

    staff_id: str
    org: str
    name: str
    title: str
    roles: tuple[str, ...]
    registration: str = ""
    until: datetime | None = None
    disabled: bool = False
    passkeys: tuple[RosterPasskey, ...] = ()


class RosterOrganisation(Struct, frozen=True, kw_only=True):
    """An organisation whose people are listed."""

    org: str
    name: str
    kind: str
    ods_code: str = ""


class Roster(Struct, frozen=True, kw_only=True):
    """What is signed. ``sequence`` rises by one with each."""

    site: str
    sequence: Annotated[int, Meta(ge=1)]
    made_at: datetime
    expires_at: datetime
    organisations: tuple[RosterOrganisation, ...]
    people: tuple[RosterPerson, ...]
    version: int = 1

    def person(self, staff_id: str) -> RosterPerson | None:
        """Return somebody who is listed."""
        return next((each for each in self.people if each.staff_id == staff_id), None)


class Sealed(Struct, frozen=True, kw_only=True):
    """A roster as it lies on disk. ``signed`` is base64, the others are hex."""

    signed: str
    key: str
    signature: str


def seal(roster: Roster, key: SiteKey) -> bytes:
    """Return *roster*, signed by *key*, as it is kept."""
    body = msgspec.json.encode(roster)
    return msgspec.json.encode(
        Sealed(
            signed=base64.b64encode(body).decode(),
            key=key.public.hex(),
            signature=key.sign(KIND + body).hex(),
        )
    )


def digest_of(raw: bytes) -> str:
    """Return the SHA-256, in hex, of what is signed in *raw*. Raises ``Refused``."""
    return hashlib.sha256(_body(_read(raw))).hexdigest()


def believed(
    raw: bytes | None,
    *,
    trusted: Collection[bytes],
    site: str,
    known: Rosters,
    now: datetime,
) -> Roster:
    """Return the roster in *raw*, if it may be relied on at *now*. Raises ``Refused``.

    *known* is what the journal remembers: an older roster than its newest is a rolled-back one,
    and another of the same number is a changed one.
    """
    if raw is None:
        raise Refused(Refusal.MISSING)
    sealed = _read(raw)
    body = _body(sealed)
    try:
        key, signature = bytes.fromhex(sealed.key), bytes.fromhex(sealed.signature)
    except ValueError as error:
        raise Refused(Refusal.TAMPERED) from error
    if key not in trusted:
        raise Refused(Refusal.OTHER_KEY)
    if not signed(key, signature, KIND + body):
        raise Refused(Refusal.TAMPERED)
    try:
        roster = msgspec.json.decode(body, type=Roster)
    except msgspec.DecodeError as error:
        raise Refused(Refusal.TAMPERED) from error
    _check(roster, hashlib.sha256(body).hexdigest(), site=site, known=known, now=now)
    return roster


def admitted(
    roster: Roster, *, staff_id: str, credential_id: str, public_key: str, sign_count: int
) -> RosterPerson:
    """Return who comes in with this passkey by *roster*. Raises ``Refused``.

    The key must be the one that was listed, to the byte. A counter that stands where it stood
    when the roster was made, or before, is a copy's (authenticators without one say 0).
    """
    person = roster.person(staff_id)
    if person is None:
        raise Refused(Refusal.NOT_LISTED)
    if person.disabled:
        raise Refused(Refusal.DISABLED)
    key = next((each for each in person.passkeys if each.credential_id == credential_id), None)
    if key is None or key.public_key != public_key:
        raise Refused(Refusal.NOT_LISTED)
    if (sign_count or key.sign_count) and sign_count <= key.sign_count:
        raise Refused(Refusal.NOT_LISTED)
    return person


def _check(roster: Roster, digest: str, *, site: str, known: Rosters, now: datetime) -> None:
    if roster.site != site:
        raise Refused(Refusal.WRONG_SITE)
    if roster.sequence < known.sequence:
        raise Refused(Refusal.ROLLED_BACK)
    newest = known.newest
    if newest is not None and roster.sequence == newest.sequence and digest != newest.digest:
        raise Refused(Refusal.TAMPERED)
    if roster.made_at > now + CLOCKS:
        raise Refused(Refusal.NOT_YET)
    if now >= roster.expires_at:
        raise Refused(Refusal.EXPIRED)


def _read(raw: bytes) -> Sealed:
    if len(raw) > LARGEST:
        raise Refused(Refusal.TAMPERED)
    try:
        return msgspec.json.decode(raw, type=Sealed)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(Refusal.TAMPERED) from error


def _body(sealed: Sealed) -> bytes:
    try:
        return base64.b64decode(sealed.signed, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(Refusal.TAMPERED) from error
