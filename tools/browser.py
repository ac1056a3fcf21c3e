"""What a browser must have, as data, and docs/security/browser.md, which is made of it."""

from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from tools.facts import ROOT

FEATURES: Final = ROOT / "safety" / "browser.yaml"


class Without(StrEnum):
    """What becomes of somebody whose browser has not got it."""

    BLOCKED = "blocked"
    TOLD = "told"
    WEAKER = "weaker"


class Feature(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that a browser must have, and what happens in one that has not."""

    feature: str
    since: str
    without: Without
    what: str
    tests: tuple[str, ...]


def features() -> tuple[Feature, ...]:
    """Return all of them."""
    return msgspec.yaml.decode(FEATURES.read_bytes(), type=tuple[Feature, ...])


def table() -> str:
    """Return the document."""
    lines = [
        "# What a browser must have",
        "",
        "<!-- Made by `python -m tools.generate` from safety/browser.yaml. Do not edit. -->",
        "",
        "Any current Edge, Chrome, Firefox or Safari. Without one of these nobody gets in (blocked),",
        "the page says so (told), or something else still holds (weaker).",
        "",
        "| Feature | About since | Without it | What happens then |",
        "|---|---|---|---|",
        *(
            f"| {each.feature} | {each.since} | {each.without} | {' '.join(each.what.split())} |"
            for each in features()
        ),
    ]
    return "\n".join([*lines, ""])
