"""Who may see whose record and why, and who did. This file only ever grows."""

from datetime import datetime
from typing import Final, TypeAlias

from msgspec import Struct

from standfast.kernel.access import Assurance, Purpose, Sensitivity
from standfast.kernel.messages import Event
from standfast.kernel.questions import Question

# --- Relationships: why an organisation may see a record ------------------------------------


class RelationshipBegan(Event, frozen=True, kw_only=True, tag="access.relationship_began.v1"):
    """From now on ``org`` has to do with this contact, for the reason ``basis``.

    ``thing_id`` is what it is about at that organisation: the case, the booking, the
    prescription. ``until`` is None while nobody knows when it ends.
    """

    relationship_id: str
    org: str
    basis: str
    thing_id: str
    case_id: str
    reference: str
    """What staff call it, such as ``C-7F3K2``."""
    person_id: str
    """Empty while it is not known who it is about."""
    staff_id: str
    """Whose work it is; empty: the organisation's."""
    began_at: datetime
    until: datetime | None = None


class RelationshipNamed(Event, frozen=True, kw_only=True, tag="access.relationship_named.v1"):
    """It is about this person; empty: it was the wrong one, and nobody is known now."""

    relationship_id: str
    person_id: str
    named_at: datetime


class StaffJoined(Event, frozen=True, kw_only=True, tag="access.staff_joined.v1"):
    """This member of staff works on it too: the clinician who took the case."""

    relationship_id: str
    staff_id: str
    joined_at: datetime


class StaffLeft(Event, frozen=True, kw_only=True, tag="access.staff_left.v1"):
    """This member of staff works on it no more: they put it back, or handed it over."""

    relationship_id: str
    staff_id: str
    left_at: datetime
    reads_until: datetime | None = None
    """Until when they read it on without working on it; None: no longer."""


class RelationshipEnding(Event, frozen=True, kw_only=True, tag="access.relationship_ending.v1"):
    """The work is done. The record may be read until ``until``, and no longer."""

    relationship_id: str
    ended_at: datetime
    until: datetime


class RelationshipResumed(
    Event, frozen=True, kw_only=True, tag="access.relationship_resumed.v1"
):
    """The work was not done after all."""

    relationship_id: str
    resumed_at: datetime


RelationshipEvent: TypeAlias = (
    RelationshipBegan
    | RelationshipNamed
    | StaffJoined
    | StaffLeft
    | RelationshipEnding
    | RelationshipResumed
)

# --- Entries: who opened what, written before it was shown ----------------------------------


class RecordOpened(Event, frozen=True, kw_only=True, tag="access.record_opened.v1"):
    """Somebody opened a record. Written, and on disk, before anything of it was read.

    ``basis`` and ``why`` say by what right: a relationship, or a reason given to break the
    glass (``glass_id``). ``marks`` are what made it worth a second look at that moment.
    """

    entry_id: str
    org: str
    staff_id: str
    staff_name: str
    role: str
    session_id: str
    record_kind: str
    """``person``, ``case``, ``booking``, ``prescription``."""
    record_id: str
    person_id: str
    """Empty while nobody knows whom the record is about."""
    case_id: str
    basis: str
    why: str
    glass_id: str
    purpose: Purpose
    sensitivity: Sensitivity
    assurance: Assurance
    way: str
    """How they signed in: ``persona``, ``passkey``, ``oidc``, ``roster``."""
    offline: bool
    marks: tuple[str, ...]
    opened_at: datetime
    act: str = "read"
    reference: str = ""
    """What staff call the work that gave the right, such as ``C-7F3K2``."""
    proof_id: str = ""
    """The fresh proof that it rests on; empty: none was needed."""
    part: str = ""
    """What of the record, if one thing alone: ``file/`` and the file's id."""


class RecordRefused(Event, frozen=True, kw_only=True, tag="access.record_refused.v1"):
    """Somebody wanted to open a record and was shown nothing. Once for a session and an hour.

    ``why`` is the word of ``access.asking.Why``: what spoke against it.
    """

    entry_id: str
    org: str
    staff_id: str
    staff_name: str
    role: str
    session_id: str
    record_kind: str
    record_id: str
    person_id: str
    case_id: str
    why: str
    sensitivity: Sensitivity
    act: str
    way: str
    offline: bool
    refused_at: datetime


RecordEvent: TypeAlias = RecordOpened | RecordRefused


class PeopleFound(Event, frozen=True, kw_only=True, tag="access.people_found.v1"):
    """A search showed these records' ids. What was typed is kept nowhere."""

    entry_id: str
    org: str
    staff_id: str
    staff_name: str
    role: str
    session_id: str
    place: str
    """Where it was asked: ``people``, ``palette``; ``palette_hidden``: counted and not shown."""
    shown: tuple[str, ...]
    offline: bool
    found_at: datetime


SearchEvent: TypeAlias = PeopleFound

# --- Reviews: glass that was broken, and what looks like snooping ---------------------------


class GlassBroken(Event, frozen=True, kw_only=True, tag="access.glass_broken.v1"):
    """Somebody opened a record that they had no relationship with, and said why."""

    review_id: str
    org: str
    staff_id: str
    staff_name: str
    role: str
    session_id: str
    record_kind: str
    record_id: str
    person_id: str
    case_id: str
    reason: str
    assurance: Assurance
    way: str
    offline: bool
    broken_at: datetime
    until: datetime
    proof_id: str = ""
    """The fresh proof that was given with the reason; empty: none was."""


class SignalRaised(Event, frozen=True, kw_only=True, tag="access.signal_raised.v1"):
    """An opening looks as if it was not for the patient's sake. Somebody must ask."""

    review_id: str
    org: str
    staff_id: str
    staff_name: str
    entry_id: str
    record_kind: str
    record_id: str
    person_id: str
    marks: tuple[str, ...]
    score: int
    opened_at: datetime
    raised_at: datetime
    case_id: str = ""
    """The call that a record was linked to."""
    reason: str = ""
    """What they gave as their reason, where one was asked."""


class ReviewConcluded(Event, frozen=True, kw_only=True, tag="access.review_concluded.v1"):
    """A named person has looked at it: ``outcome`` is ``appropriate`` or ``look_into``."""

    review_id: str
    outcome: str
    note: str
    staff_id: str
    staff_name: str
    concluded_at: datetime


ReviewEvent: TypeAlias = GlassBroken | SignalRaised | ReviewConcluded

# --- Fresh proofs: whoever opens what is very restricted has confirmed it -------------------


class OpeningProven(Event, frozen=True, kw_only=True, tag="access.opening_proven.v1"):
    """Somebody confirmed, with a fresh proof, that they open this one record.

    It holds ``until`` then, for that record and that session alone: it ends with the session.
    """

    org: str
    staff_id: str
    staff_name: str
    role: str
    session_id: str
    record_kind: str
    record_id: str
    person_id: str
    proof_id: str
    proven_at: datetime
    until: datetime


ProofEvent: TypeAlias = OpeningProven

# --- Labels: how guarded a record is, and what its data may serve ---------------------------


class RecordLabelled(Event, frozen=True, kw_only=True, tag="access.record_labelled.v1"):
    """From now on a person's record, or one case, is as guarded as this; the latest counts."""

    org: str
    record_kind: str
    """``person`` or ``case``."""
    record_id: str
    sensitivity: Sensitivity
    topics: tuple[str, ...]
    hides_address: bool
    """S-flagged: no address, telephone or place on any screen, and not found by them."""
    of_staff: str
    """Whose own record it is, of those who work here; empty: nobody's."""
    well_known: bool
    """Somebody whom the curious look up."""
    reason: str
    staff_id: str
    staff_name: str
    labelled_at: datetime
    lowered: tuple[str, ...] = ()
    """What of it guards less than before: ``level``, ``hides_address``, ``topic Gender``."""
    to_review: bool = False
    """Somebody who does not review has lowered it: a reviewer looks at it."""
    proof_id: str = ""
    """The fresh proof that was given for lowering it; empty: none was."""
    person_id: str = ""
    """Whom the record is about, where that was known."""


class OptOutRecorded(Event, frozen=True, kw_only=True, tag="access.opt_out_recorded.v1"):
    """Somebody's data may serve nothing but their own care (national data opt-out), or may."""

    org: str
    person_id: str
    opted_out: bool
    source: str
    staff_id: str
    staff_name: str
    recorded_at: datetime


LabelEvent: TypeAlias = RecordLabelled | OptOutRecorded


class Guarded(Struct, frozen=True, kw_only=True):
    """How guarded one record is, for whoever shows a line of it or lets it leave."""

    sensitivity: Sensitivity = Sensitivity.NORMAL
    topics: tuple[str, ...] = ()
    hides_address: bool = False
    opted_out: bool = False


GUARDED: Final[Question[Guarded]] = Question("access.guarded")
"""By the id of a person or a case: how guarded it is here. Nothing said: normal."""

LINK_REVIEWED: Final[Question[bool]] = Question("access.link_reviewed")
"""By case id: whether somebody is still to look at who was linked to it."""


def may_leave(purpose: Purpose, guarded: Guarded) -> bool:
    """Return whether a person's data may leave for *purpose*: an objection is honoured.

    The national data opt-out holds for anything but direct care and what the person asks for
    themselves (NHS England, "National data opt-out operational policy guidance", 2.2).
    """
    own = (Purpose.DIRECT_CARE, Purpose.SUBJECT_ACCESS)
    return purpose in own or not guarded.opted_out


NOT_IN_RECORDS: Final = "access."
"""Streams whose kind begins so are about those who look, and no part of a person's timeline."""
