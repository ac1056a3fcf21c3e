"""Read models of clients, and the queries on them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final

from msgspec import Struct

from standfast.clients import model, model_calls
from standfast.facts.clients import Algorithm, ClientKey, RefusedCalls, Scope
from standfast.journal.database import Reader
from standfast.kernel.rows import Projection, Row
from standfast.web.platform import Answerer

SCHEMA: Final = """
CREATE TABLE clients_clients (
    org                  text        NOT NULL,
    client_id            text        NOT NULL,
    name                 text        NOT NULL,
    state                text        NOT NULL,  -- active, suspended, ended
    state_at             timestamptz NOT NULL,
    state_by             text        NOT NULL,
    reason               text        NOT NULL,  -- why it is suspended or ended
    algorithm            text        NOT NULL,
    scopes               jsonb       NOT NULL,
    speaks_for           jsonb       NOT NULL,  -- ODS codes
    per_minute           bigint      NOT NULL,
    in_flight            bigint      NOT NULL,
    kilobytes_per_minute bigint      NOT NULL,
    certificate_name     text        NOT NULL,  -- empty: no certificate is asked of it
    jwks_uri             text        NOT NULL,  -- empty: its keys are given here
    keys                 jsonb       NOT NULL,
    tokens_from          timestamptz,           -- NULL: no token was made void
    registered_at        timestamptz NOT NULL,
    registered_by        text        NOT NULL,
    PRIMARY KEY (org, client_id)
);

-- An assertion says which client, not whose: the stream's key holds that no two share an id.
CREATE INDEX clients_clients_id ON clients_clients (client_id, org);

-- By the hash of what the client holds. Whoever reads this table has no token.
CREATE TABLE clients_tokens (
    org         text        NOT NULL,
    token_id    text        NOT NULL,
    token_hash  text        NOT NULL UNIQUE,  -- SHA-256, hex
    client_id   text        NOT NULL,
    scopes      jsonb       NOT NULL,
    certificate text        NOT NULL,  -- x5t#S256; empty: bound to none
    issued_at   timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (org, token_id)
);

-- Whoever shows an access token, which the client alone has, is given leave to read for its
-- organisation. NULL: it is nobody's, or opens nothing any more. As with a session, the row alone
-- is not believed.
CREATE FUNCTION clients_open(access_token text) RETURNS text LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (
    SELECT tenancy.sign(org)
      FROM read.clients_tokens
      JOIN read.clients_clients USING (org, client_id)
     WHERE token_hash = encode(sha256(convert_to(access_token, 'UTF8')), 'hex')
       AND expires_at > tenancy.now()
       AND state = 'active'
       AND (tokens_from IS NULL OR issued_at > tokens_from)
       AND tenancy.made_here(access_token, concat_ws('/', token_id, org, client_id))
       AND tenancy.given_until('clients.token/' || token_id, 'clients.token_issued.v1', '')
           > tenancy.now());
END
$$;

CREATE TABLE clients_switches (
    org    text        NOT NULL PRIMARY KEY,
    off_at timestamptz NOT NULL,
    reason text        NOT NULL,
    off_by text        NOT NULL
);

CREATE TABLE clients_uses (
    org       text   NOT NULL,
    use_id    text   NOT NULL,
    client_id text   NOT NULL,  -- empty: who called could not be told
    day       date   NOT NULL,  -- in UTC
    accepted  bigint NOT NULL,
    refused   jsonb  NOT NULL,
    latest_at timestamptz,      -- NULL: none was accepted
    PRIMARY KEY (org, use_id)
);
CREATE INDEX clients_uses_day ON clients_uses (org, client_id, day DESC);
"""

REFUSALS_DAYS: Final = 7
"""How far back refused calls are shown."""


class KeyView(Struct, frozen=True, kw_only=True):
    """A key as its row holds it. ``until``: when it was or will be retired; None: it is not."""

    key: ClientKey
    until: datetime | None = None

    def good_at(self, now: datetime) -> bool:
        """Return whether the client may sign with it."""
        expires = self.key.expires_at
        return (self.until is None or now < self.until) and (expires is None or now < expires)


class ClientRow(Row, frozen=True, kw_only=True):
    """One client."""

    TABLE: ClassVar[str] = "clients_clients"
    KEY: ClassVar[tuple[str, ...]] = ("org", "client_id")
    AT_THE_DOOR: ClassVar[bool] = True

    org: str
    client_id: str
    name: str
    state: model.State
    state_at: datetime
    state_by: str
    reason: str
    algorithm: Algorithm
    scopes: tuple[Scope, ...]
    speaks_for: tuple[str, ...]
    per_minute: int
    in_flight: int
    kilobytes_per_minute: int
    certificate_name: str
    jwks_uri: str
    keys: tuple[KeyView, ...]
    tokens_from: datetime | None
    registered_at: datetime
    registered_by: str


class TokenRow(Row, frozen=True, kw_only=True):
    """One token that was issued."""

    TABLE: ClassVar[str] = "clients_tokens"
    KEY: ClassVar[tuple[str, ...]] = ("org", "token_id")
    AT_THE_DOOR: ClassVar[bool] = True

    org: str
    token_id: str
    token_hash: str
    client_id: str
    scopes: tuple[Scope, ...]
    certificate: str
    issued_at: datetime
    expires_at: datetime


class SwitchRow(Row, frozen=True, kw_only=True):
    """The API is off."""

    TABLE: ClassVar[str] = "clients_switches"
    KEY: ClassVar[tuple[str, ...]] = ("org",)
    AT_THE_DOOR: ClassVar[bool] = True

    org: str
    off_at: datetime
    reason: str
    off_by: str


class UseRow(Row, frozen=True, kw_only=True):
    """What one client did in one day."""

    TABLE: ClassVar[str] = "clients_uses"
    KEY: ClassVar[tuple[str, ...]] = ("org", "use_id")

    org: str
    use_id: str
    client_id: str
    day: date
    accepted: int
    refused: tuple[RefusedCalls, ...]
    latest_at: datetime | None


class Presented(Struct, frozen=True, kw_only=True):
    """A token that was shown, with whose it is and how they stand now."""

    token_scopes: tuple[Scope, ...]
    certificate: str
    issued_at: datetime
    expires_at: datetime
    org: str
    client_id: str
    name: str
    state: model.State
    scopes: tuple[Scope, ...]
    speaks_for: tuple[str, ...]
    per_minute: int
    in_flight: int
    kilobytes_per_minute: int
    certificate_name: str
    tokens_from: datetime | None


def client_rows(client: model.Client) -> Iterable[Row]:
    """Return the row of one client."""
    known = client.registered
    if known is None:
        return
    latest = client.changed or known
    state_at, state_by, reason = _standing(client, known.registered_at, known.by)
    yield ClientRow(
        org=known.org,
        client_id=known.client_id,
        name=latest.name,
        state=client.state,
        state_at=state_at,
        state_by=state_by,
        reason=reason,
        algorithm=known.algorithm,
        scopes=latest.scopes,
        speaks_for=latest.speaks_for,
        per_minute=latest.quota.per_minute,
        in_flight=latest.quota.in_flight,
        kilobytes_per_minute=latest.quota.kilobytes_per_minute,
        certificate_name=latest.certificate_name,
        jwks_uri=known.jwks_uri,
        keys=tuple(
            KeyView(key=key, until=client.until.get(kid)) for kid, key in client.keys.items()
        ),
        tokens_from=client.tokens_from,
        registered_at=known.registered_at,
        registered_by=known.by,
    )


def _standing(client: model.Client, at: datetime, by: str) -> tuple[datetime, str, str]:
    """Return since when the client stands as it does, by whom, and why."""
    if client.ended is not None:
        return client.ended.ended_at, client.ended.by, client.ended.reason
    if client.suspended is not None and client.state is model.State.SUSPENDED:
        return client.suspended.suspended_at, client.suspended.by, client.suspended.reason
    return client.resumed_at or at, by, ""


def token_rows(token: model_calls.Token) -> Iterable[Row]:
    """Return the row of one token."""
    if token.issued is not None:
        shared = {name: getattr(token.issued, name) for name in TokenRow.__struct_fields__}
        yield TokenRow(**shared)


def switch_rows(switch: model_calls.Switch) -> Iterable[Row]:
    """Return a row while the API is off."""
    if switch.off is not None and switch.is_off:
        off = switch.off
        yield SwitchRow(org=off.org, off_at=off.turned_off_at, reason=off.reason, off_by=off.by)


def use_rows(use: model_calls.Use) -> Iterable[Row]:
    """Return the row of one client's day."""
    if use.day is not None:
        yield UseRow(
            org=use.org,
            use_id=model_calls.use_id(use.org, use.client_id, use.day),
            client_id=use.client_id,
            day=use.day,
            accepted=use.accepted,
            refused=use.refused,
            latest_at=use.latest_at,
        )


_CLIENTS: Final = f"SELECT {', '.join(ClientRow.__struct_fields__)} FROM clients_clients"  # noqa: S608 - names of our own


async def clients(db: Reader, org: str) -> list[ClientRow]:
    """Return the clients of *org*: those that work first, then by name."""
    return await db.fetch(
        ClientRow, _CLIENTS + " WHERE org = $1 ORDER BY state, name, client_id", org
    )


async def client(db: Reader, org: str, client_id: str) -> ClientRow | None:
    """Return one client of *org*."""
    return await db.fetch_one(
        ClientRow, _CLIENTS + " WHERE org = $1 AND client_id = $2", org, client_id
    )


async def client_of_any(db: Reader, client_id: str) -> ClientRow | None:
    """Return the client that an assertion names. It cannot say whose: this finds it."""
    return await db.fetch_one(ClientRow, _CLIENTS + " WHERE client_id = $1", client_id)


async def presented(db: Reader, token_hash: str) -> Presented | None:
    """Return whose token it is. As with a session, this query finds the organisation."""
    return await db.fetch_one(
        Presented,
        """
        SELECT t.scopes AS token_scopes, certificate, issued_at, expires_at, org, client_id,
               name, state, c.scopes, speaks_for, per_minute, in_flight,
               kilobytes_per_minute, certificate_name, tokens_from
          FROM clients_tokens t
          JOIN clients_clients c USING (org, client_id)
         WHERE token_hash = $1
        """,
        token_hash,
    )


async def leave_to_read(db: Reader, token: str) -> str:
    """Return what opens the rows of the organisation whose client has *token*; empty: nothing."""
    return await db.fetch_value("SELECT clients_open($1)", token) or ""


async def switched_off(db: Reader, org: str) -> SwitchRow | None:
    """Return who turned the API of *org* off, and why; None: it is on."""
    return await db.fetch_one(
        SwitchRow,
        "SELECT org, off_at, reason, off_by FROM clients_switches WHERE org = $1",
        org,
    )


async def uses(db: Reader, org: str, since: date) -> list[UseRow]:
    """Return what every client of *org* did, day by day, the latest first."""
    return await db.fetch(
        UseRow,
        """
          SELECT org, use_id, client_id, day, accepted, refused, latest_at
            FROM clients_uses
           WHERE org = $1
             AND day > $2
        ORDER BY day DESC, client_id
        """,
        org,
        since,
    )


PROJECTIONS: Final[tuple[Projection, ...]] = (
    Projection(model.CLIENT, client_rows, (ClientRow,)),
    Projection(model_calls.TOKEN, token_rows, (TokenRow,)),
    Projection(model_calls.SWITCH, switch_rows, (SwitchRow,)),
    Projection(model_calls.USE, use_rows, (UseRow,)),
)
CONSTRAINTS: Final[Mapping[str, StrEnum]] = {}
ANSWERS: Final[Mapping[str, Answerer]] = {}
