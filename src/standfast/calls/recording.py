"""What people and machines tell a case: who, where, what, and who it turned out to be. Pure."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import asdict, replace

from standfast.calls import commands as c
from standfast.calls import device_commands as d
from standfast.calls import requests
from standfast.calls.learning import evolve
from standfast.calls.refusals import Refusal
from standfast.calls.state import Case
from standfast.facts import cases as e
from standfast.facts.contact import NumberToRing, Patient, Place, case_reference
from standfast.kernel.home_entry import HomeEntry, elsewhere
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Refused

Decision = Sequence[e.CaseEvent]


def open_case(case: Case, command: d.OpenCase, _: datetime) -> Decision:
    """Begin the case; its id was minted on the device, its reference follows from that."""
    if case.opened_at is not None:
        raise Refused(Refusal.NO_SUCH_CASE)
    return (
        e.CaseOpened(
            case_id=command.case_id,
            org=command.org,
            entry_id=command.entry_id,
            call_id=command.call_id,
            source=e.CaseSource.PHONE,
            number=command.number,
            reference=case_reference(command.case_id),
            opened_at=command.at,
            by=command.staff_name,
            staff_id=command.staff_id,
            accept_seconds=command.accept_seconds,
        ),
    )


def open_referred(case: Case, command: c.OpenReferred, now: datetime) -> Decision:
    """Open a case that came as a message; the same message again opens nothing."""
    if case.opened_at is not None:
        return ()
    opened = e.CaseOpened(
        case_id=command.case_id,
        org=command.org,
        entry_id=command.message_id,
        call_id=None,
        source=e.CaseSource.BARS,
        number=command.number,
        reference=command.reference,
        opened_at=now,
        by=command.sender,
    )
    wanted = requests.clinician_wanted(
        evolve(case, opened),
        reason=command.problem,
        priority=command.priority,
        due_at=command.due_at,
        skill="General",
        now=now,
    )
    return (opened, *_said_in(command), *wanted)


def _said_in(command: c.OpenReferred) -> Decision:
    """Return what the message says, each part as an entry of its own."""
    case_id, entry_id = command.case_id, command.message_id
    needs = e.NeedsRecorded(
        case_id=case_id,
        entry_id=child_id(entry_id, "needs"),
        gp_name=command.gp_name,
        language=command.language,
        needs_interpreter=False,
    )
    return (
        e.PatientDescribed(
            case_id=case_id, entry_id=child_id(entry_id, "patient"), patient=command.patient
        ),
        e.PlaceRecorded(
            case_id=case_id, entry_id=child_id(entry_id, "place"), place=command.place
        ),
        e.NumbersRecorded(
            case_id=case_id, entry_id=child_id(entry_id, "numbers"), numbers=command.numbers
        ),
        *((needs,) if command.gp_name or command.language else ()),
        e.ProblemReported(
            case_id=case_id, entry_id=child_id(entry_id, "problem"), words=command.problem
        ),
        *(
            e.NoteWritten(
                case_id=case_id,
                entry_id=child_id(entry_id, f"note {number}"),
                text=text,
                by=command.sender,
            )
            for number, text in enumerate(command.notes)
        ),
    )


def record_caller(_: Case, command: d.RecordCaller, __: datetime) -> Decision:
    """Write down who is calling."""
    return (
        e.CallerRecorded(
            case_id=command.case_id,
            entry_id=command.entry_id,
            name=command.name,
            relationship=command.relationship,
            with_patient=command.with_patient,
        ),
    )


def record_place(case: Case, command: d.RecordPlace, _: datetime) -> Decision:
    """Write down where the patient is. A change of address leaves the way in to be checked."""
    place = Place(**asdict(command.place))
    return (
        e.PlaceRecorded(
            case_id=command.case_id,
            entry_id=command.entry_id,
            place=replace(place, way_in=_way_in(case.place, place, command)),
            by=command.staff_name,
        ),
    )


def _way_in(known: Place, place: Place, command: d.RecordPlace) -> HomeEntry | None:
    if command.way_in is not None or command.nothing_said or known.way_in is None:
        return command.way_in
    was, now = ((each.address, each.postcode) for each in (known, place))
    return elsewhere(known.way_in) if any(was) and was != now else known.way_in


def learn_line(case: Case, command: c.LearnLine, _: datetime) -> Decision:
    """Take the exchange's word for number and place until somebody says better."""
    found: list[e.CaseEvent] = []
    if command.place and not (case.place.address or case.place.postcode or case.place.point):
        found.append(
            e.PlaceRecorded(
                case_id=case.case_id,
                entry_id=child_id(case.case_id, "network place"),
                place=replace(command.place, source="network", way_in=case.place.way_in),
            )
        )
    if command.number and not case.numbers:
        found.append(
            e.NumbersRecorded(
                case_id=case.case_id,
                entry_id=child_id(case.case_id, "network number"),
                numbers=(NumberToRing(number=command.number, whose="rang from"),),
            )
        )
    return found


def record_numbers(_: Case, command: d.RecordNumbers, __: datetime) -> Decision:
    """Write down whom to ring."""
    return (
        e.NumbersRecorded(
            case_id=command.case_id,
            entry_id=command.entry_id,
            numbers=tuple(
                NumberToRing(number=each.number, whose=each.whose) for each in command.numbers
            ),
        ),
    )


def record_needs(case: Case, command: d.RecordNeeds, _: datetime) -> Decision:
    """Write down the GP and the language; what the form had from a record stays the record's."""
    recorded, said = case.needs_of_record, case.needs_said
    return (
        e.NeedsRecorded(
            case_id=command.case_id,
            entry_id=command.entry_id,
            gp_name=_said(command.gp_name, said.gp_name, recorded.gp_name),
            language=_said(command.language, said.language, recorded.language),
            needs_interpreter=command.needs_interpreter
            and (said.needs_interpreter or not recorded.needs_interpreter),
        ),
    )


def _said(sent: str, said: str, recorded: str) -> str:
    """Return what the caller said: not what only the linked record had filled in."""
    return "" if sent == recorded and sent != said else sent


def report_problem(_: Case, command: d.ReportProblem, __: datetime) -> Decision:
    """Write down what is the matter."""
    return (
        e.ProblemReported(
            case_id=command.case_id, entry_id=command.entry_id, words=command.words
        ),
    )


def write_note(_: Case, command: d.WriteNote, __: datetime) -> Decision:
    """Write down a note."""
    return (
        e.NoteWritten(
            case_id=command.case_id,
            entry_id=command.entry_id,
            text=command.text,
            by=command.staff_name,
        ),
    )


def describe_patient(_: Case, command: d.DescribePatient, __: datetime) -> Decision:
    """Write down who the caller says it is."""
    return (
        e.PatientDescribed(
            case_id=command.case_id,
            entry_id=command.entry_id,
            patient=Patient(**asdict(command.patient)),
        ),
    )


def identify(case: Case, command: c.IdentifyPatient, _: datetime) -> Decision:
    """Link the person; another must be unlinked first, so that nothing is swapped unseen."""
    if case.identified is not None:
        if case.identified.person_id == command.patient.person_id:
            return ()
        raise Refused(Refusal.ANOTHER_PATIENT_LINKED)
    assert case.opened_at is not None  # noqa: S101 - decide lets only open cases in
    identified = e.PatientIdentified(
        case_id=case.case_id,
        org=case.org,
        patient=command.patient,
        problem=case.problem,
        opened_at=case.opened_at,
        by=command.staff_name,
    )
    if not (command.gp_name or command.language or command.needs_interpreter):
        return (identified,)
    needs = e.NeedsRecorded(
        case_id=case.case_id,
        entry_id=child_id(case.case_id, f"needs of {command.patient.person_id}"),
        gp_name=command.gp_name,
        language=command.language,
        needs_interpreter=command.needs_interpreter,
        person_id=command.patient.person_id or "",
    )
    return (identified, needs)


def unlink(case: Case, command: c.UnlinkPatient, _: datetime) -> Decision:
    """Take the wrong person off the case."""
    if case.identified is None or case.identified.person_id is None:
        raise Refused(Refusal.NO_PATIENT_LINKED)
    return (
        e.PatientUnlinked(
            case_id=case.case_id,
            org=case.org,
            person_id=case.identified.person_id,
            by=command.staff_name,
        ),
    )


def say_advice(case: Case, command: d.SayAdvice, _: datetime) -> Decision:
    """Write down that a piece of advice was said, or was not after all."""
    return (
        e.AdviceSaid(
            case_id=case.case_id,
            entry_id=command.entry_id,
            text=command.text,
            said=command.said,
        ),
    )


def lose_caller(case: Case, command: c.LoseCaller, _: datetime) -> Decision:
    """Learn that the line was closed; once, and not after the case was."""
    if case.hung_up_at is not None or case.closed is not None:
        return ()
    return (
        e.CallerHungUp(
            case_id=case.case_id,
            org=case.org,
            call_id=command.call_id,
            hung_up_at=command.at,
        ),
    )


def settle(case: Case, command: c.SettleCase, now: datetime) -> Decision:
    """Take the lost caller off the call-back list."""
    if not case.is_lost:
        raise Refused(Refusal.NOT_ON_CALL_BACK_LIST)
    return (
        e.CaseCallBackSettled(
            case_id=case.case_id, outcome=command.outcome, by=command.staff_name, at=now
        ),
    )


def finish(case: Case, command: d.FinishCall, _: datetime) -> Decision:
    """End the call handler's part."""
    return (
        e.CallFinished(
            case_id=case.case_id,
            entry_id=command.entry_id,
            by=command.staff_name,
            at=command.at,
        ),
    )
