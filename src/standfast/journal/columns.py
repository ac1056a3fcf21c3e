"""How a row's struct becomes columns, and the statements that keep its table.

A batch of rows of one table is one statement, ``unnest`` of a column each; that and not the
number of rows is what a commit costs.
"""

import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, Final

import msgspec

from standfast.kernel.rows import Row

_PLAIN: Final = {
    str: "text",
    int: "bigint",
    float: "double precision",
    bool: "boolean",
    bytes: "bytea",
    datetime: "timestamptz",
    date: "date",
}


@dataclass(frozen=True)
class TablePlan:
    """What is known of one read model: its columns and its statements.

    ``encoders`` has for each column what makes its value fit for the driver; None: it is.
    """

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    encoders: tuple[Callable[[Any], object] | None, ...]
    key: tuple[str, ...]
    key_of: Callable[[Row], tuple[object, ...]]
    upsert: str
    delete: str


def column_type(annotation: Any) -> str:
    """Return PostgreSQL's type for a field: a plain one, or ``jsonb`` for anything structured."""
    bare = _bare(annotation)
    if isinstance(bare, type) and issubclass(bare, Enum):
        return "text"
    return _PLAIN.get(bare, "jsonb")


@cache
def plan(row: type[Row]) -> TablePlan:
    """Return the plan of the table that *row* belongs to."""
    hints = {
        name: hint
        for name, hint in typing.get_type_hints(row, include_extras=True).items()
        if name in row.__struct_fields__
    }
    columns = row.__struct_fields__
    kinds = tuple(column_type(hints[name]) for name in columns)
    return TablePlan(
        name=row.TABLE,
        columns=columns,
        types=kinds,
        encoders=tuple(
            _encoder(hints[name], kind) for name, kind in zip(columns, kinds, strict=True)
        ),
        key=row.KEY,
        key_of=_key_of(row.KEY),
        upsert=_upsert(row.TABLE, columns, kinds, row.KEY),
        delete=_delete(row.TABLE, row.KEY),
    )


@cache
def upserts(tables: tuple[type[Row], ...]) -> str:
    """Return one statement that writes rows of all *tables*; their columns follow each other."""
    if len(tables) == 1:
        return plan(tables[0]).upsert
    parts, used = [], 0
    for table in tables:
        shape = plan(table)
        parts.append(_upsert(shape.name, shape.columns, shape.types, shape.key, after=used))
        used += len(shape.columns)
    named = ", ".join(f"part{number} AS ({part})" for number, part in enumerate(parts[:-1]))
    return f"WITH {named} {parts[-1]}"


def row_key(row: Row) -> tuple[object, ...]:
    """Return what tells *row* from every other row of its table."""
    return plan(type(row)).key_of(row)


def row_values(row: Row) -> tuple[object, ...]:
    """Return the columns of *row* as the driver wants them; structured ones as JSON text."""
    return tuple(
        [
            value if encoder is None or value is None else encoder(value)
            for value, encoder in zip(
                msgspec.structs.astuple(row), plan(type(row)).encoders, strict=True
            )
        ]
    )


def _key_of(names: tuple[str, ...]) -> Callable[[Row], tuple[object, ...]]:
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda row: (get(row),)


def _encoder(annotation: Any, kind: str) -> Callable[[Any], object] | None:
    """Return what makes a column's values fit for the driver. A StrEnum is fit: it is text."""
    bare = _bare(annotation)
    if kind == "jsonb":
        return _json
    if isinstance(bare, type) and issubclass(bare, Enum) and not issubclass(bare, str):
        return attrgetter("value")
    return None


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _bare(annotation: Any) -> Any:
    """Return *annotation* without ``Annotated`` and without ``| None``."""
    if typing.get_origin(annotation) is Annotated:
        return _bare(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        parts = [part for part in typing.get_args(annotation) if part is not types.NoneType]
        return _bare(parts[0]) if len(parts) == 1 else annotation
    return annotation


def _upsert(
    table: str,
    columns: tuple[str, ...],
    kinds: tuple[str, ...],
    key: tuple[str, ...],
    *,
    after: int = 0,
) -> str:
    """Return the statement whose first parameter is the one *after* so many."""
    arrays = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(kinds, start=after + 1))
    changed = [name for name in columns if name not in key]
    sets = ", ".join(f"{name} = excluded.{name}" for name in changed)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays}) "  # noqa: S608
        f"ON CONFLICT ({', '.join(key)}) DO " + (f"UPDATE SET {sets}" if sets else "NOTHING")
    )


def _delete(table: str, key: tuple[str, ...]) -> str:
    names = ", ".join(key)
    arrays = ", ".join(f"${number}::text[]" for number, _ in enumerate(key, start=1))
    return f"DELETE FROM {table} WHERE ({names}) IN (SELECT * FROM unnest({arrays}))"  # noqa: S608
