"""The headers of BaRS: who says what to whom, and in which format they read."""

import base64
import binascii
from collections.abc import Mapping
from typing import Final

import re2
from msgspec import Struct

from standfast.interop.reading import Problem
from standfast.interop.writing import Format
from standfast.web.hostile import Hostile, read_json

GUID: Final = re2.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
IDS: Final = ("X-Request-Id", "X-Correlation-Id")
TARGET: Final = "NHSD-Target-Identifier"

FORMATS: Final[Mapping[str, Format]] = {
    "application/fhir+json": Format.JSON,
    "application/json": Format.JSON,
    "application/fhir+xml": Format.XML,
    "application/xml": Format.XML,
    "text/xml": Format.XML,
}
"""What we read, and what a sender may ask us to write."""

_ECHOED: Final = re2.compile(r"[\x21-\x7e]{1,100}")
_QUALITY: Final = re2.compile(r"q=(0(\.[0-9]{0,3})?|1(\.0{0,3})?)")


class Ids(Struct, frozen=True):
    """The transaction's ids, as they were sent."""

    request_id: str
    correlation_id: str


def read_ids(headers: Mapping[str, str]) -> tuple[Ids, list[Problem]]:
    """Return the ids, and what is wrong with them: both are required and both are GUIDs."""
    problems = []
    for name in IDS:
        sent = headers.get(name, "").strip()
        if not sent:
            problems.append(Problem("required", name, f"The header {name} is missing"))
        elif not GUID.fullmatch(sent):
            problems.append(Problem("value", name, f"The header {name} is not a GUID"))
    return Ids(*(headers.get(name, "").strip() for name in IDS)), problems


def echoed(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the ids to send back: always, whatever they were, if a header can hold them."""
    sent = {name: headers.get(name, "").strip() for name in IDS}
    return {name: value for name, value in sent.items() if _ECHOED.fullmatch(value)}


def read_target(headers: Mapping[str, str]) -> tuple[str, list[Problem]]:
    """Return the service that the proxy was told to deliver to; empty where it was not said."""
    sent = headers.get(TARGET, "").strip()
    if not sent:
        return "", []
    try:
        target = read_json(base64.b64decode(sent, validate=True), limit=2_000)
    except (Hostile, binascii.Error, ValueError):
        says = f"The header {TARGET} is not a JSON object in base64"
        return "", [Problem("structure", TARGET, says)]
    value = target.get("value") if isinstance(target, dict) else None
    system = target.get("system") if isinstance(target, dict) else None
    if not isinstance(value, str) or not isinstance(system, str) or not value:
        says = f"The header {TARGET} must hold a value and a system"
        return "", [Problem("structure", TARGET, says)]
    return value, []


def answer_format(accept: str, sent: Format) -> Format | None:
    """Return what to write for somebody who accepts *accept* and sent *sent*; None: neither.

    Of formats accepted alike the one that was sent wins, then the earlier. Parameters other
    than the weight, such as ``version``, do not choose between formats.
    """
    best: tuple[float, bool, int] = (0.0, False, 0)
    chosen: Format | None = None
    for place, each in enumerate((accept or "*/*").split(",")[:20]):
        media_type, *parameters = (part.strip().lower() for part in each.split(";"))
        weight = next((_weight(each) for each in parameters if each.startswith("q=")), 1.0)
        form = sent if media_type in ("*/*", "application/*") else FORMATS.get(media_type)
        rank = (weight, form is sent, -place)
        if form is not None and weight > 0 and rank > best:
            best, chosen = rank, form
    return chosen


def _weight(parameter: str) -> float:
    return float(parameter[2:]) if _QUALITY.fullmatch(parameter) else 0.0
