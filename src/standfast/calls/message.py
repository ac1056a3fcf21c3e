"""The post-event message: what the GP needs, on one page, action first; and the same as PDF."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
import typst
from msgspec import Struct

from standfast.calls.closing import summary
from standfast.calls.receipts import receipts
from standfast.calls.rows import one_line
from standfast.calls.state import Case
from standfast.facts.cases import MessageLine as Fact
from standfast.facts.cases import MessageText
from standfast.facts.people import PersonSummary
from standfast.facts.triage import AssessmentSummary
from standfast.web.rendering import (
    age,
    local_date,
    local_datetime,
    nhs_number,
    person_name,
    phone,
)

LAYOUT: Final = Path(__file__).parent / "templates" / "calls" / "message.typ"
WAYS: Final = {"phone": "by phone", "post": "by post", "nhsmail": "by NHSmail"}
DRAFT: Final = "Draft: the case is not closed yet"


class Message(Struct, frozen=True, kw_only=True):
    """A message to a GP, in the words that both the page and the PDF show."""

    heading: str
    action: str
    reference: str
    to: str
    sender: str
    when: str
    state: str
    patient: tuple[Fact, ...]
    contact: tuple[Fact, ...]
    reported: str
    found: tuple[str, ...]
    outcome: str
    done: tuple[str, ...]
    advice: tuple[str, ...]
    notes: tuple[str, ...]
    watermark: str


def message(
    case: Case,
    person: PersonSummary | None,
    assessment: AssessmentSummary | None,
    *,
    provider: str,
    demonstration: bool,
    now: datetime,
) -> Message:
    """Return the message that closing *case* made, or its draft while it is open."""
    closed = case.closed
    kept = closed.text if closed else None
    text = kept or text_of(case, person, assessment, provider=provider, now=now)
    action = closed.action if closed else ""
    return Message(
        heading="For action" if action else "For information",
        action=action,
        reference=case.reference,
        to=(closed.gp_name if closed else case.gp_name) or "GP not known",
        sender=text.sender,
        when=local_datetime(closed.closed_at if closed else now),
        state=_state(case),
        patient=text.patient,
        contact=text.contact,
        reported=text.reported,
        found=text.found,
        outcome=closed.summary if closed else summary(case),
        done=text.done,
        advice=text.advice,
        notes=text.notes,
        watermark="Demonstration. Invented people only. Not for real care."
        if demonstration
        else "",
    )


def text_of(
    case: Case,
    person: PersonSummary | None,
    assessment: AssessmentSummary | None,
    *,
    provider: str,
    now: datetime,
) -> MessageText:
    """Return what the message says of the case as it is now; closing keeps it for ever."""
    return MessageText(
        sender=provider,
        patient=_patient(case, person, now),
        contact=_contact(case),
        reported=case.words or "Not recorded",
        found=_found(case, assessment),
        done=tuple(each.words for each in receipts(case, provider, now)),
        advice=tuple(each.text for each in case.advice if each.said),
        notes=tuple(f"{note.text} ({note.by})" for note in case.notes),
    )


async def pdf(content: Message, slip: str) -> bytes:
    """Return *content* as a PDF of one page. What people typed is data, never markup.

    *slip* says at its foot which print it is, whose, and until when.
    """
    data = msgspec.json.encode(content).decode()
    compiled: bytes = await asyncio.to_thread(
        typst.compile, LAYOUT, format="pdf", sys_inputs={"message": data, "slip": slip}
    )
    return compiled


def _state(case: Case) -> str:
    """Return where the message is. Nothing connects us to GPs yet, and it says so."""
    if case.closed is None:
        return DRAFT
    if case.is_misdirected:
        return _misdirected(case)
    if case.passed_on is None:
        return "Queued: no link configured. Nobody has passed it on yet."
    passed = case.passed_on
    return f"Passed on {WAYS[passed.way]} by {passed.by}, {local_datetime(passed.at)}"


def _misdirected(case: Case) -> str:
    """Return what to do about a message that was made about somebody else."""
    if case.correction is not None:
        told = case.correction
        return (
            "About somebody else than the patient. The practice was told so "
            f"{WAYS[told.way]} by {told.by}, {local_datetime(told.at)}"
        )
    if case.passed_on is None:
        return "About somebody else than the patient: do not pass it on. Tell the practice."
    passed = case.passed_on
    return (
        f"About somebody else than the patient, and passed on {WAYS[passed.way]} by "
        f"{passed.by}, {local_datetime(passed.at)}. Tell the practice to take it out of the "
        "record, and ring the GP of the right patient."
    )


def _patient(case: Case, person: PersonSummary | None, now: datetime) -> tuple[Fact, ...]:
    patient = case.patient
    years = f"{patient.age_years}y, born not known" if patient.age_years is not None else ""
    born = f"{local_date(patient.born)} ({age(patient.born, now)})" if patient.born else years
    home = ", ".join((*person.details.address, person.details.postcode)) if person else ""
    return (
        Fact("Patient", person_name(patient)),
        Fact("Born", born or "Not known"),
        Fact(
            "Gender",
            patient.sex.value.capitalize() if patient.sex != "unknown" else "Not known",
        ),
        Fact("NHS No.", nhs_number(patient.nhs_number)),
        Fact("Home", home or patient.postcode or "Not known"),
        Fact(
            "Identity", "Confirmed" if case.identified else "As the caller said, not confirmed"
        ),
    )


def _contact(case: Case) -> tuple[Fact, ...]:
    caller = case.caller_name or "Not known"
    if case.relationship == "self":
        caller = "The patient"
    elif case.relationship:
        caller = f"{caller} ({case.relationship})"
    numbers = ", ".join(
        phone(each.number) + (f" ({each.whose})" if each.whose else "") for each in case.numbers
    )
    return (
        Fact("Contact", local_datetime(case.opened_at)),
        Fact("Taken by", case.opened_by),
        Fact("Caller", caller),
        Fact("Was at", one_line(case.place) or "Not known"),
        Fact("Ring", numbers or "Not known"),
    )


def _found(case: Case, assessment: AssessmentSummary | None) -> tuple[str, ...]:
    """Return the findings of the outcome, else every answer that stands."""
    if case.disposition and case.disposition.findings:
        return case.disposition.findings
    if assessment is None:
        return ()
    return tuple(f"{each.short}: {each.answer}" for each in assessment.answers)
