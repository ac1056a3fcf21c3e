"""Writes the documents that follow from the code: ``python -m tools.generate [--check]``.

What lies on disk is for ever: an event's tag or field that has gone from the code is refused,
never quietly dropped from ``docs/events.md``.
"""

import re
import sys
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Final

from standfast.app import CONTEXTS, ENTRIES, PAGES
from standfast.identity.permissions import MACHINES, ROLES
from standfast.web.pages import ANYONE, SIGNED_IN
from tools import (
    access_policy,
    asvs,
    browser,
    controls,
    dependencies,
    facts,
    hazards,
    primitives,
    safety_case,
    updates,
)

MADE: Final = "<!-- Made by `python -m tools.generate` from {source}. Do not edit. -->"

_TAG_ROW: Final = re.compile(r"^\| `(?P<tag>[^`]+)` \| (?P<fields>[^|]*) \|", re.MULTILINE)


def documents() -> Mapping[Path, str]:
    """Return every document that follows from the code, by its path."""
    return {
        facts.ROOT / "docs" / "events.md": events(),
        facts.ROOT / "docs" / "permissions.md": permissions(),
        facts.ROOT / "docs" / "access-policy.md": access_policy.table(),
        facts.ROOT / "docs" / "settings.md": settings(),
        facts.ROOT / "docs" / "security" / "controls.md": controls.table(),
        facts.ROOT / "docs" / "security" / "dependencies.md": dependencies.table()
        + updates.risks(),
        facts.ROOT / "docs" / "security" / "asvs.md": asvs.table(),
        facts.ROOT / "docs" / "security" / "browser.md": browser.table(),
        facts.ROOT / "docs" / "security" / "cryptography.md": primitives.table(),
        facts.ROOT / "safety" / "hazard-log.md": hazards.log(),
        facts.ROOT / "safety" / "case.md": safety_case.case(),
        facts.ROOT / "safety" / "handover-0160.md": safety_case.handover(),
    }


def lost(kept: str) -> list[str]:
    """Return what the document *kept* has of events and the code no longer has."""
    now = {each.tag: set(each.fields) for each in facts.events()}
    gone = []
    for row in _TAG_ROW.finditer(kept):
        fields = set(re.findall(r"\w+", row["fields"]))
        if row["tag"] not in now:
            gone.append(row["tag"])
        else:
            gone += [f"{row['tag']}: {name}" for name in sorted(fields - now[row["tag"]])]
    return gone


def events() -> str:
    """Return the list of every event: its tag and its fields, which are for ever."""
    lines = [
        "# Events",
        "",
        MADE.format(source="`src/standfast/facts/`"),
        "",
        "All that is ever written to the journal. A tag and its fields are for ever: a new",
        "field has a default, a changed meaning is a new tag (`.v2`), and both are read.",
        "A test fails when one that was listed here has gone.",
    ]
    for stream, group in groupby(facts.events(), key=lambda each: each.stream):
        lines += ["", f"## `{stream}`", "", "| Tag | Fields | Says |", "|---|---|---|"]
        lines += [
            f"| `{each.tag}` | {', '.join(each.fields)} | {_cell(each.says)} |"
            for each in group
        ]
    return "\n".join(lines) + "\n"


def settings() -> str:
    """Return the table of the node's settings."""
    lines = [
        "# Settings",
        "",
        MADE.format(source="`src/standfast/settings.py`"),
        "",
        "Each is an environment variable, read once at the start. `standfast up` sets those",
        "that it decides itself (the embedded database's addresses, the data folder).",
        "",
        "| Variable | Default | For |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{each.variable}` | {_default(each.default)} | {_cell(each.says)} |"
        for each in facts.settings()
    ]
    return "\n".join(lines) + "\n"


def permissions() -> str:
    """Return which role may do what, and what each permission opens."""
    names = sorted(set(MACHINES).union(*(role.permissions for role in ROLES.values())))
    roles = list(ROLES.values())
    lines = [
        "# Permissions",
        "",
        MADE.format(source="`identity/permissions.py` and every context's `pages.py`"),
        "",
        f"| Permission | {' | '.join(role.label for role in roles)} |",
        "|---|" + "---|" * len(roles),
    ]
    lines += [
        f"| `{name}` | "
        + " | ".join("yes" if name in role.permissions else "" for role in roles)
        + " |"
        for name in names
    ]
    lines += ["", "## What each opens", "", "| Permission | Opens |", "|---|---|"]
    lines += [f"| {_needs(name)} | {_opened(name)} |" for name in (*names, SIGNED_IN, ANYONE)]
    return "\n".join(lines) + "\n"


def _default(value: object) -> str:
    return "must be given" if value is None else f"`{value}`" if value != "" else "empty"


def _needs(name: str) -> str:
    special = {SIGNED_IN: "*whoever is signed in*", ANYONE: "*anyone*"}
    return special.get(name, f"`{name}`")


def _opened(name: str) -> str:
    pages = [f"`{page.method} {page.path}`" for page in PAGES if page.needs == name]
    entries = [f"entry `{entry.kind}`" for entry in ENTRIES if entry.needs == name]
    tabs = [
        f"tab {each.label}"
        for context in CONTEXTS
        for each in context.pages.WORKSPACES
        if each.needs == name
    ]
    return ", ".join((*tabs, *pages, *entries)) or "—"


def _cell(words: str) -> str:
    return words.replace("|", "\\|") or "—"


def main() -> int:
    """Write the documents, or with ``--check`` only say which are out of date."""
    kept = facts.ROOT / "docs" / "events.md"
    gone = lost(kept.read_text(encoding="utf-8")) if kept.exists() else []
    if gone:
        print("Written to a journal somewhere, and gone from the code:", *gone, sep="\n  ")
        print("Put it back. If it was never in a release, delete its line in docs/events.md.")
        return 1
    stale = [
        path
        for path, words in documents().items()
        if not path.exists() or path.read_text(encoding="utf-8") != words
    ]
    for path in stale:
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(documents()[path], encoding="utf-8")
        print(path.relative_to(facts.ROOT))
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
