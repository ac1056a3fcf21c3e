"""Every field that any form has or any page reads, found in the source: nobody keeps a list."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from tools import facts

_IN_TEMPLATES: Final = (
    re.compile(r'\bname="(\w+)"'),
    re.compile(r"\b\w+_(?:field|area)\(\s*\"(\w+)\""),
    re.compile(r'\bname="([a-z_]+)\{\{'),
)
_IN_PAGES: Final = (
    re.compile(r'\bsent(?:\.get\(|\[)\s*"(\w+)"'),
    re.compile(r'query_params(?:\.get\(|\[)\s*"(\w+)"'),
    re.compile(r'^\s+"(\w+)": "(?:Enter|Select|Choose|Say|Tick|Give|Check)\b', re.MULTILINE),
    re.compile(r'Form\(\w+, \{"(\w+)":'),
)


def _found() -> Iterator[str]:
    for path in facts.SOURCE.rglob("templates/**/*.html"):
        for pattern in _IN_TEMPLATES:
            yield from pattern.findall(path.read_text(encoding="utf-8"))
    for path in facts.SOURCE.rglob("*.py"):
        for pattern in _IN_PAGES:
            yield from pattern.findall(path.read_text(encoding="utf-8"))


FIELDS: Final = tuple(sorted(set(_found())))
"""Names, of every form together; a form reads its own and leaves the others."""

CHOSEN: Final[Mapping[str, str]] = {
    "person_id": "p-margaret",
    "vehicle_id": "hm-501",
    "service_id": "utc-1",
    "slot_id": "slot-2",
}
"""What must be somebody's id for a form to get as far as its other fields."""


def values_for(words: str) -> dict[str, str]:
    """Return every field filled in with *words*, but for the ids without which no form goes on."""
    return {**dict.fromkeys(FIELDS, words), **{k: v for k, v in CHOSEN.items() if k in FIELDS}}
