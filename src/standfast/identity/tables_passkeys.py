"""Passkeys and enrolments as rows, and the queries on them."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Final

from msgspec import Struct

from standfast.facts.passkeys import EnrolmentKind
from standfast.identity.model_answer import ANSWER, Answer
from standfast.identity.model_enrolment import ENROLMENT, Enrolment
from standfast.identity.model_passkeys import PASSKEYS, Keys
from standfast.journal.database import Reader
from standfast.kernel.rows import Projection, Row

SCHEMA: Final = """
-- Keys that were neither removed nor revoked.
CREATE TABLE identity_passkeys (
    org           text        NOT NULL,
    credential_id text        NOT NULL UNIQUE,  -- base64url
    staff_id      text        NOT NULL,
    name          text        NOT NULL,
    public_key    text        NOT NULL,         -- COSE, base64url
    transports    jsonb       NOT NULL,
    is_synced     boolean     NOT NULL,
    registered_at timestamptz NOT NULL,
    used_at       timestamptz,                  -- NULL: not yet
    locked_at     timestamptz,                  -- NULL: it opens
    PRIMARY KEY (org, credential_id)
) WITH (fillfactor = 70);
CREATE INDEX ON identity_passkeys (org, staff_id);

-- Enrolments that are not cancelled; those of a site's founding also after they were used.
CREATE TABLE identity_enrolments (
    org          text        NOT NULL,
    enrolment_id text        NOT NULL,
    staff_id     text        NOT NULL,
    kind         text        NOT NULL,
    opened_by    text        NOT NULL,
    opened_at    timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    confirmed_by text        NOT NULL,  -- empty: nobody yet
    code_until   timestamptz,           -- NULL: there is no code yet
    tries        bigint      NOT NULL,  -- wrong codes so far
    is_used      boolean     NOT NULL,
    PRIMARY KEY (org, enrolment_id)
);
CREATE INDEX ON identity_enrolments (org, staff_id);
"""


class PasskeyRow(Row, frozen=True, kw_only=True):
    """One passkey that is not gone."""

    TABLE: ClassVar[str] = "identity_passkeys"
    KEY: ClassVar[tuple[str, ...]] = ("org", "credential_id")
    AT_THE_DOOR: ClassVar[bool] = True

    org: str
    credential_id: str
    staff_id: str
    name: str
    public_key: str
    transports: tuple[str, ...]
    is_synced: bool
    registered_at: datetime
    used_at: datetime | None
    locked_at: datetime | None


class EnrolmentRow(Row, frozen=True, kw_only=True):
    """One enrolment that somebody may still have to do with."""

    TABLE: ClassVar[str] = "identity_enrolments"
    KEY: ClassVar[tuple[str, ...]] = ("org", "enrolment_id")
    AT_THE_DOOR: ClassVar[bool] = True

    org: str
    enrolment_id: str
    staff_id: str
    kind: EnrolmentKind
    opened_by: str
    opened_at: datetime
    expires_at: datetime
    confirmed_by: str
    code_until: datetime | None
    tries: int
    is_used: bool


class Passkey(Struct, frozen=True, kw_only=True):
    """One key, as its owner and whoever checks an answer see it."""

    org: str
    credential_id: str
    staff_id: str
    name: str
    public_key: str
    transports: tuple[str, ...]
    is_synced: bool
    registered_at: datetime
    used_at: datetime | None
    locked_at: datetime | None


class EnrolmentSummary(Struct, frozen=True, kw_only=True):
    """One enrolment on a list. The names are those of the two who see to it."""

    org: str
    enrolment_id: str
    staff_id: str
    name: str
    kind: EnrolmentKind
    opened_by: str
    opened_by_name: str
    opened_at: datetime
    expires_at: datetime
    confirmed_by: str
    confirmed_by_name: str
    code_until: datetime | None
    tries: int
    is_used: bool


def passkey_rows(keys: Keys) -> Iterable[Row]:
    """Return a row for each key that is not gone."""
    for key in keys.every:
        if key.passkey is None or key.registered_at is None or key.gone:
            continue
        yield PasskeyRow(
            org=keys.org,
            credential_id=key.credential_id,
            staff_id=keys.staff_id,
            name=key.name,
            public_key=key.passkey.public_key,
            transports=key.passkey.transports,
            is_synced=key.passkey.is_synced,
            registered_at=key.registered_at,
            used_at=key.used_at,
            locked_at=key.locked_at,
        )


def enrolment_rows(known: Enrolment) -> Iterable[Row]:
    """Return the row of an enrolment that is not over, or that founded the site."""
    opened = known.opened
    if opened is None or known.cancelled is not None:
        return
    if known.used is not None and opened.kind is not EnrolmentKind.FOUNDING:
        return
    yield EnrolmentRow(
        org=opened.org,
        enrolment_id=opened.enrolment_id,
        staff_id=opened.staff_id,
        kind=opened.kind,
        opened_by=opened.opened_by,
        opened_at=opened.opened_at,
        expires_at=opened.expires_at,
        confirmed_by=known.confirmed.confirmed_by if known.confirmed else "",
        code_until=known.code.expires_at if known.code else None,
        tries=len(known.wrong),
        is_used=known.used is not None,
    )


def answer_rows(_: Answer) -> Iterable[Row]:
    """Return nothing: an answer is looked up by its own id, in the journal."""
    return ()


_PASSKEYS: Final = """
  SELECT org, credential_id, staff_id, name, public_key, transports, is_synced,
         registered_at, used_at, locked_at
    FROM identity_passkeys
"""


async def passkey(db: Reader, credential_id: str) -> Passkey | None:
    """Return one key. Whose it is is what is being asked, so no org can be named."""
    return await db.fetch_one(Passkey, _PASSKEYS + " WHERE credential_id = $1", credential_id)


async def passkeys_of(db: Reader, staff_id: str) -> list[Passkey]:
    """Return the keys of one person, wherever they work, oldest first."""
    return await db.fetch(
        Passkey,
        _PASSKEYS + " WHERE staff_id = $1 ORDER BY registered_at, credential_id",
        staff_id,
    )


async def key_counts(db: Reader, org: str) -> dict[str, int]:
    """Return how many keys that open each member of staff of *org* has."""
    found = await db.fetch(
        KeyCount,
        """
          SELECT staff_id, count(*) AS keys
            FROM identity_passkeys
           WHERE org = $1 AND locked_at IS NULL
        GROUP BY staff_id
        ORDER BY staff_id
        """,
        org,
    )
    return {each.staff_id: each.keys for each in found}


class KeyCount(Struct, frozen=True, kw_only=True):
    """How many keys somebody has."""

    staff_id: str
    keys: int


_ENROLMENTS: Final = """
  SELECT e.org, enrolment_id, e.staff_id, s.name, kind, opened_by,
         coalesce(o.name, opened_by) AS opened_by_name, opened_at, expires_at, confirmed_by,
         coalesce(c.name, confirmed_by) AS confirmed_by_name, code_until, tries, is_used
    FROM identity_enrolments e
    JOIN identity_staff s USING (org, staff_id)
    LEFT JOIN identity_staff o ON (o.org, o.staff_id) = (e.org, e.opened_by)
    LEFT JOIN identity_staff c ON (c.org, c.staff_id) = (e.org, e.confirmed_by)
"""


async def enrolments(db: Reader, org: str, now: datetime) -> list[EnrolmentSummary]:
    """Return what somebody of *org* may have to do with now, oldest first."""
    return await db.fetch(
        EnrolmentSummary,
        _ENROLMENTS
        + """
           WHERE e.org = $1 AND confirmed_by = ''
             AND (is_used OR (code_until IS NULL AND expires_at > $2) OR code_until > $2)
              OR e.org = $1 AND NOT is_used AND code_until > $2
        ORDER BY opened_at, enrolment_id
        """,
        org,
        now,
    )


async def enrolment_of(db: Reader, org: str, staff_id: str) -> EnrolmentSummary | None:
    """Return the newest enrolment of one person that is not over."""
    return await db.fetch_one(
        EnrolmentSummary,
        _ENROLMENTS
        + """
           WHERE e.org = $1 AND e.staff_id = $2 AND NOT (is_used AND confirmed_by <> '')
        ORDER BY opened_at DESC, enrolment_id
           LIMIT 1
        """,
        org,
        staff_id,
    )


async def enrolment_with_code(db: Reader, staff_id: str) -> str | None:
    """Return the id of the enrolment whose code *staff_id* may give. Nobody is signed in yet."""
    found: str | None = await db.fetch_value(
        """
          SELECT enrolment_id
            FROM identity_enrolments
           WHERE staff_id = $1 AND code_until IS NOT NULL AND NOT is_used
        ORDER BY opened_at DESC, enrolment_id
           LIMIT 1
        """,
        staff_id,
    )
    return found


async def founding_staff(db: Reader) -> list[str]:
    """Return the staff ids of the first two of this site. Before anybody can sign in."""
    found = await db.fetch(
        Founding,
        """
          SELECT DISTINCT staff_id
            FROM identity_enrolments
           WHERE kind = 'founding'
        ORDER BY staff_id
        """,
    )
    return [each.staff_id for each in found]


class Founding(Struct, frozen=True, kw_only=True):
    """One of the first two, by their id."""

    staff_id: str


PROJECTIONS: Final[tuple[Projection, ...]] = (
    Projection(PASSKEYS, passkey_rows, (PasskeyRow,)),
    Projection(ENROLMENT, enrolment_rows, (EnrolmentRow,)),
    Projection(ANSWER, answer_rows, ()),
)
