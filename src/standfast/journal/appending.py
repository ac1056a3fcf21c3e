"""One commit in one journey: entries, how far their streams have come, and the rows they change.

Every statement is a journey to the database and back, which costs more than what it writes.
What is called here runs as the program's own role and may do no more than that role may.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Final

from standfast.journal.columns import as_json
from standfast.journal.database import Connection
from standfast.journal.entries import COLUMNS, Entry
from standfast.journal.folding import RowChange
from standfast.journal.sealing import NewKeys
from standfast.kernel.rows import Row

TYPES: Final = (
    "text", "bigint", "text", "text", "text", "text", "text", "bigint",
    "timestamptz", "timestamptz", "text", "bytea", "bytea", "bytea", "bytea",
)  # fmt: skip
"""Of the journal's columns, in their order."""


IS_OURS: Final = "journal_org_is_ours"
"""What no site writes: a fact of another's organisation. Its peers would stop it, rightly."""


async def write_down(
    connection: Connection,
    entries: Sequence[Entry],
    expected: Mapping[str, int],
    changes: Sequence[RowChange],
    new_keys: NewKeys | None,
) -> None:
    """Write all of it, or nothing; *new_keys* with it, None where nothing of this is sealed.

    Raises ``asyncpg.SerializationError`` when a stream had not the *expected* version.
    """
    added = Counter(entry.stream for entry in entries)
    streams = sorted(added)
    names, rows = _by_function(changes)
    await connection.execute(
        _WRITE_DOWN if new_keys is None else _WRITE_DOWN_SEALED,
        streams,
        [added[stream] for stream in streams],
        [expected[stream] for stream in streams],
        names,
        rows,
        *zip(*map(_columns, entries), strict=True),
        *(() if new_keys is None else _keys_of(entries, new_keys)),
    )


def _keys_of(entries: Sequence[Entry], new: NewKeys) -> tuple[object, ...]:
    used = {entry.key_id for entry in entries if entry.key_id} - {*new.ids}
    at = entries[0].recorded_at
    return new.ids, new.orgs, new.records, new.wrapped_by, new.wrapped, at, sorted(used)


def _by_function(changes: Sequence[RowChange]) -> tuple[list[str], list[str]]:
    """Return what writes each table's rows or takes them away, in order, and the rows as JSON."""
    removed: dict[str, list[Row]] = defaultdict(list)
    written: dict[str, list[Row]] = defaultdict(list)
    for change in changes:
        for row in change.removed:
            removed[row.TABLE].append(row)
        for row in change.written:
            written[row.TABLE].append(row)
    names = [f"take_{table}" for table in sorted(removed)]
    names += [f"put_{table}" for table in sorted(written)]
    rows = [as_json(removed[table]) for table in sorted(removed)]
    rows += [as_json(written[table]) for table in sorted(written)]
    return names, rows


def rows_writer(tables: Iterable[type[Row]], *, app: str) -> str:
    """Return the statement that makes ``write_rows``: it calls the function that is named.

    Its statements keep their plans, as none does that is put together at each commit.
    """
    ordered = sorted(set(tables), key=lambda table: table.TABLE)
    puts = (_PUT.format(table=table.TABLE) for table in ordered)
    takes = (
        _TAKE.format(
            table=table.TABLE, keys=", ".join(_KEY.format(name=name) for name in table.KEY)
        )
        for table in ordered
    )
    return _WRITE_ROWS.format(cases="".join((*puts, *takes)), app=app) if ordered else ""


_columns: Final = attrgetter(*COLUMNS)
_ORG: Final = 6 + COLUMNS.index("org")

_PARAMETERS: Final = (
    *("text[]", "bigint[]", "bigint[]", "text[]", "json[]"),
    *(f"{kind}[]" for kind in TYPES),
)
_WRITE_DOWN: Final = (
    "SELECT tenancy.write_down("
    + ", ".join(f"${n}::{kind}" for n, kind in enumerate(_PARAMETERS, start=1))
    + ")"
)
_KEYS_USED: Final = ", ".join(
    f"${len(_PARAMETERS) + number}::{kind}"
    for number, kind in enumerate(
        ("text[]", "text[]", "text[]", "text[]", "bytea[]", "timestamptz", "text[]"), start=1
    )
)
_WRITE_DOWN_SEALED: Final = f"{_WRITE_DOWN}, tenancy.keys_used({_KEYS_USED})"

_PUT: Final = """
            WHEN 'put_{table}' THEN PERFORM read.put_{table}(rows[i]);"""
_TAKE: Final = """
            WHEN 'take_{table}' THEN PERFORM read.take_{table}({keys});"""
_KEY: Final = "ARRAY(SELECT each ->> '{name}' FROM json_array_elements(rows[i]) AS each)"

_WRITE_ROWS: Final = """
CREATE FUNCTION write_rows(changes text[], rows json[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. cardinality(changes) LOOP
        CASE changes[i]{cases}
        END CASE;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION write_rows(text[], json[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION write_rows(text[], json[]) TO {app};
"""

WRITE_DOWN: Final = f"""
-- The streams are locked first, then compared with what was decided on, and then written.
CREATE OR REPLACE FUNCTION tenancy.write_down({", ".join(_PARAMETERS)}) RETURNS void
    LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF (SELECT count(*)
          FROM tenancy.streams_moved($1, $2) AS moved
          JOIN unnest($1, $2, $3) AS decided (stream, added, expected) USING (stream)
         WHERE moved.version - decided.added = decided.expected) <> cardinality($1) THEN
        RAISE EXCEPTION 'somebody was first' USING ERRCODE = 'serialization_failure';
    END IF;
    IF EXISTS (SELECT FROM public.journal_elsewhere AS e
                WHERE e.org = ANY (${_ORG}) AND NOT tenancy.registered_here(e.org)) THEN
        RAISE integrity_constraint_violation USING CONSTRAINT = '{IS_OURS}',
              MESSAGE = 'a fact of an organisation that is at work at other sites alone';
    END IF;
    INSERT INTO public.journal ({", ".join(COLUMNS)})
    SELECT * FROM unnest({", ".join(f"${n}" for n in range(6, 6 + len(TYPES)))});
    PERFORM read.write_rows($4, $5);
END $$;
REVOKE ALL ON FUNCTION tenancy.write_down({", ".join(_PARAMETERS)}) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.write_down({", ".join(_PARAMETERS)}) TO {{app}};
"""  # noqa: S608 - our own names
