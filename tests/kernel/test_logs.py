"""A line of the log is one object, holds no control that a reader obeys, and no patient."""

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from standfast.kernel.logs import LONGEST, configure_logs, harmless, plain

CANARY: Final = "OKONKWO-BRIGHT 999 012 3454"
FORGED: Final = (
    'x"}\n{"event": "identity.signed_in", "level": "info"}',
    "x\r\nx",
    "\x1b[2J\x1b[31mall is well\x1b]0;title\x07",
    "\x9b31m",
    "abc\u202egnol\u202c",
    "\u2066x\u2069",
    "zero\u200bwidth\ufeff",
    "line\u2028separator\u2029",
    "\0",
    "\U000e0041\U000e0042",
    "lone \ud800",
)
OBEYED: Final = set("\n\r\x1b\x07\x9b\u202e\u202c\u2066\u2069\u200b\ufeff\u2028\u2029\0")


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """Log as a node does; return what has been printed as objects."""
    before = structlog.get_config()
    handlers, level = logging.root.handlers[:], logging.root.level
    hooks = sys.excepthook
    configure_logs()
    yield lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    logging.captureWarnings(capture=False)
    logging.root.handlers[:], sys.excepthook = handlers, hooks
    logging.root.setLevel(level)
    structlog.configure(**before)


@pytest.mark.parametrize("forged", FORGED)
def test_a_value_cannot_forge_a_line_or_be_obeyed(forged: str, lines: Any) -> None:
    structlog.get_logger().warning("x.y", value=forged, **{"a\nb": [forged, {"k\n": forged}]})
    (line,) = lines()

    assert line["event"] == "x.y"
    assert not OBEYED & set("".join((line["value"], *line, *line["a\\u000ab"][1])))
    assert line["value"] == plain(forged)


@given(st.text(max_size=LONGEST * 2))
def test_whatever_is_logged_is_one_line_of_printable_text(text: str) -> None:
    written = harmless(None, "info", {"event": text, text: text})

    assert all(len(value) <= LONGEST * 10 for value in written.values())
    assert not OBEYED & set("".join((*written, *written.values())))


def test_what_others_log_keeps_its_place_and_none_of_its_values(lines: Any) -> None:
    logging.getLogger("library").warning("Cannot read %s", CANARY)
    logging.getLogger("library").error(f"Cannot read {CANARY}")  # noqa: G004 - as libraries do
    try:
        int(CANARY)
    except ValueError:
        logging.getLogger("library").exception(CANARY)
    first, second, third = lines()

    assert (first["sentence"], second["sentence"]) == ("Cannot read %s", "")
    assert third["error"] == "ValueError"
    assert third["where"][0].partition(":")[0] == __file__
    assert CANARY not in json.dumps([first, second, third])


def test_a_task_that_nobody_waits_for_says_where_it_broke_and_not_of_what(lines: Any) -> None:
    async def breaks() -> None:
        raise ValueError(CANARY)

    async def begin() -> None:
        task = asyncio.ensure_future(breaks())
        await asyncio.wait([task])
        asyncio.get_running_loop().call_exception_handler(
            {"message": f"lost {CANARY}", "exception": task.exception()}
        )

    asyncio.run(begin())
    said = lines()

    assert [line["error"] for line in said] == ["ValueError"]
    assert CANARY not in json.dumps(said)


@pytest.mark.parametrize(
    "breaking",
    [
        f"raise ValueError({CANARY!r})",
        f"import threading as t\nt.Thread(target=lambda: int({CANARY!r})).start()",
        f"import warnings\nwarnings.warn({CANARY!r})\nraise KeyError({CANARY!r})",
    ],
)
def test_a_process_that_breaks_says_where_and_not_of_what(breaking: str) -> None:
    ended = subprocess.run(
        [
            *(sys.executable, "-c"),
            f"from standfast.kernel.logs import configure_logs\nconfigure_logs()\n{breaking}",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    said = ended.stdout + ended.stderr

    assert CANARY not in said
    assert "broke" in said
    assert all(json.loads(line) for line in said.splitlines())


BREAKING: Final = f"""
from standfast import cli
def breaks(): raise ValueError({CANARY!r})
cli.app.registered_commands[0].callback = breaks
cli.app(["breaks"])
"""


def test_a_command_that_breaks_says_where_and_not_of_what() -> None:
    ended = subprocess.run(
        [
            *(sys.executable, "-c"),
            BREAKING,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ended.returncode == 1
    assert "process.broke" in ended.stdout + ended.stderr
    assert CANARY not in ended.stdout + ended.stderr
