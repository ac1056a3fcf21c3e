"""A call from paper becomes a case: with its true times, and with nothing done twice. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from standfast.calls import commands as c
from standfast.calls.learning import evolve
from standfast.calls.refusals import Refusal
from standfast.calls.requests import follow_up
from standfast.calls.state import Case
from standfast.facts import cases as e
from standfast.facts import requests as asked
from standfast.facts.contact import Place, case_reference
from standfast.facts.paper import FormKeyed, PaperCall, Safety
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Refused

Decision = tuple[e.CaseEvent, ...]

NOT_READ_YET: Final = (
    "Allergies, medicines and safeguarding on the paper form {code} wait for the second reading: "
    "look at the form"
)


def enter(case: Case, command: c.EnterFromPaper, now: datetime) -> Decision:
    """Open the case of a form. What stands there as done is recorded, and not asked for again."""
    if case.opened_at is not None:
        raise Refused(Refusal.NO_SUCH_CASE)
    form = command.keyed
    told = tuple(_told(form))
    known = case
    for event in told:
        known = evolve(known, event)
    return (*told, *_ending(known, form, now), *_finished(form))


def note_safety(case: Case, command: c.NoteSafety, _: datetime) -> Decision:
    """Write down what both read, in the words of the paper."""
    settled = command.settled
    read = " and ".join(settled.read_by)
    return (
        e.NoteWritten(
            case_id=case.case_id,
            entry_id=child_id(case.case_id, "paper safety"),
            text=f"From the paper form {settled.code}, read by {read}. {_in_words(settled.safety)}",
            by=settled.by_name,
        ),
    )


def _in_words(safety: Safety) -> str:
    return (
        f"Allergies: {safety.allergies or 'not written'}. "
        f"Medicines: {safety.medicines or 'not written'}. "
        f"Safeguarding: {safety.safeguarding or 'not written'}"
    )


def _told(form: FormKeyed) -> Iterator[e.CaseEvent]:
    call, case_id = form.call, form.form_id
    yield e.CaseOpened(
        case_id=case_id,
        org=form.org,
        entry_id=child_id(case_id, "paper"),
        call_id=None,
        source=e.CaseSource.PAPER,
        number=call.rang_from,
        reference=case_reference(case_id),
        opened_at=call.called_at,
        by=form.by_name,
        staff_id=form.by,
    )
    yield e.EnteredFromPaper(
        case_id=case_id,
        org=form.org,
        form_code=form.code,
        done=_done(call),
        keyed_at=form.keyed_at,
        by=form.by_name,
        taken_by=call.taken_by,
    )
    yield from _who_and_where(form)
    yield from _notes(form)
    yield from _done_by_telephone(form)


def _done(call: PaperCall) -> tuple[str, ...]:
    """Return what the form says was dealt with."""
    dealt = {
        "ambulance": call.ambulance is not None or bool(call.ambulance_not_needed),
        "service": call.service is not None,
        "clinician": call.clinician is not None,
        "prescription": call.prescription is not None,
    }
    return tuple(kind for kind, is_done in dealt.items() if is_done)


def _who_and_where(form: FormKeyed) -> Iterator[e.CaseEvent]:
    call, case_id = form.call, form.form_id
    yield e.CallerRecorded(
        case_id=case_id,
        entry_id=child_id(case_id, "paper caller"),
        name=call.caller_name,
        relationship=call.relationship,
        with_patient=call.with_patient,
    )
    yield e.PlaceRecorded(
        case_id=case_id,
        entry_id=child_id(case_id, "paper place"),
        place=Place(
            address=call.address,
            postcode=call.postcode,
            point=call.point,
            source="paper",
            way_in=call.way_in,
        ),
        by=call.taken_by,
    )
    yield e.NumbersRecorded(
        case_id=case_id, entry_id=child_id(case_id, "paper numbers"), numbers=call.numbers
    )
    yield e.PatientDescribed(
        case_id=case_id, entry_id=child_id(case_id, "paper patient"), patient=call.patient
    )
    if call.gp_name:
        yield e.NeedsRecorded(
            case_id=case_id,
            entry_id=child_id(case_id, "paper needs"),
            gp_name=call.gp_name,
            language="",
            needs_interpreter=False,
        )
    if call.words:
        yield e.ProblemReported(
            case_id=case_id, entry_id=child_id(case_id, "paper problem"), words=call.words
        )


def _notes(form: FormKeyed) -> Iterator[e.CaseEvent]:
    call = form.call
    advice = [
        words
        for words, was_read in (
            ("Advice was read out", call.advice_read),
            ("What to do if it gets worse was read out", call.worsening_read),
        )
        if was_read
    ]
    prescription = call.prescription
    texts = (
        call.notes,
        ". ".join(advice),
        f"Prescribed on paper: {prescription.what}" if prescription else "",
        f"No ambulance was needed: {call.ambulance_not_needed}"
        if call.ambulance_not_needed
        else "",
        f"Also answered on paper: {'; '.join(call.unused)}" if call.unused else "",
        NOT_READ_YET.format(code=form.code),
    )
    for number, text in enumerate(texts):
        if text:
            yield e.NoteWritten(
                case_id=form.form_id,
                entry_id=child_id(form.form_id, f"paper note {number}"),
                text=text,
                by=call.taken_by,
            )


def _done_by_telephone(form: FormKeyed) -> Iterator[e.CaseEvent]:
    call, case_id = form.call, form.form_id
    if call.ambulance is not None:
        yield asked.AmbulanceRungThrough(
            case_id=case_id,
            org=form.org,
            category=call.ambulance.category,
            reason=call.words or "Asked for on paper",
            incident_number=call.ambulance.incident_number,
            desk_name=call.ambulance.desk_name,
            by=call.taken_by,
            rung_at=call.ambulance.rung_at,
        )
    if call.service is not None:
        yield asked.ServiceReferred(
            case_id=case_id,
            service_id="",
            service_name=call.service.name,
            note=call.service.appointment,
            by=call.taken_by,
            at=call.service.rung_at,
        )
    if call.clinician is not None:
        yield asked.ClinicianDecided(
            case_id=case_id,
            outcome="Spoke to them, on paper",
            note=call.clinician.advised or "Not written",
            by=call.clinician.name,
            at=call.clinician.spoke_at,
        )


def _ending(case: Case, form: FormKeyed, now: datetime) -> Decision:
    """Record the outcome that stands on the form, where no answers lead to one."""
    ending, call = form.call.ending, form.call
    if ending is None:
        return ()
    reached_at = call.reached_at or call.called_at
    recorded = e.DispositionRecorded(
        case_id=form.form_id,
        org=form.org,
        code=ending.code,
        label=ending.label,
        detail=ending.detail,
        kind=ending.kind,
        priority=ending.priority,
        category=ending.category,
        needs=ending.needs,
        problem_title=call.words[:200],
        findings=tuple(each.line for each in call.answers if each.line),
        interim_advice=(),
        worsening_advice=(),
        version=call.content,
        due_at=reached_at + timedelta(minutes=ending.minutes),
        reached_at=reached_at,
        rank=ending.rank,
    )
    return (recorded, *follow_up(evolve(case, recorded), recorded, call.taken_by, now))


def _finished(form: FormKeyed) -> Decision:
    return (
        e.CallFinished(
            case_id=form.form_id,
            entry_id=child_id(form.form_id, "paper end"),
            by=form.call.taken_by,
            at=form.call.ended_at or form.call.called_at,
        ),
    )
