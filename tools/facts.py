"""What the code says about itself: its events, settings, permissions, tests and functions.

Read by ``tools.generate`` for the documents, and by the tests that hold documents to the code.
"""

import ast
import inspect
import re
import types
import typing
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from standfast.app import PROJECTIONS
from standfast.kernel.messages import Event
from standfast.settings import Settings

ROOT: Final = Path(__file__).parents[1]
SOURCE: Final = ROOT / "src" / "standfast"


class EventFacts(Struct, frozen=True, kw_only=True):
    """One kind of event: where it belongs and what is for ever about it."""

    stream: str
    tag: str
    fields: tuple[str, ...]
    says: str
    event: type[Event]


class SettingFacts(Struct, frozen=True, kw_only=True):
    """One setting. ``default`` is None when it must be given."""

    variable: str
    default: object
    says: str


def events() -> tuple[EventFacts, ...]:
    """Return every kind of event that a stream may hold, by stream, then by tag."""
    found = [
        EventFacts(
            stream=projection.decider.stream,
            tag=str(event.__struct_config__.tag),
            fields=event.__struct_fields__,
            says=first_sentence(event.__doc__),
            event=event,
        )
        for projection in PROJECTIONS
        for event in members(projection.decider.event_type)
    ]
    return tuple(sorted(found, key=lambda each: (each.stream, each.tag)))


def declared_events() -> dict[type[Event], str]:
    """Return every event class of :mod:`standfast.facts`, with its file's name."""
    return {
        found: path.stem
        for path in sorted((SOURCE / "facts").glob("[a-z]*.py"))
        for found in _classes(f"standfast.facts.{path.stem}")
        if issubclass(found, Event)
    }


def members(union: Any) -> tuple[Any, ...]:
    """Return what *union* is made of; one type is a union of itself."""
    if typing.get_origin(union) in (types.UnionType, typing.Union):
        return typing.get_args(union)
    return (union,)


def settings() -> tuple[SettingFacts, ...]:
    """Return every setting, in the order of the code, with the sentence beneath it there."""
    says = _said_beneath(SOURCE / "settings.py", Settings.__name__)
    return tuple(
        SettingFacts(
            variable=f"STANDFAST_{field.name.upper()}",
            default=None if field.required else field.default,
            says=says.get(field.name, ""),
        )
        for field in msgspec.structs.fields(Settings)
    )


@cache
def every_test() -> frozenset[str]:
    """Return every test as ``tests/people/test_model.py::test_a_sentence``."""
    return frozenset(
        f"{path.relative_to(ROOT)}::{node.name}"
        for path in ROOT.glob("tests/**/test_*.py")
        for node in functions(path)
        if node.name.startswith("test_")
    )


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function in *path*, at whatever depth."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@cache
def names_in(path: Path) -> frozenset[str]:
    """Return every class, function and constant that *path* defines at its top."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                found.add(node.name)
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case ast.Assign(targets=targets):
                found |= {each.id for each in targets if isinstance(each, ast.Name)}
            case _:
                pass
    return frozenset(found)


def first_sentence(docstring: str | None) -> str:
    """Return the first sentence of *docstring*, as one line of Markdown."""
    paragraph = inspect.cleandoc(docstring or "").partition("\n\n")[0].replace("\n", " ")
    sentence, stop, _ = _plain(paragraph).partition(". ")
    return f"{sentence}." if stop else sentence


def _plain(words: str) -> str:
    """Return *words* of a docstring in Markdown: one backtick, and no roles."""
    return re.sub(r":\w+:(?=`)", "", words.replace("``", "`"))


def _said_beneath(path: Path, name: str) -> dict[str, str]:
    """Return the sentence beneath each field of the class *name* in *path*."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    body = next(
        node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name
    )
    found = {}
    for node, after in pairwise(body):
        match node, after:
            case (
                ast.AnnAssign(target=ast.Name(id=field)),
                ast.Expr(value=ast.Constant(value=str(words))),
            ):
                found[field] = first_sentence(words)
            case _:
                pass
    return found


def _classes(module: str) -> list[type]:
    found = inspect.getmembers(import_module(module), inspect.isclass)
    return [each for _, each in found if each.__module__ == module]
