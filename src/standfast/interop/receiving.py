"""From the bytes of a message to what it asks of us, or to everything that is wrong with it.

In the order of BaRS Core 1.5.0, "Bundle processing": the bundle, its version, its workflow
variables, its contents.
"""

from http import HTTPStatus
from typing import Final

from msgspec import Struct

from standfast.facts.interop import Referral
from standfast.interop.message import Message
from standfast.interop.node import Node, fingerprint, from_json
from standfast.interop.outcome import TurnedAway, unfit
from standfast.interop.reading import Problem, read_bundle
from standfast.interop.rules import check_bundle
from standfast.interop.workflows import USE_CASES, Asked, Handler, asked, supported, workflow_of
from standfast.interop.writing import Format
from standfast.interop.xml_in import read_xml
from standfast.web.hostile import Hostile, read_json

_VARIABLES: Final = (
    "MessageHeader.eventCoding, MessageHeader.reason, ServiceRequest.category and "
    "ServiceRequest.status (or Appointment.status) together are no workflow of BaRS"
)


class Understood(Struct, frozen=True):
    """A message that keeps every rule, and what it says."""

    message: Message
    fingerprint: str
    referral: Referral

    @property
    def bundle_id(self) -> str:
        """What a response to this message must name."""
        return self.message.bundle.id or ""


def understand(body: bytes, form: Format) -> Understood:
    """Return what the message in *body* asks of us. Raises TurnedAway and nothing else."""
    try:
        node = _node(body, form)
    except Hostile as hostile:
        raise unfit(hostile) from hostile
    read = read_bundle(node)
    message = Message(read.bundle, read.unknown)
    problems = [*read.problems, *check_bundle(read.bundle), *read.empty]
    if problems:
        raise TurnedAway(HTTPStatus.BAD_REQUEST, problems)
    handler = _handler(message)
    wrong = handler.check(message)
    if wrong:
        raise TurnedAway(HTTPStatus.BAD_REQUEST, wrong)
    return Understood(message, fingerprint(node), handler.read(message))


def _node(body: bytes, form: Format) -> Node:
    return read_xml(body) if form is Format.XML else from_json(read_json(body, exact=True))


def _handler(message: Message) -> Handler:
    """Return who takes *message* on. Raises TurnedAway: no such workflow, or not ours."""
    meta = message.bundle.meta
    version = (meta.version_id or "") if meta else ""
    if not version:
        says = "Bundle.meta.versionId is missing"
        problem = Problem("invariant", "Bundle.meta.versionId", says)
        raise TurnedAway(HTTPStatus.BAD_REQUEST, [problem])
    variables = asked(message)
    workflow = workflow_of(variables)
    if workflow is None or not _known_use_case(variables):
        problem = Problem("invariant", "Bundle.entry", _VARIABLES)
        raise TurnedAway(HTTPStatus.BAD_REQUEST, [problem])
    handler = workflow.handlers.get(variables.use_case)
    if handler is None:
        ours = "; ".join(each.title for each in supported())
        says = f"{workflow.name} for this use case is not supported. Supported: {ours}"
        problem = Problem("not-supported", "Bundle.entry", says)
        raise TurnedAway(HTTPStatus.NOT_IMPLEMENTED, [problem])
    if not handler.reads(version):
        ours = ", ".join(f"{major}.x.x" for major in handler.versions)
        says = f"Bundle.meta.versionId is not supported. Supported: {ours}"
        problem = Problem("not-supported", "Bundle.meta.versionId", says)
        raise TurnedAway(HTTPStatus.UNPROCESSABLE_ENTITY, [problem])
    return handler


def _known_use_case(variables: Asked) -> bool:
    booking = variables.event.startswith("booking")
    return booking or USE_CASES.fullmatch(variables.use_case) is not None
