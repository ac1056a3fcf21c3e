"""What must stay true of the whole, however many people have worked on it since."""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from standfast.app import CONTEXTS, PAGES, Context, wiring
from standfast.identity.permissions import MACHINES, ROLES, permissions_of
from standfast.kernel.messages import Event
from standfast.kernel.questions import Question
from standfast.web.pages import ANYONE, SIGNED_IN, Page
from tests.support.anything import bare, full
from tools import facts, generate

CONTEXT_NAMES: Final = [context.name for context in CONTEXTS]
MODULES: Final = sorted(facts.SOURCE.rglob("*.py"))
EVENTS: Final = facts.events()

OPEN_PAGES: Final = {
    "GET /",
    "GET /.well-known/oauth-authorization-server",
    "GET /.well-known/smart-configuration",
    "GET /healthz",
    "GET /readyz",
    "GET /openapi.json",
    "GET /sign-in",
    "POST /sign-in",
    "POST /sign-in/question",
    "POST /sign-in/passkey",
    "GET /sign-in/enrol",
    "POST /sign-in/enrol",
    "POST /sign-in/enrol/passkey",
    "POST /sign-out",
    "GET /sign-in/service",
    "GET /sign-in/service/back",
    "GET /sign-in/service/keys",
    "GET /sign-in/service/leave",
    "POST /sign-in/service/logout",
    "POST /sign-in/service/role",
    "GET /static/{version}/{path:path}",
    "GET /sw.js",
    "POST /telephony/events",
    "POST /policy-reports",
    "POST /oauth/token",
}
"""Nobody need be signed in. Clients and the exchange sign what they send; the others hold no data."""

EVERYBODYS_PAGES: Final = {
    "GET /live",
    "POST /device/entries",
    "POST /palette",
    "POST /identity/present",
    "POST /identity/lock",
    "POST /identity/unlock",
    "GET /identity/waiting",
    "GET /records/prints",
    "POST /records/prints",
    "POST /records/prints/{print_id}/account",
    "POST /records/prints/{print_id}/loss",
    "GET /identity/keys",
    "GET /identity/signed-in",
    "POST /identity/signed-in/end",
    "POST /identity/signed-in/read",
    "POST /identity/keys/add",
    "POST /identity/keys/register",
    "POST /identity/keys/rename",
    "POST /identity/keys/remove",
    "GET /identity/founding",
    "POST /identity/founding",
    "GET /access/closed",
    "POST /access/closed",
    "GET /identity/service-proof",
}
"""For whoever is signed in: each looks at what that person may do by itself."""

PRESCRIBED_PATHS: Final = {"interop": "/bars/"}
"""Where a standard says what our path is."""

LONGEST_FILE: Final = 350
LONGEST_FUNCTION: Final = 40

LONGER_FILES: Final[Mapping[str, int]] = {
    "app.py": 430,  # every context is named here
    "booking/model.py": 379,  # a booking, its orders and its rules
    "booking/tables.py": 353,  # three kinds of row, and who may read each
    "journal/writer.py": 365,
}
LONGER_FUNCTIONS: Final[Mapping[str, int]] = {
    "app.py::running": 60,  # what is put together, line by line
    "calls/pages_case.py::resume": 46,
    "cli/trial.py::simulate": 45,  # its options
    "cli/up.py::up": 44,  # its options
    "demo/county.py::make_place": 41,
    "journal/lanes.py::take_lane": 43,
}
"""What is longer today, and how long it may be. Nothing is added here without a reason."""

INSTRUCTIONS: Final = re.compile(
    r"(?:^|[.:;,] (?:then |and |so |please )?|\bor )(?:add|arrange|ask|book|cancel|change|check"
    r"|choose|clear|close|confirm|correct|discard|do|draw|enter|find|finish|give|go|leave|lift|load"
    r"|look|mark|open|phone|prepare|put|read|record|refer|register|release|remove|request|ring"
    r"|say|select|send|set|sign|speak|stand|take|tell|tick|undo|unlink|wait|write)\b",
    re.IGNORECASE,
)
"""What a refusal's sentence may tell somebody to do. A new word is welcome here."""


# --- The map -------------------------------------------------------------------------------


def test_every_package_is_on_the_map() -> None:
    packages = {found.parent.name for found in facts.SOURCE.glob("*/__init__.py")}
    the_map = (facts.ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")

    assert {name for name in packages if f"`{name}/`" not in the_map} == set()


def test_every_context_is_held_apart_from_the_others() -> None:
    project = tomllib.loads((facts.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {each["id"]: each for each in project["tool"]["importlinter"]["contracts"]}

    assert sorted(contracts["contexts"]["modules"]) == sorted(
        f"standfast.{name}" for name in CONTEXT_NAMES
    )
    layered = re.findall(r"standfast\.(\w+)", " ".join(contracts["layers"]["layers"]))
    packages = {found.parent.name for found in facts.SOURCE.glob("*/__init__.py")}
    assert packages <= set(layered)


@pytest.mark.parametrize("name", CONTEXT_NAMES)
def test_every_context_has_the_same_files(name: str) -> None:
    """A file grown too long is split into ``model_call`` and ``model_case``."""
    wanted = {"model", "tables", "reactions", "words", "pages"}
    here = {path.stem.partition("_")[0] for path in (facts.SOURCE / name).glob("[a-z]*.py")}

    assert wanted <= here


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


# --- Pages ---------------------------------------------------------------------------------


def test_every_page_has_its_own_name() -> None:
    names = [page.name for page in PAGES]

    assert sorted(set(names)) == sorted(names)


def test_every_page_names_a_permission_that_exists() -> None:
    known = permissions_of(ROLES) | MACHINES | {ANYONE, SIGNED_IN}

    assert [page.name for page in PAGES if page.needs not in known] == []


def test_a_page_open_to_anyone_is_a_decision_and_stands_here() -> None:
    assert {page.name for page in PAGES if page.needs == ANYONE} == OPEN_PAGES


def test_a_page_for_whoever_is_signed_in_is_a_decision_and_stands_here() -> None:
    assert {page.name for page in PAGES if page.needs == SIGNED_IN} == EVERYBODYS_PAGES


@pytest.mark.parametrize("context", CONTEXTS, ids=CONTEXT_NAMES)
def test_the_path_of_a_page_begins_with_its_context(context: Context) -> None:
    beginnings = (
        f"/{context.name}/",
        *filter(None, [PRESCRIBED_PATHS.get(context.name)]),
    )
    elsewhere = [
        page.name
        for page in _guarded(context)
        if not f"{page.path}/".startswith(beginnings)
        or page.needs.partition(".")[0] != context.name
    ]

    assert elsewhere == []


def test_no_path_carries_what_somebody_typed() -> None:
    """An address ends up in logs and histories: it holds ids, never a name or a number."""
    held = {name for page in PAGES for name in re.findall(r"\{(\w+)", page.path)}

    assert {
        name for name in held if not name.endswith("_id") and name not in NOT_ABOUT_PATIENTS
    } == set()


RECORDS: Final = ("person", "case", "booking", "prescription")
"""What a path's id may be of that is somebody's record."""

OPENS_NOTHING: Final[Mapping[str, str]] = {
    "GET /calls/{case_id}/call": "the empty call screen: what fills it comes from /resume",
    "GET /calls/{case_id}/hand-over": "who has a case, by its reference; nothing of the patient",
    "POST /calls/{case_id}/hand-over": "gives it to a colleague, who must then open it",
}
"""Pages under a record's address that show nothing of it, each with the reason."""

RECORDS_NOT_IN_THE_PATH: Final = {
    "GET /calls/queue": "calls/pages_queue.py",
    "GET /dispatch/board": "dispatch/pages_board.py",
    "GET /dispatch/board/_details": "dispatch/pages_board.py",
}
"""Pages that show a record which their path does not name: each asks the gate itself."""

SHOWS_WHOM_IT_FOUND: Final = ("people/pages.py", "people/finding.py", "calls/finding.py")
"""Where a search shows people: each writes down whom."""


def test_every_page_under_a_records_address_writes_down_who_opens_it() -> None:
    silent = {
        page.name
        for page in PAGES
        if any(f"{{{kind}_id}}" in page.path for kind in RECORDS) and page.opens is None
    }

    assert silent == set(OPENS_NOTHING)


def test_what_a_page_opens_is_in_its_path() -> None:
    for page in PAGES:
        assert page.opens is None or f"{{{page.opens}_id}}" in page.path, page.name
        assert page.opens is None or page.needs not in {ANYONE, SIGNED_IN}, page.name


@pytest.mark.parametrize("file", sorted(set(RECORDS_NOT_IN_THE_PATH.values())))
def test_a_page_that_shows_another_record_asks_the_gate_itself(file: str) -> None:
    text = (facts.SOURCE / file).read_text(encoding="utf-8")

    assert "await open_record(" in text


@pytest.mark.parametrize("file", SHOWS_WHOM_IT_FOUND)
def test_a_search_writes_down_whom_it_showed(file: str) -> None:
    assert "records.found(" in (facts.SOURCE / file).read_text(encoding="utf-8")


def test_everything_that_the_palette_finds_is_written_down() -> None:
    finders = {
        str(import_module(finder.__module__).__file__)
        for context in CONTEXTS
        for finder in getattr(context.pages, "FINDERS", ())
    }

    assert finders
    for path in finders:
        assert "records.found(" in Path(path).read_text(encoding="utf-8"), path


NOT_ABOUT_PATIENTS: Final = {"path", "protocol", "version"}


def _guarded(context: Context) -> Iterator[Page]:
    for page in context.pages.PAGES:
        if page.needs not in {ANYONE, SIGNED_IN}:
            yield page


# --- Refusals ------------------------------------------------------------------------------


def _refusals() -> dict[str, tuple[StrEnum, str | None]]:
    """Return every refusal that any module declares, with its sentence."""
    sentences = wiring().sentences
    return {
        f"{context.name}.{refusal.value}": (
            refusal,
            sentences.get((type(refusal), refusal.value)),
        )
        for context in CONTEXTS
        for kind in _refusal_enums(context.name)
        for refusal in kind
    }


def _refusal_enums(context: str) -> Iterator[type[StrEnum]]:
    for path in sorted((facts.SOURCE / context).rglob("*.py")):
        if "Refusal" in facts.names_in(path):
            module = ".".join(path.relative_to(facts.SOURCE.parent).with_suffix("").parts)
            yield import_module(module).Refusal


TOLD_TO_MACHINES: Final = "interop."
"""What a message is refused for is told to its sender's program, in the guide's own codes."""

REFUSALS: Final = {
    name: refusal
    for name, refusal in _refusals().items()
    if not name.startswith(TOLD_TO_MACHINES)
}


@pytest.mark.parametrize("name", REFUSALS)
def test_every_refusal_has_a_sentence_that_says_what_to_do(name: str) -> None:
    sentence = REFUSALS[name][1]
    assert sentence, "words.REFUSALS has no sentence for it"

    assert INSTRUCTIONS.search(sentence), f"it does not say what to do: {sentence}"


# --- Events --------------------------------------------------------------------------------


def test_every_tag_is_one_events_alone() -> None:
    tags = [each.tag for each in EVENTS]

    assert sorted(set(tags)) == sorted(tags)


@pytest.mark.parametrize("each", EVENTS, ids=lambda each: each.tag)
def test_a_tag_is_a_name_for_ever_and_no_python_path(each: facts.EventFacts) -> None:
    context = each.stream.partition(".")[0]

    assert re.fullmatch(rf"{context}\.[a-z][a-z_]*\.v[1-9]", each.tag)
    assert context in CONTEXT_NAMES


def test_every_event_belongs_to_a_stream() -> None:
    assert facts.declared_events().keys() == {each.event for each in EVENTS}


def test_no_event_that_was_ever_written_has_gone() -> None:
    kept = (facts.ROOT / "docs" / "events.md").read_text(encoding="utf-8")

    assert generate.lost(kept) == []


def test_an_event_or_a_field_that_has_gone_is_noticed() -> None:
    kept = (
        "| `calls.call_lost.v1` | call_id | — |\n| `calls.call_rang.v1` | call_id, colour | — |"
    )

    assert generate.lost(kept) == ["calls.call_lost.v1", "calls.call_rang.v1: colour"]


@pytest.mark.parametrize("each", EVENTS, ids=lambda each: each.tag)
def test_every_event_can_be_told_in_one_sentence(each: facts.EventFacts) -> None:
    describe = wiring().describers[each.stream]

    for event in (full(each.event), bare(each.event)):
        _is_one_sentence(describe(event), event)


def _is_one_sentence(said: str, event: Event) -> None:
    assert said.strip() == said != "", event
    assert said[0].isupper() or not said[0].isalpha(), said
    assert "\n" not in said, said
    for slip in ("None", "[]", "()", "{", type(event).__name__):
        assert slip not in said, said


def test_every_question_has_its_answer() -> None:
    asked = {
        value.name
        for path in (facts.SOURCE / "facts").glob("[a-z]*.py")
        for value in vars(import_module(f"standfast.facts.{path.stem}")).values()
        if isinstance(value, Question)
    }

    assert asked
    assert asked <= wiring().answers.keys()


# --- Documents made from the code ----------------------------------------------------------


@pytest.mark.parametrize("path", generate.documents(), ids=lambda path: path.name)
def test_a_document_that_follows_from_the_code_follows_it(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generate.documents()[path], (
        "run: python -m tools.generate"
    )


def test_every_setting_says_what_it_is_for() -> None:
    assert [each.variable for each in facts.settings() if not each.says] == []


# --- Size ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    name = str(path.relative_to(facts.SOURCE))
    lines = path.read_text(encoding="utf-8").count("\n")

    assert lines <= LONGER_FILES.get(name, LONGEST_FILE)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_function_can_be_seen_on_one_screen(path: Path) -> None:
    name = str(path.relative_to(facts.SOURCE))
    long = {
        f"{name}::{node.name}": length
        for node in facts.functions(path)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    }

    assert {key: n for key, n in long.items() if n > LONGER_FUNCTIONS.get(key, 0)} == {}
