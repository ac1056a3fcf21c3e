"""The units are what systemd takes, and leave the service as little as it needs."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
import typer.main

from standfast.cli import app
from standfast.vault.credentials import NAME
from tools.facts import ROOT

DEPLOY: Final = ROOT / "deploy"
MOST_EXPOSED: Final = {"standfast.service": 2.0, "standfast-verify.service": 1.0}
"""Of ten, as systemd-analyze counts; a service without a sandbox has 9.6."""

with_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)
COMMANDS: Final = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def unit(name: str) -> configparser.ConfigParser:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string((DEPLOY / name).read_text(encoding="utf-8"))
    return read


@with_systemd
@pytest.mark.parametrize("name", MOST_EXPOSED)
def test_a_service_is_as_little_exposed_as_we_say(name: str) -> None:
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", DEPLOY / name],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    found = re.search(r"exposure level for \S+: (?P<level>[\d.]+)", said.stdout)

    assert found, said.stdout + said.stderr
    assert float(found["level"]) <= MOST_EXPOSED[name]


@with_systemd
def test_systemd_takes_every_setting(tmp_path: Path) -> None:
    """Programs are put where this machine has some, so that only the settings are judged."""
    for path in DEPLOY.glob("*.service"):
        text = re.sub(r"/opt/standfast/bin/standfast", "/bin/true", path.read_text())
        (tmp_path / path.name).write_text(text)
    for path in DEPLOY.glob("*.timer"):
        shutil.copy(path, tmp_path)
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    wrong = [line for line in said.stderr.splitlines() if str(tmp_path) in line]

    assert wrong == []


@pytest.mark.parametrize("name", MOST_EXPOSED)
def test_a_unit_starts_a_command_that_there_is(name: str) -> None:
    _program, command, *options = unit(name)["Service"]["ExecStart"].split()
    known = {option for each in COMMANDS[command].params for option in each.opts}

    assert {word for word in options if word.startswith("--")} <= known


def test_the_credential_is_the_one_that_the_vault_asks_for() -> None:
    loaded = unit("standfast.service")["Service"]["LoadCredentialEncrypted"]

    assert loaded.partition(":")[0] == NAME


def test_no_unit_runs_as_root_or_dumps_core() -> None:
    for name in MOST_EXPOSED:
        service = unit(name)["Service"]
        assert service["User"] == "standfast"
        assert service["LimitCORE"] == "0"
        assert service["NoNewPrivileges"] == "yes"
        assert service["ProtectSystem"] == "strict"


# --- The container file: no engine runs here, so it is read ---------------------------------


def steps() -> list[tuple[str, str]]:
    """Return the instructions of the container file, each on one line."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Containerfile").read_text(), flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", " ", text)
    return [
        (line.partition(" ")[0], line.partition(" ")[2]) for line in joined.splitlines() if line
    ]


def test_the_container_runs_as_nobody_special_and_never_as_root() -> None:
    second = [name for name, _ in steps()].index("FROM", 1)
    last_stage = steps()[second:]
    users = [words for step, words in last_stage if step == "USER"]

    assert users == ["standfast"]
    order = [step for step, _ in last_stage]
    assert order.index("USER") < order.index("ENTRYPOINT")
    assert "useradd --system" in dict(last_stage)["RUN"]


def test_the_container_installs_only_what_the_lock_names_and_nothing_from_elsewhere() -> None:
    runs = [words for step, words in steps() if step == "RUN"]
    installs = [part for words in runs for part in words.split("&&") if "pip install" in part]

    assert all("--require-hashes" in part or "--no-index" in part for part in installs)
    assert [words for step, words in steps() if step == "ADD"] == []
    assert not any("curl" in words or "wget" in words for words in runs)


def test_every_file_that_the_container_is_made_of_is_there() -> None:
    copied = [
        words.split()[:-1]
        for step, words in steps()
        if step == "COPY" and "--from" not in words
    ]

    assert [name for names in copied for name in names if not (ROOT / name).exists()] == []


def test_the_container_starts_and_asks_with_commands_that_there_are() -> None:
    said = dict(steps())
    start = re.findall(r'"([^"]+)"', said["CMD"])
    check = re.findall(r'"([^"]+)"', said["HEALTHCHECK"])

    for command, *options in (start, check[1:]):
        known = {option for each in COMMANDS[command].params for option in each.opts}
        assert {word for word in options if word.startswith("--")} <= known
