"""What else a referral says of the patient, each as one line to read."""

from collections.abc import Iterator
from typing import Final

from standfast.interop.fhir import (
    AllergyIntolerance,
    Condition,
    MedicationStatement,
    Observation,
    Quantity,
    RelatedPerson,
)
from standfast.interop.message import Message, words
from standfast.interop.numbers import display_name

_AGE: Final = frozenset({"patient estimate age", "patient estimated age"})
"""BaRS APP3, "Observation": an estimated age comes as one, with this text; spelt both ways."""


def findings(message: Message) -> Iterator[str]:
    """Yield a line for each observation, condition, medicine, allergy and related person."""
    for observation in message.all(Observation):
        if not _is_age(observation):
            yield _line(words(observation.code), _value(observation))
    for condition in message.all(Condition):
        yield _line("Condition", words(condition.code))
    for medicine in message.all(MedicationStatement):
        doses = "; ".join(dose.text for dose in medicine.dosage if dose.text)
        name = words(medicine.medication_codeable_concept)
        yield _line("Medicine", f"{name}, {doses}" if doses else name)
    for allergy in message.all(AllergyIntolerance):
        signs = [
            words(each) for reaction in allergy.reaction for each in reaction.manifestation
        ]
        name = words(allergy.code)
        yield _line("Allergy", f"{name} ({', '.join(signs)})" if signs else name)
    for person in message.all(RelatedPerson):
        numbers = " ".join(telecom.value for telecom in person.telecom if telecom.value)
        name = display_name(next(iter(person.name), None))
        relation = next(iter(map(words, person.relationship)), "") or "Related person"
        yield _line(relation, f"{name} {numbers}".strip())


def estimated_age(message: Message) -> str:
    """Return the age that the sender estimated, such as ``15 weeks``; empty without one."""
    for observation in message.all(Observation):
        if _is_age(observation):
            return _value(observation)
    return ""


def _is_age(observation: Observation) -> bool:
    return words(observation.code).lower() in _AGE


def _value(observation: Observation) -> str:
    if observation.value_quantity is not None:
        return _quantity(observation.value_quantity)
    return observation.value_string or words(observation.value_codeable_concept)


def _quantity(quantity: Quantity) -> str:
    number = str(quantity.value or "").removesuffix(".0")
    return f"{number} {quantity.unit or quantity.code or ''}".strip()


def _line(label: str, says: str) -> str:
    return f"{label}: {says}" if label and says else label or says
