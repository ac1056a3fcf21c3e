"""The site's keys, as an IT officer seals, lists and changes them at a terminal."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
import pytest

from standfast.calls.pages_telephony import SIGNATURE, sign
from standfast.cli.serving import answers
from standfast.postgres import EmbeddedPostgres
from tests.support.database import open_folder
from tests.support.node import PATIENCE, free_port, until

pytestmark = pytest.mark.slow

AMIRA: Final = "correct horse battery amira"
SAM: Final = "correct horse battery sam"
JO: Final = "correct horse battery jo"
OLD: Final = "0123456789abcdef0123456789abcdef"
SECRETS: Final = {"STANDFAST_TELEPHONY_SECRET": OLD}
"""As an older version had it."""
CUSTODIANS: Final = ("--custodian", "Amira Khan", "--custodian", "Sam Whitlock")


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with open_folder("standfast-keys-") as place:
        yield place / "data"
        EmbeddedPostgres(place / "data" / "postgres").stop()


def said(
    data: Path, *words: str, typed: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "standfast", *words, "--data", str(data)],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        env={**os.environ, "COLUMNS": "200", **more},
    )


def lines(*words: str) -> str:
    return "".join(f"{each}\n" for each in words)


def test_live_work_with_keys_in_the_open_is_refused(data: Path) -> None:
    answer = said(data, "up", "--port", str(free_port()))

    assert answer.returncode == 1
    assert "standfast keys seal" in answer.stderr
    assert "standfast init" in answer.stderr


def test_two_people_seal_the_keys(data: Path) -> None:
    answer = said(data, "keys", "seal", *CUSTODIANS, typed=lines(AMIRA, AMIRA, SAM, SAM))

    assert answer.returncode == 0, answer.stderr
    assert "any two of Amira Khan, Sam Whitlock" in answer.stdout
    assert not (data / "site.key").exists()
    assert AMIRA not in answer.stdout + answer.stderr


def test_one_person_alone_cannot_start_the_node(data: Path) -> None:
    answer = said(data, "up", typed=lines(AMIRA, AMIRA, AMIRA, AMIRA))

    assert answer.returncode == 1
    assert "not the passphrase of Sam Whitlock" in answer.stderr


def test_the_site_is_set_up(data: Path) -> None:
    first = ("--administrator", "Sam Whitlock", "--administrator", "Ines Maro")
    named = ("--organisation", "Harrowmere Urgent Care", "--site-name", "Harrowmere")
    answer = said(
        *(data, "init", *named, *first, "--origin", "https://111.harrowmere.example"),
        typed=lines(AMIRA, SAM),
    )

    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_both_start_it_and_its_journal_is_proved_without_them(data: Path) -> None:
    port = free_port()
    with _running(data, port, lines(AMIRA, SAM)):
        answer = said(data, "verify")
        refused = said(data, "keys", "rotate", "site", typed=lines(AMIRA, SAM))
        believed = [_rings(port, each) for each in (OLD, "demonstration", "")]
        new = said(data, "keys", "rotate", "telephony", typed=lines(AMIRA, SAM)).stdout
        [newest] = re.findall(r"^[0-9a-f]{64}$", new, re.MULTILINE)
        until(lambda: _rings(port, newest) == httpx.codes.OK, None)
        both = _rings(port, OLD)

    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert believed == [200, 401, 401], "what an older version had is in the vault now"
    assert both == httpx.codes.OK
    assert "telephony" in said(data, "keys", "list").stdout
    assert refused.returncode == 1
    assert "Stop it" in refused.stderr


def _rings(port: int, secret: str) -> int:
    """Tell the node of a call as an exchange that signs with *secret*; return its answer."""
    told = {"event": "ring", "call_id": "exchange-1:0001", "at": datetime.now(UTC).isoformat()}
    body = json.dumps({**told, "org": "harrowmere-urgent-care"}).encode()
    headers = {
        SIGNATURE: sign(body, secret),
        "content-type": "application/json",
        "host": "111.harrowmere.example",
    }
    url = f"http://127.0.0.1:{port}/telephony/events"
    return httpx.post(url, content=body, headers=headers).status_code


def test_a_new_key_signs_and_everything_before_it_is_still_proved(data: Path) -> None:
    before = said(data, "verify").stdout
    answer = said(data, "keys", "rotate", "site", typed=lines(AMIRA, SAM))
    assert answer.returncode == 0, answer.stdout + answer.stderr

    proved = said(data, "verify")
    assert proved.returncode == 0, proved.stdout
    assert _origins(proved.stdout) == _origins(before) + 1


def _origins(told: str) -> int:
    found = re.search(r"of (\d+) origins", told)
    assert found, told
    return int(found[1])


def test_somebody_takes_the_place_of_somebody_who_left(data: Path) -> None:
    typed = lines(AMIRA, SAM, AMIRA, AMIRA, JO, JO)
    words = ("keys", "custodian", "replace", "Sam Whitlock", "Jo Fenwick")
    answer = said(data, *words, typed=typed)

    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "Amira Khan, Jo Fenwick" in said(data, "keys", "list").stdout
    assert (
        said(data, "keys", "rotate", "site", typed=lines(AMIRA, SAM, SAM, SAM)).returncode == 1
    )
    port = free_port()
    with _running(data, port, lines(AMIRA, JO)):
        assert said(data, "verify").returncode == 0


def _running(data: Path, port: int, typed: str) -> "_Node":
    return _Node(data, port, typed)


class _Node:
    """A live node, for the length of a block."""

    def __init__(self, data: Path, port: int, typed: str) -> None:
        self._words = [sys.executable, "-m", "standfast", "up", "--data", str(data)]
        self._port = port
        self._typed = typed

    def __enter__(self) -> None:
        self._process = subprocess.Popen(
            [*self._words, "--port", str(self._port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env={**os.environ, **SECRETS},
            text=True,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(self._typed)
        self._process.stdin.close()
        until(self._answers, self._process)  # type: ignore[arg-type]

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)

    def _answers(self) -> bool:
        return answers("127.0.0.1", self._port, tls=False)
