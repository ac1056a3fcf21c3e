"""Rubbish and worse: every door refuses it with its own typed refusal, and nothing else."""

import json
from decimal import Decimal
from http import HTTPStatus
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.interop.outcome import TurnedAway
from standfast.interop.receiving import understand
from standfast.interop.writing import Format
from standfast.web.hostile import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_ITEMS,
    Fault,
    Hostile,
    read_json,
)
from standfast.web.hostile_xml import MAX_ATTRIBUTES, read_xml
from tests.interop.examples import JSON, XML, turned_away

BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><Bundle xmlns="http://hl7.org/fhir">&c;</Bundle>"""
OUTSIDE = b"""<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>"""
PARAMETER = b"""<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>"""

XML_FAULTS = [
    (BILLION_LAUGHS, Fault.DOCTYPE),
    (OUTSIDE, Fault.DOCTYPE),
    (PARAMETER, Fault.DOCTYPE),
    (b"", Fault.MALFORMED),
    (b"not xml", Fault.MALFORMED),
    (XML[:2000], Fault.MALFORMED),
    (XML + b"<more/>", Fault.MALFORMED),
    (XML.decode().encode("utf-16"), Fault.NOT_UTF8),
    (XML.decode().encode("utf-32"), Fault.NOT_UTF8),
    (XML[:-20] + b"\0" + XML[-20:], Fault.BAD_CHARACTER),
    (b"<a>&nobody;</a>", Fault.MALFORMED),
    (b"<a>&#0;</a>", Fault.MALFORMED),
    (b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1), Fault.TOO_DEEP),
    (b"<a>" * 300_000, Fault.TOO_DEEP),
    (b"<a>" + b"<b/>" * 60_000 + b"</a>", Fault.TOO_MANY),
    (b"<a>" + b" " * MAX_BYTES + b"</a>", Fault.TOO_LARGE),
    (b"<?xml version='1.0' encoding='utf-7'?><a/>", Fault.NOT_UTF8),
    (b'<a b="1" b="2"/>', Fault.MALFORMED),
    (b"<a/><!DOCTYPE a>", Fault.DOCTYPE),
    (b"<a><![CDATA[<!DOCTYPE a>]]></a>", Fault.DOCTYPE),
    (b"\xef\xbb\xbf\xef\xbb\xbf<a/>", Fault.MALFORMED),
    (b"<a %s/>" % b" ".join(b'b%d=""' % n for n in range(MAX_ATTRIBUTES + 1)), Fault.TOO_MANY),
    (b"<a %s/>" % b" ".join(b'b%d=""' % n for n in range(80_000)), Fault.TOO_MANY),
    (b"<?xml version='1.0' encoding='UTF-16'?><a/>", Fault.NOT_UTF8),
]

JSON_FAULTS = [
    (b"", Fault.MALFORMED),
    (b"nonsense", Fault.MALFORMED),
    (JSON[:2000], Fault.MALFORMED),
    (JSON + b"{}", Fault.MALFORMED),
    (b'{"a": 1, "a": 2}', Fault.DUPLICATE_KEY),
    (b'{"a": {"b": 1, "\\u0062": 2}}', Fault.DUPLICATE_KEY),
    (b'{"a": NaN}', Fault.NOT_A_NUMBER),
    (b'{"a": -Infinity}', Fault.NOT_A_NUMBER),
    (b'{"a": 1e999}', Fault.NOT_A_NUMBER),
    (b'{"a": ' + b"9" * 5_000 + b"}", Fault.NOT_A_NUMBER),
    (b'{"a": 0.' + b"1" * 5_000 + b"}", Fault.NOT_A_NUMBER),
    (b'{"a": "\\ud800"}', Fault.BAD_CHARACTER),
    (b'{"\\udfff": 1}', Fault.BAD_CHARACTER),
    (b'{"a": ["\\u0000"]}', Fault.BAD_CHARACTER),
    (b'{"a": "\x01"}', Fault.BAD_CHARACTER),
    (b'{"a": "\xff"}', Fault.NOT_UTF8),
    (JSON.decode().encode("utf-16"), Fault.NOT_UTF8),
    (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), Fault.TOO_DEEP),
    (b"[" * 900_000, Fault.TOO_DEEP),
    (b'{"a":' * 150_000, Fault.TOO_DEEP),
    (b'"' + b"\\" * 900_000, Fault.MALFORMED),
    (b'\\"' * 400_000, Fault.MALFORMED),
    (b" " * (MAX_BYTES + 1), Fault.TOO_LARGE),
    (b"\xef\xbb\xbf\xef\xbb\xbf[]", Fault.MALFORMED),
    (b'"\0"', Fault.BAD_CHARACTER),
    (b"[%s]" % b",".join([b"{}"] * 20_000), Fault.TOO_MANY),
    (b"[%s]" % b",".join([b"1"] * (MAX_ITEMS + 1)), Fault.TOO_MANY),
    (b"{%s}" % b",".join(b'"%d":1' % n for n in range(MAX_ITEMS + 1)), Fault.TOO_MANY),
    (b"[%s]" % b",".join([b"[%s]" % b",".join([b"1"] * 1000)] * 101), Fault.TOO_MANY),
    (b",".join([b"1"] * 200_000), Fault.TOO_MANY),
    (b"]" * 500_000, Fault.TOO_MANY),
]


@pytest.mark.parametrize(("body", "fault"), XML_FAULTS)
def test_xml_that_is_unfit_is_refused_for_what_is_wrong(body: bytes, fault: Fault) -> None:
    with pytest.raises(Hostile) as refused:
        read_xml(body)

    assert refused.value.fault is fault


@pytest.mark.parametrize(("body", "fault"), JSON_FAULTS)
def test_json_that_is_unfit_is_refused_for_what_is_wrong(body: bytes, fault: Fault) -> None:
    with pytest.raises(Hostile) as refused:
        read_json(body)

    assert refused.value.fault is fault


def test_a_decimal_too_small_to_be_one_is_refused_where_decimals_are_kept() -> None:
    with pytest.raises(Hostile) as refused:
        read_json(b"1e-999999999", exact=True)

    assert refused.value.fault is Fault.NOT_A_NUMBER
    assert read_json(b"[0.0e-9, 0.10]", exact=True) == [Decimal("0E-10"), Decimal("0.10")]


def test_as_many_items_as_are_allowed_are_read() -> None:
    assert read_json(b"[%s]" % b",".join([b"1"] * MAX_ITEMS)) == [1] * MAX_ITEMS
    assert read_json(json.dumps(["," * MAX_ITEMS]).encode()) == ["," * MAX_ITEMS]


ENTRY: Final = b'{"fullUrl":"urn:uuid:0","resource":{"resourceType":"Patient"}}'


def test_a_bundle_of_twenty_thousand_entries_is_refused_before_it_is_parsed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Threat 10: such a bundle took a second to read, so nothing may begin to read it."""
    bundle = b'{"resourceType":"Bundle","entry":[%s]}'
    monkeypatch.setattr("json.loads", None)
    for entries, fault in (
        (b",".join([ENTRY] * 20_000), Fault.TOO_LARGE),
        (b",".join([b"{}"] * 20_000), Fault.TOO_MANY),
    ):
        with pytest.raises(Hostile) as refused:
            read_json(bundle % entries)
        assert refused.value.fault is fault


def test_brackets_in_strings_are_not_depth() -> None:
    text = "[{" * 100 + '"' + "\\"

    assert read_json(json.dumps([text]).encode()) == [text]


def test_a_byte_order_mark_before_utf8_is_allowed() -> None:
    assert read_json(b"\xef\xbb\xbf[1]") == [1]
    assert understand(b"\xef\xbb\xbf" + XML, Format.XML).bundle_id


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert read_json(b'"\\ud83d\\ude91"') == "\U0001f691"


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b"<Bundle/>", Format.XML),
        (b'<Patient xmlns="http://hl7.org/fhir"/>', Format.XML),
        (b'<Bundle xmlns="http://hl7.org/fhir">words</Bundle>', Format.XML),
        (b'<Bundle xmlns="http://hl7.org/fhir"><x xmlns="urn:other"/></Bundle>', Format.XML),
        (b"[]", Format.JSON),
        (b"null", Format.JSON),
        (b"7", Format.JSON),
        (b"{}", Format.JSON),
        (b'{"resourceType": "Patient"}', Format.JSON),
        (b'{"resourceType": ["Bundle"], "entry": {"a": null}}', Format.JSON),
        (b'{"resourceType": "Bundle", "entry": [{"resource": 7}]}', Format.JSON),
        (b'{"resourceType": "Bundle", "entry": [[[]]]}', Format.JSON),
        (b'{"resourceType": "Bundle", "meta": "x", "type": {"a": 1}}', Format.JSON),
    ],
)
def test_what_is_no_message_is_400(body: bytes, form: Format) -> None:
    assert turned_away(body, form).status is HTTPStatus.BAD_REQUEST


def understood_or_told_why(body: bytes, form: Format) -> None:
    """Fail unless *body* is a message that can be acted on, or its sender hears what is wrong."""
    try:
        said = understand(body, form).fingerprint
    except TurnedAway as refused:
        said = "; ".join(problem.sentence for problem in refused.problems)
    assert said


@given(st.binary(max_size=300), st.sampled_from(Format))
def test_any_bytes_at_all_are_refused_and_never_break(body: bytes, form: Format) -> None:
    with pytest.raises(TurnedAway):
        understand(body, form)


@given(st.data())
def test_a_message_damaged_anywhere_is_understood_or_refused(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(Format))
    whole = XML if form is Format.XML else JSON
    start = data.draw(st.integers(0, len(whole)))
    length = data.draw(st.integers(0, 40))
    damaged = whole[:start] + data.draw(st.binary(max_size=12)) + whole[start + length :]
    understood_or_told_why(damaged, form)


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.data())
def test_any_value_in_any_place_is_understood_or_refused(data: st.DataObject) -> None:
    """The shape is JSON, the names are FHIR's, and one value is anything."""
    message = json.loads(JSON)
    place = message
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or data.draw(st.integers(0, 4)) == 0:
            place[key] = data.draw(_values)
            break
        place = place[key]
    understood_or_told_why(json.dumps(message).encode(), Format.JSON)
