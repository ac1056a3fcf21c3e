"""Who a person is, and what everybody who helps them must know. This file only ever grows."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct, structs

from standfast.kernel.geo import Point
from standfast.kernel.messages import Event
from standfast.kernel.questions import Question
from standfast.kernel.values import Sex


class AllergyStatus(StrEnum):
    """What the record says of allergies before it says which. Not recorded is never none."""

    KNOWN = "known"
    NONE_KNOWN = "none_known"
    NOT_RECORDED = "not_recorded"


class Allergy(Struct, frozen=True, kw_only=True):
    """One allergy. ``substance`` is an ingredient or class, as the formulary names it."""

    substance: str
    display: str
    code: str
    system: str
    reaction: str
    severity: str


class CurrentMedicine(Struct, frozen=True, kw_only=True):
    """A medicine somebody takes. ``ingredients`` are named as the formulary names them."""

    generic_name: str
    form: str
    strength: str
    dose: str
    ingredients: tuple[str, ...]


WAYS_IN: Final = frozenset({"key_safe", "access"})
"""Kinds of flag by which sources say how to get into a home."""

ASK_THE_WAY_IN: Final = "Ask how to get in"


class Flag(Struct, frozen=True, kw_only=True):
    """Something that everybody who opens the record must see first.

    A flag stands in lists and searches, so it never says how to get into a home: one that did
    says that it must be asked. The caller's answer is sealed with their case (ADR 19).
    """

    kind: str
    label: str
    detail: str

    def __post_init__(self) -> None:
        """Keep what a source says of the way in out of every state, row, list and new fact."""
        if self.kind in WAYS_IN:
            structs.force_setattr(self, "label", ASK_THE_WAY_IN)
            structs.force_setattr(self, "detail", "")


class SpecialNote(Struct, frozen=True, kw_only=True):
    """A note for whoever helps this person out of hours, and until when it should hold."""

    text: str
    author: str
    written_on: date
    review_on: date


class PersonDetails(Struct, frozen=True, kw_only=True):
    """Who somebody is. None and the empty string mean that it is not known."""

    family: str
    given: str
    title: str = ""
    preferred: str = ""
    born: date | None = None
    died: date | None = None
    sex: Sex = Sex.UNKNOWN
    nhs_number: str | None = None
    address: tuple[str, ...] = ()
    postcode: str = ""
    point: Point | None = None
    phones: tuple[str, ...] = ()
    gp_id: str = ""
    gp_name: str = ""
    language: str = "English"
    needs_interpreter: bool = False


class PersonRegistered(Event, frozen=True, kw_only=True, tag="people.person_registered.v1"):
    """A person is known to ``org`` from now on, with or without an NHS number."""

    person_id: str
    org: str
    details: PersonDetails
    registered_at: datetime
    by: str = ""
    """Who registered them by hand, as a staff id; empty: a list was loaded."""


class DetailsCorrected(Event, frozen=True, kw_only=True, tag="people.details_corrected.v1"):
    """Who the person is turned out differently."""

    person_id: str
    org: str
    details: PersonDetails
    corrected_at: datetime


class SafetyRecorded(Event, frozen=True, kw_only=True, tag="people.safety_recorded.v1"):
    """Allergies, medicines, flags and notes as a source gave them. No allergy is lost by it."""

    person_id: str
    org: str
    allergy_status: AllergyStatus
    allergies: tuple[Allergy, ...]
    medicines: tuple[CurrentMedicine, ...] | None
    """None: not recorded, which is not the same as none taken."""
    flags: tuple[Flag, ...]
    notes: tuple[SpecialNote, ...]
    source: str
    recorded_at: datetime


class AllergyRuledOut(Event, frozen=True, kw_only=True, tag="people.allergy_ruled_out.v1"):
    """A clinician found that this is no allergy. Recorded anew later, it counts again."""

    person_id: str
    org: str
    substance: str
    reason: str
    ruled_out_at: datetime
    by: str


class AddressHidden(Event, frozen=True, kw_only=True, tag="people.address_hidden.v1"):
    """Nobody may see or search where this person lives and how to reach them, or may again."""

    person_id: str
    org: str
    hidden: bool
    said_at: datetime


PersonEvent: TypeAlias = (
    PersonRegistered | DetailsCorrected | SafetyRecorded | AllergyRuledOut | AddressHidden
)


class PersonSummary(Struct, frozen=True, kw_only=True):
    """All that other contexts may know of a person, as their organisation's record has it."""

    person_id: str
    details: PersonDetails
    allergy_status: AllergyStatus
    allergies: tuple[Allergy, ...]
    medicines: tuple[CurrentMedicine, ...] | None
    flags: tuple[Flag, ...]
    notes: tuple[SpecialNote, ...]
    safety_source: str
    safety_recorded_at: datetime | None


PERSON: Final[Question[PersonSummary | None]] = Question("people.person")
"""By person id. None when the organisation has no such person."""


# --- Contacts: which cases were about a person ---------------------------------------------


class ContactRecorded(Event, frozen=True, kw_only=True, tag="people.contact_recorded.v1"):
    """This case is about this person. ``problem`` is in the caller's words."""

    case_id: str
    org: str
    person_id: str
    problem: str
    at: datetime


class ContactUnlinked(Event, frozen=True, kw_only=True, tag="people.contact_unlinked.v1"):
    """This case was not about this person after all."""

    case_id: str
    org: str
    person_id: str
    unlinked_at: datetime


class ContactOutcome(Event, frozen=True, kw_only=True, tag="people.contact_outcome.v1"):
    """What came of the case, in one line."""

    case_id: str
    org: str
    outcome: str
    at: datetime


ContactEvent: TypeAlias = ContactRecorded | ContactUnlinked | ContactOutcome

RECENT: Final = timedelta(hours=96)
"""Whoever calls again within so long is shown with their earlier contacts first."""


class RecentContact(Struct, frozen=True, kw_only=True):
    """A contact of a person. ``outcome`` is empty while the case is open."""

    case_id: str
    at: datetime
    problem: str
    outcome: str


RECENT_CONTACTS: Final[Question[tuple[RecentContact, ...]]] = Question("people.recent_contacts")
"""By person id: their latest 20 contacts, newest first, the case in hand among them.
:func:`recent` leaves those of the last 96 hours."""


def recent(
    contacts: Iterable[RecentContact], now: datetime, *, other_than: str = ""
) -> tuple[RecentContact, ...]:
    """Return those of the last 96 hours, without the case *other_than*."""
    return tuple(
        each for each in contacts if now - each.at <= RECENT and each.case_id != other_than
    )
