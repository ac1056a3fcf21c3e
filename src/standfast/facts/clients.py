"""Which other systems may call this site, with which keys, and what they did. Only ever grows."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct

from standfast.kernel.messages import Event


class Scope(StrEnum):
    """What a client may be granted: one word for each thing that other systems do here."""

    SEND = "bars.send"
    READ = "bars.read"


SCOPES: Final[Mapping[Scope, str]] = {
    Scope.SEND: "Send referrals and other BaRS messages",
    Scope.READ: "Read what this site can take (metadata, message definitions)",
}
"""What each scope is called where somebody grants it."""

OPENS: Final[Mapping[Scope, str]] = {
    Scope.SEND: "interop.receive",
    Scope.READ: "interop.discover",
}
"""The permission that each scope gives. A page for machines names the permission it needs."""


class Algorithm(StrEnum):
    """How a client signs; one for each client, pinned when it is registered (RFC 7518, 8037)."""

    RS512 = "RS512"  # What NHS APIs ask for.
    RS384 = "RS384"  # SMART Backend Services ask for this or ES384.
    ES384 = "ES384"
    ES256 = "ES256"
    EDDSA = "EdDSA"


class ClientKey(Struct, frozen=True, kw_only=True):
    """One public key of a client."""

    kid: str
    jwk: str
    """The public key as a JSON Web Key, its members in order."""
    thumbprint: str
    """RFC 7638, SHA-256."""
    expires_at: datetime | None = None
    """When the certificate that it came in ends; None: it came without one."""


class Quota(Struct, frozen=True, kw_only=True):
    """How much a client may ask of this site."""

    per_minute: int = 60
    in_flight: int = 4
    kilobytes_per_minute: int = 8_192


class ClientRegistered(Event, frozen=True, kw_only=True, tag="clients.client_registered.v1"):
    """Another system may ask for tokens, with these keys and for these scopes."""

    client_id: str
    org: str
    name: str
    speaks_for: tuple[str, ...]
    """The ODS codes that may stand as the sender of its messages."""
    algorithm: Algorithm
    scopes: tuple[Scope, ...]
    quota: Quota
    keys: tuple[ClientKey, ...]
    by: str
    registered_at: datetime
    certificate_name: str = ""
    """The name in the TLS certificate that it must show; empty: none is asked of it."""
    jwks_uri: str = ""
    """Where its keys are published; empty: they are given here."""


class ClientChanged(Event, frozen=True, kw_only=True, tag="clients.client_changed.v1"):
    """From now on the client is this, may do this, and as much as this."""

    client_id: str
    org: str
    name: str
    speaks_for: tuple[str, ...]
    scopes: tuple[Scope, ...]
    quota: Quota
    certificate_name: str
    by: str
    changed_at: datetime


class KeyAdded(Event, frozen=True, kw_only=True, tag="clients.key_added.v1"):
    """The client may sign with this key as well."""

    client_id: str
    org: str
    key: ClientKey
    by: str
    added_at: datetime


class KeyRetired(Event, frozen=True, kw_only=True, tag="clients.key_retired.v1"):
    """The key is good until ``valid_until`` and never again."""

    client_id: str
    org: str
    kid: str
    valid_until: datetime
    by: str
    retired_at: datetime


class ClientSuspended(Event, frozen=True, kw_only=True, tag="clients.client_suspended.v1"):
    """Nothing of the client is taken from now on; its tokens are void."""

    client_id: str
    org: str
    reason: str
    by: str
    suspended_at: datetime


class ClientResumed(Event, frozen=True, kw_only=True, tag="clients.client_resumed.v1"):
    """The client may call again, with new tokens."""

    client_id: str
    org: str
    by: str
    resumed_at: datetime


class ClientEnded(Event, frozen=True, kw_only=True, tag="clients.client_ended.v1"):
    """The client will never call again."""

    client_id: str
    org: str
    reason: str
    by: str
    ended_at: datetime


ClientEvent: TypeAlias = (
    ClientRegistered
    | ClientChanged
    | KeyAdded
    | KeyRetired
    | ClientSuspended
    | ClientResumed
    | ClientEnded
)


class TokenIssued(Event, frozen=True, kw_only=True, tag="clients.token_issued.v1"):
    """A client showed an assertion, once, and got an access token for it."""

    token_id: str
    """Follows from the client and the assertion's ``jti``, so that no assertion serves twice."""
    org: str
    client_id: str
    token_hash: str
    """SHA-256 of the token, in hex. The token itself is only at the client."""
    kid: str
    scopes: tuple[Scope, ...]
    certificate: str
    """RFC 8705 ``x5t#S256`` of the certificate that it is bound to; empty: to none."""
    issued_at: datetime
    expires_at: datetime


TokenEvent: TypeAlias = TokenIssued


class ApiTurnedOff(Event, frozen=True, kw_only=True, tag="clients.api_turned_off.v1"):
    """The API takes nothing from other systems; people go on working."""

    org: str
    reason: str
    by: str
    turned_off_at: datetime


class ApiTurnedOn(Event, frozen=True, kw_only=True, tag="clients.api_turned_on.v1"):
    """The API takes what other systems send again."""

    org: str
    by: str
    turned_on_at: datetime


SwitchEvent: TypeAlias = ApiTurnedOff | ApiTurnedOn


class RefusedCalls(Struct, frozen=True, kw_only=True):
    """How many calls were refused for one reason."""

    reason: str
    count: int


class CallsCounted(Event, frozen=True, kw_only=True, tag="clients.calls_counted.v1"):
    """What one process took from a client, and refused, since it counted last."""

    client_id: str
    """Empty: whoever called could not be told."""
    org: str
    day: date
    accepted: int
    refused: tuple[RefusedCalls, ...]
    latest_at: datetime | None
    """When the latest call was accepted; None: none was."""
    counted_at: datetime


UseEvent: TypeAlias = CallsCounted
