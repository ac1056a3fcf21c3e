"""The headers of BaRS. Cited: Core 1.5.0, "Transactional integrity" and "General failures"."""

import base64

import pytest

from standfast.interop.headers import answer_format, echoed, read_ids, read_target
from standfast.interop.writing import Format
from tests.interop.examples import CORRELATION_ID, REQUEST_ID

IDS = {"X-Request-Id": REQUEST_ID, "X-Correlation-Id": CORRELATION_ID}


def test_both_ids_are_read() -> None:
    ids, problems = read_ids(IDS)

    assert (ids.request_id, ids.correlation_id) == (REQUEST_ID, CORRELATION_ID)
    assert problems == []


def test_an_id_that_is_missing_or_no_guid_is_named() -> None:
    _, problems = read_ids({"X-Correlation-Id": "12345"})

    assert [(problem.code, problem.place) for problem in problems] == [
        ("required", "X-Request-Id"),
        ("value", "X-Correlation-Id"),
    ]


def test_ids_are_sent_back_whatever_they_were_unless_a_header_cannot_hold_them() -> None:
    assert echoed(IDS) == IDS
    assert echoed({"X-Request-Id": "not-a-guid"}) == {"X-Request-Id": "not-a-guid"}
    assert echoed({"X-Request-Id": "a\r\nSet-Cookie: b", "X-Correlation-Id": "x" * 101}) == {}


def test_a_target_is_base64_json_with_a_value_and_a_system() -> None:
    target = base64.b64encode(b'{"value": "9000000001", "system": "urn:x"}').decode()

    assert read_target({"NHSD-Target-Identifier": target}) == ("9000000001", [])
    assert read_target({}) == ("", [])


@pytest.mark.parametrize(
    "sent",
    [
        "%%%",
        "caf\xe9",
        base64.b64encode(b"not json").decode(),
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b'{"value": 7, "system": "x"}').decode(),
        base64.b64encode(b'{"value": "7"}').decode(),
        base64.b64encode(b'{"value": "a", "value": "b", "system": "x"}').decode(),
        base64.b64encode(b" " * 3_000).decode(),
    ],
)
def test_a_target_that_cannot_be_read_is_a_structure_error(sent: str) -> None:
    value, problems = read_target({"NHSD-Target-Identifier": sent})

    assert value == ""
    assert [problem.code for problem in problems] == ["structure"]


@pytest.mark.parametrize(
    ("accept", "sent", "written"),
    [
        ("", Format.XML, Format.XML),
        ("*/*", Format.XML, Format.XML),
        ("*/*", Format.JSON, Format.JSON),
        ("application/fhir+json", Format.XML, Format.JSON),
        ("application/fhir+json; version=1.1.0", Format.XML, Format.JSON),
        ("text/xml, application/json;q=0.5", Format.JSON, Format.XML),
        ("application/fhir+json;q=0.2, application/fhir+xml;q=0.3", Format.JSON, Format.XML),
        ("application/json, application/xml", Format.XML, Format.XML),
        ("application/fhir+xml;q=0, */*", Format.JSON, Format.JSON),
        ("text/html", Format.XML, None),
        ("application/fhir+xml;q=nonsense", Format.XML, None),
        ("APPLICATION/FHIR+JSON", Format.XML, Format.JSON),
    ],
)
def test_the_answer_is_written_as_the_sender_can_read_it(
    accept: str, sent: Format, written: Format | None
) -> None:
    assert answer_format(accept, sent) is written
