"""Every way prescribing can say no. The sentences are in ``words.py``."""

from enum import StrEnum


class Refusal(StrEnum):
    """Why prescribing refused."""

    # The need.
    UNKNOWN_NEED = "unknown_need"
    NEED_ENDED = "need_ended"
    TAKEN_BY_ANOTHER = "taken_by_another"
    NOT_YOURS = "not_yours"
    PRESCRIPTION_LIVE = "prescription_live"
    # Writing.
    PATIENT_NOT_NAMED = "patient_not_named"
    NOT_CODED = "not_coded"
    DEMONSTRATION_ONLY = "demonstration_only"
    CONTROLLED_DRUG = "controlled_drug"
    QUANTITY_TOO_SMALL = "quantity_too_small"
    QUANTITY_ABOVE_MAXIMUM = "quantity_above_maximum"
    UNIT_CHANGED = "unit_changed"
    DOSE_MISSING = "dose_missing"
    DOSE_LEFT_OPEN = "dose_left_open"
    ALLERGIES_NOT_RECORDED = "allergies_not_recorded"
    ALLERGIES_UNAVAILABLE = "allergies_unavailable"
    ALLERGY_SEVERE = "allergy_severe"
    ALLERGY_MATCH = "allergy_match"
    DUPLICATE_MEDICINE = "duplicate_medicine"
    SAFETY_CHANGED = "safety_changed"
    # Signing.
    NOTHING_TO_SIGN = "nothing_to_sign"
    ALREADY_SIGNED = "already_signed"
    NOT_CONFIRMED = "not_confirmed"
    NOT_PROVEN = "not_proven"
    CONTENT_CHANGED = "content_changed"
    PATIENT_CHANGED = "patient_changed"
    NO_REGISTRATION = "no_registration"
    # Sending, and taking back.
    NOT_SIGNED = "not_signed"
    CONTENT_ALTERED = "content_altered"
    ALREADY_SENT = "already_sent"
    PHARMACY_CLOSED = "pharmacy_closed"
    NOTHING_TO_CANCEL = "nothing_to_cancel"
    # At the pharmacy.
    NOT_AT_PHARMACY = "not_at_pharmacy"
    CANCELLED = "cancelled"
    ALREADY_SUPPLIED = "already_supplied"
    NOT_SUPPLIED = "not_supplied"
    TOO_LATE_TO_UNDO = "too_late_to_undo"
    # The formulary.
    NO_MAXIMUM = "no_maximum"
    LISTED_ELSEWHERE = "listed_elsewhere"
