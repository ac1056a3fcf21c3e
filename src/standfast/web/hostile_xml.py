"""The one door for XML. No DOCTYPE, no entities, no network; size, depth and number come first.

Nothing is included (XInclude), transformed (XSLT) or checked against a schema from elsewhere.
"""

from typing import Final

import re2
from lxml import etree

from standfast.web.hostile import MAX_BYTES, MAX_DEPTH, Fault, Hostile, read_text

MAX_ELEMENTS: Final = 50_000
"""A message of the examples has about 1,200."""

MAX_ATTRIBUTES: Final = 32
"""Of one element. FHIR has three at most, HTML a few more."""

_CHUNK: Final = 64 * 1024
_ENCODING: Final = re2.compile(
    r"""<\?xml[^>]{0,60}?\sencoding\s{0,9}=\s{0,9}["']([^"'>]{0,40})["']"""
)


def read_xml(body: bytes, *, limit: int = MAX_BYTES, depth: int = MAX_DEPTH) -> etree._Element:
    """Return the root of the XML document in *body*, comments dropped. Raises Hostile.

    A DOCTYPE is refused before libxml2 sees the document, wherever the word stands.
    """
    text = read_text(body, limit=limit)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Hostile(Fault.DOCTYPE)
    said = _ENCODING.match(text)
    if said and said[1].lower() not in ("utf-8", "us-ascii"):
        raise Hostile(Fault.NOT_UTF8)
    parser = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    clean = text.encode()
    watch = _Watch(depth)
    try:
        for start in range(0, len(clean), _CHUNK):
            parser.feed(clean[start : start + _CHUNK])
            watch.look(parser)
        root = parser.close()
        watch.look(parser)
    except (etree.LxmlError, ValueError) as error:
        watch.look(parser)  # libxml2 may have given up on the depth that we would refuse
        raise Hostile(Fault.MALFORMED) from error
    if root is None:
        raise Hostile(Fault.MALFORMED)
    return root


class _Watch:
    """Counts elements, attributes and depth while the document is still being read."""

    def __init__(self, allowed: int) -> None:
        self._allowed = allowed
        self._depth = 0
        self._elements = 0

    def look(self, parser: "etree.XMLPullParser[etree._Element]") -> None:
        for event, element in parser.read_events():
            if event == "end":
                self._depth -= 1
                continue
            self._depth += 1
            self._elements += 1
            if self._depth > self._allowed:
                raise Hostile(Fault.TOO_DEEP)
            if self._elements > MAX_ELEMENTS or len(element.attrib) > MAX_ATTRIBUTES:
                raise Hostile(Fault.TOO_MANY)
