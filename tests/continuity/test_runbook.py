"""What the shift lead's runbook says to open and to press is there."""

import html
import re
from typing import Final

from standfast.app import PAGES
from standfast.settings import Settings
from tools.facts import ROOT, SOURCE

RUNBOOK: Final = (ROOT / "docs/continuity/shift-lead.md").read_text(encoding="utf-8")
TEMPLATES: Final = " ".join(
    html.unescape(path.read_text(encoding="utf-8"))
    for path in sorted((SOURCE / "continuity/templates/continuity").glob("*.html"))
)


def test_every_page_of_the_runbook_is_a_page() -> None:
    named = set(re.findall(r"`(/[^`]*)`", RUNBOOK))

    assert named >= {"/continuity/", "/continuity/packs", "/continuity/signing"}
    assert named <= {page.path for page in PAGES if page.method == "GET"}


def test_every_button_of_the_runbook_is_on_a_page() -> None:
    pressed = re.findall(r"[Pp]ress\s+\*\*([^*]+)\*\*", RUNBOOK)

    assert len(pressed) >= 8
    assert [words for words in pressed if words not in TEMPLATES] == []


def test_what_the_pages_say_in_the_runbook_is_what_they_say() -> None:
    source = " ".join(
        path.read_text(encoding="utf-8")
        for path in sorted((SOURCE / "continuity").glob("*.py"))
    )
    said = re.findall(r"\*([A-Z][^*]{20,})\*", RUNBOOK.replace("**", ""))
    asked = [each.rstrip("?.") for each in said]

    assert asked
    assert [each for each in asked if each not in TEMPLATES and each not in source] == []


def test_every_setting_of_the_runbook_is_a_setting() -> None:
    named = set(re.findall(r"`STANDFAST_([A-Z_]+)`", RUNBOOK))

    assert named == {"PACKS", "PACKS_RING"}
    assert {each.lower() for each in named} <= set(Settings.__struct_fields__)
