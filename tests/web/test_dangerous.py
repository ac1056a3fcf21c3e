"""What could do harm by a mistake is used where it is listed, and nowhere else."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tools import facts

STARTS_PROGRAMS: Final = {
    "cli/kept_process.py": "the API's and the exchange's own processes: our own commands",
    "cli/looking.py": "asks the machine about its clock and ports, for the doctor",
    "postgres/accounts.py": "PostgreSQL's programs, with a list of words",
    "postgres/supervisor.py": "the same",
    "web/apart.py": "reads a PDF: our own module, by no shell, with the file on its standard input",
    "vault/credentials.py": "systemd-creds, to seal the wrapping key",
}
"""None takes a word from a page, a message or the database, and none goes through a shell."""

PROGRAMS: Final = re.compile(
    r"(subprocess|multiprocessing|pty|concurrent\.futures\.process)\b.*"
    r"|os\.(\*|system|popen|startfile|exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?|forkp?t?y?)"
    r"|asyncio\.(\*|subprocess\b.*|create_subprocess_\w+)"
    r"|concurrent\.futures\.(\*|ProcessPoolExecutor)"
    r"|(.+\.)?subprocess_(exec|shell)"
)
"""Every way of the standard library to start a program; the last is an event loop's."""

SHELLS: Final = re.compile(
    r"os\.(\*|system|popen)|subprocess\.(\*|getoutput|getstatusoutput)"
    r"|asyncio\.(\*|(subprocess\.)?create_subprocess_shell)|(.+\.)?subprocess_shell"
)
BROKEN: Final = re.compile(r"(.+\.)?(hashlib|hashes)\.(\*|md5|sha1|new|MD5|SHA1)")
BROKEN_BY_NAME: Final = frozenset({"md5", "sha1"})
PLAYS: Final = ("simulate/", "demo/", "cli/trial.py")
"""Where chance may be repeatable: nothing there is a secret."""


@cache
def _modules() -> dict[str, ast.Module]:
    return {
        str(path.relative_to(facts.SOURCE)): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(facts.SOURCE.rglob("*.py"))
    }


def _imported(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
    return found


def _used(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield what *tree* names, by where it comes from: with its module, whatever it is called."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                first = each.name.partition(".")[0]
                known[each.asname or first] = each.name if each.asname else first
                yield node.lineno, each.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for each in node.names:
                known[each.asname or each.name] = f"{node.module}.{each.name}"
                yield node.lineno, f"{node.module}.{each.name}"
    for node in ast.walk(tree):
        if isinstance(node, (ast.Name, ast.Attribute)):
            yield node.lineno, _dotted(node, known)


def _dotted(node: ast.expr, known: Mapping[str, str]) -> str:
    """Return the whole of a name; of what is no name, as of a call's answer, ``?``."""
    match node:
        case ast.Name():
            return known.get(node.id, node.id)
        case ast.Attribute():
            return f"{_dotted(node.value, known)}.{node.attr}"
        case _:
            return "?"


_listed = cache(lambda tree: tuple(_used(tree)))


def _found(tree: ast.Module, what: re.Pattern[str]) -> set[int]:
    return {line for line, name in _listed(tree) if what.fullmatch(name)}


def _through_a_shell(tree: ast.Module) -> list[int]:
    asked = {
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and any(each.arg == "shell" for each in node.keywords)
    }
    return sorted(asked | _found(tree, SHELLS))


def _broken_hashes(tree: ast.Module) -> list[int]:
    by_name = {
        node.lineno
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for node in (*call.args, *(each.value for each in call.keywords))
        if isinstance(node, ast.Constant) and str(node.value).lower() in BROKEN_BY_NAME
    }
    return sorted(by_name | _found(tree, BROKEN))


def test_programs_are_started_where_it_is_listed_and_never_through_a_shell() -> None:
    starts = {name for name, tree in _modules().items() if _found(tree, PROGRAMS)}
    shells = {
        name: found for name, tree in _modules().items() if (found := _through_a_shell(tree))
    }

    assert starts == STARTS_PROGRAMS.keys()
    assert shells == {}


def test_no_hash_that_is_broken_is_used() -> None:
    """Two that name things and guard nothing: UUIDs of version 5, PostgreSQL's md5 of a rebuild."""
    found = {
        name: lines for name, tree in _modules().items() if (lines := _broken_hashes(tree))
    }

    assert found == {}


def test_chance_that_can_be_foreseen_is_for_play_alone() -> None:
    users = {name for name, tree in _modules().items() if "random" in _imported(tree)}

    assert {name for name in users if not name.startswith(PLAYS)} == set()


@pytest.mark.parametrize(
    "lines",
    [
        "import os; os.execv('x', [])",
        "import os; os.execlpe('x')",
        "import os; os.spawnvp(0, 'x', [])",
        "import os; os.posix_spawn('x', [], {})",
        "import os; os.fork()",
        "import os; starts = os.execve",
        "import os as o; o.system('x')",
        "from os import execv",
        "from os import spawnl as starts",
        "from os import *",
        "import subprocess",
        "import subprocess as s",
        "from subprocess import run",
        "import asyncio; asyncio.create_subprocess_exec('x')",
        "import asyncio; asyncio.subprocess.create_subprocess_exec('x')",
        "from asyncio import create_subprocess_exec as start",
        "from asyncio.subprocess import create_subprocess_shell",
        "import asyncio; asyncio.get_running_loop().subprocess_exec(None, 'x')",
        "import multiprocessing.pool",
        "from concurrent.futures import ProcessPoolExecutor",
        "import pty; pty.spawn('x')",
    ],
)
def test_a_program_is_seen_however_it_is_started(lines: str) -> None:
    assert _found(ast.parse(lines), PROGRAMS) == {1}


@pytest.mark.parametrize(
    "lines",
    [
        "import subprocess; subprocess.run('x', shell=True)",
        "subprocess.run('x', shell=asked)",
        "import os; os.system('x')",
        "import os; os.popen('x')",
        "from os import system",
        "from os import popen as reads",
        "import os as o; o.system('x')",
        "from subprocess import getoutput",
        "import asyncio; asyncio.create_subprocess_shell('x')",
        "from asyncio import create_subprocess_shell as start",
        "loop.subprocess_shell(None, 'x')",
    ],
)
def test_a_shell_is_seen_however_it_is_called(lines: str) -> None:
    assert _through_a_shell(ast.parse(lines)) == [1]


@pytest.mark.parametrize(
    "lines",
    [
        "import hashlib; hashlib.md5(b'')",
        "import hashlib as h; h.sha1(b'')",
        "from hashlib import md5",
        "from hashlib import sha1 as quick",
        "from hashlib import *",
        "import hashlib; hashlib.new('sha256')",
        "from cryptography.hazmat.primitives import hashes; hashes.SHA1()",
        "from cryptography.hazmat.primitives.hashes import MD5",
        "import hmac; hmac.new(b'', b'', 'sha1')",
        "import hmac; hmac.digest(b'', b'', digest='md5')",
    ],
)
def test_a_broken_hash_is_seen_however_it_is_called(lines: str) -> None:
    assert _broken_hashes(ast.parse(lines)) == [1]


def test_what_only_sounds_like_it_is_not_seen() -> None:
    lines = "import os; os.environ; os.executes; from hashlib import sha256; here.execute(); spawn()"
    tree = ast.parse(lines)

    assert _found(tree, PROGRAMS) == set()
    assert _through_a_shell(tree) == _broken_hashes(tree) == []


def test_every_file_that_is_listed_is_there() -> None:
    assert [name for name in STARTS_PROGRAMS if not Path(facts.SOURCE / name).is_file()] == []
