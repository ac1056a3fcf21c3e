"""Whether a medicine is safe for this patient (hazard H21). Pure."""

import pytest
from msgspec.structs import replace

from standfast.facts.people import Allergy
from standfast.facts.prescribing import PrescriptionWritten
from standfast.prescribing.refusals import Refusal
from standfast.prescribing.safety import (
    Safety,
    SafetyStatus,
    duplicates,
    matching_allergies,
    safety_hash,
    safety_of,
)
from tests.prescribing.examples import (
    AMOXICILLIN,
    NONE_KNOWN,
    allergic_to,
    allergy,
    medicine,
    taken,
    taking,
    write,
)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (SafetyStatus.NOT_RECORDED, Refusal.ALLERGIES_NOT_RECORDED),
        (SafetyStatus.UNAVAILABLE, Refusal.ALLERGIES_UNAVAILABLE),
    ],
)
def test_unknown_is_not_none_a_hard_stop_until_somebody_has_asked(
    status: SafetyStatus, reason: Refusal
) -> None:
    safety = Safety(status=status)
    assert taken().refuses(write(safety)) is reason
    assert taken().refuses(write(safety, no_allergies_reason="   ")) is reason
    (event,) = taken().when(write(safety, no_allergies_reason="Says none, asked twice"))
    assert isinstance(event, PrescriptionWritten)
    assert event.allergies_reason == "Says none, asked twice"
    assert event.allergies_seen in ("Allergies not recorded", "Allergies unavailable")


def test_nobody_identified_means_unavailable_and_never_none() -> None:
    assert safety_of(None).status is SafetyStatus.UNAVAILABLE


def test_an_ingredient_match_is_refused_until_there_is_a_reason() -> None:
    safety = allergic_to(allergy("amoxicillin"))
    assert taken().refuses(write(safety)) is Refusal.ALLERGY_MATCH
    (event,) = taken().when(write(safety, allergy_reason="Took it in May without trouble"))
    assert isinstance(event, PrescriptionWritten)
    assert event.warnings_overridden == (
        "Allergy to Amoxicillin (Rash, moderate): Took it in May without trouble",
    )


def test_a_class_match_is_a_match() -> None:
    assert taken().refuses(write(allergic_to(allergy("penicillin")))) is Refusal.ALLERGY_MATCH


def test_a_severe_allergy_is_never_overridden() -> None:
    safety = allergic_to(allergy("penicillin", "severe", "Swelling of the face"))
    order = write(safety, allergy_reason="I know better")
    assert taken().refuses(order) is Refusal.ALLERGY_SEVERE


@pytest.mark.parametrize("severity", ["", "unknown", "life-threatening", "Severe"])
def test_a_severity_that_is_not_known_to_be_less_counts_as_severe(severity: str) -> None:
    order = write(allergic_to(allergy("penicillin", severity)), allergy_reason="Mild, I hear")
    assert taken().refuses(order) is Refusal.ALLERGY_SEVERE


def test_anaphylaxis_is_severe_whatever_the_record_calls_it() -> None:
    order = write(
        allergic_to(allergy("penicillin", "mild", "Anaphylaxis")), allergy_reason="Mild"
    )
    assert taken().refuses(order) is Refusal.ALLERGY_SEVERE


@pytest.mark.parametrize(
    ("substance", "prescribed"),
    [
        ("amoxicillin", "flucloxacillin"),  # BNF: allergic to one penicillin, to all
        ("flucloxacillin", "amoxicillin"),
        ("aspirin", "ibuprofen"),  # BNF, NSAIDs: hypersensitivity to aspirin
        ("ibuprofen", "naproxen"),
        ("erythromycin", "clarithromycin"),  # SmPC: any macrolide
        ("co-trimoxazole", "trimethoprim"),  # it is in it
        ("Co-codamol", "codeine phosphate"),
    ],
)
def test_what_goes_with_an_allergy_is_matched_too(substance: str, prescribed: str) -> None:
    safety = allergic_to(allergy(substance))
    assert matching_allergies(medicine(prescribed), safety)


@pytest.mark.parametrize("words", ["Penicillins", "penicillin V tablets", "?PENICILLIN rash"])
def test_an_allergy_typed_in_free_text_is_still_found(words: str) -> None:
    typed = Allergy(
        substance=words, display=words, code="", system="", reaction="", severity="mild"
    )
    assert matching_allergies(AMOXICILLIN, allergic_to(typed))


@pytest.mark.parametrize("substance", ["peanut", "latex", "trimethoprim", "nsaid"])
def test_an_allergy_to_something_else_stands_against_nothing(substance: str) -> None:
    assert not matching_allergies(AMOXICILLIN, allergic_to(allergy(substance, "severe")))


def test_the_severe_allergy_is_named_first() -> None:
    safety = allergic_to(allergy("amoxicillin", "mild"), allergy("penicillin", "severe"))
    assert matching_allergies(AMOXICILLIN, safety)[0].severity == "severe"


def test_a_second_supply_of_what_is_taken_needs_a_reason() -> None:
    safety = taking("amoxicillin", "amoxicillin")
    assert taken().refuses(write(safety)) is Refusal.DUPLICATE_MEDICINE
    (event,) = taken().when(write(safety, duplicate_reason="Lost the bottle"))
    assert isinstance(event, PrescriptionWritten)
    assert event.warnings_overridden == ("Already takes amoxicillin: Lost the bottle",)


def test_a_compound_doubles_each_of_its_ingredients() -> None:
    assert duplicates(medicine("co-codamol 30/500"), taking("paracetamol", "paracetamol"))


def test_medicines_that_are_not_recorded_double_nothing_and_are_not_none() -> None:
    assert duplicates(AMOXICILLIN, replace(NONE_KNOWN, medicines=None)) == ()
    assert safety_hash(NONE_KNOWN) != safety_hash(replace(NONE_KNOWN, medicines=None))


def test_a_record_that_changed_since_it_was_shown_must_be_read_again() -> None:
    now = allergic_to(allergy("penicillin", "severe"))
    order = write(now, seen=safety_hash(NONE_KNOWN))
    assert taken().refuses(order) is Refusal.SAFETY_CHANGED


def test_the_order_in_which_allergies_are_listed_changes_nothing() -> None:
    one, other = allergy("penicillin"), allergy("nsaid")
    assert safety_hash(allergic_to(one, other)) == safety_hash(allergic_to(other, one))
