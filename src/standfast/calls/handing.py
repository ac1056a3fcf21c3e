"""Handing a case to a colleague: whoever has it may, and a supervisor. Pure."""

from collections.abc import Sequence
from datetime import datetime

from standfast.calls import commands as c
from standfast.calls.refusals import Refusal
from standfast.calls.state import Case
from standfast.facts.cases import CaseEvent, CaseHandedOver
from standfast.kernel.messages import Refused


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
    return (
        CaseHandedOver(
            case_id=case.case_id,
            org=case.org,
            to_id=command.to_id,
            to_name=command.to_name,
            by_id=command.by_id,
            by=command.by,
            handed_at=now,
            from_id="" if case.keeper_id == case.clinical.taken_id else case.keeper_id,
        ),
    )


def has_it(case: Case, staff_id: str) -> bool:
    """Return whether somebody has the case: its call, or its place in the clinical queue."""
    return bool(staff_id) and staff_id in (case.keeper_id, case.clinical.taken_id)
