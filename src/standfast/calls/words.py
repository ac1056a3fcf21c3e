"""What calls says to people: a sentence for each refusal, and for each fact."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from standfast.calls.describing import describe_call, describe_case
from standfast.calls.refusals import Refusal

REFUSALS: Final[Mapping[StrEnum, str]] = {
    Refusal.ALREADY_ANSWERED: "{who} has answered this call. Take the next one.",
    Refusal.NO_SUCH_CALL: "There is no such call here. Go back to the waiting calls.",
    Refusal.NOT_ON_CALL_BACK_LIST: (
        "This caller is no longer on the call-back list: somebody else has dealt with it. "
        "Look at the list again."
    ),
    Refusal.NO_SUCH_CASE: (
        "There is no such case here. Find it with Ctrl K, or take a new call."
    ),
    Refusal.NO_PATIENT_LINKED: (
        "No patient is linked to this case, so there is none to unlink. Look at the case again."
    ),
    Refusal.ANOTHER_PATIENT_LINKED: (
        "Another patient is linked to this case. Unlink that one first, then choose this one."
    ),
    Refusal.NO_AMBULANCE_REQUESTED: (
        "No ambulance was requested for this case. Request one first with F9."
    ),
    Refusal.NO_NAME_YET: "The clinic needs a name. Record the patient's name, then book.",
    Refusal.ALREADY_HAS_APPOINTMENT: (
        "This patient has an appointment already. Give that one up first, then book another."
    ),
    Refusal.NO_APPOINTMENT: "There is no appointment to give up. Look at the case again.",
    Refusal.NOT_IN_QUEUE: (
        "This case is not in the clinical queue any more, or nobody has taken it. "
        "Look at the queue again."
    ),
    Refusal.WITH_ANOTHER_CLINICIAN: "{who} has this case. Take another, or speak to them.",
    Refusal.TAKE_IT_FIRST: "Nobody has this case yet. Take it, then record what came of it.",
    Refusal.NOT_YOURS_TO_HAND_OVER: (
        "{who} has this case. Ask them, or a supervisor, to hand it over."
    ),
    Refusal.HAND_IT_TO_ANOTHER: (
        "Nobody hands a case to themselves. Ask whoever has it, or another supervisor, to hand "
        "it to you."
    ),
    Refusal.NO_OUTCOME: (
        "This case has no outcome yet. Finish the questions, or say why there is none."
    ),
    Refusal.AMBULANCE_UNOWNED: (
        "Nobody has accepted the ambulance request. Phone the desk, enter their incident "
        "number, then close."
    ),
    Refusal.SERVICE_UNARRANGED: (
        "Nothing is arranged yet. Book an appointment or refer the patient to a service, "
        "then close."
    ),
    Refusal.CLINICIAN_WAITING: (
        "The patient still waits for a clinician to ring. Leave the case open until the "
        "clinician has recorded what came of it."
    ),
    Refusal.PRESCRIPTION_UNOWNED: (
        "The prescription is not with a pharmacy yet. Leave the case open until it is sent, or "
        "tell the clinician in charge."
    ),
    Refusal.ALREADY_CLOSED: "This case is closed already. Open its message to the GP instead.",
    Refusal.PATIENT_CHANGED: (
        "Who the patient is changed while you closed the case. Check who it is, then close again."
    ),
    Refusal.NOT_CLOSED: "This case is still open. Close it first; that makes the message.",
    Refusal.MESSAGE_ALREADY_PASSED_ON: (
        "Somebody has passed this message on already. Look at the list again."
    ),
}
DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {
    "calls.call": describe_call,
    "calls.case": describe_case,
}
"""By kind of stream: one plain sentence for each of its events."""
