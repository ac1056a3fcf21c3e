"""A message that is right, spoilt in one thing at a time: to see who notices.

Each way of spoiling is one that a mistake in a program makes. What is left out may have been
optional, so that one way is counted apart: not each of its mutants is wrong.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any, Final, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
Spoil: TypeAlias = Callable[[Any], Any]

LEFT_OUT: Final = "something left out"

GONE: Final = object()


def _wrong_kind(value: Any) -> Any:
    """Return a value of another kind than *value*."""
    match value:
        case bool():
            return "yes"
        case str():
            return 417
        case int() | float():
            return "many"
        case list():
            return {"wrong": "kind"}
        case _:
            return "not a part"


WAYS: Final[Mapping[str, tuple[Callable[[Path, Any], bool], Spoil]]] = {
    "another kind of value": (lambda _path, _value: True, _wrong_kind),
    "an empty text": (lambda _path, value: isinstance(value, str), lambda _value: ""),
    "an element nobody knows": (
        lambda _path, value: isinstance(value, dict),
        lambda value: {**value, "colour": "blue"},
    ),
    "a part with nothing in it": (
        lambda path, value: isinstance(value, dict) and len(path) > 0,
        lambda _value: {},
    ),
    "a list of nothing": (lambda _path, value: isinstance(value, list), lambda _value: []),
    "a day that is none": (
        lambda path, value: isinstance(value, str) and _is_time(path),
        lambda _value: "2026-13-45",
    ),
    "a status that is none": (
        lambda path, _value: path[-1:] == ("status",),
        lambda _value: "perhaps",
    ),
    "a reference to nothing": (
        lambda path, _value: path[-1:] == ("reference",),
        lambda _value: "urn:uuid:99999999-9999-4999-8999-999999999999",
    ),
    LEFT_OUT: (lambda path, _value: len(path) > 0, lambda _value: GONE),
}
"""By name: where it can be done, and how."""

_TIMES: Final = frozenset(
    {"lastUpdated", "timestamp", "authoredOn", "start", "end", "birthDate", "dateTime"}
)


def mutants(message: Mapping[str, Any], *, each: int = 1) -> Iterator[tuple[str, Path, Any]]:
    """Yield the way, the place and the message, for every *each*-th place that it fits."""
    places = list(_places(message))
    for way, (fits, spoil) in WAYS.items():
        fitting = [(path, value) for path, value in places if fits(path, value)]
        for path, value in fitting[::each]:
            yield way, path, _with(message, path, spoil(value))


def _is_time(path: Path) -> bool:
    return path[-1:] != () and path[-1] in _TIMES


def _places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if path and path[-1] != "resourceType":
        yield path, value
    match value:
        case dict():
            for name, part in value.items():
                yield from _places(part, (*path, name))
        case list():
            for number, part in enumerate(value):
                yield from _places(part, (*path, number))
        case _:
            pass


def _with(message: Mapping[str, Any], path: Path, value: Any) -> Any:
    spoilt: Any = deepcopy(dict(message))
    at = spoilt
    for step in path[:-1]:
        at = at[step]
    if value is GONE:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return spoilt
