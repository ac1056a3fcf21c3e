"""From elements to our typed subset: strict in what it reads, blind to the rest."""

from collections.abc import Callable, Iterator
from datetime import UTC, date
from decimal import Decimal
from functools import cache
from itertools import islice
from types import NoneType
from typing import Any, Final, NamedTuple, TypeVar, get_args, get_origin

import msgspec
import re2
from msgspec import Struct
from msgspec.structs import fields

from standfast.interop.fhir import KNOWN, Bundle, Day, Instant, Part, Resource
from standfast.interop.node import RESOURCE_TYPE, Node

SomePart = TypeVar("SomePart", bound=Part)

MAX_PROBLEMS: Final = 20
"""Enough to mend a message by; a thousand would be an answer larger than the question."""

_LONGEST_NAME: Final = 40
_DECIMAL: Final = re2.compile(r"-?[0-9]{1,12}(\.[0-9]{1,24})?")
_WRITTEN: Final[dict[Any, tuple["re2.Pattern[str]", Callable[[str], object]]]] = {
    bool: (re2.compile("true|false"), lambda text: text == "true"),
    int: (re2.compile("[0-9]{1,9}"), int),
    float: (_DECIMAL, float),
    Decimal: (_DECIMAL, Decimal),
}
"""How FHIR writes a primitive, and how to read it once it is written so."""

_FRACTION: Final = re2.compile(r"(\.[0-9]{6})[0-9]+")


class Problem(Struct, frozen=True):
    """One thing wrong with a message: a FHIR issue code, where, and a sentence.

    The sentence names elements and the values the standard allows, never a value that came:
    any of those may be about a person.
    """

    code: str
    place: str
    sentence: str


class Read(Struct, frozen=True):
    """A bundle as far as it could be read, and everything wrong with it."""

    bundle: Bundle
    problems: tuple[Problem, ...]
    unknown: tuple[str, ...]
    """The types of the resources that we do not know, in the order they came."""
    empty: tuple[Problem, ...] = ()
    """The elements that say nothing."""


def read_bundle(node: Node) -> Read:
    """Return the bundle that *node* says, with every problem in the elements that we use."""
    if node.text(RESOURCE_TYPE) != "Bundle":
        problem = Problem("structure", "Bundle", "The body must be one Bundle resource")
        return Read(Bundle(), (problem,), ())
    reader = _Reader()
    bundle = reader.part(node, Bundle, "Bundle")
    empty = empty_in(node, "Bundle")
    return Read(bundle, tuple(reader.problems), tuple(reader.unknown), empty)


def empty_in(node: Node, place: str) -> tuple[Problem, ...]:
    """Return the elements below *node* that say nothing, the first of them."""
    return tuple(islice(_empty(node, place), MAX_PROBLEMS))


def _empty(node: Node, place: str) -> Iterator[Problem]:
    """Yield every element that says nothing: FHIR has none such, in either format (R4 2.6.2)."""
    if not node.value and not node.parts:
        yield Problem("structure", place, f"{place} is empty")
    for name, nodes in node.parts.items():
        # Only a name that could be FHIR's is repeated to anybody.
        plain = name if name.isalnum() and len(name) < _LONGEST_NAME else "element"
        if not nodes:
            yield Problem("structure", f"{place}.{plain}", f"{place}.{plain} is empty")
        for number, each in enumerate(nodes):
            index = f"[{number}]" if len(nodes) > 1 else ""
            yield from _empty(each, f"{place}.{plain}{index}")


class _Field(NamedTuple):
    attribute: str
    name: str
    kind: Any
    repeats: bool


@cache
def _fields(kind: type[Part]) -> tuple[_Field, ...]:
    return tuple(_field(each.name, each.encode_name, each.type) for each in fields(kind))


def _field(attribute: str, name: str, hint: Any) -> _Field:
    if get_origin(hint) is tuple:
        return _Field(attribute, name, get_args(hint)[0], repeats=True)
    kinds = [kind for kind in get_args(hint) if kind is not NoneType]
    return _Field(attribute, name, kinds[0] if kinds else hint, repeats=False)


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.unknown: list[str] = []

    def part(self, node: Node, kind: type[SomePart], place: str) -> SomePart:
        self._refuse_modifiers(node, place)
        found = {
            field.attribute: value
            for field in _fields(kind)
            if (value := self._values(node, field, f"{place}.{field.name}")) not in (None, ())
        }
        return kind(**found)

    def _values(self, node: Node, field: _Field, place: str) -> Any:
        nodes = node.parts.get(field.name, [])
        if field.repeats:
            read = (self._value(n, field.kind, f"{place}[{i}]") for i, n in enumerate(nodes))
            return tuple(value for value in read if value is not None)
        if len(nodes) > 1:
            self._problem("structure", place, "is given more than once")
        return self._value(nodes[0], field.kind, place) if nodes else None

    def _value(self, node: Node, kind: Any, place: str) -> Any:
        if kind is Resource:
            return self._resource(node, place)
        if isinstance(kind, type) and issubclass(kind, Part):
            if node.value is not None and not node.parts:
                self._problem("structure", place, "must have parts, not a value")
            return self.part(node, kind, place)
        text = (node.value or "").strip()
        if not text:
            return None
        try:
            return _leaf(text, kind)
        except (ValueError, OverflowError, msgspec.ValidationError):
            self._problem("value", place, f"is not {_ARTICLES.get(kind, 'a FHIR value')}")
            return None

    def _resource(self, node: Node, place: str) -> Resource | None:
        name = node.text(RESOURCE_TYPE)
        if not name:
            self._problem("structure", place, "has no resource type")
            return None
        kind = KNOWN.get(name)
        if kind is None:
            # Only a name that could be FHIR's is repeated to anybody.
            could_be = name.isalpha() and len(name) < _LONGEST_NAME
            self.unknown.append(name if could_be else "other")
            return Resource()
        return self.part(node, kind, place)

    def _refuse_modifiers(self, node: Node, place: str) -> None:
        """FHIR R4 2.6.0: what has an unknown modifier must not be acted on."""
        for name in ("modifierExtension", "implicitRules"):
            if node.parts.get(name):
                self._problem("extension", f"{place}.{name}", "is not understood here")

    def _problem(self, code: str, place: str, says: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(code, place, f"{place} {says}"))


def _leaf(text: str, kind: Any) -> Any:
    """Return *text* as a *kind*. Raises ValueError."""
    if kind is str:
        return text
    if kind in _WRITTEN:
        pattern, read = _WRITTEN[kind]
        if not pattern.fullmatch(text):
            raise ValueError(kind)
        return read(text)
    if kind is Instant:  # BaRS allows seven digits of a second; we keep six.
        return msgspec.convert(_FRACTION.sub(r"\1", text), Instant).astimezone(UTC)
    whole: str = msgspec.convert(text, kind)
    if len(whole) == len("1948-03-14"):
        date.fromisoformat(whole)  # The pattern alone would let 31 February through.
    return whole


_ARTICLES: Final[dict[Any, str]] = {
    bool: "true or false",
    int: "a whole number",
    float: "a decimal number",
    Decimal: "a decimal number",
    Instant: "a date and time with its offset from UTC",
    Day: "a date",
}
