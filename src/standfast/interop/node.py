"""FHIR as XML and FHIR as JSON, brought to one shape before anything is understood."""

import hashlib
from typing import Final

import msgspec
from msgspec import Struct

from standfast.web.hostile import Fault, Hostile, Json

MAX_NODES: Final = 50_000
"""A message of the examples has about 1,200."""

RESOURCE_TYPE: Final = "resourceType"


class Node(Struct, frozen=True):
    """One element: a primitive's text, and its parts by name, each name as often as it came.

    Both formats write everything that FHIR can say in these two ways. A resource's type is
    its part ``resourceType``, as in JSON.
    """

    value: str | None = None
    parts: dict[str, list["Node"]] = {}

    def text(self, name: str) -> str:
        """Return the first *name*'s text, empty when there is none."""
        return next((part.value or "" for part in self.parts.get(name, [])), "")


def fingerprint(node: Node) -> str:
    """Return the SHA-256 of what *node* says: the same for the same content in either format.

    White space, comments and the order of differently named elements do not count.
    """
    plain = msgspec.json.encode(node, order="deterministic")
    return hashlib.sha256(plain).hexdigest()


def from_json(value: Json) -> Node:
    """Return the element that a FHIR JSON object says. Raises Hostile."""
    if not isinstance(value, dict):
        raise Hostile(Fault.MALFORMED)
    return _JsonReader().node(value)


class _JsonReader:
    def __init__(self) -> None:
        self._left = MAX_NODES

    def node(self, value: Json) -> Node:
        self._left -= 1
        if self._left < 0:
            raise Hostile(Fault.TOO_MANY)
        match value:
            case dict(members):
                return Node(parts={name: self._items(item) for name, item in members.items()})
            case bool(truth):
                return Node(value="true" if truth else "false")
            case None | list():
                raise Hostile(Fault.MALFORMED)
            case _:
                return Node(value=str(value))

    def _items(self, value: Json) -> list[Node]:
        # In a list, null stands for a primitive that has extensions only.
        items = (
            [item for item in value if item is not None] if isinstance(value, list) else [value]
        )
        return [self.node(item) for item in items]
