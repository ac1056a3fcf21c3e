"""What goes out is looked at once more before it goes: its bytes, by the readers of the way in.

It is made from typed values, so a fault here is one of ours, or of something that a sender said
and we said back. Whoever gets it could not tell: it does not go, and somebody is told.
"""

from typing import Final

import re2

from standfast.interop.fhir import Bundle, Resource
from standfast.interop.fhir_out import OperationOutcome
from standfast.interop.node import RESOURCE_TYPE, Node, from_json
from standfast.interop.reading import MAX_PROBLEMS, Problem, empty_in, read_bundle
from standfast.interop.rules import check_bundle
from standfast.interop.writing import Format
from standfast.interop.xml_in import read_xml
from standfast.web.hostile import Hostile, read_json

_ID: Final = re2.compile(r"[A-Za-z0-9\-.]{1,64}")
_SEVERITIES: Final = frozenset({"fatal", "error", "warning", "information"})
_MESSAGE: Final = "message"


def wrong_with(written: bytes, form: Format, meant: Resource) -> tuple[Problem, ...]:
    """Return why *written*, which says *meant* in *form*, must not go; nothing: it may."""
    kind = type(meant).__name__
    try:
        node = _node(written, form)
    except Hostile:
        return (Problem("structure", kind, f"{kind} cannot be read back"),)
    problems = [*empty_in(node, kind), *_ids(node, kind)]
    if node.text(RESOURCE_TYPE) != kind:
        problems.append(Problem("structure", kind, f"It does not say that it is a {kind}"))
    if isinstance(meant, Bundle):
        problems += _bundle(node, meant)
    if isinstance(meant, OperationOutcome):
        problems += _outcome(meant)
    return tuple(problems[:MAX_PROBLEMS])


def _node(written: bytes, form: Format) -> Node:
    if form is Format.XML:
        return read_xml(written)
    return from_json(read_json(written, exact=True))


def _bundle(node: Node, meant: Bundle) -> list[Problem]:
    """Return what a Bundle breaks: the rules of the way in, and that it reads as it was meant."""
    read = read_bundle(node)
    problems = list(read.problems)
    if meant.type == _MESSAGE:
        problems += check_bundle(read.bundle)
        if not problems and read.bundle != meant:
            says = "Read back, the Bundle does not say what was meant"
            problems.append(Problem("invariant", "Bundle", says))
    return problems


def _outcome(meant: OperationOutcome) -> list[Problem]:
    """Return what an OperationOutcome lacks: an issue, and a sentence in each."""
    wrong = [
        each for each in meant.issue if each.severity not in _SEVERITIES or not each.diagnostics
    ]
    if meant.issue and not wrong:
        return []
    says = "OperationOutcome must say what is wrong"
    return [Problem("required", "OperationOutcome.issue", says)]


def _ids(node: Node, place: str) -> list[Problem]:
    """Return each resource's id that no FHIR id may be."""
    found = []
    resources = [node, *(each for entry in node.parts.get("entry", []) for each in _of(entry))]
    for each in resources:
        said = each.text("id")
        if said and not _ID.fullmatch(said):
            found.append(Problem("value", f"{place}.id", f"{place} has an id that is none"))
    return found


def _of(entry: Node) -> list[Node]:
    return entry.parts.get("resource", [])
