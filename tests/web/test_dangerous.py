"""What could do harm by a mistake is used where it is listed, and nowhere else."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tools import facts

STARTS_PROGRAMS: Final = {
    "cli/api_process.py": "the API's own process: our own command",
    "cli/looking.py": "asks the machine about its clock and ports, for the doctor",
    "postgres/accounts.py": "PostgreSQL's programs, with a list of words",
    "postgres/supervisor.py": "the same",
    "web/apart.py": "reads a PDF: our own module, by no shell, with the file on its standard input",
    "vault/credentials.py": "systemd-creds, to seal the wrapping key",
}
"""None takes a word from a page, a message or the database, and none goes through a shell."""

SHELLS: Final = frozenset({"system", "popen", "create_subprocess_shell", "getoutput", "spawnl"})
BROKEN: Final = frozenset({"md5", "sha1", "SHA1", "MD5", "new"})
PLAYS: Final = ("simulate/", "demo/", "cli/trial.py")
"""Where chance may be repeatable: nothing there is a secret."""


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(facts.SOURCE.rglob("*.py")):
        yield str(path.relative_to(facts.SOURCE)), ast.parse(path.read_text(encoding="utf-8"))


def _imported(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
    return found


def _through_a_shell(tree: ast.Module) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Attribute) and node.func.attr in SHELLS)
            or any(each.arg == "shell" for each in node.keywords)
        )
    ]


def _broken_hashes(tree: ast.Module) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in BROKEN
        and isinstance(node.value, ast.Name)
        and node.value.id in {"hashlib", "hashes"}
    ]


def test_programs_are_started_where_it_is_listed_and_never_through_a_shell() -> None:
    starts = {name for name, tree in _modules() if "subprocess" in _imported(tree)}
    shells = {name: found for name, tree in _modules() if (found := _through_a_shell(tree))}

    assert starts == STARTS_PROGRAMS.keys()
    assert shells == {}


def test_no_hash_that_is_broken_is_used() -> None:
    """Two that name things and guard nothing: UUIDs of version 5, PostgreSQL's md5 of a rebuild."""
    found = {name: lines for name, tree in _modules() if (lines := _broken_hashes(tree))}

    assert found == {}


def test_chance_that_can_be_foreseen_is_for_play_alone() -> None:
    users = {name for name, tree in _modules() if "random" in _imported(tree)}

    assert {name for name in users if not name.startswith(PLAYS)} == set()


@pytest.mark.parametrize(
    "line", ["subprocess.run('x', shell=True)", "os.system('x')", "os.popen('x')"]
)
def test_a_shell_is_seen_however_it_is_called(line: str) -> None:
    assert _through_a_shell(ast.parse(line)) == [1]


def test_a_broken_hash_is_seen() -> None:
    assert _broken_hashes(ast.parse("hashlib.md5(b'')\nhashes.SHA1()")) == [1, 2]


def test_every_file_that_is_listed_is_there() -> None:
    assert [name for name in STARTS_PROGRAMS if not Path(facts.SOURCE / name).is_file()] == []
