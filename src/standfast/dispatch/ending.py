"""The desk's rules for giving less than was asked: lowering the category, and closing."""

from datetime import datetime

from standfast.dispatch.checks import must_be_open, must_have_read, not_before
from standfast.dispatch.commands import NOBODY_GOES, OUTCOMES, CloseIncident, LowerCategory
from standfast.dispatch.refusals import Refusal
from standfast.dispatch.standards import respond_by
from standfast.dispatch.state import Incident
from standfast.facts.dispatch import CategoryLowered, IncidentClosed, IncidentEvent
from standfast.kernel.messages import Refused


def lower(
    incident: Incident, command: LowerCategory, now: datetime
) -> tuple[IncidentEvent, ...]:
    """Lower the category, by who has read it and asked a clinician (H14, H16)."""
    category = must_be_open(incident)
    if command.category <= category:
        raise Refused(Refusal.NOT_LOWER)
    read = must_have_read(incident, command, now)
    first = min(claim.at for claim in incident.standing)
    return (
        read,
        CategoryLowered(
            case_id=incident.case_id,
            seen=category,
            category=command.category,
            reason=command.reason,
            agreed_by=command.agreed_by,
            by=command.staff_name,
            respond_by=respond_by(command.category, first),
            lowered_at=not_before(incident, now),
        ),
    )


def close(
    incident: Incident, command: CloseIncident, now: datetime
) -> tuple[IncidentEvent, ...]:
    """Finish; where nobody attended, by who has read it, and with a reason (H14)."""
    must_be_open(incident)
    if incident.accepted is None:
        raise Refused(Refusal.NOT_ACCEPTED)
    if incident.vehicles:
        raise Refused(Refusal.VEHICLE_STILL_ON_IT)
    facts: list[IncidentEvent] = []
    if incident.arrived_at is None:
        if command.outcome not in NOBODY_GOES:
            raise Refused(Refusal.NOBODY_ATTENDED)
        if not command.reason:
            raise Refused(Refusal.WHY_MISSING)
        facts.append(must_have_read(incident, command, now))
    elif command.outcome in NOBODY_GOES:
        raise Refused(Refusal.SOMEBODY_ATTENDED)
    said = OUTCOMES[command.outcome]
    facts.append(
        IncidentClosed(
            case_id=incident.case_id,
            outcome=f"{said}: {command.reason}" if command.reason else said,
            by=command.staff_name,
            closed_at=not_before(incident, now),
        )
    )
    return tuple(facts)
