"""A referral that another organisation sent, as the command that opens its case here."""

from datetime import date, timedelta
from typing import Final

from msgspec.structs import replace

from standfast.calls.commands import OpenReferred
from standfast.facts.contact import NumberToRing, Patient, Place
from standfast.facts.interop import (
    Code,
    IncidentPlace,
    Number,
    NumberStatus,
    PostalAddress,
    Referral,
    ReferralReceived,
    ReferredPatient,
)

WITHIN: Final = ((timedelta(minutes=20), 2), (timedelta(minutes=60), 3))
"""A referral says by when, not how urgent: the sooner, the higher its place in the queue."""


def open_referred(event: ReferralReceived) -> OpenReferred:
    """Return the command that opens the case of *event*."""
    referral = event.referral
    allowed = referral.due_at - event.received_at
    return OpenReferred(
        case_id=event.case_id,
        org=event.org,
        message_id=event.message_id,
        reference=event.reference,
        number=referral.numbers[0].number,
        patient=_patient(referral.patient),
        place=replace(_place(referral.place, referral.patient), way_in=event.way_in),
        numbers=tuple(_number(each) for each in referral.numbers),
        gp_name=referral.patient.gp_name,
        language=referral.patient.language,
        problem=_problem(referral),
        notes=tuple(_notes(referral)),
        sender=referral.sender_name or referral.sender_ods,
        priority=next((level for limit, level in WITHIN if allowed <= limit), 4),
        due_at=referral.due_at,
    )


def _patient(sent: ReferredPatient) -> Patient:
    """Only a number that the sender has traced is taken for the patient's own."""
    verified = sent.number_status is NumberStatus.VERIFIED
    return Patient(
        family=sent.family or sent.full_name,
        given=" ".join(sent.given),
        title=sent.title,
        born=_day(sent.birth_date),
        sex=sent.sex,
        nhs_number=sent.nhs_number if verified else None,
        postcode=sent.address.postcode,
    )


def _day(text: str) -> date | None:
    """Return the day of birth, or None where only a month or a year was sent."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _place(sent: IncidentPlace, patient: ReferredPatient) -> Place:
    """All that was sent of the place is shown; without a place it is the home address."""
    address = sent.address if _address(sent.address) else patient.address
    coordinates = (
        ("UPRN", sent.uprn),
        ("what3words", sent.what3words),
        ("Eastings", sent.eastings),
        ("Northings", sent.northings),
        ("Latitude", "" if sent.latitude is None else str(sent.latitude)),
        ("Longitude", "" if sent.longitude is None else str(sent.longitude)),
    )
    return Place(
        address=", ".join(part for part in (sent.name, _address(address)) if part),
        postcode=address.postcode,
        finding="; ".join(f"{name} {value}" for name, value in coordinates if value),
        source="referral" if address is sent.address else "referral, home address",
    )


def _address(sent: PostalAddress) -> str:
    parts = (*sent.lines, sent.town, sent.district)
    return ", ".join(part for part in parts if part) or sent.text


def _number(sent: Number) -> NumberToRing:
    whose = ", ".join(part for part in (sent.whose, sent.name, sent.use) if part)
    return NumberToRing(number=sent.number, whose=whose)


def _problem(referral: Referral) -> str:
    found = referral.assessment
    says = (found.symptom_group, found.discriminator, found.disposition, found.dispatch)
    words = [_words(each) for each in says if each]
    return words[0] if words else referral.use_case_name


def _notes(referral: Referral) -> list[str]:
    found = referral.assessment
    named = (
        ("Disposition", found.disposition),
        ("Symptom group", found.symptom_group),
        ("Discriminator", found.discriminator),
        ("Priority", found.priority),
        ("Dispatch code", found.dispatch),
    )
    codes = [f"{name}: {_words(code)}" for name, code in named if code]
    sender = f"Sent by {referral.sender_name} ({referral.sender_ods}), {referral.sender_system}"
    if referral.sender_phone:
        sender += f", telephone {referral.sender_phone}"
    patient = referral.patient
    warnings = [
        f"Warning, {flag.category_name}: " + "; ".join(_words(each) for each in flag.says)
        for flag in referral.flags
    ]
    age = [f"Age as sent: {patient.estimated_age}"] if patient.estimated_age else []
    born = [f"Born as sent: {patient.birth_date}"] if patient.birth_date else []
    untraced = patient.nhs_number and patient.number_status is not NumberStatus.VERIFIED
    number = [f"NHS number as sent, not traced: {patient.nhs_number}"] if untraced else []
    about = [*age, *born, *number]
    return [
        *warnings,
        *referral.remarks,
        *found.summary,
        *(["\n".join(found.findings)] if found.findings else []),
        *(["\n".join(codes)] if codes else []),
        *(["\n".join(about)] if about else []),
        sender,
        *(
            ["Only in the original: " + ", ".join(referral.not_shown)]
            if referral.not_shown
            else []
        ),
    ]


def _words(code: Code) -> str:
    return (
        f"{code.display} ({code.code})"
        if code.display and code.code
        else code.display or code.code
    )
