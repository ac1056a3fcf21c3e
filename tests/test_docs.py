"""The words and the code do not part ways: links lead somewhere, commands and tests exist."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import typer.main
from typer.core import TyperGroup

from standfast.cli import app
from tools.facts import ROOT, every_test

DOCUMENTS: Final = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("safety/**/*.md")]
)
PICTURES: Final = sorted(ROOT.glob("docs/**/*.png"))

LARGEST_PICTURE: Final = 120 * 1024
"""Bytes. Everybody who clones this fetches every picture there ever was."""

_LINK: Final = re.compile(r"\[[^\]]*\]\((?P<to>[^)\s]+)\)")
_MAKE: Final = re.compile(r"(?:^|`)make (?P<target>[a-z-]+)", re.MULTILINE)
_COMMAND: Final = re.compile(r"(?:^|`)standfast (?P<words>[a-z][^`\n#]*)", re.MULTILINE)
_TEST: Final = re.compile(r"tests/[\w/]+\.py::\w+")
_PATH: Final = re.compile(
    r"`(?P<path>(?:src|tests|tools|docs|safety|benchmarks)/[\w./-]*\w/?)`"
)
_QUOTED: Final = re.compile(r"```python (?P<path>\S+)\n(?P<code>.*?)```", re.DOTALL)
_HEADING: Final = re.compile(r"^#+ (?P<words>.+)$", re.MULTILINE)

each_document = pytest.mark.parametrize(
    "path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


@each_document
def test_every_link_leads_somewhere(path: Path) -> None:
    broken = [link for link in _links(path) if not _leads_somewhere(path, link)]

    assert broken == []


@each_document
def test_every_command_exists(path: Path) -> None:
    words = _read(path)
    makefile = _read(ROOT / "Makefile")

    for found in _MAKE.finditer(words):
        assert re.search(rf"^{found['target']}:", makefile, re.MULTILINE), found[0]
    for found in _COMMAND.finditer(words):
        _is_a_command(found["words"])


@each_document
def test_every_test_that_is_named_exists(path: Path) -> None:
    assert set(_TEST.findall(_read(path))) - every_test() == set()


@each_document
def test_every_file_that_is_named_exists(path: Path) -> None:
    missing = [
        found["path"]
        for found in _PATH.finditer(_read(path))
        if not (ROOT / found["path"]).exists() and not _is_made(found["path"])
    ]

    assert missing == []


@each_document
def test_code_that_is_quoted_stands_there(path: Path) -> None:
    """A fence ```` ```python src/… ```` quotes that file; ``...`` leaves something out."""
    for found in _QUOTED.finditer(_read(path)):
        source = _read(ROOT / found["path"])
        for part in re.split(r"^\.\.\.$\n", found["code"], flags=re.MULTILINE):
            assert part in source, f"{found['path']}:\n{part}"


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_what_it_says_first_is_how_to_start(name: str) -> None:
    assert "make test" in "\n".join(_read(ROOT / name).splitlines()[:40])


def test_the_readme_shows_a_picture_on_its_first_screen() -> None:
    assert re.search(
        r"!\[[^\]]+\]\(docs/shots/", "\n".join(_read(ROOT / "README.md").splitlines()[:40])
    )


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_a_picture_is_small(path: Path) -> None:
    assert path.stat().st_size <= LARGEST_PICTURE


def _links(path: Path) -> Iterator[str]:
    for found in _LINK.finditer(_read(path)):
        if not found["to"].startswith(("http://", "https://", "mailto:")):
            yield found["to"]


def _leads_somewhere(path: Path, link: str) -> bool:
    where, _, anchor = link.partition("#")
    target = (path.parent / where).resolve() if where else path
    if not target.exists():
        return False
    return not anchor or target.suffix != ".md" or anchor in _anchors(target)


def _anchors(path: Path) -> set[str]:
    """Return the names that a heading is linked by, as code hosts make them."""
    return {
        re.sub(r"[^\w\- ]", "", found["words"].lower()).strip().replace(" ", "-")
        for found in _HEADING.finditer(_read(path))
    }


def _is_a_command(said: str) -> None:
    """Fail unless *said* is one of ours, with options that it has."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    name, *rest = said.split()
    assert name in commands, said
    while rest and isinstance(commands[name], TyperGroup):
        commands = commands[name].commands
        name, *rest = rest
        assert name in commands, said
    options = {option for each in commands[name].params for option in each.opts}
    assert {word.partition("=")[0] for word in rest if word.startswith("--")} <= options, said


def _is_made(path: str) -> bool:
    """Return whether *path* is made by a run, and so is not kept."""
    ignored = subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False)
    return ignored.returncode == 0


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_decisions_are_numbered_one_after_the_other() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("*.md"))

    assert [each.name[:4] for each in decisions] == [
        f"{number:04d}" for number in range(1, len(decisions) + 1)
    ]
    for number, each in enumerate(decisions, start=1):
        assert each.read_text(encoding="utf-8").startswith(f"# {number}. "), each.name
