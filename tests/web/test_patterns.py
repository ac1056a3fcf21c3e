"""Patterns on foreign text take time in proportion to it, whoever wrote the text.

Held twice: by looking at every pattern in the source, and by how the time grows when hostile
text grows. No test here looks at how many seconds anything takes.
"""

import ast
import gc
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from standfast.calls.rows import digits
from standfast.interop.headers import answer_format, echoed, read_ids
from standfast.interop.writing import Format
from standfast.people.spelling import fold, likeness, sound
from standfast.people.wanted import day_of, understand
from standfast.web.hostile import Hostile, read_json
from standfast.web.hostile_xml import read_xml
from tools import facts

BACKTRACKING: Final[Mapping[str, str]] = {
    "web/hostile.py": "possessive: nothing is tried twice; and lone surrogates, which RE2 "
    "cannot see",
    "people/spelling.py": "sounds of single words, which look one or three letters ahead",
    "postgres/binaries.py": "what PostgreSQL's own program says of its version",
    "cli/init.py": "what the officer types at the command line of their own machine",
    "cli/site_file.py": "the site's own file of settings",
    "backup/target.py": "names of files in a folder that the site's officer named",
    "journal/heads.py": "a sheet of heads that an officer saved, given at the command line",
    "simulate/measured.py": "sentences of our own, in a simulation",
    "web/static_files.py": "our own stylesheets, as they are in this program",
}
"""Who still uses the standard library's engine, and why; each pattern is looked at below."""


def test_the_engine_that_goes_back_is_used_where_it_is_listed() -> None:
    found = {
        str(path.relative_to(facts.SOURCE))
        for path in facts.SOURCE.rglob("*.py")
        if any(_imports_re(path))
    }

    assert found <= BACKTRACKING.keys()


def _imports_re(path: Path) -> Iterator[ast.AST]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names) if any(each.name in ("re", "regex") for each in names):
                yield node
            case ast.ImportFrom(module="re" | "regex" | "fnmatch"):
                yield node
            case _:
                pass


# --- What every other pattern is made of ----------------------------------------------------


def test_no_pattern_that_is_left_can_go_back_far() -> None:
    """Nor can one of those that msgspec checks a value against, with the same engine."""
    wrong = {
        f"{path.relative_to(facts.SOURCE)}: {pattern}": why
        for path in facts.SOURCE.rglob("*.py")
        if path.parent.name != "simulate" and path.name != "static_files.py"
        for pattern in _patterns(path)
        if (why := _slow(pattern))
    }

    assert wrong == {}


def test_a_pattern_for_a_value_is_one_for_the_whole_of_it() -> None:
    """``$`` matches before a last line break: such a value would break a header or a log."""
    wrong = {
        f"{path.relative_to(facts.SOURCE)}:{node.value.lineno}"
        for path in facts.SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword)
        and node.arg == "pattern"
        and not (isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "whole")
    }

    assert wrong == set(), "say Meta(pattern=whole(...)), of standfast.kernel.values"


@pytest.mark.parametrize(
    "pattern", [r"(a+)+$", r"(a|a)*b", r"a*b", r"x.*y", r"(a{1,9}){1,9}b", r"\s+$", r"a+b+"]
)
def test_a_pattern_that_goes_back_is_seen(pattern: str) -> None:
    assert _slow(pattern)


def _patterns(path: Path) -> Iterator[str]:
    """Yield the patterns that *path* gives to the standard library's engine, or to msgspec."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    uses_re = any(_imports_re(path))
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Name("whole"), [ast.Constant(str(text))]):
                yield f"^{text}$"
            case ast.Call(ast.Attribute(ast.Name("re")), [ast.Constant(value), *_]):
                yield value.decode("latin-1") if isinstance(value, bytes) else str(value)
            case ast.AnnAssign(ast.Name("_SOUNDS"), _, value) if uses_re and value:
                yield from (
                    pair.elts[0].value
                    for pair in ast.walk(value)
                    if isinstance(pair, ast.Tuple)
                    and len(pair.elts) == 2
                    and isinstance(pair.elts[0], ast.Constant)
                    and isinstance(pair.elts[0].value, str)
                )
            case _:
                pass


def _slow(pattern: str) -> str:
    """Return why *pattern* might go back more often than the text is long; empty if it cannot.

    What is repeated without end stands last, or the pattern begins where the text does, and
    there is one of it; what is repeated within a repeat has one length.
    """
    parsed: Any = re._parser.parse(pattern)  # noqa: SLF001
    items = list(parsed)
    while items and str(items[-1][0]) in ("AT", "ASSERT_NOT"):
        items.pop()
    anchored = bool(items) and str(items[0][0]) == "AT"
    endless = [place for place, item in enumerate(items) if _endless(item)]
    last = endless == [] or (endless == [len(items) - 1] and len(items) == len(list(parsed)))
    if len(endless) > 1 or not (last or anchored):
        return "something without an end is repeated before something else"
    return "".join(_nested(item, within=False) for item in items)


def _endless(item: Any) -> bool:
    kind, value = item
    if str(kind) in ("MAX_REPEAT", "MIN_REPEAT"):
        return bool(value[1] == re._constants.MAXREPEAT) or any(map(_endless, value[2]))  # noqa: SLF001
    return any(map(_endless, _inside(item)))


def _nested(item: Any, *, within: bool) -> str:
    kind, value = item
    if str(kind) in ("MAX_REPEAT", "MIN_REPEAT"):
        if within and value[0] != value[1]:
            return "a repeat of no fixed length stands within a repeat"
        return "".join(_nested(each, within=value[1] > 1) for each in value[2])
    return "".join(_nested(each, within=within) for each in _inside(item))


def _inside(item: Any) -> list[Any]:
    """Return what a group or a choice holds; a possessive repeat holds nothing that goes back."""
    kind, value = item
    match str(kind):
        case "SUBPATTERN":
            return list(value[3])
        case "BRANCH":
            return [each for branch in value[1] for each in branch]
        case "MAX_REPEAT" | "MIN_REPEAT":
            return list(value[2])
        case _:
            return []


# --- How the time grows ---------------------------------------------------------------------

TODAY: Final = date(2026, 11, 22)
SHORT: Final = 2_000
LONGER: Final = 8
"""Text eight times as long may take eight times as long; a square would take 64 times."""

MOST: Final = 24
"""Half way to a square, on a scale of orders: room for a machine that is busy."""

LEAST: Final = 2e-4
"""Seconds below which a clock says nothing."""

HOSTILE: Final = [
    "1",
    "1 ",
    "1-",
    "01/01/",
    "1 jan ",
    "1 january",
    "1 ja ",
    "+44 ",
    "+4",
    "a1 1",
    "hm3 ",
    "a",
    "aa ",
    "\t ",
    "\n",
    ",",
    "'",
    '"',
    "\\",
    '\\"',
    "[",
    "{}",
    "<a>",
    "<a ",
    "&lt;",
    "q=0.;",
    "*/*;q=",
    ";",
    "-",
    "dx-",
    "é",
    "ǅ",
    "\u0301",
]


def _forgiving(read: Callable[[bytes], object]) -> Callable[[str], object]:
    def tried(text: str) -> object:
        try:
            return read(text.encode())
        except Hostile:
            return None

    return tried


ON_FOREIGN_TEXT: Final[Mapping[str, Callable[[str], object]]] = {
    "a search": lambda text: (
        understand.__wrapped__(text, TODAY)
        if hasattr(understand, "__wrapped__")
        else understand(text, TODAY)
    ),
    "a day": lambda text: day_of(text, TODAY),
    "a name": fold.__wrapped__,
    "a sound": sound.__wrapped__,
    "two names": lambda text: likeness(text, "margaret"),
    "a telephone number": digits,
    "what is accepted": lambda text: answer_format(text, Format.JSON),
    "ids": lambda text: read_ids({"X-Request-Id": text, "X-Correlation-Id": text}),
    "ids sent back": lambda text: echoed({"X-Request-Id": text}),
    "json": _forgiving(read_json),
    "a string of json": _forgiving(lambda body: read_json(b'"' + body)),
    "xml": _forgiving(read_xml),
    "the head of xml": _forgiving(lambda body: read_xml(b"<?xml " + body)),
}
"""Whatever reads what somebody typed or sent, each by the door that it comes in at."""


@pytest.mark.parametrize("name", ON_FOREIGN_TEXT)
def test_hostile_text_takes_time_in_proportion(name: str) -> None:
    read = ON_FOREIGN_TEXT[name]
    grown = {}
    for unit in HOSTILE:
        for end in ("", "!"):
            ratio = _growth(read, unit, end)
            if ratio > MOST:
                grown[unit + end] = ratio

    assert grown == {}


def test_a_square_would_be_seen() -> None:
    assert _growth(re.compile("a*b").search, "a", "!") > MOST


def _growth(read: Callable[[str], object], unit: str, end: str) -> float:
    """Return how many times longer *read* takes for text that is so many times as long."""
    short = unit * (SHORT // len(unit)) + end
    long = unit * (SHORT * LONGER // len(unit)) + end
    quick = min(_seconds(read, short) for _ in range(3))
    tries = (_seconds(read, long) / max(quick, LEAST) for _ in range(3))
    return next((ratio for ratio in tries if ratio <= MOST), MOST + 1)


def _seconds(read: Callable[[str], object], text: str) -> float:
    gc.disable()
    begun = time.thread_time()
    read(text)
    taken = time.thread_time() - begun
    gc.enable()
    return taken
