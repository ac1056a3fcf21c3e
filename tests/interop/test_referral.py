"""What a referral says, in our words. Cited: BaRS APP3, July 2026."""

from datetime import UTC, datetime

import pytest

from standfast.facts.interop import Code, NumberStatus, Referral, ReferralFlag
from standfast.interop.writing import Format
from standfast.kernel.values import Sex
from tests.interop.examples import JSON, XML, changed, needs_shared, shared, taken_on, without


def referral(body: bytes = XML) -> Referral:
    return taken_on(body).referral


def test_xml_and_json_of_one_message_say_the_same() -> None:
    assert taken_on(XML).referral == taken_on(JSON, Format.JSON).referral


def test_who_sent_it_and_where_an_answer_goes() -> None:
    found = referral()

    assert (found.sender_ods, found.sender_name) == ("ZZ999", "Harrowmere Ambulance Trust")
    assert found.sender_service == "https://fhir.nhs.uk/Id/dos-service-id|9000000002"
    assert (found.requester, found.sender_reference) == ("Nadia Brook", "CAD-40417")
    assert found.journey_id == "20000000-0000-4000-8000-000000000001"


def test_the_call_back_time_is_brought_to_utc() -> None:
    """Core, "How to handle times": any offset is accepted."""
    assert referral().due_at == datetime(2026, 11, 22, 12, 58, 30, tzinfo=UTC)


def test_who_the_patient_is() -> None:
    patient = referral().patient

    assert (patient.family, patient.given, patient.title) == ("Farrant", ("Odile",), "Ms")
    assert (patient.birth_date, patient.sex) == ("1948-03-14", Sex.FEMALE)
    assert (patient.nhs_number, patient.number_status) == ("9990417008", NumberStatus.VERIFIED)
    assert (patient.gp_ods, patient.gp_name) == ("ZZ001", "Weirside Surgery")
    assert patient.address.postcode == "HM4 2QP"


def test_the_first_number_to_ring_is_the_first_of_the_first_contact() -> None:
    """Requirements, "Contacts": rank 1 of rank 1 is the primary call-back."""
    numbers = referral().numbers

    assert [number.number for number in numbers] == [
        "07700 900417",
        "01632 960417",
        "07700 900555",
    ]
    assert (numbers[0].whose, numbers[2].name) == ("self", "Basil Farrant")


def test_where_the_patient_is_with_everything_that_was_sent() -> None:
    place = referral().place

    assert (place.name, place.address.lines) == ("Weir Mill", ("Weir Mill", "Mill Lane"))
    assert (place.uprn, place.what3words) == ("0009990417", "invented.words.here")
    assert (place.latitude, place.longitude) == (53.75, -1.25)


def test_coordinates_in_each_others_place_are_put_right_and_said_to_be() -> None:
    swapped = changed(
        '<longitude value="-1.2500"/><latitude value="53.7500"/>',
        '<longitude value="53.7500"/><latitude value="-1.2500"/>',
    )

    found = referral(swapped)

    assert (found.place.latitude, found.place.longitude) == (53.75, -1.25)
    assert any("each other's place" in remark for remark in found.remarks)


def test_what_the_sender_found() -> None:
    found = referral().assessment

    assert found.system == "Pathways 46.1.0"
    assert found.disposition == Code(code="Dx335", display="Speak to a clinician immediately")
    assert (found.symptom_group or Code()).code == "SG1011"
    assert (found.discriminator or Code()).code == "SD4501"
    assert (found.priority or Code()).code == "C5"
    assert "Foot cool and pale & <b>numb</b>" in found.summary[0]
    assert found.findings == ("Heart rate: 98.60 beats per minute",)


def test_an_ampds_outcome_is_kept_apart_from_pathways() -> None:
    found = referral(changed("pathways-dx-codes", "ampds-dispatch-codes")).assessment

    assert (found.dispatch or Code()).code == "Dx335"
    assert found.disposition is None


def test_every_flag_that_stands_is_carried() -> None:
    """Payloads, "Flag": a receiver must display them."""
    safe, safeguarding = referral().flags

    assert safe == ReferralFlag(
        category="SS",
        category_name="Scene Safety",
        says=(Code(code="S", display="The Scene is safe"),),
        about_place=True,
    )
    assert safeguarding.category == "SG"
    assert safeguarding.says == (Code(display="Says her nephew has taken her keys"),)


def test_a_flag_that_no_longer_stands_is_left_out() -> None:
    over = changed('(<Flag>.*?)<status value="active"/>', r'\1<status value="inactive"/>')

    assert [flag.category for flag in referral(over).flags] == ["SG"]


def test_what_is_not_understood_is_named() -> None:
    assert referral().not_shown == ("Questionnaire",)


@pytest.mark.parametrize(
    ("number", "status", "trusted"),
    [
        ("9990417008", "number-present-and-verified", NumberStatus.VERIFIED),
        ("999 041 7008", "number-present-and-verified", NumberStatus.VERIFIED),
        ("9990417008", "number-present-but-not-traced", NumberStatus.NOT_TRACED),
        ("9990417008", "trace-in-progress", NumberStatus.NOT_USABLE),
        ("9990417009", "number-present-and-verified", NumberStatus.NOT_USABLE),
        ("rubbish", "number-present-and-verified", NumberStatus.NOT_USABLE),
    ],
)
def test_an_nhs_number_is_trusted_as_far_as_its_status_and_check_digit(
    number: str, status: str, trusted: NumberStatus
) -> None:
    body = changed("9990417008", number).replace(
        b"number-present-and-verified", status.encode()
    )

    found = referral(body)

    assert found.patient.number_status is trusted
    assert bool(found.remarks) == (trusted is not NumberStatus.VERIFIED)


def test_a_patient_without_nhs_number_is_taken_on() -> None:
    """Requirements: a receiver must accept potential patients without a national identifier."""
    assert referral(without("identifier", "Patient")).patient.number_status is NumberStatus.NONE


def test_a_patient_without_a_name_is_taken_on_and_remarked_on() -> None:
    body = changed("<name>\\s*<use.*?</name>", "")

    assert referral(body).patient.full_name == ""
    assert "No name was sent for the patient" in referral(body).remarks


def test_the_use_case_is_the_same_in_capitals() -> None:
    """The guide writes A3T1, the code system a3t1."""
    assert referral(changed('"a3t1"', '"A3T1"')).use_case == "a3t1"


@needs_shared
def test_the_published_example_is_taken_on() -> None:
    found = referral(shared("REFREQ02"))

    assert (found.assessment.disposition or Code()).code == "Dx335"
    assert found.numbers[0].use == "mobile"
    assert found.patient.number_status is NumberStatus.NOT_USABLE  # its check digit is wrong
    assert found.due_at == datetime(2021, 11, 26, 15, 20, tzinfo=UTC)
