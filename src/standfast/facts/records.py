"""What was decided about keeping records, and which copies of them left. This file only grows."""

from datetime import date, datetime
from typing import Final, TypeAlias

from msgspec import Struct

from standfast.kernel.messages import Event
from standfast.kernel.questions import Question

# --- One record: what holds it, and what was decided when its time had come ------------------


class HoldPlaced(Event, frozen=True, kw_only=True, tag="records.hold_placed.v1"):
    """The record must be kept, whatever its time: a claim, an inquiry, a police request."""

    hold_id: str
    org: str
    record_id: str
    person_id: str
    """Empty when the record is about nobody who is registered."""
    title: str
    reason: str
    by: str
    by_name: str
    placed_at: datetime


class HoldLifted(Event, frozen=True, kw_only=True, tag="records.hold_lifted.v1"):
    """This hold no longer stands."""

    hold_id: str
    org: str
    record_id: str
    reason: str
    by: str
    by_name: str
    lifted_at: datetime


class KeptLonger(Event, frozen=True, kw_only=True, tag="records.kept_longer.v1"):
    """Its time had come; somebody looked, and it is kept until it is looked at again."""

    org: str
    record_id: str
    person_id: str
    title: str
    until: date
    reason: str
    by: str
    by_name: str
    decided_at: datetime


class MarkedForDestruction(
    Event, frozen=True, kw_only=True, tag="records.marked_for_destruction.v1"
):
    """Its time had come; somebody looked, and it may go. Nothing is destroyed by this."""

    org: str
    record_id: str
    person_id: str
    title: str
    due_on: date
    rule_id: str
    schedule_version: str
    reason: str
    by: str
    by_name: str
    decided_at: datetime


class MarkTakenBack(Event, frozen=True, kw_only=True, tag="records.mark_taken_back.v1"):
    """It is not to go after all."""

    org: str
    record_id: str
    reason: str
    by: str
    by_name: str
    taken_back_at: datetime


class DestructionConfirmed(
    Event, frozen=True, kw_only=True, tag="records.destruction_confirmed.v1"
):
    """A second person has looked at what was marked: its keys go with this very commit.

    ``erased`` is what is left of it. This fact itself is sealed with a key that goes.
    """

    org: str
    record_id: str
    erased: "RecordErased"


FileEvent: TypeAlias = (
    HoldPlaced
    | HoldLifted
    | KeptLonger
    | MarkedForDestruction
    | MarkTakenBack
    | DestructionConfirmed
)

# --- What is left of a record whose keys were destroyed --------------------------------------


class RecordErased(Event, frozen=True, kw_only=True, tag="records.erased.v1"):
    """The keys of a record were destroyed: its facts are there, are proved, and say nothing.

    It names nobody but staff. ``keys`` are the data keys, ``records`` what they sealed: the person
    or the contacts. ``left`` are contacts that are not theirs alone, whose key stays.
    """

    org: str
    record_id: str
    kind: str
    keys: tuple[str, ...]
    records: tuple[str, ...]
    left: tuple[str, ...]
    facts: int
    rule_id: str
    schedule_version: str
    due_on: date
    marked_by: str
    marked_at: datetime
    by: str
    by_name: str
    erased_at: datetime
    rule: str = ""
    """The rule in words, as the schedule had it then."""


ErasureEvent: TypeAlias = RecordErased


class WhatIsLeft(Struct, frozen=True, kw_only=True):
    """What is told of a record that was erased."""

    rule: str
    due_on: date
    erased_at: datetime


ERASED: Final[Question[WhatIsLeft | None]] = Question("records.erased")
"""By the id of a person or a contact: None, unless the asking organisation erased it."""

# --- Copies that leave: who has them, until when, and what became of them --------------------


class ExportPrepared(Event, frozen=True, kw_only=True, tag="records.export_prepared.v1"):
    """A copy of somebody's record is being made. ``number`` is what is printed on it.

    ``kind`` is ``subject_access`` for a copy for the person themselves (UK GDPR Art. 15).
    """

    export_id: str
    org: str
    number: str
    kind: str
    person_id: str
    title: str
    asked_on: date
    """When the request came: it is answered within a month."""
    reason: str
    by: str
    by_name: str
    prepared_at: datetime


class ExportChecked(Event, frozen=True, kw_only=True, tag="records.export_checked.v1"):
    """Somebody has read all that is to be handed out, and said what stays back.

    ``withheld`` are the SHA-256 of the texts that are left out wherever they stand, ``seen`` that
    of all that was read: what was added since makes it to be read again.
    """

    export_id: str
    org: str
    withheld: tuple[str, ...]
    seen: str
    texts: int
    harm_checked_by: str
    by: str
    by_name: str
    checked_at: datetime


class ExportReleased(Event, frozen=True, kw_only=True, tag="records.export_released.v1"):
    """The copy was handed out. ``holder`` has it from now on, and answers for it.

    ``withheld`` is how many texts were left out. ``sha256`` and ``size`` are the file's own.
    """

    export_id: str
    org: str
    sha256: str
    size: int
    withheld: int
    holder: str
    way: str
    expires_on: date
    """By when it must be given back, destroyed or reported; given to the person, when read."""
    proof_id: str
    by: str
    by_name: str
    released_at: datetime


class ExportWithdrawn(Event, frozen=True, kw_only=True, tag="records.export_withdrawn.v1"):
    """It was not made after all."""

    export_id: str
    org: str
    reason: str
    by: str
    by_name: str
    withdrawn_at: datetime


class ExportAccounted(Event, frozen=True, kw_only=True, tag="records.export_accounted.v1"):
    """The copy is where it should be: ``given`` to the person, ``returned`` or ``destroyed``."""

    export_id: str
    org: str
    outcome: str
    note: str
    by: str
    by_name: str
    accounted_at: datetime


class ExportLost(Event, frozen=True, kw_only=True, tag="records.export_lost.v1"):
    """Nobody knows where the copy is, or somebody has it who should not."""

    export_id: str
    org: str
    circumstances: str
    known_at: datetime
    """When somebody here came to know of it: the 72 hours of UK GDPR Art. 33 begin."""
    by: str
    by_name: str
    reported_at: datetime


ExportEvent: TypeAlias = (
    ExportPrepared
    | ExportChecked
    | ExportReleased
    | ExportWithdrawn
    | ExportAccounted
    | ExportLost
)
