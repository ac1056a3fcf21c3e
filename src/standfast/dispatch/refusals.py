"""Every way the desk can say no. The sentences are in ``words.py``."""

from enum import StrEnum


class Refusal(StrEnum):
    """Why the desk refused."""

    NOT_OPEN = "not_open"
    ALREADY_ACCEPTED = "already_accepted"
    NOT_ACCEPTED = "not_accepted"
    NOTHING_TO_ACCEPT = "nothing_to_accept"
    NOT_READ = "not_read"
    CHANGED_SINCE = "changed_since"
    NOT_LOWER = "not_lower"
    VEHICLE_BUSY = "vehicle_busy"
    VEHICLE_UNKNOWN = "vehicle_unknown"
    VEHICLE_NOT_AVAILABLE = "vehicle_not_available"
    VEHICLE_NOT_ON_IT = "vehicle_not_on_it"
    VEHICLE_STILL_ON_IT = "vehicle_still_on_it"
    WITH_PATIENT = "with_patient"
    BACKWARDS = "backwards"
    NOBODY_ATTENDED = "nobody_attended"
    SOMEBODY_ATTENDED = "somebody_attended"
    WHY_MISSING = "why_missing"
    NOT_A_MAP = "not_a_map"
