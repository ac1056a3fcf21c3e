"""The bytes of files: too large for a fact, so kept beside the journal, by their SHA-256.

A fact names them, in the same commit, as ``contents``; its row's hash and signature so prove
the bytes as well. A table of their own holds them, append-only as the journal is. Pages cannot
read it: a context gives them a function that looks at whose the file is, and whether it may go.
"""

import hashlib
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from standfast.journal.database import Connection, Reader
from standfast.journal.sealing import DataKey, Sealing, file_bound, readable, seal

CONTENTS: Final = """
CREATE TABLE IF NOT EXISTS journal_contents (
    org        text        NOT NULL,
    contact    text        NOT NULL,  -- the key of the stream whose fact names it
    sha256     text        NOT NULL,  -- of the file, in hex
    media_type text        NOT NULL,
    size       integer     NOT NULL,  -- bytes
    actor      text        NOT NULL,
    kept_at    timestamptz NOT NULL,
    body       bytea       NOT NULL,
    PRIMARY KEY (org, contact, sha256)
);
-- The data key that seals the body; NULL: an older version kept it, as it is.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute
                    WHERE attrelid = 'journal_contents'::regclass AND attname = 'key_id') THEN
        ALTER TABLE journal_contents ADD COLUMN key_id text;
        ALTER TABLE journal_contents DROP CONSTRAINT IF EXISTS journal_content_is_its_digest;
        ALTER TABLE journal_contents ADD CONSTRAINT journal_content_is_its_digest
              CHECK (key_id IS NOT NULL
                     OR encode(pg_catalog.sha256(body), 'hex') = sha256
                        AND octet_length(body) = size);
    END IF;
END $$;
ALTER TABLE journal_contents ALTER COLUMN body SET STORAGE EXTERNAL;  -- packed already
ALTER TABLE journal_contents ENABLE ROW LEVEL SECURITY;
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'journal_contents'::regclass) THEN
        CREATE POLICY shown ON journal_contents FOR SELECT TO {reader}
               USING (org = (SELECT tenancy.org()));
    END IF;
END $$;
REVOKE ALL ON journal_contents FROM {reader};

-- The program adds a file, and sees none; what is there already stays.
DROP FUNCTION IF EXISTS tenancy.keep_content(text, text, text, text, integer, text, timestamptz,
                                             bytea);
CREATE OR REPLACE FUNCTION tenancy.keep_content(
        org text, contact text, sha256 text, media_type text, size integer, actor text,
        kept_at timestamptz, body bytea, key_id text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.journal_contents
           (org, contact, sha256, media_type, size, actor, kept_at, body, key_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (org, contact, sha256) DO NOTHING
$$;
REVOKE ALL ON FUNCTION tenancy.keep_content(text, text, text, text, integer, text, timestamptz,
                                            bytea, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.keep_content(text, text, text, text, integer, text, timestamptz,
                                               bytea, text) TO {app};
"""

_INSERT: Final = "SELECT tenancy.keep_content($1, $2, $3, $4, $5, $6, $7, $8, $9)"


class Content(Struct, frozen=True, kw_only=True):
    """The bytes of one file."""

    media_type: str
    body: bytes
    sha256: str

    @classmethod
    def of(cls, media_type: str, body: bytes) -> "Content":
        """Return *body* with its digest, which takes a while: not on the event loop."""
        sha256 = hashlib.sha256(body).hexdigest()
        return cls(media_type=media_type, body=body, sha256=sha256)


class Named(Struct, frozen=True, kw_only=True):
    """What a fact says of bytes that it names."""

    sha256: str
    size: int


class _Naming(Struct, frozen=True, kw_only=True):
    """A fact that names contents, as far as it matters here."""

    contents: tuple[Named, ...] = ()


class Lost(Struct, frozen=True, kw_only=True):
    """The first file that is not what a fact says: the fact's row, and what is wrong."""

    origin: str
    seq: int
    what: str


async def keep(
    connection: Connection,
    content: Content,
    *,
    org: str,
    contact: str,
    actor: str,
    at: datetime,
    key: DataKey | None,
) -> None:
    """Write *content*, in the transaction that is open; what is there already stays.

    *key* seals it for its organisation, contact and digest; None: it stays as it is.
    """
    body, sha256 = content.body, content.sha256
    if key is not None:
        body = seal(key.cipher, body, file_bound(org, contact, sha256))
    await connection.execute(
        _INSERT,
        org,
        contact,
        sha256,
        content.media_type,
        len(content.body),
        actor,
        at,
        body,
        None if key is None else key.id,
    )


class Sealed(Struct, frozen=True, kw_only=True):
    """A file as it is stored."""

    org: str
    contact: str
    sha256: str
    key_id: str | None
    body: bytes


async def opened(db: Reader, stored: Sealed) -> bytes | None:
    """Return the bytes of a file; None where its key is not here, or was destroyed."""
    if stored.key_id is None:
        return stored.body
    bound = file_bound(stored.org, stored.contact, stored.sha256)
    return await db.opener.bytes(stored.key_id, stored.body, bound) or None


async def prove(
    connection: Connection,
    tags: Collection[str],
    *,
    sealing: Sealing | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[int, Lost | None]:
    """Return how many contents are what a fact of *tags* says, and the first that is not.

    The facts themselves are proved by :mod:`standfast.journal.verify`. Sees one moment, so that
    what is being written meanwhile is either there with its fact or not there at all. A file
    whose fact is sealed is proved where *sealing* opens it, and passed over elsewhere.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        named, unread = await _named(connection, tags, sealing)
        proved = 0
        async for found in connection.cursor(
            "SELECT org, contact, sha256, size, body, key_id FROM journal_contents", prefetch=4
        ):
            fact = named.pop((found["org"], found["contact"], found["sha256"]), None)
            if fact is None and (found["org"], found["contact"]) in unread:
                continue
            if fact is None:
                return proved, Lost(
                    origin="journal_contents", seq=0, what="a file that no fact names is there"
                )
            origin, seq, size = fact
            body = await _bytes(connection, sealing, found)
            if hashlib.sha256(body).hexdigest() != found["sha256"] or size != len(body):
                return proved, Lost(
                    origin=origin, seq=seq, what="the file that it names is changed"
                )
            proved += 1
            progress(proved)
    for origin, seq, _ in named.values():
        return proved, Lost(origin=origin, seq=seq, what="the file that it names is missing")
    return proved, None


async def _bytes(connection: Connection, sealing: Sealing | None, found: Any) -> bytes:
    """Return the bytes of a file whose fact was read: its key is here, or it is changed."""
    if found["key_id"] is None or sealing is None:
        return bytes(found["body"])
    await sealing.load(connection, (found["key_id"],))
    bound = file_bound(found["org"], found["contact"], found["sha256"])
    return sealing.opened(found["key_id"], found["body"], bound)


async def _named(
    connection: Connection, tags: Collection[str], sealing: Sealing | None
) -> tuple[dict[tuple[str, str, str], tuple[str, int, int]], set[tuple[str, str]]]:
    """Return each content that a fact names, by its first fact's row and its size.

    And the contacts of which a fact could not be read.
    """
    named: dict[tuple[str, str, str], tuple[str, int, int]] = {}
    unread: set[tuple[str, str]] = set()
    rows = await connection.fetch(
        """
          SELECT origin, seq, stream, type, hlc, key_id, org,
                 split_part(stream, '/', 2) AS contact, body
            FROM journal
           WHERE type = ANY($1::text[])
             AND origin NOT IN (SELECT origin FROM journal_foreign)
        ORDER BY hlc, origin, seq
        """,
        list(tags),
    )
    for row, body in zip(rows, await readable(sealing, connection, rows), strict=True):
        if not body:
            unread.add((row["org"], row["contact"]))
            continue
        for each in msgspec.json.decode(body, type=_Naming).contents:
            key = (row["org"], row["contact"], each.sha256)
            named.setdefault(key, (row["origin"], row["seq"], each.size))
    return named, unread
