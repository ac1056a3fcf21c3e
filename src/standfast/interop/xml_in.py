"""From a FHIR resource written in XML to our nodes: strict, since what is skipped is lost."""

from typing import Final

from lxml import etree

from standfast.interop.node import RESOURCE_TYPE, Node
from standfast.web import hostile_xml
from standfast.web.hostile import Fault, Hostile

FHIR: Final = "{http://hl7.org/fhir}"
XHTML: Final = "{http://www.w3.org/1999/xhtml}"


def read_xml(body: bytes) -> Node:
    """Return the FHIR resource that *body* holds, comments dropped. Raises Hostile."""
    root = hostile_xml.read_xml(body)
    if not str(root.tag).startswith(FHIR):
        raise Hostile(Fault.MALFORMED)
    return _resource(root)


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
