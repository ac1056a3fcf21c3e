"""Every way in which a call or a case can say no. The sentences are in ``words.py``."""

from enum import StrEnum


class Refusal(StrEnum):
    """Why something was not done to a call or a case."""

    ALREADY_ANSWERED = "already_answered"
    NO_SUCH_CALL = "no_such_call"
    NOT_ON_CALL_BACK_LIST = "not_on_call_back_list"
    NO_SUCH_CASE = "no_such_case"
    NO_PATIENT_LINKED = "no_patient_linked"
    ANOTHER_PATIENT_LINKED = "another_patient_linked"
    NO_AMBULANCE_REQUESTED = "no_ambulance_requested"
    NO_NAME_YET = "no_name_yet"
    ALREADY_HAS_APPOINTMENT = "already_has_appointment"
    NO_APPOINTMENT = "no_appointment"
    NOT_IN_QUEUE = "not_in_queue"
    WITH_ANOTHER_CLINICIAN = "with_another_clinician"
    TAKE_IT_FIRST = "take_it_first"
    NOT_YOURS_TO_HAND_OVER = "not_yours_to_hand_over"
    HAND_IT_TO_ANOTHER = "hand_it_to_another"
    NO_OUTCOME = "no_outcome"
    AMBULANCE_UNOWNED = "ambulance_unowned"
    SERVICE_UNARRANGED = "service_unarranged"
    CLINICIAN_WAITING = "clinician_waiting"
    PRESCRIPTION_UNOWNED = "prescription_unowned"
    ALREADY_CLOSED = "already_closed"
    PATIENT_CHANGED = "patient_changed"
    NOT_CLOSED = "not_closed"
    MESSAGE_ALREADY_PASSED_ON = "message_already_passed_on"
