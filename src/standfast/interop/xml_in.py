"""The one door for XML. No DOCTYPE, no entities, no network; size and depth come first."""

import re
from typing import Final

from lxml import etree

from standfast.interop.node import MAX_NODES, RESOURCE_TYPE, Node
from standfast.web.hostile import MAX_DEPTH, Fault, Hostile, read_text

FHIR: Final = "{http://hl7.org/fhir}"
XHTML: Final = "{http://www.w3.org/1999/xhtml}"
_CHUNK: Final = 64 * 1024
_ENCODING: Final = re.compile(r"""<\?xml[^>]{0,60}?encoding\s*=\s*["']([^"']*)["']""")


def read_xml(body: bytes) -> Node:
    """Return the FHIR resource that *body* holds, comments dropped. Raises Hostile."""
    root = parse(body)
    if not str(root.tag).startswith(FHIR):
        raise Hostile(Fault.MALFORMED)
    return _resource(root)


def parse(body: bytes) -> etree._Element:
    """Return the root of the XML document in *body*. Raises Hostile.

    A DOCTYPE is refused before libxml2 sees the document, wherever the word stands.
    """
    text = read_text(body)
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
    watch = _Watch()
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
    """Counts elements and depth while the document is still being read."""

    def __init__(self) -> None:
        self._depth = 0
        self._nodes = 0

    def look(self, parser: "etree.XMLPullParser[etree._Element]") -> None:
        for event, _ in parser.read_events():
            self._depth += 1 if event == "start" else -1
            self._nodes += event == "start"
            if self._depth > MAX_DEPTH:
                raise Hostile(Fault.TOO_DEEP)
            if self._nodes > MAX_NODES:
                raise Hostile(Fault.TOO_MANY)


def _resource(element: etree._Element) -> Node:
    node = _node(element)
    name = etree.QName(element).localname
    return Node(parts={RESOURCE_TYPE: [Node(value=name)], **node.parts})


def _node(element: etree._Element) -> Node:
    parts: dict[str, list[Node]] = {}
    for name, value in element.attrib.items():
        if name != "value":
            parts.setdefault(str(name), []).append(Node(value=str(value)))
    for child in element:
        if child.tag == f"{XHTML}div":  # The narrative: what it says is in the elements too.
            continue
        if not isinstance(child.tag, str) or not child.tag.startswith(FHIR):
            raise Hostile(Fault.MALFORMED)
        name = child.tag.removeprefix(FHIR)
        if name[:1].isupper():
            return _resource(child)
        parts.setdefault(name, []).append(_node(child))
        _refuse_text(child.tail)
    _refuse_text(element.text)
    return Node(value=element.get("value"), parts=parts)


def _refuse_text(text: str | None) -> None:
    """Refuse words between elements: FHIR has none there, and they would be lost."""
    if text and not text.isspace():
        raise Hostile(Fault.MALFORMED)
