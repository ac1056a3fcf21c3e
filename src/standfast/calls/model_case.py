"""The rules of a case, from the first word to the message to the GP. Pure: no clock, no web."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from standfast.calls import arranging, closing, from_paper, handing, recording, requests
from standfast.calls import commands as c
from standfast.calls import device_commands as d
from standfast.calls.learning import evolve
from standfast.calls.refusals import Refusal
from standfast.calls.state import Case
from standfast.facts.cases import CaseEvent
from standfast.kernel.messages import Command, Decider, Refused

DECISIONS: Final[
    Mapping[type[Command], Callable[[Case, Any, datetime], Sequence[CaseEvent]]]
] = {
    d.OpenCase: recording.open_case,
    d.RecordCaller: recording.record_caller,
    d.RecordPlace: recording.record_place,
    d.RecordNumbers: recording.record_numbers,
    d.RecordNeeds: recording.record_needs,
    d.ReportProblem: recording.report_problem,
    d.WriteNote: recording.write_note,
    d.DescribePatient: recording.describe_patient,
    d.SayAdvice: recording.say_advice,
    d.AmbulanceNow: arranging.ambulance_now,
    d.AskForClinician: arranging.clinician_asked_for,
    d.RecordAmbulancePhoned: arranging.ambulance_phoned,
    d.FinishCall: recording.finish,
    c.OpenReferred: recording.open_referred,
    c.EnterFromPaper: from_paper.enter,
    c.NoteSafety: from_paper.note_safety,
    c.LearnLine: recording.learn_line,
    c.LoseCaller: recording.lose_caller,
    c.SettleCase: recording.settle,
    c.IdentifyPatient: recording.identify,
    c.UnlinkPatient: recording.unlink,
    c.RecordDisposition: requests.disposition,
    c.TakeBackDisposition: requests.take_back,
    c.NoteAmbulance: arranging.note_ambulance,
    c.RequestAppointment: arranging.request_appointment,
    c.GiveUpAppointment: arranging.give_up_appointment,
    c.NoteAppointment: arranging.note_appointment,
    c.ReferToService: arranging.refer,
    c.NotePrescription: arranging.note_prescription,
    c.HandOver: handing.hand_over,
    c.TakeCase: arranging.take,
    c.PutCaseBack: arranging.put_back,
    c.TryContact: arranging.tried,
    c.DecideCase: arranging.decided,
    c.CloseCase: closing.close,
    c.PassMessageOn: closing.pass_message_on,
}
"""What answers each command. A test holds it against the union."""


def decide(case: Case, command: c.CaseCommand, now: datetime) -> Sequence[CaseEvent]:
    """Answer *command* with the events it causes; an entry that came before causes none.

    What somebody recorded is never refused because of what else is known, even after the
    case was closed: only acts that would undo or contradict another are.
    """
    org = getattr(command, "org", case.org)
    opens = isinstance(command, d.OpenCase | c.OpenReferred | c.EnterFromPaper)
    if (case.opened_at is None and not opens) or (case.org and case.org != org):
        raise Refused(Refusal.NO_SUCH_CASE)
    if isinstance(command, d.DeviceCommand) and command.entry_id in case.entries:
        return ()
    return requests.with_news(case, DECISIONS[type(command)](case, command, now), now)


CASE: Final = Decider(
    stream="calls.case",
    event_type=CaseEvent,
    initial=Case(),
    decide=decide,
    evolve=evolve,
    org=lambda case: case.org,
    subject=lambda case: case.patient.person_id,
)
