"""The words that a decision about a record is put in: what is asked, and what is answered."""

from enum import IntEnum, StrEnum

from msgspec import Struct

from standfast.kernel.access import Assurance, Purpose, Sensitivity


class Relationship(IntEnum):
    """What somebody has to do with the person whom a record is about."""

    NONE = 0
    PAST = 1
    """Their organisation had, and the time after it has run out."""
    BROKEN_GLASS = 2
    """They gave a reason, for a short while; somebody reviews it."""
    LIVE = 3
    """Their organisation has: an open case, a booking, an incident, a prescription."""
    PERSONAL = 4
    """They themselves have: the call handler who opened it, the clinician who took it."""


class Act(StrEnum):
    """What is wanted of a record."""

    READ = "read"
    WRITE = "write"
    PRESCRIBE = "prescribe"
    ENTER = "enter"
    """To be told how to get into the home."""


class Asked(Struct, frozen=True, kw_only=True):
    """Everything that the decision depends on."""

    role: str
    relationship: Relationship
    same_organisation: bool
    sensitivity: Sensitivity
    purpose: Purpose
    assurance: Assurance
    act: Act = Act.READ
    on_shift: bool = True
    offline: bool = False


class Answer(IntEnum):
    """What is decided; the more is allowed, the higher."""

    REFUSE = 0
    BREAK_GLASS = 1
    STEP_UP = 2
    ALLOW = 3


class Why(StrEnum):
    """What a decision rests on."""

    ALLOWED = "allowed"
    OFF_SHIFT = "off_shift"
    ROLE = "role"
    PURPOSE = "purpose"
    NEVER_BY_NAME = "never_by_name"
    ANOTHER_ORGANISATION = "another_organisation"
    NOT_SURE_ENOUGH = "not_sure_enough"
    ACT = "act"
    GLASS_NEVER_PRESCRIBES = "glass_never_prescribes"
    NO_RELATIONSHIP = "no_relationship"
    TOO_GUARDED = "too_guarded"
    OFFLINE = "offline"


class Decision(Struct, frozen=True):
    """The answer, and why."""

    answer: Answer
    why: Why
