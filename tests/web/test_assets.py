"""The files we ship: whole, ours in layers, small, nothing fetched from elsewhere."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Final

import brotli
import pytest

import standfast
from standfast.web.rendering import STATIC
from standfast.web.vendor_check import LOCK, VENDOR, differences
from tests.support.database import Database
from tests.support.look import colour_faults, priority_colours
from tests.support.site import open_site

SOURCES: Final = Path(standfast.__file__).parent
OURS: Final = sorted([*STATIC.glob("*.css"), *STATIC.glob("*.js")])
STYLESHEETS: Final = sorted(STATIC.glob("*.css"))

LARGEST_COMPRESSED: Final = 25 * 1024
"""Bytes of our own CSS together: a cold console page must stay under 50 kB."""


def test_the_vendored_files_are_those_that_were_locked() -> None:
    assert differences() == ()


def test_a_vendored_file_that_was_changed_is_found(tmp_path: Path) -> None:
    folder = copytree(VENDOR, tmp_path / "vendor")
    with (folder / "nhsuk.css").open("ab") as stylesheet:
        stylesheet.write(b"\n")
    assert differences(folder) == (
        "nhsuk.css is not the NHS.UK frontend 10.6.1 that was locked",
    )


def test_a_vendored_file_that_is_missing_is_found(tmp_path: Path) -> None:
    folder = copytree(VENDOR, tmp_path / "vendor")
    (folder / "atkinson.woff2").unlink()
    assert differences(folder) == ("atkinson.woff2 is missing",)


def test_a_file_slipped_in_among_the_vendored_is_found(tmp_path: Path) -> None:
    folder = copytree(VENDOR, tmp_path / "vendor")
    (folder / "helpful.js").write_text("fetch('/')", encoding="utf-8")
    assert differences(folder) == (f"helpful.js is not in {LOCK}",)


@pytest.mark.parametrize("path", [*OURS, *VENDOR.glob("*.css")], ids=lambda path: path.name)
def test_nothing_is_fetched_from_elsewhere(path: Path) -> None:
    remote = re.findall(
        r"(?:url\(|from |import |fetch\()\s*[\"']?(?:https?:)?//", path.read_text()
    )
    assert remote == []


def test_the_licensed_font_and_logo_of_the_nhs_are_not_here() -> None:
    for path in (*OURS, VENDOR / "nhsuk.css"):
        assert "frutiger" not in path.read_text(encoding="utf-8").lower()


@pytest.mark.parametrize(
    "path", [*STYLESHEETS, VENDOR / "nhsuk.css"], ids=lambda path: path.name
)
def test_every_rule_is_in_a_cascade_layer(path: Path) -> None:
    """An unlayered rule of a vendor beats all of ours."""
    outermost = outermost_rules(path.read_text(encoding="utf-8"))
    layers = ("@layer reset", "@layer console", "@layer nhsuk", "@font-face")
    assert [rule for rule in outermost if not rule.startswith(layers)] == []


def test_our_stylesheets_are_small() -> None:
    together = b"".join(path.read_bytes() for path in STYLESHEETS)
    assert len(gzip.compress(together)) < LARGEST_COMPRESSED


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_priorities_can_be_told_apart_by_everybody(theme: str) -> None:
    colours = priority_colours(STATIC / "console.css")[theme]
    assert list(colour_faults(colours)) == []


def test_colours_that_look_alike_are_found() -> None:
    reds = [("#7a0014", "#ffffff"), ("#7a1400", "#ffffff")]
    assert "priorities 1 and 2 look alike with deuteranopia" in list(colour_faults(reds))


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z-]+)"', (STATIC / "icons.svg").read_text()))
    named = {
        (path.name, name)
        for path in [*SOURCES.rglob("*.html"), *SOURCES.rglob("pages*.py")]
        for name in re.findall(r'\bicon[=(] ?"([a-z-]+)"', path.read_text(encoding="utf-8"))
    }
    assert {(file, name) for file, name in named if name not in drawn} == set()


def test_the_service_worker_keeps_the_shell_and_nothing_else() -> None:
    script = (STATIC / "sw.js").read_text(encoding="utf-8")
    assert re.findall(r"cache\.(?:put|add|addAll)\((.+?)\)", script) == ["address, piece"]
    assert 'const SHELL = "/calls/shell"' in script


def outermost_rules(stylesheet: str) -> list[str]:
    """Return the opening of every rule that is inside no other."""
    text = re.sub(r"/\*.*?\*/", "", stylesheet, flags=re.DOTALL)
    depth, start, found = 0, 0, []
    for at, character in enumerate(text):
        if character == "{":
            if depth == 0:
                found.append(text[start:at].strip().lstrip("\ufeff"))
            depth += 1
        elif character == "}":
            depth -= 1
            start = at + 1
        elif character == ";" and depth == 0:
            start = at + 1
    return found


@pytest.mark.parametrize(
    ("accepted", "coding", "unpacked"),
    [
        ("gzip, deflate, br", "br", brotli.decompress),
        ("gzip;q=1.0", "gzip", gzip.decompress),
        ("identity", None, bytes),
    ],
)
async def test_a_file_travels_as_small_as_the_browser_reads(
    database: Database, accepted: str, coding: str | None, unpacked: Callable[[bytes], bytes]
) -> None:
    async with open_site(database) as site:
        path = f"/static/{site.platform.templates.version}/console.css"
        request = site.browser.build_request("GET", path, headers={"accept-encoding": accepted})
        answer = await site.browser.send(request, stream=True)
        sent = b"".join([part async for part in answer.aiter_raw()])

    stylesheet = unpacked(sent).decode()
    assert answer.headers.get("content-encoding") == coding
    assert ":root {" in stylesheet
    assert "/*" not in stylesheet
