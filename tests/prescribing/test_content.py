"""What a prescription says: its line, its number, its fingerprint; and the formulary. Pure."""

import pytest
from msgspec.structs import replace

from standfast.facts.prescribing import PrescriptionWritten
from standfast.kernel.messages import Refused
from standfast.prescribing.content import (
    content_hash,
    prescription_number,
    quantity,
    strength,
)
from standfast.prescribing.model_formulary import MEDICINE, ListMedicine
from standfast.prescribing.refusals import Refusal
from tests.prescribing.examples import AMOXICILLIN, WRITE, taken
from tests.support.site import NOON, PROVIDER

LIST = ListMedicine(org=PROVIDER, medicine=AMOXICILLIN, by="standfast")


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (500.0, "mg", "500 mg"),
        (3.75, "mg", "3.75 mg"),
        (1.5, "mg", "1.5 mg"),
        (0.5, "mg", "0.5 mg"),
        (1000.0, "units", "1,000 units"),
        (400.0, "micrograms/dose", "400 micrograms/dose"),
    ],
)
def test_a_strength_has_no_trailing_nought_and_commas_in_thousands_cui_meda(
    value: float, unit: str, shown: str
) -> None:
    assert strength(value, unit) == shown


def test_an_amount_is_counted_in_its_own_unit() -> None:
    assert quantity(1, "tablet") == "1 tablet"
    assert quantity(15, "capsule") == "15 capsules"
    assert quantity(100, "mL") == "100 mL"


def test_a_number_is_short_and_has_no_letters_that_are_misheard() -> None:
    number = prescription_number("one")
    assert number == prescription_number("one")
    assert len(number) == 9
    assert not set(number) & set("ILOU")


def test_every_part_of_the_content_is_in_its_fingerprint() -> None:
    (written,) = taken().when(WRITE)
    assert isinstance(written, PrescriptionWritten)
    altered = [
        replace(written, item=replace(written.item, quantity=30)),
        replace(written, item=replace(written.item, dose="Two three times a day")),
        replace(written, item=replace(written.item, strength="250 mg")),
        replace(written, item=replace(written.item, unit="tablet")),
        replace(written, item=replace(written.item, code="1")),
        replace(written, item=replace(written.item, route="rectal")),
        replace(written, patient=replace(written.patient, given="Margot")),
        replace(written, patient=replace(written.patient, nhs_number="9990000026")),
        replace(written, address=("1 Other Street",)),
        replace(written, allergies_seen="No known allergies."),
        replace(written, allergies_reason="None"),
        replace(written, warnings_overridden=("x",)),
        replace(written, staff_id="somebody.else"),
        replace(written, number="P-000-000"),
    ]
    hashes = {content_hash(each) for each in (written, *altered)}
    assert len(hashes) == len(altered) + 1


def test_a_medicine_is_listed_once_and_again_when_it_changes() -> None:
    (event,) = MEDICINE.decide(MEDICINE.initial, LIST, NOON)
    listed = MEDICINE.evolve(MEDICINE.initial, event)
    assert MEDICINE.decide(listed, LIST, NOON) == ()
    fewer = replace(LIST, medicine=replace(AMOXICILLIN, maximum_quantity=15))
    assert len(MEDICINE.decide(listed, fewer, NOON)) == 1


@pytest.mark.parametrize(
    ("medicine", "reason"),
    [
        (replace(AMOXICILLIN, code=""), Refusal.NOT_CODED),
        (replace(AMOXICILLIN, system="ours"), Refusal.NOT_CODED),
        (replace(AMOXICILLIN, maximum_quantity=0), Refusal.NO_MAXIMUM),
        (replace(AMOXICILLIN, maximum_source=" "), Refusal.NO_MAXIMUM),
    ],
)
def test_a_medicine_without_a_code_or_a_maximum_is_not_listed(
    medicine: object, reason: Refusal
) -> None:
    with pytest.raises(Refused) as refused:
        MEDICINE.decide(MEDICINE.initial, replace(LIST, medicine=medicine), NOON)
    assert refused.value.reason is reason


def test_a_medicine_of_one_organisation_is_not_listed_by_another() -> None:
    (event,) = MEDICINE.decide(MEDICINE.initial, LIST, NOON)
    listed = MEDICINE.evolve(MEDICINE.initial, event)
    with pytest.raises(Refused) as refused:
        MEDICINE.decide(listed, replace(LIST, org="elsewhere"), NOON)
    assert refused.value.reason is Refusal.LISTED_ELSEWHERE
