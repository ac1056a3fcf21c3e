"""How rows become the rows of a table, and back: the statements that keep a read model.

Rows travel as one JSON array for each table: the driver then has one value to look at instead
of one for each column of each row, which cost more than PostgreSQL's own work.
"""

import types
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, Final

import msgspec

from standfast.kernel.rows import Row

_PLAIN: Final = frozenset({str, int, float, bool, bytes, datetime, date})


@dataclass(frozen=True)
class TablePlan:
    """What is known of one read model: how to tell its rows apart, and its statements."""

    key_of: Callable[[Row], tuple[object, ...]]
    insert: str
    upsert: str
    delete: str
    take: str
    """The statement that the program takes rows away by: a function (:func:`functions_of`)."""


def is_structured(annotation: Any) -> bool:
    """Return whether a field is a ``jsonb`` column: whatever is not plain."""
    bare = _bare(annotation)
    return not (bare in _PLAIN or (isinstance(bare, type) and issubclass(bare, Enum)))


@cache
def plan(row: type[Row]) -> TablePlan:
    """Return the plan of the table that *row* belongs to."""
    if any(_bare(field.type) is bytes for field in msgspec.structs.fields(row)):
        raise TypeError(f"{row.__qualname__} has bytes, which JSON cannot carry: use hex")
    return TablePlan(
        key_of=_key_of(row.KEY),
        insert=_insert(row),
        upsert=_upsert(row),
        delete=_delete(row.TABLE, row.KEY),
        take=f"SELECT take_{row.TABLE}({', '.join(_arrays(row.KEY))})",
    )


@cache
def puts(tables: tuple[type[Row], ...]) -> str:
    """Return one statement that writes rows of all *tables*: a JSON array for each, in order.

    The program's role has no right in most tables themselves (``journal.tenancy``): the
    functions write what they are handed, and show nothing.
    """
    each = (f"put_{table.TABLE}(${number})" for number, table in enumerate(tables, start=1))
    return f"SELECT {', '.join(each)}"


def functions_of(row: type[Row], *, app: str) -> str:
    """Return the statements that make the functions by which *app* writes rows of a table."""
    keys = ", ".join("text[]" for _ in row.KEY)
    return _WRITES.format(
        table=row.TABLE, put=plan(row).upsert, delete=plan(row).delete, keys=keys, app=app
    )


_WRITES: Final = """
CREATE FUNCTION put_{table}(json) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = read, public, pg_temp AS $$ BEGIN {put}; END $$;
CREATE FUNCTION take_{table}({keys}) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = read, public, pg_temp AS $$ BEGIN {delete}; END $$;
REVOKE ALL ON FUNCTION put_{table}(json), take_{table}({keys}) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION put_{table}(json), take_{table}({keys}) TO {app};
"""


def as_json(rows: Sequence[Row]) -> str:
    """Return *rows* of one table as the statements take them."""
    return msgspec.json.encode(rows).decode()


def row_key(row: Row) -> tuple[object, ...]:
    """Return what tells *row* from every other row of its table."""
    return plan(type(row)).key_of(row)


def _key_of(names: tuple[str, ...]) -> Callable[[Row], tuple[object, ...]]:
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda row: (get(row),)


def _bare(annotation: Any) -> Any:
    """Return *annotation* without ``Annotated`` and without ``| None``."""
    if typing.get_origin(annotation) is Annotated:
        return _bare(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        parts = [part for part in typing.get_args(annotation) if part is not types.NoneType]
        return _bare(parts[0]) if len(parts) == 1 else annotation
    return annotation


def _upsert(row: type[Row]) -> str:
    sets = ", ".join(
        f"{name} = excluded.{name}" for name in row.__struct_fields__ if name not in row.KEY
    )
    what = f"UPDATE SET {sets}" if sets else "NOTHING"
    return f"{_insert(row)} ON CONFLICT ({', '.join(row.KEY)}) DO {what}"


def _insert(row: type[Row]) -> str:
    """Return the statement whose parameter is the array of rows."""
    columns = ", ".join(row.__struct_fields__)
    return (
        f"INSERT INTO {row.TABLE} ({columns}) SELECT {columns} "  # noqa: S608 - our own names
        f"FROM json_populate_recordset(NULL::{row.TABLE}, $1)"
    )


def _delete(table: str, key: tuple[str, ...]) -> str:
    names, arrays = ", ".join(key), ", ".join(_arrays(key))
    return f"DELETE FROM {table} WHERE ({names}) IN (SELECT * FROM unnest({arrays}))"  # noqa: S608


def _arrays(key: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"${number}::text[]" for number, _ in enumerate(key, start=1))
