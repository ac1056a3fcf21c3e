"""The rules of leaving: one person ends somebody's way in, two people give it back. Pure."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, assert_never

from msgspec import Struct, structs

from standfast.facts.leaving import (
    LeavingEvent,
    StaffDisabled,
    StaffEnabled,
    StaffEnablingProposed,
)
from standfast.kernel.messages import Command, Refused
from standfast.kernel.values import ShortText


class Refusal(StrEnum):
    """Why somebody cannot be let go, or let in again."""

    NOT_STAFF = "leaving_not_staff"
    ONESELF = "leaving_oneself"
    NOT_DISABLED = "leaving_not_disabled"
    NOBODY_ASKED = "leaving_nobody_asked"
    SAME_PERSON = "leaving_same_person"


class DisableStaff(Command, frozen=True, kw_only=True):
    """End every way in of this person, at once."""

    by: ShortText
    reason: ShortText


class ProposeEnabling(Command, frozen=True, kw_only=True):
    """Ask that this person be let in again."""

    by: ShortText
    reason: ShortText


class EnableStaff(Command, frozen=True, kw_only=True):
    """Agree that this person be let in again: the second of two."""

    by: ShortText


LeavingCommand: TypeAlias = DisableStaff | ProposeEnabling | EnableStaff


class Leaving(Struct, frozen=True):
    """Whether somebody may come in. ``disabled`` is None while they may."""

    disabled: StaffDisabled | None = None
    proposed: StaffEnablingProposed | None = None
    latest_at: datetime | None = None
    """Of all that was said of it: a later word wins, wherever it was said."""


def decide_leaving(
    known: Leaving, staff_id: str, org: str, command: LeavingCommand, now: datetime
) -> Sequence[LeavingEvent]:
    """Answer *command* with the events it causes, or raise ``Refused``. *org* "": no such staff."""
    if not org:
        raise Refused(Refusal.NOT_STAFF)
    if command.by == staff_id:
        raise Refused(Refusal.ONESELF)
    match command:
        case DisableStaff():
            if known.disabled is not None:
                return ()
            return (
                StaffDisabled(
                    staff_id=staff_id,
                    org=org,
                    by=command.by,
                    reason=command.reason,
                    disabled_at=now,
                ),
            )
        case ProposeEnabling():
            if known.disabled is None:
                raise Refused(Refusal.NOT_DISABLED)
            return (
                StaffEnablingProposed(
                    staff_id=staff_id,
                    org=org,
                    by=command.by,
                    reason=command.reason,
                    proposed_at=now,
                ),
            )
        case EnableStaff():
            return (_enabled(known, staff_id, org, command.by, now),)
        case _:
            assert_never(command)


def evolve_leaving(known: Leaving, event: LeavingEvent) -> Leaving:
    """Learn one fact. Of two words on whether somebody may come in, the later counts."""
    match event:
        case StaffDisabled():
            if _stale(known, event.disabled_at):
                return known
            return Leaving(disabled=event, latest_at=event.disabled_at)
        case StaffEnablingProposed():
            return structs.replace(known, proposed=event)
        case StaffEnabled():
            if _stale(known, event.enabled_at):
                return known
            return Leaving(latest_at=event.enabled_at)
        case _:
            assert_never(event)


def _enabled(known: Leaving, staff_id: str, org: str, by: str, now: datetime) -> StaffEnabled:
    if known.disabled is None:
        raise Refused(Refusal.NOT_DISABLED)
    if known.proposed is None:
        raise Refused(Refusal.NOBODY_ASKED)
    if known.proposed.by == by:
        raise Refused(Refusal.SAME_PERSON)
    return StaffEnabled(
        staff_id=staff_id, org=org, proposed_by=known.proposed.by, by=by, enabled_at=now
    )


def _stale(known: Leaving, at: datetime) -> bool:
    return known.latest_at is not None and at < known.latest_at
