"""What a message must have before anybody relies on it. Cited: BaRS Core 1.5.0 and APP3."""

from http import HTTPStatus

import pytest

from standfast.interop.reading import MAX_PROBLEMS
from standfast.interop.writing import Format
from tests.interop.examples import (
    SHARED,
    as_json,
    changed,
    needs_shared,
    shared,
    taken_on,
    turned_away,
    without,
)


@pytest.mark.parametrize(
    ("body", "code", "sentence"),
    [
        (without("id", "Bundle"), "required", "Bundle.id is missing"),
        (without("timestamp", "Bundle"), "required", "Bundle.timestamp is missing"),
        (without("versionId", "Bundle"), "invariant", "Bundle.meta.versionId is missing"),
        (changed('"message"', '"collection"'), "invariant", "Bundle.type must be message"),
        (without("fullUrl", "entry"), "required", "Bundle.entry[0].fullUrl is missing"),
        (
            without("endpoint", "destination"),
            "required",
            "MessageHeader.destination.endpoint is missing",
        ),
        (without("sender", "MessageHeader"), "required", "MessageHeader.sender.reference"),
        (without("focus", "MessageHeader"), "required", "MessageHeader.focus.reference"),
        (
            changed("request-referral", "request-validation"),
            "invariant",
            "MessageHeader.definition must be",
        ),
        (
            without("occurrencePeriod", "ServiceRequest"),
            "required",
            "ServiceRequest.occurrencePeriod.end is missing",
        ),
        (
            changed("13:58:30", "10:58:30"),
            "invariant",
            "ServiceRequest.occurrencePeriod must not end before it starts",
        ),
        (
            changed('intent value="plan"', 'intent value="order"'),
            "invariant",
            "ServiceRequest.intent must be plan",
        ),
        (
            changed('status value="completed"', 'status value="active"'),
            "invariant",
            "CarePlan.status must be completed",
        ),
        (
            changed('status value="triaged"', 'status value="planned"'),
            "invariant",
            "Encounter.status must be finished or triaged",
        ),
        (without("episodeOfCare", "Encounter"), "required", "Encounter.episodeOfCare"),
        (changed("<activity>.*</activity>", ""), "required", "CarePlan.activity is missing"),
        (
            changed("<system value=.phone./>", '<system value="email"/>', times=9),
            "required",
            "Patient.contact must have at least one telecom of system phone",
        ),
        (
            changed(
                "<subject><reference value=.urn:uuid:1[^>]*/>",
                '<subject><reference value="x"/>',
            ),
            "invariant",
            "ServiceRequest.subject must refer to a Patient in this Bundle",
        ),
        (
            changed("<birthDate value=.1948-03-14", '<birthDate value="1948-02-31'),
            "value",
            "birthDate is not a date",
        ),
        (
            changed("11:58:30.1234567.00:00", "11:58:30"),
            "value",
            "lastUpdated is not a date and time with its offset from UTC",
        ),
        (
            changed("</Consent>", "<modifierExtension url='x'/></Consent>"),
            "extension",
            "modifierExtension is not understood here",
        ),
    ],
)
def test_each_fault_is_named_by_its_element(body: bytes, code: str, sentence: str) -> None:
    refused = turned_away(body)

    assert refused.status is HTTPStatus.BAD_REQUEST
    assert refused.error == "REC_BAD_REQUEST"
    assert any(p.code == code and sentence in p.sentence for p in refused.problems), (
        refused.problems
    )


@pytest.mark.parametrize(
    "kind",
    [
        "ServiceRequest",
        "Patient",
        "Encounter",
        "CarePlan",
        "Consent",
        "Practitioner",
        "Location",
    ],
)
def test_every_resource_of_the_message_definition_must_be_there(kind: str) -> None:
    body = changed(rf"<{kind}>.*?</{kind}>", "<Basic/>")

    assert turned_away(body).status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_IMPLEMENTED)


def test_two_patients_are_one_too_many() -> None:
    body = changed("<Questionnaire>.*?</Questionnaire>", "<Patient><id value='x'/></Patient>")

    assert any("must have 1 Patient" in p.sentence for p in turned_away(body).problems)


def test_two_entries_with_one_address_are_refused() -> None:
    body = changed("8000-000000000011", "8000-000000000010")

    assert "same as that of another entry" in turned_away(body).problems[0].sentence


def test_the_header_comes_first() -> None:
    entries = as_json(entry=[])

    assert turned_away(entries, Format.JSON).problems[0].sentence == "Bundle.entry is missing"


def test_all_faults_are_told_at_once_but_not_without_end() -> None:
    body = changed('fullUrl value="[^"]*"', 'fullUrl value=""', times=50)

    assert len(turned_away(body).problems) > 10
    many = changed("</Bundle>", "<entry/>" * 500 + "</Bundle>")
    assert len(turned_away(many).problems) == MAX_PROBLEMS


@pytest.mark.parametrize("version", ["9.9.9", "3.0.0", "1", "1.0", "latest", "01.0.0 or so"])
def test_a_version_that_we_do_not_read_is_422(version: str) -> None:
    """Bundle Processing: not-supported, REC_UNPROCESSABLE_ENTITY."""
    refused = turned_away(changed("versionId value=.1.0.0.", f'versionId value="{version}"'))

    assert refused.status is HTTPStatus.UNPROCESSABLE_ENTITY
    assert refused.error == "REC_UNPROCESSABLE_ENTITY"
    assert refused.problems[0].code == "not-supported"
    assert refused.problems[0].sentence.endswith("Supported: 1.x.x, 2.x.x")


@pytest.mark.parametrize("version", ["1.0.0-beta", "1.1.0", "2.0.0"])
def test_later_versions_of_what_we_read_are_read(version: str) -> None:
    body = changed("versionId value=.1.0.0.", f'versionId value="{version}"')

    assert taken_on(body).bundle_id


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('code value="servicerequest-request"', 'code value="booking-response"'),
        ('code value="new"', 'code value="again"'),
        ('status value="active"', 'status value="draft"'),
        ('code value="referral"', 'code value="invoice"'),
        ('code value="a3t1"', 'code value="a9t9"'),
    ],
)
def test_what_is_no_workflow_of_bars_is_400_invariant(old: str, new: str) -> None:
    refused = turned_away(changed(old, new))

    assert refused.status is HTTPStatus.BAD_REQUEST
    assert refused.problems[0].code == "invariant"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('code value="a3t1"', 'code value="a1t1"'),
        ('status value="active"', 'status value="revoked"'),
        ('code value="referral"', 'code value="validation"'),
    ],
)
def test_what_is_bars_but_not_ours_yet_is_501_and_says_what_is(old: str, new: str) -> None:
    body = changed(old, new)
    if "revoked" in new:
        body = body.replace(b'code value="new"', b'code value="update"')
    refused = turned_away(body)

    assert refused.status is HTTPStatus.NOT_IMPLEMENTED
    assert refused.error == "REC_NOT_IMPLEMENTED"
    assert "Supported: New referral, a3t1" in refused.problems[0].sentence


def test_no_sentence_repeats_what_was_sent() -> None:
    """Diagnostics Text: no patient identifiable information at any time."""
    person = "Farrant 9990417008"
    body = changed('value="[^"]*"', f'value="{person}"', times=500)

    for problem in turned_away(body).problems:
        assert "Farrant" not in problem.sentence
        assert "999041" not in problem.sentence


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('name value="[^"]*"', 'name value=""', ".name is empty"),
        ("<scope>.*?</scope>", "<scope/>", ".scope is empty"),
        ("<MessageHeader>", "<MessageHeader><colour/>", ".colour is empty"),
        ("<MessageHeader>", "<MessageHeader><farrant_9990417008/>", ".element is empty"),
    ],
)
def test_an_element_that_says_nothing_is_refused(old: str, new: str, where: str) -> None:
    """FHIR R4, "Resource elements": what is there has a value or parts, in either format."""
    refused = turned_away(changed(old, new))

    assert refused.status is HTTPStatus.BAD_REQUEST
    assert [each for each in refused.problems if each.sentence.endswith(where)]


def test_an_empty_list_or_part_of_json_is_refused() -> None:
    for nothing in ("", (), dict[str, str]()):
        refused = turned_away(as_json(signature=nothing), Format.JSON)
        assert "Bundle.signature is empty" in [each.sentence for each in refused.problems]


@needs_shared
def test_every_other_published_request_is_refused_cleanly() -> None:
    ours = ("REFREQ02",)
    for path in sorted((SHARED / "2026-07").glob("*.xml")):
        if not path.name.startswith(ours):
            assert turned_away(path.read_bytes()).status in (
                HTTPStatus.NOT_IMPLEMENTED,
                HTTPStatus.BAD_REQUEST,
            ), path.name
    assert turned_away(shared("VALREQ01")).status is HTTPStatus.NOT_IMPLEMENTED
    assert turned_away(shared("BOOKREQ01")).status is HTTPStatus.NOT_IMPLEMENTED
