"""The kinds of entry that a call handler's device writes, and the command each becomes."""

from typing import Final

from standfast.calls import device_commands as d
from standfast.calls.entering import located_and_sealed, remark
from standfast.calls.model_case import CASE
from standfast.kernel.messages import Command
from standfast.web.device import Entry

TAKE: Final = "calls.take"


def _entry(kind: str, command: type[Command]) -> Entry:
    return Entry(kind=kind, needs=TAKE, decider=CASE, command=command)


ENTRIES: Final[tuple[Entry, ...]] = (
    Entry(
        kind="calls.open",
        needs=TAKE,
        decider=CASE,
        command=d.OpenCase,
        opens=True,
        begins=CASE.stream,
    ),
    _entry("calls.caller", d.RecordCaller),
    Entry(
        kind="calls.place",
        needs=TAKE,
        decider=CASE,
        command=d.RecordPlace,
        complete=located_and_sealed,
        remark=remark,
    ),
    _entry("calls.numbers", d.RecordNumbers),
    _entry("calls.needs", d.RecordNeeds),
    _entry("calls.problem", d.ReportProblem),
    _entry("calls.note", d.WriteNote),
    _entry("calls.describe_patient", d.DescribePatient),
    _entry("calls.advice_said", d.SayAdvice),
    _entry("calls.ambulance_now", d.AmbulanceNow),
    _entry("calls.clinician", d.AskForClinician),
    _entry("calls.ambulance_phoned", d.RecordAmbulancePhoned),
    _entry("calls.finish", d.FinishCall),
)
