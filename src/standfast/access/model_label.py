"""How guarded a record is, and what it may serve: said by somebody, with a reason. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias, assert_never

from msgspec import Meta, Struct, structs

from standfast.access.reasons import explains
from standfast.facts.access import LabelEvent, OptOutRecorded, RecordLabelled
from standfast.kernel.access import Sensitivity
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Command, Decider, Refused

TOPICS: Final = (
    "Sexual health",
    "Mental health",
    "Safeguarding",
    "Domestic abuse",
    "Substance use",
    "Gender",
    "Criminal justice",
)
"""What a label may be about (after HL7 v3 InformationSensitivityPolicy)."""


class Refusal(StrEnum):
    """Why a label was refused."""

    NO_REASON = "no_reason"
    UNKNOWN_TOPIC = "unknown_topic"
    CHANGED_SINCE = "changed_since"


class SayHowGuarded(Command, frozen=True, kw_only=True):
    """Say how guarded a person's record, or one case, is from now on."""

    org: str
    record_kind: str
    record_id: str
    sensitivity: Sensitivity
    topics: tuple[str, ...] = ()
    hides_address: bool = False
    of_staff: str = ""
    well_known: bool = False
    reason: Annotated[str, Meta(max_length=400)]
    staff_id: str
    staff_name: str
    may_lower: tuple[str, ...] | None = None
    """What of it may guard less than before; None: whatever is said."""
    to_review: bool = False
    proof_id: str = ""
    person_id: str = ""


class RecordOptOut(Command, frozen=True, kw_only=True):
    """Say whether somebody's data may serve anything but their own care."""

    org: str
    person_id: str
    opted_out: bool
    source: str
    staff_id: str
    staff_name: str


LabelCommand: TypeAlias = SayHowGuarded | RecordOptOut


class Label(Struct, frozen=True, kw_only=True):
    """What holds of one record now. ``said`` and ``opt_out`` are None while nobody said anything."""

    said: RecordLabelled | None = None
    history: tuple[RecordLabelled, ...] = ()
    opt_out: OptOutRecorded | None = None

    @property
    def org(self) -> str:
        latest = self.said or self.opt_out
        return latest.org if latest else ""

    @property
    def record_id(self) -> str:
        """The record that it is about, whose data key seals it."""
        if self.said is not None:
            return self.said.record_id
        return self.opt_out.person_id if self.opt_out else ""

    @property
    def person_id(self) -> str | None:
        if self.opt_out is not None:
            return self.opt_out.person_id
        is_person = self.said is not None and self.said.record_kind == "person"
        return self.said.record_id if self.said and is_person else None


def label_key(org: str, record_id: str) -> str:
    """Return the key of the stream that says how guarded a record is."""
    return child_id(record_id, f"access/label/{org}")


def decide(label: Label, command: LabelCommand, now: datetime) -> Sequence[LabelEvent]:
    """Answer *command* with the events it causes."""
    match command:
        case SayHowGuarded():
            return _labelled(label, command, now)
        case RecordOptOut():
            if label.opt_out is not None and label.opt_out.opted_out is command.opted_out:
                return ()
            return (OptOutRecorded(**structs.asdict(command), recorded_at=now),)
        case _:
            assert_never(command)


def _labelled(label: Label, command: SayHowGuarded, now: datetime) -> tuple[LabelEvent, ...]:
    reason = " ".join(command.reason.split())
    if not explains(reason):
        raise Refused(Refusal.NO_REASON)
    if not set(command.topics) <= set(TOPICS):
        raise Refused(Refusal.UNKNOWN_TOPIC)
    less = lowered(label.said, command)
    if command.may_lower is not None and not set(less) <= set(command.may_lower):
        raise Refused(Refusal.CHANGED_SINCE)
    given = structs.asdict(command) | {"reason": reason}
    del given["may_lower"]
    event = RecordLabelled(**given, lowered=less, labelled_at=now)
    if label.said is not None and not less and _same(label.said, event):
        return ()
    return (event,)


def lowered(
    before: RecordLabelled | None, after: SayHowGuarded | RecordLabelled
) -> tuple[str, ...]:
    """Return what of a record guards it less by *after* than it did."""
    return tuple(_lowered(before, after)) if before is not None else ()


def _lowered(before: RecordLabelled, after: SayHowGuarded | RecordLabelled) -> Iterable[str]:
    if after.sensitivity < before.sensitivity:
        yield "level"
    if before.hides_address and not after.hides_address:
        yield "hides_address"
    if before.of_staff and after.of_staff != before.of_staff:
        yield "of_staff"
    if before.well_known and not after.well_known:
        yield "well_known"
    yield from (f"topic {each}" for each in before.topics if each not in after.topics)


def _same(before: RecordLabelled, after: RecordLabelled) -> bool:
    """Return whether it says the same again, for the same reason, by the same person."""
    return (
        structs.replace(
            before,
            labelled_at=after.labelled_at,
            lowered=after.lowered,
            to_review=after.to_review,
            proof_id=after.proof_id,
            person_id=after.person_id,
        )
        == after
    )


def evolve(label: Label, event: LabelEvent) -> Label:
    """Learn one fact; the latest counts, whichever arrives first."""
    match event:
        case RecordLabelled():
            told = sorted((*label.history, event), key=lambda each: each.labelled_at)
            return structs.replace(label, said=told[-1], history=tuple(told))
        case OptOutRecorded():
            newer = label.opt_out is None or label.opt_out.recorded_at <= event.recorded_at
            return structs.replace(label, opt_out=event if newer else label.opt_out)
        case _:
            assert_never(event)


LABEL: Final[Decider[Label, LabelCommand, LabelEvent]] = Decider(
    stream="access.label",
    event_type=LabelEvent,
    initial=Label(),
    decide=decide,
    evolve=evolve,
    org=lambda label: label.org,
    record=lambda label: label.record_id,
    subject=lambda label: label.person_id,
)
