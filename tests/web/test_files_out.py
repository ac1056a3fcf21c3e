"""Files that leave: a print is words and nothing that acts; a table's cells are no formulas."""

import ast
import re
import zlib
from typing import Final

import pytest
from msgspec import structs

from standfast.identity.permissions import Role
from standfast.kernel.cells import cell
from tests.attack.ground import make_ground
from tests.identity.examples import actor_in
from tests.identity.making import CASE_ID
from tests.support.database import Databases
from tests.support.rewritten import rewrite
from tests.support.site import open_site
from tests.test_access import ALL
from tools import facts

MARKUP: Final = (
    '#link("https://evil.example/")[x] #read("/etc/passwd") #import "/etc/passwd": * '
    '#eval("1+1") $x$ *b* _i_ @ref <label> \\ https://evil.example/ #panic() ] } )'
)
ACTIVE: Final = (b"/URI", b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/SubmitForm",
                 b"/OpenAction", b"/AA", b"/RichMedia", b"evil.example/)")  # fmt: skip


@pytest.mark.anyio
async def test_a_print_is_words_whatever_was_typed(postgres: Databases) -> None:
    database = postgres.fresh(make_ground)
    assert await rewrite(postgres, database, lambda _: MARKUP) > 100
    async with open_site(database) as site:
        site.as_(structs.replace(actor_in(Role.SUPERVISOR), permissions=ALL))
        answer = await site.get(f"/calls/{CASE_ID}/message.pdf")
    postgres.drop(database)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    inside = _inflated(answer.content)
    assert len(inside) > len(answer.content), "nothing was unpacked: this would prove nothing"
    assert [word for word in ACTIVE if word in inside] == []


def _inflated(pdf: bytes) -> bytes:
    """Return *pdf* with every stream that can be unpacked, unpacked."""
    parts = [pdf]
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            parts.append(zlib.decompressobj().decompress(found[1]))
        except zlib.error:
            continue
    return b"\n".join(parts)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1", "=cmd|' /C'!A0"],
)
def test_a_cell_that_a_spreadsheet_would_work_out_is_marked_as_words(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Margaret", "07700 900417", "O'Neill", "1948-03-14"])
def test_a_cell_of_words_stays_as_it_is(text: str) -> None:
    assert cell(text) == text


def test_whoever_writes_tables_marks_their_cells() -> None:
    """A module that writes CSV takes its cells from kernel.cells."""
    wrong = set()
    for path in facts.SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        names = {
            each.name if isinstance(node, ast.Import) else f"{node.module}.{each.name}"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for each in node.names
        }
        if (
            "csv" in names
            and "csv.writer" in text
            and "standfast.kernel.cells.cell" not in names
        ):
            wrong.add(str(path.relative_to(facts.SOURCE)))

    assert wrong == set()
