"""Whether a medicine is safe for this patient, as far as a record can say. Pure.

Hazard H21: not recorded is never none; a severe allergy is never overridden.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Final

import msgspec
import re2
from msgspec import Struct

from standfast.facts.people import Allergy, AllergyStatus, CurrentMedicine, PersonSummary
from standfast.facts.prescribing import Medicine
from standfast.prescribing.refusals import Refusal


class SafetyStatus(StrEnum):
    """What the screen says of allergies (NHS CUI PAB-0064)."""

    KNOWN = "known"
    NONE_KNOWN = "none_known"
    NOT_RECORDED = "not_recorded"
    UNAVAILABLE = "unavailable"


TITLES: Final[Mapping[SafetyStatus, str]] = {
    SafetyStatus.KNOWN: "Known allergies",
    SafetyStatus.NONE_KNOWN: "No known allergies",
    SafetyStatus.NOT_RECORDED: "Allergies not recorded",
    SafetyStatus.UNAVAILABLE: "Allergies unavailable",
}


class Safety(Struct, frozen=True, kw_only=True):
    """What is known of a patient's allergies and medicines now, and where they live."""

    status: SafetyStatus = SafetyStatus.UNAVAILABLE
    allergies: tuple[Allergy, ...] = ()
    medicines: tuple[CurrentMedicine, ...] | None = None
    """None: not recorded, or the record cannot be reached; which is not none taken."""
    address: tuple[str, ...] = ()


class Reasons(Struct, frozen=True, kw_only=True):
    """Why a warning does not hold this time. Empty: no reason was given."""

    no_allergies: str = ""
    allergy: str = ""
    duplicate: str = ""


class Fault(Struct, frozen=True, kw_only=True):
    """Something that must be put right at ``field``; ``details`` fill its sentence."""

    field: str
    reason: Refusal
    details: Mapping[str, str] = {}


RELATED: Final[Mapping[str, tuple[str, ...]]] = {
    # BNF, penicillins: allergic to one penicillin means allergic to all of them.
    "amoxicillin": ("penicillin",),
    "ampicillin": ("penicillin",),
    "benzylpenicillin": ("penicillin",),
    "co-amoxiclav": ("penicillin", "clavulanic-acid"),
    "co-fluampicil": ("penicillin",),
    "flucloxacillin": ("penicillin",),
    "phenoxymethylpenicillin": ("penicillin",),
    "piperacillin": ("penicillin",),
    "pivmecillinam": ("penicillin",),
    # BNF, NSAIDs: not for anybody with hypersensitivity to aspirin or any other NSAID.
    "aspirin": ("nsaid",),
    "diclofenac": ("nsaid",),
    "ibuprofen": ("nsaid",),
    "naproxen": ("nsaid",),
    # Summaries of product characteristics: hypersensitivity to any macrolide.
    "azithromycin": ("macrolide",),
    "clarithromycin": ("macrolide",),
    "erythromycin": ("macrolide",),
    # What is in a compound.
    "co-codamol": ("codeine", "paracetamol"),
    "co-trimoxazole": ("trimethoprim", "sulfamethoxazole"),
}
"""What else somebody must be kept from, by what they are allergic to."""

_NOT_SEVERE: Final = frozenset({"mild", "moderate"})


def safety_of(person: PersonSummary | None) -> Safety:
    """Return what a person's record says; nobody identified is *unavailable*, never none."""
    if person is None:
        return Safety()
    return Safety(
        status={
            AllergyStatus.KNOWN: SafetyStatus.KNOWN,
            AllergyStatus.NONE_KNOWN: SafetyStatus.NONE_KNOWN,
            AllergyStatus.NOT_RECORDED: SafetyStatus.NOT_RECORDED,
        }[person.allergy_status],
        allergies=person.allergies,
        medicines=person.medicines,
        address=person.details.address,
    )


def safety_hash(safety: Safety) -> str:
    """Return the SHA-256 of what was shown: the title and both lists, in whatever order."""
    shown = {
        "status": safety.status,
        "allergies": sorted(safety.allergies, key=msgspec.json.encode),
        "medicines": None
        if safety.medicines is None
        else sorted(safety.medicines, key=msgspec.json.encode),
    }
    return sha256(msgspec.json.encode(shown, order="deterministic")).hexdigest()


def allergies_seen(safety: Safety) -> str:
    """Return what the screen said: ``Known allergies: Penicillin (Rash, mild)``."""
    listed = "; ".join(allergy_words(each) for each in safety.allergies)
    return f"{TITLES[safety.status]}: {listed}" if listed else TITLES[safety.status]


def allergy_words(allergy: Allergy) -> str:
    """Return an allergy in words: ``Penicillin (Swelling of the face, severe)``."""
    severity = allergy.severity or "severity not known"
    return f"{allergy.display} ({', '.join(part for part in (allergy.reaction, severity) if part)})"


def is_severe(allergy: Allergy) -> bool:
    """Return whether an allergy may never be overridden. What is not known to be less, is."""
    return (
        allergy.severity.casefold() not in _NOT_SEVERE
        or "anaphyla" in allergy.reaction.casefold()
    )


def matching_allergies(medicine: Medicine, safety: Safety) -> tuple[Allergy, ...]:
    """Return the allergies to anything in *medicine*, the severe ones first."""
    inside = {
        _plain(word)
        for each in medicine.ingredients
        for word in (each.substance, *each.classes)
    } | {_plain(medicine.generic_name)}
    found = [each for each in safety.allergies if not inside.isdisjoint(_names(each))]
    return tuple(sorted(found, key=lambda each: (not is_severe(each), each.display)))


def duplicates(medicine: Medicine, safety: Safety) -> tuple[CurrentMedicine, ...]:
    """Return the current medicines that have an ingredient of *medicine* in them."""
    inside = {_plain(each.substance) for each in medicine.ingredients}
    return tuple(
        each
        for each in safety.medicines or ()
        if not inside.isdisjoint(
            _plain(name) for name in (*each.ingredients, each.generic_name)
        )
    )


def safety_faults(medicine: Medicine, safety: Safety, reasons: Reasons) -> Iterator[Fault]:
    """Yield whatever stands against *medicine* for this patient and has no reason given."""
    if not reasons.no_allergies.strip():
        if safety.status is SafetyStatus.NOT_RECORDED:
            yield Fault(field="no_allergies_reason", reason=Refusal.ALLERGIES_NOT_RECORDED)
        if safety.status is SafetyStatus.UNAVAILABLE:
            yield Fault(field="no_allergies_reason", reason=Refusal.ALLERGIES_UNAVAILABLE)
    matches = matching_allergies(medicine, safety)
    if matches:
        details = {"allergy": allergy_words(matches[0]), "medicine": medicine.generic_name}
        if is_severe(matches[0]):
            yield Fault(field="", reason=Refusal.ALLERGY_SEVERE, details=details)
        elif not reasons.allergy.strip():
            yield Fault(field="allergy_reason", reason=Refusal.ALLERGY_MATCH, details=details)
    doubled = duplicates(medicine, safety)
    if doubled and not reasons.duplicate.strip():
        taken = f"{doubled[0].generic_name} {doubled[0].strength}".strip()
        yield Fault(
            field="duplicate_reason",
            reason=Refusal.DUPLICATE_MEDICINE,
            details={"medicine": taken},
        )


def overridden(medicine: Medicine, safety: Safety, reasons: Reasons) -> tuple[str, ...]:
    """Return a sentence for each warning that a reason was given for."""
    allergy = tuple(
        f"Allergy to {allergy_words(each)}: {reasons.allergy.strip()}"
        for each in matching_allergies(medicine, safety)
    )
    duplicate = tuple(
        f"Already takes {each.generic_name}: {reasons.duplicate.strip()}"
        for each in duplicates(medicine, safety)
    )
    return allergy + duplicate


def _names(allergy: Allergy) -> set[str]:
    """Return all that an allergy may mean, also one that was typed in free text."""
    told = {_plain(allergy.substance), _plain(allergy.display)}
    words = {
        _plain(word)
        for text in (allergy.substance, allergy.display)
        for word in re2.findall(r"[a-z][a-z-]+", text.casefold())
    }
    names = told | words
    return names | {_plain(more) for name in names for more in _RELATED.get(name, ())}


def _plain(word: str) -> str:
    """Return a name without case, hyphens or the plural's s: "Penicillins" is penicillin."""
    return re2.sub(r"[^a-z0-9]", "", word.casefold()).removesuffix("s")


_RELATED: Final = {_plain(name): more for name, more in RELATED.items()}
