"""What people says to people: a sentence for each refusal, and for each fact."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

from standfast.facts.people import (
    AddressHidden,
    AllergyRuledOut,
    AllergyStatus,
    ContactEvent,
    ContactOutcome,
    ContactRecorded,
    ContactUnlinked,
    DetailsCorrected,
    PersonEvent,
    PersonRegistered,
    SafetyRecorded,
)
from standfast.people.model import Refusal

REFUSALS: Final[Mapping[StrEnum, str]] = {
    Refusal.INVALID_NHS_NUMBER: (
        "Enter the NHS number again: its check digit is wrong, so one digit was misread"
    ),
    Refusal.NHS_NUMBER_TAKEN: (
        "Somebody is registered with this NHS number. Find them by it instead of "
        "registering them again"
    ),
    Refusal.LIKELY_DUPLICATE: (
        "This may be somebody who is registered already. Look at the people shown, "
        "then choose one or say that it is none of them"
    ),
    Refusal.ALREADY_REGISTERED: "This person is registered already. Find them instead",
    Refusal.NOT_REGISTERED: "There is no such person. Register them first",
    Refusal.IMPOSSIBLE_BIRTH: (
        "Enter a date of birth that is not in the future and within the last 130 years"
    ),
    Refusal.ALLERGIES_NOT_NAMED: "Say what the known allergies are",
    Refusal.ALLERGIES_CONTRADICT: (
        "Allergies are named, so they are known. Remove the names or choose known allergies"
    ),
    Refusal.NO_SUCH_ALLERGY: "This allergy is not on the record. Open the record again",
}

ALLERGY_TITLES: Final[Mapping[AllergyStatus, str]] = {
    AllergyStatus.KNOWN: "Known allergies",
    AllergyStatus.NONE_KNOWN: "No known allergies",
    AllergyStatus.NOT_RECORDED: "Allergies not recorded",
}
"""NHS CUI PAB-0064: one of these, in these words."""


def describe_person(event: PersonEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case PersonRegistered():
            number = "" if event.details.nhs_number else " without an NHS number"
            return f"Registered here{number}"
        case DetailsCorrected():
            return "Personal details were corrected"
        case SafetyRecorded():
            return _describe_safety(event)
        case AllergyRuledOut():
            return f"Allergy to {event.substance} ruled out by {event.by}: {event.reason}"
        case AddressHidden():
            hidden = "is hidden" if event.hidden else "is shown again"
            return f"Where they live and how to reach them {hidden}"
        case _:
            assert_never(event)


def describe_contact(event: ContactEvent) -> str:
    """Return one plain sentence for *event*. The problem is not in it: it may be another's."""
    match event:
        case ContactRecorded():
            return "A contact was linked to this person"
        case ContactUnlinked():
            return "A contact was unlinked: it was about somebody else"
        case ContactOutcome():
            return f"Outcome of the contact: {event.outcome}"
        case _:
            assert_never(event)


def _describe_safety(event: SafetyRecorded) -> str:
    named = ", ".join(each.display for each in event.allergies)
    parts = [ALLERGY_TITLES[event.allergy_status] + (f": {named}" if named else "")]
    if event.medicines is None:
        parts.append("medicines not recorded")
    else:
        count = len(event.medicines)
        parts.append(
            f"{count} medicine{'' if count == 1 else 's'}" if count else "no medicines"
        )
    parts += [each.label for each in event.flags]
    return f"{'; '.join(parts)} (from {event.source})"


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {
    "people.person": describe_person,
    "people.contact": describe_contact,
}
"""By kind of stream: one plain sentence for each of its events."""
