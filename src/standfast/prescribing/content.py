"""What exactly a prescription says, its fingerprint and its number. Pure.

A signature is bound to the fingerprint (hazard H22): whatever was altered has another.
"""

from decimal import Decimal
from hashlib import sha256
from typing import Final

import msgspec

from standfast.facts.prescribing import Medicine, PrescribedItem, PrescriptionWritten

_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, which are misheard."""


def prescription_number(prescription_id: str) -> str:
    """Return what people call a prescription, such as ``P-7F3-K2M``: always the same."""
    rest, letters = int.from_bytes(sha256(prescription_id.encode()).digest()[:8], "big"), ""
    for _ in range(6):
        rest, index = divmod(rest, len(_LETTERS))
        letters += _LETTERS[index]
    return f"P-{letters[:3]}-{letters[3:]}"


def content_hash(written: PrescriptionWritten) -> str:
    """Return the SHA-256 of all that a prescription says, in hex."""
    return sha256(content_bytes(written)).hexdigest()


def content_bytes(written: PrescriptionWritten) -> bytes:
    """Return all that a prescription says: what is signed, byte for byte.

    Every field is named here: one that a later version adds leaves old signatures whole.
    """
    patient, item = written.patient, written.item
    says = {
        "version": 1,
        "case_id": written.case_id,
        "prescription_id": written.prescription_id,
        "number": written.number,
        "person_id": patient.person_id,
        "family": patient.family,
        "given": patient.given,
        "title": patient.title,
        "born": patient.born,
        "age_years": patient.age_years,
        "sex": patient.sex,
        "nhs_number": patient.nhs_number,
        "address": written.address,
        "postcode": patient.postcode,
        "code": item.code,
        "system": item.system,
        "generic_name": item.generic_name,
        "form": item.form,
        "strength": item.strength,
        "route": item.route,
        "dose": item.dose,
        "quantity": item.quantity,
        "unit": item.unit,
        "allergies_seen": written.allergies_seen,
        "allergies_reason": written.allergies_reason,
        "warnings_overridden": written.warnings_overridden,
        "safety_hash": written.safety_hash,
        "staff_id": written.staff_id,
        "by": written.by,
        "written_at": written.written_at,
    }
    return msgspec.json.encode(says, order="deterministic")


def item_of(medicine: Medicine, *, quantity: int, dose: str) -> PrescribedItem:
    """Return the line of a prescription: everything but dose and quantity is the formulary's."""
    return PrescribedItem(
        code=medicine.code,
        system=medicine.system,
        generic_name=medicine.generic_name,
        form=medicine.form,
        strength=strength(medicine.strength_value, medicine.strength_unit),
        route=medicine.route,
        dose=dose.strip(),
        quantity=quantity,
        unit=medicine.unit,
    )


def strength(value: float, unit: str) -> str:
    """Return a strength as NHS CUI MEDa writes it: ``1,000 mg``, ``3.75 mg``, never ``5.0``.

    A comma for thousands, a nought before the point, none after the last figure (MEDa 3.4).
    """
    plain = f"{Decimal(str(value)):,f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return f"{plain} {unit}"


_UNCOUNTED: Final = frozenset({"mL", "g"})


def quantity(amount: int, unit: str) -> str:
    """Return an amount in words: ``1 tablet``, ``15 tablets``, ``100 mL``."""
    return f"{amount:,} {unit}" if amount == 1 else f"{amount:,} {units(unit)}"


def units(unit: str) -> str:
    """Return a unit in the plural: ``tablets``, ``mL``."""
    return unit if unit in _UNCOUNTED else f"{unit}s"
