"""How guarded a record is, and what it may serve: said by somebody, with a reason. Pure."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias, assert_never

from msgspec import Meta, Struct, structs

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
    opt_out: OptOutRecorded | None = None

    @property
    def org(self) -> str:
        latest = self.said or self.opt_out
        return latest.org if latest else ""

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
    if len(reason) < 10:  # noqa: PLR2004 - as for broken glass
        raise Refused(Refusal.NO_REASON)
    if not set(command.topics) <= set(TOPICS):
        raise Refused(Refusal.UNKNOWN_TOPIC)
    given = structs.asdict(command) | {"reason": reason}
    event = RecordLabelled(**given, labelled_at=now)
    if label.said is not None and _same(label.said, event):
        return ()
    return (event,)


def _same(before: RecordLabelled, after: RecordLabelled) -> bool:
    return structs.replace(before, labelled_at=after.labelled_at) == after


def evolve(label: Label, event: LabelEvent) -> Label:
    """Learn one fact; the latest counts, whichever arrives first."""
    match event:
        case RecordLabelled():
            newer = label.said is None or label.said.labelled_at <= event.labelled_at
            return structs.replace(label, said=event if newer else label.said)
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
    subject=lambda label: label.person_id,
)
