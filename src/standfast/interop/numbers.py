"""Whom to ring, first first: the ranks of BaRS APP3, "Contacts"."""

from typing import Final

from standfast.facts.interop import Number
from standfast.interop.fhir import ContactPoint, HumanName, Patient, PatientContact

CONTACT_RANK: Final = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-ContactRank"
LAST: Final = 1_000_000
"""Where something without a rank stands: after everything that has one."""

_SELF: Final = frozenset({"self", "oneself"})


def callback_numbers(patient: Patient) -> tuple[Number, ...]:
    """Return every telephone number sent for *patient*, in the order to try them.

    Contacts come by their rank, and within one its numbers by theirs; the patient's own
    telecom, which the standard does not rank, comes last.
    """
    ranked = sorted(
        (
            (_contact_rank(contact), telecom.rank or LAST, place, _number(contact, telecom))
            for place, contact in enumerate(patient.contact)
            for telecom in contact.telecom
            if _rings(telecom)
        ),
        key=lambda each: each[:3],
    )
    own = sorted(filter(_rings, patient.telecom), key=lambda telecom: telecom.rank or LAST)
    found = [number for *_, number in ranked]
    found += [_own(telecom) for telecom in own]
    once: dict[str, Number] = {}
    for number in found:
        once.setdefault(number.number, number)
    return tuple(once.values())


def display_name(name: HumanName | None) -> str:
    """Return a name on one line: as its sender wrote it, or given names before family."""
    if name is None:
        return ""
    return name.text or " ".join(filter(None, (*name.prefix, *name.given, name.family)))


def _number(contact: PatientContact, telecom: ContactPoint) -> Number:
    whose = _relationship(contact)
    return Number(
        number=telecom.value or "",
        use=telecom.use or "",
        whose=whose,
        name="" if whose == "self" else display_name(contact.name),
    )


def _own(telecom: ContactPoint) -> Number:
    return Number(number=telecom.value or "", use=telecom.use or "", whose="self")


def _rings(telecom: ContactPoint) -> bool:
    return telecom.system == "phone" and bool(telecom.value)


def _contact_rank(contact: PatientContact) -> int:
    ranks = (e.value_positive_int for e in contact.extension if e.url == CONTACT_RANK)
    return next((rank for rank in ranks if rank is not None), LAST)


def _relationship(contact: PatientContact) -> str:
    words = [
        coding.display or coding.code or concept.text or ""
        for concept in contact.relationship
        for coding in (concept.coding or ())
    ] or [concept.text or "" for concept in contact.relationship]
    found = next(filter(None, words), "")
    return "self" if found.lower() in _SELF else found
