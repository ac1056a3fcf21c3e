"""What several rules ask of an incident before they go on."""

from datetime import datetime, timedelta

from standfast.dispatch.commands import (
    CloseIncident,
    LowerCategory,
    ReadDetails,
    StandDownVehicle,
)
from standfast.dispatch.refusals import Refusal
from standfast.dispatch.state import Incident
from standfast.facts.dispatch import Category, DetailsRead
from standfast.kernel.messages import Refused


def must_be_open(incident: Incident) -> Category:
    """Return how urgent it is, while it is open."""
    category = incident.category
    if category is None:
        raise Refused(Refusal.NOT_OPEN)
    return category


def must_have_read(
    incident: Incident,
    command: StandDownVehicle | LowerCategory | CloseIncident,
    now: datetime,
) -> DetailsRead:
    """Nobody is given less help by somebody who has not read what is known now (H14)."""
    if not command.has_read:
        raise Refused(Refusal.NOT_READ)
    if incident.changed_at is not None and command.seen_at < incident.changed_at:
        raise Refused(Refusal.CHANGED_SINCE)
    return read(incident, command, now)


def read(
    incident: Incident,
    command: ReadDetails | StandDownVehicle | LowerCategory | CloseIncident,
    now: datetime,
) -> DetailsRead:
    """Return that whoever asks has read all of it."""
    if not incident.org:
        raise Refused(Refusal.NOT_OPEN)
    return DetailsRead(
        case_id=incident.case_id,
        staff_id=command.staff_id,
        staff_name=command.staff_name,
        read_at=not_before(incident, now),
    )


def not_before(incident: Incident, now: datetime) -> datetime:
    """Return *now*, or the newest instant that is known: clocks of two sites may differ."""
    return max((now, *_instants(incident)))


def later(incident: Incident, now: datetime) -> datetime:
    """Return *now*, or just after all that is known: a new request is never an old one."""
    return max((now, *(at + timedelta(microseconds=1) for at in _instants(incident))))


def _instants(incident: Incident) -> list[datetime]:
    known = [claim.at for claim in incident.claims]
    known += [acceptance.at for acceptance in incident.acceptances]
    known += [at for at in (incident.details_at, incident.closed_at) if at]
    return known
