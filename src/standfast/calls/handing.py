"""Handing a case to a colleague: whoever has it may, and a supervisor. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from standfast.calls import commands as c
from standfast.calls.refusals import Refusal
from standfast.calls.state import Case
from standfast.facts.cases import CaseEvent, CaseHandedOver
from standfast.kernel.messages import Refused

SHIFT: Final = timedelta(hours=12)
"""The longest for which whoever gave a case away may read it on: as long as anybody is signed in."""


def hand_over(case: Case, command: c.HandOver, now: datetime) -> Sequence[CaseEvent]:
    """Give the case to somebody else. A right to it is never given to oneself."""
    if case.closed is not None:
        raise Refused(Refusal.ALREADY_CLOSED)
    if command.to_id == command.by_id:
        raise Refused(Refusal.HAND_IT_TO_ANOTHER)
    if not command.oversees and not has_it(case, command.by_id):
        raise Refused(Refusal.NOT_YOURS_TO_HAND_OVER, who=case.keeper or "Somebody else")
    if case.keeper_id == command.to_id:
        return ()
    from_id = "" if case.keeper_id == case.clinical.taken_id else case.keeper_id
    return (
        CaseHandedOver(
            case_id=case.case_id,
            org=case.org,
            to_id=command.to_id,
            to_name=command.to_name,
            by_id=command.by_id,
            by=command.by,
            handed_at=now,
            from_id=from_id,
            reads_until=_reads_until(command, now) if command.by_id == from_id else None,
        ),
    )


def leaves(case: Case, staff_id: str) -> bool:
    """Return whether somebody who hands the case over has nothing more to do with it then."""
    return staff_id == case.keeper_id != case.clinical.taken_id


def _reads_until(command: c.HandOver, now: datetime) -> datetime | None:
    """Return until when whoever gives it away reads it on: no longer than one shift."""
    wanted = command.reads_until
    return min(wanted, now + SHIFT) if wanted is not None and wanted > now else None


def has_it(case: Case, staff_id: str) -> bool:
    """Return whether somebody has the case: its call, or its place in the clinical queue."""
    return bool(staff_id) and staff_id in (case.keeper_id, case.clinical.taken_id)
