"""The rules of API clients: who is known, with which keys, and for how long. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final, TypeAlias, assert_never

from msgspec import Meta, Struct, structs

from standfast.facts.clients import (
    Algorithm,
    ClientChanged,
    ClientEnded,
    ClientEvent,
    ClientKey,
    ClientRegistered,
    ClientResumed,
    ClientSuspended,
    KeyAdded,
    KeyRetired,
    Quota,
    Scope,
)
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText, whole

MOST_KEYS: Final = 10
"""That may be good at once. A rotation needs two."""

ClientId: TypeAlias = Annotated[str, Meta(pattern=whole(r"[a-z0-9][a-z0-9.-]{2,62}"))]


class Refusal(StrEnum):
    """Every way a change to a client can be refused."""

    CLIENT_EXISTS = "client_exists"
    NO_SUCH_CLIENT = "no_such_client"
    CLIENT_ENDED = "client_ended"
    NO_SCOPE = "no_scope"
    NO_KEY = "no_key"
    KEY_EXISTS = "key_exists"
    NO_SUCH_KEY = "no_such_key"
    LAST_KEY = "last_key"
    TOO_MANY_KEYS = "too_many_keys"
    ASSERTION_USED = "assertion_used"


class State(StrEnum):
    """Where a client stands."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class RegisterClient(Command, frozen=True, kw_only=True):
    """Let another system ask for tokens."""

    client_id: ClientId
    org: str
    name: ShortText
    speaks_for: tuple[ShortText, ...]
    algorithm: Algorithm
    scopes: tuple[Scope, ...]
    quota: Quota
    keys: tuple[ClientKey, ...]
    by: str
    certificate_name: str = ""
    jwks_uri: str = ""


class ChangeClient(Command, frozen=True, kw_only=True):
    """Let the client be this, do this, and as much as this."""

    name: ShortText
    speaks_for: tuple[ShortText, ...]
    scopes: tuple[Scope, ...]
    quota: Quota
    certificate_name: str
    by: str


class AddKey(Command, frozen=True, kw_only=True):
    """Let the client sign with this key as well."""

    key: ClientKey
    by: str


class RetireKey(Command, frozen=True, kw_only=True):
    """Take the key no longer than until *valid_until*; now or earlier means at once."""

    kid: ShortText
    valid_until: datetime
    by: str


class SuspendClient(Command, frozen=True, kw_only=True):
    """Take nothing more of the client, at once."""

    reason: ShortText
    by: str


class ResumeClient(Command, frozen=True, kw_only=True):
    """Let the client call again."""

    by: str


class EndClient(Command, frozen=True, kw_only=True):
    """Let the client never call again."""

    reason: ShortText
    by: str


ClientCommand: TypeAlias = (
    RegisterClient
    | ChangeClient
    | AddKey
    | RetireKey
    | SuspendClient
    | ResumeClient
    | EndClient
)


class Client(Struct, frozen=True):
    """What is known of one client. ``registered`` is None before the first fact."""

    registered: ClientRegistered | None = None
    changed: ClientChanged | None = None
    keys: Mapping[str, ClientKey] = {}
    until: Mapping[str, datetime] = {}
    """When each retired key ends, by its id. The earliest word on it stands."""
    suspended: ClientSuspended | None = None
    resumed_at: datetime | None = None
    ended: ClientEnded | None = None
    tokens_from: datetime | None = None
    """Tokens that were issued up to then are void; None: none was made so."""

    @property
    def state(self) -> State:
        """Where it stands. Of a suspension and a resumption the later counts."""
        if self.ended is not None:
            return State.ENDED
        if self.suspended is None:
            return State.ACTIVE
        resumed = self.resumed_at
        still = resumed is None or resumed <= self.suspended.suspended_at
        return State.SUSPENDED if still else State.ACTIVE

    def good_keys(self, now: datetime) -> Iterator[ClientKey]:
        """Yield the keys that it may sign with at *now*."""
        for kid, key in self.keys.items():
            retired = self.until.get(kid)
            ends = key.expires_at
            if (retired is None or now < retired) and (ends is None or now < ends):
                yield key


def decide(client: Client, command: ClientCommand, now: datetime) -> Sequence[ClientEvent]:
    """Answer *command* with the events it causes, or raise ``Refused``."""
    known = client.registered
    if isinstance(command, RegisterClient):
        return _register(client, command, now)
    if known is None:
        raise Refused(Refusal.NO_SUCH_CLIENT)
    if client.ended is not None:
        raise Refused(Refusal.CLIENT_ENDED)
    match command:
        case ChangeClient():
            return _change(client, known, command, now)
        case AddKey():
            return _add_key(client, known, command, now)
        case RetireKey():
            return _retire(client, known, command, now)
        case SuspendClient() | ResumeClient() | EndClient():
            return _stand(client, known, command, now)
        case _:
            assert_never(command)


def evolve(client: Client, event: ClientEvent) -> Client:  # noqa: PLR0911 - one for each kind
    """Learn one fact: of what may be said again the latest counts, of an end the first."""
    match event:
        case ClientRegistered():
            keys = {key.kid: key for key in event.keys} | dict(client.keys)
            return structs.replace(client, registered=client.registered or event, keys=keys)
        case ClientChanged():
            old = client.changed
            newer = old is None or old.changed_at <= event.changed_at
            return structs.replace(client, changed=event if newer else old)
        case KeyAdded(key=key):
            return structs.replace(client, keys={**client.keys, key.kid: key})
        case KeyRetired(kid=kid, valid_until=until, retired_at=at):
            first = min(client.until.get(kid, until), until)
            void = _later(client.tokens_from, at) if until <= at else client.tokens_from
            return structs.replace(client, until={**client.until, kid: first}, tokens_from=void)
        case ClientSuspended(suspended_at=at):
            before = client.suspended
            newer = before is None or before.suspended_at < at
            return structs.replace(
                client,
                suspended=event if newer else before,
                tokens_from=_later(client.tokens_from, at),
            )
        case ClientResumed(resumed_at=at):
            return structs.replace(client, resumed_at=_later(client.resumed_at, at))
        case ClientEnded():
            return structs.replace(client, ended=client.ended or event)
        case _:
            assert_never(event)


def _register(
    client: Client, command: RegisterClient, now: datetime
) -> tuple[ClientRegistered]:
    if client.registered is not None:
        raise Refused(Refusal.CLIENT_EXISTS)
    if not command.scopes:
        raise Refused(Refusal.NO_SCOPE)
    if not command.keys and not command.jwks_uri:
        raise Refused(Refusal.NO_KEY)
    if len(command.keys) > MOST_KEYS:
        raise Refused(Refusal.TOO_MANY_KEYS)
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    return (ClientRegistered(**fields, registered_at=now),)


def _change(
    client: Client, known: ClientRegistered, command: ChangeClient, now: datetime
) -> tuple[ClientChanged, ...]:
    if not command.scopes:
        raise Refused(Refusal.NO_SCOPE)
    latest = client.changed or known
    names = ("name", "speaks_for", "scopes", "quota", "certificate_name")
    if all(getattr(latest, name) == getattr(command, name) for name in names):
        return ()
    fields = {name: getattr(command, name) for name in (*names, "by")}
    return (ClientChanged(client_id=known.client_id, org=known.org, changed_at=now, **fields),)


def _add_key(
    client: Client, known: ClientRegistered, command: AddKey, now: datetime
) -> tuple[KeyAdded]:
    """Add a key whose id and numbers are new: one that was retired never comes back."""
    key = command.key
    thumbprints = {each.thumbprint for each in client.keys.values()}
    if key.kid in client.keys or key.thumbprint in thumbprints:
        raise Refused(Refusal.KEY_EXISTS)
    if len(tuple(client.good_keys(now))) >= MOST_KEYS:
        raise Refused(Refusal.TOO_MANY_KEYS)
    return (
        KeyAdded(
            client_id=known.client_id, org=known.org, key=key, by=command.by, added_at=now
        ),
    )


def _retire(
    client: Client, known: ClientRegistered, command: RetireKey, now: datetime
) -> tuple[KeyRetired, ...]:
    if command.kid not in client.keys:
        raise Refused(Refusal.NO_SUCH_KEY)
    until = max(command.valid_until, now)
    before = client.until.get(command.kid)
    if before is not None and before <= until:
        return ()
    others = [key for key in client.good_keys(until) if key.kid != command.kid]
    if not others and not known.jwks_uri:
        raise Refused(Refusal.LAST_KEY)
    return (
        KeyRetired(
            client_id=known.client_id,
            org=known.org,
            kid=command.kid,
            valid_until=until,
            by=command.by,
            retired_at=now,
        ),
    )


def _stand(
    client: Client,
    known: ClientRegistered,
    command: SuspendClient | ResumeClient | EndClient,
    now: datetime,
) -> tuple[ClientEvent, ...]:
    """Suspend, resume or end the client; what is so already is no error.

    What is said later stands later, though two clocks say the same.
    """
    client_id, org, by = known.client_id, known.org, command.by
    event: ClientEvent
    match command:
        case SuspendClient(reason=reason):
            done = client.state is State.SUSPENDED
            at = _later(client.resumed_at, now)
            event = ClientSuspended(
                client_id=client_id, org=org, reason=reason, by=by, suspended_at=at
            )
        case ResumeClient():
            done = client.state is State.ACTIVE
            at = _after(client.suspended.suspended_at if client.suspended else None, now)
            event = ClientResumed(client_id=client_id, org=org, by=by, resumed_at=at)
        case EndClient(reason=reason):
            done = False
            event = ClientEnded(
                client_id=client_id, org=org, reason=reason, by=by, ended_at=now
            )
        case _:
            assert_never(command)
    return () if done else (event,)


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


def _after(one: datetime | None, now: datetime) -> datetime:
    return now if one is None else max(now, one + timedelta(microseconds=1))


CLIENT: Final[Decider[Client, ClientCommand, ClientEvent]] = Decider(
    stream="clients.client",
    sealed=False,
    event_type=ClientEvent,
    initial=Client(),
    decide=decide,
    evolve=evolve,
    org=lambda client: client.registered.org if client.registered else "",
)
