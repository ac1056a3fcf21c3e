"""How a case learns of its ambulance: the request that stands, who has it, each vehicle."""

from datetime import datetime
from typing import Final, TypeAlias, assert_never

from msgspec.structs import replace

from standfast.calls.state import Ambulance, Taken, Vehicle
from standfast.facts import requests as asked

Ambulances: TypeAlias = (
    asked.AmbulanceRequested
    | asked.AmbulanceDetailsChanged
    | asked.AmbulanceProgressed
    | asked.AmbulancePhoned
    | asked.AmbulanceRungThrough
)

WITH_PATIENT: Final = frozenset({"on_scene", "conveying", "at_hospital"})
"""Steps of a vehicle that has reached the patient."""


def learn_of_ambulance(before: Ambulance, event: Ambulances) -> Ambulance:
    """Learn one fact of what was asked for, who has it and where the vehicles are."""
    match event:
        case asked.AmbulanceRequested():
            return _ambulance_requested(before, event)
        case asked.AmbulanceDetailsChanged():
            return before
        case asked.AmbulanceProgressed():
            return _ambulance_progressed(before, event)
        case asked.AmbulancePhoned():
            phoned = _taken(before, event, incident_number=event.incident_number)
            return replace(before, phoned=_added(before.phoned, phoned))
        case asked.AmbulanceRungThrough():
            return _rung_through(before, event)
        case _:
            assert_never(event)


def _rung_through(before: Ambulance, event: asked.AmbulanceRungThrough) -> Ambulance:
    """Learn of one that was asked for by telephone alone: control has had it since then."""
    taken = Taken(
        by=event.by,
        at=event.rung_at,
        category=event.category,
        accept_by=event.rung_at,
        desk=event.desk_name,
        incident_number=event.incident_number,
    )
    phoned = replace(before, phoned=_added(before.phoned, taken))
    if before.category and before.category <= event.category:
        return phoned
    return replace(
        phoned,
        category=event.category,
        reason=event.reason,
        requested_at=before.requested_at or event.rung_at,
        asked_by=event.rung_at,
        first_by=min(before.first_by or event.rung_at, event.rung_at),
    )


def _ambulance_requested(before: Ambulance, event: asked.AmbulanceRequested) -> Ambulance:
    """Learn a request. The most urgent stands; after the desk has finished it is a new one.

    It is so whatever the two clocks say: a request too many is seen, one too few is not. Of
    two as urgent as each other, asked for at two sites, having either is having both.
    """
    if before.ended_at is not None:
        before = _anew(before, before.ended_at)
    first_by = min(before.first_by or event.accept_by, event.accept_by)
    if before.category and before.category <= event.category:
        if before.category < event.category:
            return replace(before, first_by=first_by)
        asked_by = min(before.asked_by or event.accept_by, event.accept_by)
        return replace(before, asked_by=asked_by, first_by=first_by)
    return replace(
        before,
        to_org=event.to_org,
        category=event.category,
        reason=event.reason,
        requested_at=before.requested_at or event.requested_at,
        asked_by=event.accept_by,
        first_by=first_by,
    )


def _anew(before: Ambulance, ended_at: datetime) -> Ambulance:
    """Return a new request; who accepted after the end had heard of it before we did."""
    return Ambulance(
        accepted=tuple(each for each in before.accepted if each.at > ended_at),
        phoned=tuple(each for each in before.phoned if each.at > ended_at),
    )


def _taken(
    before: Ambulance, event: asked.AmbulanceProgressed | asked.AmbulancePhoned, **more: str
) -> Taken:
    """Return who has which request: without a word of it, the one that stands now."""
    return Taken(
        by=event.by,
        at=event.at,
        category=event.category or before.category,
        accept_by=event.accept_by or before.asked_by,
        **more,
    )


def _added(known: tuple[Taken, ...], new: Taken) -> tuple[Taken, ...]:
    """Return *known* with *new* in its place in time; said twice is said once."""
    return tuple(sorted({*known, new}, key=lambda each: (each.at, each.by, each.category)))


def _ambulance_progressed(before: Ambulance, event: asked.AmbulanceProgressed) -> Ambulance:
    """Learn a step. A lowering by somebody who had not seen the latest request lowers nothing."""
    match event.step:
        case "accepted":
            accepted = _taken(before, event, desk=event.note)
            return replace(before, accepted=_added(before.accepted, accepted))
        case "not_accepted":
            return replace(before, noticed_at=max(before.noticed_at or event.at, event.at))
        case "lowered":
            is_overtaken = bool(event.seen) and before.category < event.seen
            return before if is_overtaken else replace(before, category=event.category)
        case "closed":
            return replace(before, ended_at=event.at, outcome=event.note)
        case "stood_down" | "clear":
            left = tuple(each for each in before.vehicles if each.callsign != event.callsign)
            return replace(before, vehicles=left)
        case _:
            known = {each.callsign: each for each in before.vehicles}
            old = known.get(event.callsign)
            if old is None or old.at <= event.at:
                eta_at = event.eta_at or (old.eta_at if old else None)
                known[event.callsign] = Vehicle(
                    callsign=event.callsign, step=event.step, eta_at=eta_at, at=event.at
                )
            arrived = event.at if event.step in WITH_PATIENT else None
            return replace(
                before,
                vehicles=tuple(known.values()),
                attended_at=before.attended_at or arrived,
            )
