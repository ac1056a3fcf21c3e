"""Our typed subset as FHIR JSON and as FHIR XML."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from lxml import etree
from msgspec.structs import fields

from standfast.interop.fhir import Extension, Part, Resource

NAMESPACE: Final = "http://hl7.org/fhir"
_JSON: Final = msgspec.json.Encoder(decimal_format="number")


class Format(StrEnum):
    """The two ways to write FHIR, by the media type of each."""

    JSON = "application/fhir+json"
    XML = "application/fhir+xml"


def write(resource: Resource, form: Format) -> bytes:
    """Return *resource* in *form*, UTF-8."""
    if form is Format.JSON:
        return _JSON.encode(_plain(resource))
    root = _element(resource, type(resource).__name__)
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if not isinstance(value, Part):
        return value
    kind = {"resourceType": type(value).__name__} if isinstance(value, Resource) else {}
    return kind | {name: _plain(part) for name, part in _parts(value)}


def _element(part: Part, tag: str) -> etree._Element:
    element = etree.Element(f"{{{NAMESPACE}}}{tag}", nsmap={None: NAMESPACE})
    for name, value in _parts(part):
        if name == "url" and isinstance(part, Extension):
            element.set("url", value)
            continue
        for item in value if isinstance(value, tuple) else (value,):
            element.append(_child(name, item))
    return element


def _child(name: str, value: Any) -> etree._Element:
    if isinstance(value, Resource):
        holder = etree.Element(f"{{{NAMESPACE}}}{name}")
        holder.append(_element(value, type(value).__name__))
        return holder
    if isinstance(value, Part):
        return _element(value, name)
    child = etree.Element(f"{{{NAMESPACE}}}{name}")
    child.set("value", _text(value))
    return child


def _parts(part: Part) -> list[tuple[str, Any]]:
    found = ((field.encode_name, getattr(part, field.name)) for field in fields(part))
    return [(name, value) for name, value in found if value not in (None, ())]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
