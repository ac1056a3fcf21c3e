"""Some value of any type that events are made of, so that a test can meet every one of them."""

import types
import typing
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from enum import Enum
from typing import Annotated, Any, Final

import msgspec
from msgspec import Struct

WORDS: Final = "Some words"
PLAIN: Final[Mapping[type, Any]] = {
    str: WORDS,
    int: 2,
    float: 2.5,
    bool: True,
    bytes: b"bytes",
    datetime: datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    date: date(1960, 5, 17),
    time: time(9, 30),
}


def full(struct: type[Struct]) -> Any:
    """Return a *struct* with something in every field."""
    return struct(**{name: _some(hint) for name, hint in _hints(struct).items()})


def bare(struct: type[Struct]) -> Any:
    """Return a *struct* with as little in it as its types allow."""
    required = {field.name for field in msgspec.structs.fields(struct) if field.required}
    return struct(
        **{name: _least(hint) for name, hint in _hints(struct).items() if name in required}
    )


def _some(hint: Any) -> Any:
    """Return a value of the type *hint*: a whole one, never None."""
    parts = typing.get_args(hint)
    match typing.get_origin(hint):
        case None:
            value = _plain(hint)
        case typing.Annotated:
            value = _some(parts[0])
        case typing.Literal:
            value = parts[0]
        case types.UnionType | typing.Union:
            value = _some(next(part for part in parts if part is not types.NoneType))
        case kind if issubclass(kind, Mapping):
            value = {_some(parts[0]): _some(parts[1])}
        case kind:
            value = kind([_some(parts[0])])
    return value


def _plain(hint: Any) -> Any:
    if issubclass(hint, Enum):
        return next(iter(hint))
    return full(hint) if issubclass(hint, Struct) else PLAIN[hint]


def _least(hint: Any) -> Any:
    """Return a value of the type *hint* that says as little as it can."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union) and types.NoneType in parts:
        return None
    if origin is Annotated:
        return _least(parts[0])
    if isinstance(hint, type) and issubclass(hint, Struct):
        return bare(hint)
    return _some(hint)


def _hints(struct: type[Struct]) -> dict[str, Any]:
    hints = typing.get_type_hints(struct, include_extras=True)
    return {name: hints[name] for name in struct.__struct_fields__}
