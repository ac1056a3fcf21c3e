"""The rules of one record's keeping: what holds it, and what may be decided about it. Pure."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias, TypeVar, assert_never

from msgspec import Meta, Struct, structs

from standfast.facts.records import (
    DestructionConfirmed,
    FileEvent,
    HoldLifted,
    HoldPlaced,
    KeptLonger,
    MarkedForDestruction,
    MarkTakenBack,
    RecordErased,
)
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText
from standfast.records.model_erasure import SealedUnder, left_of
from standfast.records.schedule import Standing, Verdict

Decision = TypeVar("Decision", KeptLonger, MarkedForDestruction)

Reason: TypeAlias = Annotated[str, Meta(min_length=10, max_length=2000)]
"""Long enough to mean something to whoever reads it in eight years."""


class Refusal(StrEnum):
    """Every way the keeping of records can say no."""

    NO_SUCH_HOLD = "no_such_hold"
    IS_HELD = "is_held"
    NOT_DUE = "not_due"
    NOT_MARKED = "not_marked"
    SCHEDULE_NOT_SIGNED = "schedule_not_signed"
    IN_THE_PAST = "in_the_past"
    SAME_PERSON = "same_person"
    NOT_SEALED = "not_sealed"


class About(Struct, frozen=True, kw_only=True):
    """Which record is meant. ``person_id`` is empty when it is about nobody registered."""

    org: str
    record_id: str
    person_id: str
    title: str


class PlaceHold(Command, frozen=True, kw_only=True):
    """Keep this record, whatever its time."""

    about: About
    hold_id: str
    reason: Reason
    by: ShortText
    by_name: ShortText


class LiftHold(Command, frozen=True, kw_only=True):
    """This hold no longer stands."""

    hold_id: str
    reason: Reason
    by: ShortText
    by_name: ShortText


class KeepLonger(Command, frozen=True, kw_only=True):
    """Keep what is due until it is looked at again."""

    about: About
    verdict: Verdict
    until: date
    reason: Reason
    by: ShortText
    by_name: ShortText


class MarkForDestruction(Command, frozen=True, kw_only=True):
    """What is due may go. *may_mark*: the schedule is signed, or all of it is invented."""

    about: About
    verdict: Verdict
    schedule_version: str
    may_mark: bool
    reason: Reason
    by: ShortText
    by_name: ShortText


class TakeBackMark(Command, frozen=True, kw_only=True):
    """It is not to go after all."""

    reason: Reason
    by: ShortText
    by_name: ShortText


class ConfirmDestruction(Command, frozen=True, kw_only=True):
    """What somebody else marked may go: destroy its keys. *sealed* is what they seal."""

    about: About
    verdict: Verdict
    kind: str
    sealed: SealedUnder
    by: ShortText
    by_name: ShortText


FileCommand: TypeAlias = (
    PlaceHold | LiftHold | KeepLonger | MarkForDestruction | TakeBackMark | ConfirmDestruction
)


class File(Struct, frozen=True):
    """What is known of one record's keeping."""

    org: str = ""
    record_id: str = ""
    person_id: str = ""
    title: str = ""
    placed: tuple[HoldPlaced, ...] = ()
    lifted: tuple[HoldLifted, ...] = ()
    longer: KeptLonger | None = None
    marked: MarkedForDestruction | None = None
    taken_back: MarkTakenBack | None = None
    erased: RecordErased | None = None

    @property
    def holds(self) -> tuple[HoldPlaced, ...]:
        """What holds it now. One that was lifted anywhere is lifted everywhere."""
        over = {each.hold_id for each in self.lifted}
        return tuple(each for each in self.placed if each.hold_id not in over)

    @property
    def is_marked(self) -> bool:
        """Whether it may go: a hold, or a later change of mind, outweighs the mark."""
        if self.marked is None or self.holds:
            return False
        at = self.marked.decided_at
        return not (
            (self.taken_back is not None and self.taken_back.taken_back_at >= at)
            or (self.longer is not None and self.longer.decided_at >= at)
        )

    @property
    def kept_until(self) -> date | None:
        """Until when it is kept although its time had come."""
        if self.longer is None or self.is_marked:
            return None
        return self.longer.until


def decide(file: File, command: FileCommand, now: datetime) -> Sequence[FileEvent]:
    """Answer *command* with the events it causes, or raise ``Refused``."""
    match command:
        case PlaceHold():
            return _place(file, command, now)
        case LiftHold():
            return _lift(file, command, now)
        case KeepLonger():
            return _keep(file, command, now)
        case MarkForDestruction():
            return _mark(file, command, now)
        case TakeBackMark():
            return _take_back(file, command, now)
        case ConfirmDestruction():
            return _confirm(file, command, now)
        case _:
            assert_never(command)


def evolve(file: File, event: FileEvent) -> File:
    """Learn one fact. Of decisions the latest stands; every hold stands until it is lifted."""
    file = structs.replace(file, org=event.org, record_id=event.record_id)
    match event:
        case HoldPlaced():
            file = _about(file, event)
            placed = {each.hold_id: each for each in (event, *file.placed)}
            ordered = sorted(placed.values(), key=lambda each: (each.placed_at, each.hold_id))
            return structs.replace(file, placed=tuple(ordered))
        case HoldLifted():
            lifted = sorted(
                (*file.lifted, event), key=lambda each: (each.lifted_at, each.hold_id)
            )
            return structs.replace(file, lifted=tuple(lifted))
        case KeptLonger():
            return structs.replace(_about(file, event), longer=_later(file.longer, event))
        case MarkedForDestruction():
            return structs.replace(_about(file, event), marked=_later(file.marked, event))
        case DestructionConfirmed():
            return structs.replace(file, erased=event.erased)
        case MarkTakenBack():
            known = file.taken_back
            newer = known is None or event.taken_back_at >= known.taken_back_at
            return structs.replace(file, taken_back=event if newer else known)
        case _:
            assert_never(event)


def _place(file: File, command: PlaceHold, now: datetime) -> tuple[FileEvent, ...]:
    if any(each.hold_id == command.hold_id for each in file.placed):
        return ()
    about = command.about
    return (
        HoldPlaced(
            hold_id=command.hold_id,
            org=about.org,
            record_id=about.record_id,
            person_id=about.person_id,
            title=about.title,
            reason=command.reason,
            by=command.by,
            by_name=command.by_name,
            placed_at=now,
        ),
    )


def _lift(file: File, command: LiftHold, now: datetime) -> tuple[FileEvent, ...]:
    if all(each.hold_id != command.hold_id for each in file.placed):
        raise Refused(Refusal.NO_SUCH_HOLD)
    if all(each.hold_id != command.hold_id for each in file.holds):
        return ()
    lifted = HoldLifted(
        hold_id=command.hold_id,
        org=file.org,
        record_id=file.record_id,
        reason=command.reason,
        by=command.by,
        by_name=command.by_name,
        lifted_at=now,
    )
    return (lifted,)


def _keep(file: File, command: KeepLonger, now: datetime) -> tuple[FileEvent, ...]:
    _must_be_due(file, command.verdict, now)
    if command.until <= now.date():
        raise Refused(Refusal.IN_THE_PAST)
    about = command.about
    kept = KeptLonger(
        org=about.org,
        record_id=about.record_id,
        person_id=about.person_id,
        title=about.title,
        until=command.until,
        reason=command.reason,
        by=command.by,
        by_name=command.by_name,
        decided_at=now,
    )
    return (kept,)


def _mark(file: File, command: MarkForDestruction, now: datetime) -> tuple[FileEvent, ...]:
    due_on = _must_be_due(file, command.verdict, now)
    if not command.may_mark:
        raise Refused(Refusal.SCHEDULE_NOT_SIGNED)
    if file.is_marked:
        return ()
    about, rule = command.about, command.verdict.rule
    return (
        MarkedForDestruction(
            org=about.org,
            record_id=about.record_id,
            person_id=about.person_id,
            title=about.title,
            due_on=due_on,
            rule_id=rule.id if rule else "",
            schedule_version=command.schedule_version,
            reason=command.reason,
            by=command.by,
            by_name=command.by_name,
            decided_at=now,
        ),
    )


def _take_back(file: File, command: TakeBackMark, now: datetime) -> tuple[FileEvent, ...]:
    if file.marked is None:
        raise Refused(Refusal.NOT_MARKED)
    if file.taken_back is not None and file.taken_back.taken_back_at >= file.marked.decided_at:
        return ()
    return (
        MarkTakenBack(
            org=file.org,
            record_id=file.record_id,
            reason=command.reason,
            by=command.by,
            by_name=command.by_name,
            taken_back_at=now,
        ),
    )


def _confirm(file: File, command: ConfirmDestruction, now: datetime) -> tuple[FileEvent, ...]:
    if file.erased is not None:
        return ()
    due_on = _must_be_due(file, command.verdict, now)
    if file.marked is None or not file.is_marked:
        raise Refused(Refusal.NOT_MARKED)
    if file.marked.by == command.by:
        raise Refused(Refusal.SAME_PERSON)
    if not command.sealed.keys or command.sealed.in_clear:
        raise Refused(Refusal.NOT_SEALED)
    about = command.about
    erased = left_of(
        command.sealed,
        file.marked,
        kind=command.kind,
        rule=rule.says if (rule := command.verdict.rule) else "",
        due_on=due_on,
        by=command.by,
        by_name=command.by_name,
        now=now,
    )
    return (DestructionConfirmed(org=about.org, record_id=about.record_id, erased=erased),)


def _must_be_due(file: File, verdict: Verdict, now: datetime) -> date:
    """Return since when it is due, looked at again here: a hold may have come in between."""
    if file.holds or verdict.standing is Standing.HELD:
        raise Refused(Refusal.IS_HELD)
    if verdict.due_on is None or now.date() < verdict.due_on:
        raise Refused(Refusal.NOT_DUE)
    return verdict.due_on


def _about(file: File, event: HoldPlaced | KeptLonger | MarkedForDestruction) -> File:
    return structs.replace(file, person_id=event.person_id, title=event.title)


def _later(known: Decision | None, event: Decision) -> Decision:
    return event if known is None or event.decided_at >= known.decided_at else known


FILE: Final[Decider[File, FileCommand, FileEvent]] = Decider(
    stream="records.file",
    event_type=FileEvent,
    initial=File(),
    decide=decide,
    evolve=evolve,
    org=lambda file: file.org,
    subject=lambda file: file.person_id or None,
)
