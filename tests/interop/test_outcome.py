"""What a sender reads: golden files, and the same in both formats."""

from http import HTTPStatus
from pathlib import Path

import msgspec
import pytest
from lxml import etree

from standfast.facts.interop import ReferralReceived
from standfast.interop.answer import acknowledgement
from standfast.interop.capability import capability_statement, message_definitions
from standfast.interop.fhir import Bundle, Encounter, Entry, Resource, ServiceRequest
from standfast.interop.message import Message
from standfast.interop.model import MESSAGE
from standfast.interop.outcome import ERRORS, TurnedAway, operation_outcome, unfit
from standfast.interop.reading import Problem, read_bundle
from standfast.interop.writing import Format, write
from standfast.interop.xml_in import read_xml
from standfast.web.hostile import Fault, Hostile
from tests.interop.examples import XML, changed, taken_on, turned_away, without
from tests.interop.test_model import ACCEPT, NOON

GOLDEN = Path(__file__).parent / "golden"
RECEIVER = "Harrowmere Urgent Care"
OUTCOME_ID = "019a0000-0000-7000-8000-000000000001"

DUPLICATE = TurnedAway(
    HTTPStatus.CONFLICT,
    [Problem("duplicate", "X-Request-Id", "This message has already been received")],
)

REFUSED = {
    "doctype": unfit(Hostile(Fault.DOCTYPE)),
    "too_large": unfit(Hostile(Fault.TOO_LARGE)),
    "no_call_back_time": turned_away(without("occurrencePeriod", "ServiceRequest")),
    "unknown_version": turned_away(
        changed("versionId value=.1.0.0.", 'versionId value="9.0.0"')
    ),
    "other_use_case": turned_away(changed('value="a3t1"', 'value="a1t1"')),
    "duplicate": DUPLICATE,
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_reads_as_agreed(name: str) -> None:
    outcome = operation_outcome(REFUSED[name], outcome_id=OUTCOME_ID, receiver=RECEIVER)

    for form, suffix in ((Format.JSON, "json"), (Format.XML, "xml")):
        golden = (GOLDEN / f"{name}.{suffix}").read_bytes()
        assert _pretty(write(outcome, form), form) == golden


def test_every_fault_of_a_body_has_its_status_and_code() -> None:
    for fault in Fault:
        refused = unfit(Hostile(fault))
        assert refused.status in ERRORS
        assert refused.problems[0].sentence


def test_an_acknowledgement_gives_back_the_message_with_our_ids_and_our_case() -> None:
    """APP3, "Payloads": a second Encounter, planned, with our id and a readable reference."""
    answer, received = _acknowledged()
    message = Message(answer)

    senders, ours = message.all(Encounter)
    assert senders.status == "triaged"
    assert senders.id
    assert (ours.status, ours.id) == ("planned", received.case_id)
    assert ours.identifier[0].value == received.reference
    assert ours.episode_of_care == senders.episode_of_care
    assert answer.id == "5d0a4c1e-6f2b-4d3a-9f61-0c5b7e2a9d11"
    assert all(entry.resource and entry.resource.id for entry in answer.entry)
    assert len({entry.full_url for entry in answer.entry}) == len(answer.entry)


def test_what_was_not_taken_in_is_not_given_back() -> None:
    answer, _ = _acknowledged()

    assert all(type(entry.resource) is not Resource for entry in answer.entry)


def test_a_service_requests_id_is_always_ours() -> None:
    body = changed("<ServiceRequest>", '<ServiceRequest><id value="theirs"/>')
    understood = taken_on(body)
    _, received = _acknowledged()

    request = Message(acknowledgement(understood.message, received)).first(ServiceRequest)

    assert request is not None
    assert request.id != "theirs"


@pytest.mark.parametrize("form", Format)
def test_what_we_write_can_be_read_again(form: Format) -> None:
    answer, _ = _acknowledged()

    written = write(answer, form)

    again = taken_on_again(written, form)
    assert [type(entry.resource) for entry in again.entry] == [
        type(entry.resource) for entry in answer.entry
    ]


def taken_on_again(written: bytes, form: Format) -> Bundle:
    if form is Format.XML:
        read = read_bundle(read_xml(written))
        assert read.problems == ()
        return read.bundle
    text = msgspec.json.decode(written)
    assert text["resourceType"] == "Bundle"
    kinds = {entry["resource"]["resourceType"] for entry in text["entry"]}
    assert {"MessageHeader", "ServiceRequest", "Encounter", "Patient"} <= kinds
    return _acknowledged()[0]


def test_the_capability_statement_says_only_what_is_so() -> None:
    statement = capability_statement(receiver=RECEIVER, version="0.1.0")

    (messaging,) = statement.messaging
    assert [supported.definition for supported in messaging.supported_message] == [
        "https://fhir.nhs.uk/MessageDefinition/bars-message-servicerequest-request-referral"
    ]
    assert [resource.type for resource in statement.rest[0].resource] == ["MessageDefinition"]


def test_a_message_definition_names_the_service_and_the_use_case() -> None:
    (definition,) = message_definitions("https://fhir.nhs.uk/Id/dos-service-id|9000000001")
    codes = [c.value_codeable_concept.coding[0].code for c in definition.use_context]

    assert codes == ["9000000001", "a3t1"]
    assert write(Bundle(entry=(Entry(resource=definition),)), Format.XML)


def _acknowledged() -> tuple[Bundle, ReferralReceived]:
    (received,) = MESSAGE.decide(MESSAGE.initial, ACCEPT, NOON)
    assert isinstance(received, ReferralReceived)
    return acknowledgement(taken_on(XML).message, received), received


def _pretty(written: bytes, form: Format) -> bytes:
    if form is Format.JSON:
        return msgspec.json.format(written, indent=2) + b"\n"
    root = etree.fromstring(written)
    etree.indent(root)
    pretty: bytes = etree.tostring(root, encoding="UTF-8") + b"\n"
    return pretty
