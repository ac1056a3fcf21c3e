"""What the desk knows of one incident, and how each fact adds to it. Pure.

Everything that may be said twice or at two sites is kept with its time and weighed when it is
read, so that no order of arrival loses an upgrade (H16).
"""

from datetime import datetime
from typing import Final, TypeVar, assert_never

from msgspec import Struct
from msgspec.structs import replace

from standfast.facts.contact import NumberToRing, Patient, Place
from standfast.facts.dispatch import (
    Category,
    CategoryLowered,
    DetailsRead,
    DetailsReceived,
    IncidentClosed,
    IncidentEvent,
    RequestAccepted,
    RequestNotAccepted,
    RequestPhoned,
    RequestReceived,
    VehicleAllocated,
    VehicleMoved,
    VehicleStatus,
    VehicleStoodDown,
)

Timed = TypeVar("Timed", "Claim", "Acceptance", datetime)


class Claim(Struct, frozen=True, order=True):
    """Somebody said how urgent it is, and why. ``seen`` is what a lowering was lowered from."""

    at: datetime
    category: Category
    respond_by: datetime
    accept_by: datetime
    reason: str = ""
    findings: tuple[str, ...] = ()
    seen: str = ""

    def overrules(self, other: "Claim") -> bool:
        """Return whether this is a lowering that knew of *other* and came after it.

        Of two lowerings at the same instant neither overrules: the more urgent stands.
        """
        if not self.seen or other.category < self.seen:
            return False
        return other.at < self.at or (other.at == self.at and not other.seen)


class Acceptance(Struct, frozen=True, order=True):
    """Who took it, where and when."""

    at: datetime
    staff_id: str
    staff_name: str
    desk: str


class OnIncident(Struct, frozen=True, kw_only=True):
    """A vehicle that is on the incident now. ``status_at`` is since when it has its status."""

    vehicle_id: str
    callsign: str
    status: VehicleStatus
    eta_at: datetime | None
    status_at: datetime


class Phoned(Struct, frozen=True):
    """It was rung through as well, and got this number."""

    incident_number: str
    by: str
    at: datetime


class Incident(Struct, frozen=True, kw_only=True):
    """One incident. Nothing is known of it while ``org`` is empty."""

    org: str = ""
    case_id: str = ""
    from_org: str = ""
    reference: str = ""
    incident_number: str = ""
    patient: Patient = Patient()
    place: Place = Place()
    numbers: tuple[NumberToRing, ...] = ()
    details_at: datetime | None = None
    claims: tuple[Claim, ...] = ()
    acceptances: tuple[Acceptance, ...] = ()
    not_accepted_at: datetime | None = None
    read_at: datetime | None = None
    phoned: Phoned | None = None
    lowered: CategoryLowered | None = None
    vehicles: tuple[OnIncident, ...] = ()
    arrivals: tuple[datetime, ...] = ()
    closed_at: datetime | None = None
    outcome: str = ""

    @property
    def standing(self) -> tuple[Claim, ...]:
        """What was claimed since it was last closed, less what was overruled, oldest first."""
        return _standing(self._claims)

    @property
    def is_open(self) -> bool:
        return bool(self.standing)

    @property
    def category(self) -> Category | None:
        """The most urgent claim that stands; None when it is closed or not known."""
        return min((claim.category for claim in self.standing), default=None)

    @property
    def respond_by(self) -> datetime | None:
        """The earliest time by which somebody was to be there."""
        return min((claim.respond_by for claim in self.standing), default=None)

    @property
    def raised_by(self) -> Claim | None:
        """The latest claim that asked for more than was asked before: it needs accepting."""
        found: Claim | None = None
        latest: Category | None = None
        for number, claim in enumerate(self._claims, start=1):
            most = min(each.category for each in _standing(self._claims[:number]))
            if latest is None or most < latest:
                found = claim
            latest = most
        return found

    @property
    def requests(self) -> tuple[Claim, ...]:
        """What the caller's side has asked for, the most urgent first, the newest of those."""
        asked = [claim for claim in reversed(self.claims) if not claim.seen]
        return tuple(sorted(asked, key=lambda claim: claim.category))

    @property
    def reason(self) -> str:
        """Why it is wanted, as the most urgent request says."""
        return self.requests[0].reason if self.requests else ""

    @property
    def findings(self) -> tuple[str, ...]:
        """What was found, from every request: the most urgent one's first, none twice."""
        lines = (line for request in self.requests for line in request.findings)
        return tuple(dict.fromkeys(lines))

    @property
    def accepted(self) -> Acceptance | None:
        """Who has it: the first to accept it since it was last made more urgent."""
        raised = self.raised_by
        if raised is None:
            return None
        return next((each for each in self.acceptances if each.at >= raised.at), None)

    @property
    def also_accepted(self) -> Acceptance | None:
        """Somebody else who took it as well, at a site that did not know of the first."""
        first = self.accepted
        if first is None:
            return None
        return next(
            (
                each
                for each in self.acceptances
                if each.at >= first.at and each.staff_id != first.staff_id
            ),
            None,
        )

    @property
    def changed_at(self) -> datetime | None:
        """When the caller's side last said something."""
        known = [request.at for request in self.requests]
        return max((*known, self.details_at) if self.details_at else known, default=None)

    @property
    def is_unread(self) -> bool:
        """Whether something came after it was accepted, and nobody has said they read it."""
        if self.accepted is None or self.changed_at is None:
            return False
        return self.changed_at > max(self.accepted.at, self.read_at or self.accepted.at)

    @property
    def arrived_at(self) -> datetime | None:
        """When the first vehicle was there."""
        return next((at for at in self.arrivals if self._is_after_end(at)), None)

    @property
    def before_end(self) -> "Incident":
        """The incident as it was while it was open."""
        return replace(self, closed_at=None)

    def vehicle(self, vehicle_id: str) -> OnIncident | None:
        return next((each for each in self.vehicles if each.vehicle_id == vehicle_id), None)

    @property
    def _claims(self) -> tuple[Claim, ...]:
        return tuple(claim for claim in self.claims if self._is_after_end(claim.at))

    def _is_after_end(self, at: datetime) -> bool:
        return self.closed_at is None or at > self.closed_at


def evolve(incident: Incident, event: IncidentEvent) -> Incident:  # noqa: C901, PLR0911 - one case each
    """Learn one fact."""
    match event:
        case RequestReceived():
            return _request_received(incident, event)
        case DetailsReceived():
            return _details(incident, event)
        case RequestAccepted():
            taken = Acceptance(event.accepted_at, event.staff_id, event.staff_name, event.desk)
            return replace(incident, acceptances=_added(incident.acceptances, taken))
        case RequestNotAccepted():
            noticed = _latest(incident.not_accepted_at, event.noticed_at)
            return replace(incident, not_accepted_at=noticed)
        case RequestPhoned():
            phoned = Phoned(event.incident_number, event.by, event.at)
            return replace(incident, phoned=phoned)
        case DetailsRead():
            return replace(incident, read_at=_latest(incident.read_at, event.read_at))
        case CategoryLowered():
            return _lowered(incident, event)
        case VehicleAllocated():
            return _allocated(incident, event)
        case VehicleMoved():
            return _moved(incident, event)
        case VehicleStoodDown():
            return replace(incident, vehicles=_without(incident, event.vehicle_id))
        case IncidentClosed():
            closed_at = _latest(incident.closed_at, event.closed_at)
            return replace(incident, closed_at=closed_at, outcome=event.outcome)
        case _:
            assert_never(event)


def _request_received(incident: Incident, event: RequestReceived) -> Incident:
    claim = Claim(
        event.received_at,
        event.category,
        event.respond_by,
        event.accept_by,
        event.reason,
        event.findings,
    )
    known = replace(
        incident,
        org=incident.org or event.org,
        case_id=event.case_id,
        from_org=event.from_org,
        reference=event.reference,
        incident_number=incident.incident_number or event.incident_number,
        claims=_added(incident.claims, claim),
    )
    return _details(known, event)


def _details(incident: Incident, event: RequestReceived | DetailsReceived) -> Incident:
    """Learn who and where: the newest word stands, whichever arrives first."""
    if incident.details_at is not None and event.received_at < incident.details_at:
        return incident
    return replace(
        incident,
        patient=event.patient,
        place=event.place,
        numbers=event.numbers,
        details_at=event.received_at,
    )


def _lowered(incident: Incident, event: CategoryLowered) -> Incident:
    claim = Claim(
        event.lowered_at,
        event.category,
        event.respond_by,
        event.respond_by,
        seen=event.seen.value,
    )
    latest = incident.lowered
    if latest is None or event.lowered_at >= latest.lowered_at:
        latest = event
    return replace(incident, claims=_added(incident.claims, claim), lowered=latest)


def _allocated(incident: Incident, event: VehicleAllocated) -> Incident:
    vehicle = OnIncident(
        vehicle_id=event.vehicle_id,
        callsign=event.callsign,
        status=VehicleStatus.ALLOCATED,
        eta_at=event.eta_at,
        status_at=event.allocated_at,
    )
    return replace(incident, vehicles=(*_without(incident, event.vehicle_id), vehicle))


def _moved(incident: Incident, event: VehicleMoved) -> Incident:
    known = incident.vehicle(event.vehicle_id)
    vehicle = OnIncident(
        vehicle_id=event.vehicle_id,
        callsign=event.callsign,
        status=event.status,
        eta_at=known.eta_at if known else None,
        status_at=event.moved_at,
    )
    others = _without(incident, event.vehicle_id)
    is_clear = event.status is VehicleStatus.AVAILABLE
    moved = replace(incident, vehicles=others if is_clear else (*others, vehicle))
    if event.status not in WITH_PATIENT:
        return moved
    return replace(moved, arrivals=_added(incident.arrivals, event.moved_at))


WITH_PATIENT: Final = frozenset(
    {VehicleStatus.ON_SCENE, VehicleStatus.CONVEYING, VehicleStatus.AT_HOSPITAL}
)
"""A vehicle with such a status has arrived, and cannot be sent elsewhere."""


def _standing(claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    return tuple(
        claim for claim in claims if not any(other.overrules(claim) for other in claims)
    )


def _without(incident: Incident, vehicle_id: str) -> tuple[OnIncident, ...]:
    return tuple(each for each in incident.vehicles if each.vehicle_id != vehicle_id)


def _latest(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


def _added(known: tuple[Timed, ...], new: Timed) -> tuple[Timed, ...]:
    """Return *known* with *new* in its place in time; said twice is said once."""
    return tuple(sorted(set(known) | {new}))
