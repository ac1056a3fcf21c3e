"""The journal's own tables, and the rights that keep them append-only.

The application's role may INSERT, and see where each chain stands. The triggers refuse UPDATE,
DELETE and TRUNCATE to everybody, the tables' owner included; ALWAYS, so that replication mode
does not skip them.
Read models live in the schema ``read``, which is dropped and rebuilt when its shape changes.
"""

from collections.abc import Collection
from typing import Final

from standfast.journal.appending import WRITE_DOWN
from standfast.journal.contents import CONTENTS
from standfast.journal.foreign import EXCHANGE, EXCHANGE_ROLE, FOREIGN
from standfast.journal.sealing_schema import DATA_KEYS_TABLE
from standfast.journal.tenancy import READER_ROLE, TENANCY, policies
from standfast.kernel.rows import Row

OWNER_ROLE: Final = "standfast_owner"
APP_ROLE: Final = "standfast_app"

JOURNAL: Final = """
CREATE TABLE IF NOT EXISTS journal (
    origin      text        NOT NULL,  -- site.epoch.lane
    seq         bigint      NOT NULL,  -- gapless within its origin, from 1
    stream      text        NOT NULL,  -- kind/key
    type        text        NOT NULL,  -- the event's tag
    subject     text,                  -- the person it is about; NULL while nobody knows
    org         text        NOT NULL,
    actor       text        NOT NULL,
    hlc         bigint      NOT NULL,  -- kernel.clock
    occurred_at timestamptz NOT NULL   -- when it happened
                CHECK (occurred_at BETWEEN '1900-01-01' AND '2200-01-01'),
    recorded_at timestamptz NOT NULL,  -- when it was written down here
    key_id      text,                  -- the data key that seals the body; NULL: not sealed
    body        bytea       NOT NULL,
    prev        bytea       NOT NULL,  -- the hash before it in this origin; 32 zero bytes at first
    hash        bytea       NOT NULL,  -- SHA-256, journal.entries
    sig         bytea,                 -- Ed25519 over hash, on the last row of each commit
    PRIMARY KEY (origin, seq)
);
CREATE INDEX IF NOT EXISTS journal_by_stream ON journal (stream, hlc, origin, seq);
CREATE INDEX IF NOT EXISTS journal_by_contact ON journal (split_part(stream, '/', 2), hlc);
CREATE INDEX IF NOT EXISTS journal_by_subject ON journal (subject, hlc) WHERE subject IS NOT NULL;

CREATE TABLE IF NOT EXISTS journal_origins (
    origin     text        NOT NULL PRIMARY KEY,
    public_key bytea       NOT NULL,  -- Ed25519, raw, 32 bytes
    first_at   timestamptz NOT NULL
);

-- How far each stream has come: what optimistic concurrency compares. Not a record: rebuilt.
CREATE TABLE IF NOT EXISTS journal_streams (
    stream  text   NOT NULL PRIMARY KEY,
    version bigint NOT NULL  -- how many events it has
) WITH (fillfactor = 70);

-- Which shape the read models were last built in.
CREATE TABLE IF NOT EXISTS journal_read_models (
    fingerprint text NOT NULL PRIMARY KEY
);

CREATE OR REPLACE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only: % refused', TG_OP
          USING ERRCODE = 'insufficient_privilege';
END
$$;
"""

GUARDED: Final = {
    "journal": "INSERT, SELECT (origin, seq, hash, hlc)",
    "journal_origins": "INSERT, SELECT (origin, public_key, first_at)",
    "journal_contents": "",
}
"""What may only be added to, and the program's rights in it.

It sees where each chain stands, that is, and nothing of anybody: what a stream says it is told
by a function that must be given the stream's name, which nobody guesses. Files it adds by a
function as well.
"""

GUARD: Final = """
CREATE OR REPLACE TRIGGER {table}_rows_stay
    BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION journal_is_append_only();
CREATE OR REPLACE TRIGGER {table}_table_stays
    BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_rows_stay;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_table_stays;
REVOKE ALL ON {table} FROM PUBLIC, {role};
"""

RIGHTS: Final = """
GRANT USAGE ON SCHEMA public TO {role};
REVOKE ALL ON journal_streams FROM PUBLIC, {role};
GRANT SELECT ON journal_read_models TO {role};
"""

READ_SCHEMA: Final = """
DROP SCHEMA IF EXISTS read CASCADE;
CREATE SCHEMA read;
GRANT USAGE ON SCHEMA read TO {role};
"""


def journal_ddl() -> str:
    """Return the statements that make the journal; to be run by its owner, any number of times."""
    contents = CONTENTS.format(app=APP_ROLE, reader=READER_ROLE)
    guards = "".join(
        GUARD.format(table=table, role=APP_ROLE)
        + (f"GRANT {rights} ON {table} TO {APP_ROLE};\n" if rights else "")
        for table, rights in GUARDED.items()
    )
    tenancy = (TENANCY + WRITE_DOWN).format(app=APP_ROLE, reader=READER_ROLE)
    foreign = FOREIGN.format(app=APP_ROLE, reader=READER_ROLE)
    exchange = EXCHANGE.format(app=APP_ROLE, reader=READER_ROLE, exchange=EXCHANGE_ROLE)
    keys = DATA_KEYS_TABLE.format(app=APP_ROLE, reader=READER_ROLE, exchange=EXCHANGE_ROLE)
    rights = RIGHTS.format(role=APP_ROLE)
    return JOURNAL + foreign + tenancy + contents + keys + guards + rights + exchange


def read_models_ddl(schemas: str, tables: Collection[type[Row]]) -> str:
    """Return the statements that make every read model anew, empty, from the contexts' *schemas*.

    *tables* are the rows in them, each of which says who may read it.
    """
    return (
        READ_SCHEMA.format(role=f"{APP_ROLE}, {EXCHANGE_ROLE}")
        + "SET LOCAL search_path = read, public;\n"
        + schemas
        + policies(tables, owner=OWNER_ROLE, app=APP_ROLE)
    )
