"""The kinds of entry that a call handler's device writes, and the command each becomes."""

from typing import Final

from standfast.calls import device_commands as d
from standfast.calls.locating import with_point
from standfast.calls.model_case import CASE
from standfast.kernel.messages import Command
from standfast.web.device import Complete, Entry

TAKE: Final = "calls.take"


def _entry(kind: str, command: type[Command], complete: Complete | None = None) -> Entry:
    return Entry(kind=kind, needs=TAKE, decider=CASE, command=command, complete=complete)


ENTRIES: Final[tuple[Entry, ...]] = (
    _entry("calls.open", d.OpenCase),
    _entry("calls.caller", d.RecordCaller),
    _entry("calls.place", d.RecordPlace, with_point),
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
