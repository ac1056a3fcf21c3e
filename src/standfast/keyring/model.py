"""What is recorded of a site's keys. Pure; the keys themselves are the vault's."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias, assert_never

from msgspec import Struct
from msgspec.structs import replace

from standfast.facts.keyring import (
    CertificateIssued,
    CertificateRevoked,
    ChainEnd,
    KeyringEvent,
    KeysSealed,
    SiteKeySucceeded,
)
from standfast.kernel.messages import Command, Decider, Refused


class Refusal(StrEnum):
    """Why something about the keys is not recorded."""

    NOT_THE_KEY = "not_the_key"


class RecordSuccession(Command, frozen=True, kw_only=True):
    """Record that a new signing key takes over; the statement is proved already."""

    org: str
    site: str
    old_public: str
    new_public: str
    at: datetime
    heads: tuple[ChainEnd, ...]
    old_signature: str
    new_signature: str
    by: str


class RecordSealing(Command, frozen=True, kw_only=True):
    """Record how the keys are sealed now."""

    org: str
    wrapping_id: str
    how: str
    sealed_at: datetime
    by: str
    site: str = ""


class RecordCertificate(Command, frozen=True, kw_only=True):
    """Record a certificate that the site gave, and whether it was taken back."""

    org: str
    serial: str
    kind: str
    names: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    by: str
    revoked_at: datetime | None = None
    reason: str = ""


KeyringCommand: TypeAlias = RecordSuccession | RecordSealing | RecordCertificate


class Keyring(Struct, frozen=True):
    """What is known of one site's keys."""

    org: str = ""
    successions: tuple[SiteKeySucceeded, ...] = ()
    sealing: KeysSealed | None = None
    issued: Mapping[str, CertificateIssued] = {}
    revoked: Mapping[str, CertificateRevoked] = {}

    @property
    def present_key(self) -> str:
        """The signing key that took over last, in hex; empty while the first one signs."""
        return self.successions[-1].new_public if self.successions else ""


def decide(known: Keyring, command: KeyringCommand, _: datetime) -> Sequence[KeyringEvent]:
    """Return what *command* adds to what is known; nothing when it is known already."""
    match command:
        case RecordSuccession():
            return _succession(known, command)
        case RecordSealing():
            if known.sealing is not None and known.sealing.wrapping_id == command.wrapping_id:
                return ()
            return (
                KeysSealed(
                    org=command.org,
                    wrapping_id=command.wrapping_id,
                    how=command.how,
                    sealed_at=command.sealed_at,
                    by=command.by,
                    site=command.site,
                ),
            )
        case RecordCertificate():
            return _certificate(known, command)
        case _:
            assert_never(command)


def evolve(known: Keyring, event: KeyringEvent) -> Keyring:
    """Learn one fact."""
    known = replace(known, org=event.org)
    match event:
        case SiteKeySucceeded():
            every = sorted((*known.successions, event), key=lambda each: each.at)
            return replace(known, successions=tuple(every))
        case KeysSealed():
            older = known.sealing is not None and known.sealing.sealed_at > event.sealed_at
            return known if older else replace(known, sealing=event)
        case CertificateIssued():
            return replace(known, issued={**known.issued, event.serial: event})
        case CertificateRevoked():
            return replace(known, revoked={**known.revoked, event.serial: event})
        case _:
            assert_never(event)


def _succession(known: Keyring, command: RecordSuccession) -> Sequence[KeyringEvent]:
    if known.present_key == command.new_public:
        return ()
    if known.present_key not in ("", command.old_public):
        raise Refused(Refusal.NOT_THE_KEY)
    return (
        SiteKeySucceeded(
            org=command.org,
            site=command.site,
            old_public=command.old_public,
            new_public=command.new_public,
            at=command.at,
            heads=command.heads,
            old_signature=command.old_signature,
            new_signature=command.new_signature,
            by=command.by,
        ),
    )


def _certificate(known: Keyring, command: RecordCertificate) -> Sequence[KeyringEvent]:
    events: list[KeyringEvent] = []
    if command.serial not in known.issued:
        events.append(
            CertificateIssued(
                org=command.org,
                serial=command.serial,
                kind=command.kind,
                names=command.names,
                issued_at=command.issued_at,
                expires_at=command.expires_at,
                by=command.by,
            )
        )
    if command.revoked_at is not None and command.serial not in known.revoked:
        events.append(
            CertificateRevoked(
                org=command.org,
                serial=command.serial,
                reason=command.reason,
                revoked_at=command.revoked_at,
                by=command.by,
            )
        )
    return events


KEYRING: Final[Decider[Keyring, KeyringCommand, KeyringEvent]] = Decider(
    stream="keyring.site",
    sealed=False,
    event_type=KeyringEvent,
    initial=Keyring(),
    decide=decide,
    evolve=evolve,
    org=lambda known: known.org,
)
