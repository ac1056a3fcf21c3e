"""One plausible incident and two vehicles, to be varied by each test in only what it is about."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from msgspec.structs import replace

from standfast.dispatch.commands import (
    AcceptRequest,
    AllocateVehicle,
    CloseIncident,
    LowerCategory,
    Outcome,
    ReceiveRequest,
    StandDownVehicle,
)
from standfast.dispatch.model import incident_number
from standfast.dispatch.model_vehicle import StartShift
from standfast.dispatch.standards import respond_by
from standfast.facts.contact import NumberToRing, Patient, Place
from standfast.facts.dispatch import (
    Category,
    CategoryLowered,
    RequestAccepted,
    RequestReceived,
    VehicleAllocated,
    VehicleMoved,
    VehicleStatus,
)
from standfast.facts.requests import AmbulanceDetailsChanged, AmbulanceRequested
from standfast.kernel.geo import Point
from standfast.kernel.home_entry import HomeEntry
from standfast.kernel.values import Sex
from tests.support.site import PROVIDER, TRUST, somebody

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CASE_ID: Final = "019ab0c8-0000-7000-8000-000000000001"
OTHER_CASE: Final = "019ab0c8-0000-7000-8000-000000000002"

NADIA: Final = somebody(
    "nadia.brook",
    "Nadia Brook",
    "dispatcher",
    TRUST,
    "dispatch.watch",
    "dispatch.desk",
    "dispatch.way_in",
)
PIOTR: Final = somebody(
    "piotr.lis",
    "Piotr Lis",
    "dispatcher",
    TRUST,
    "dispatch.watch",
    "dispatch.desk",
    "dispatch.way_in",
)
STRANGER: Final = somebody(
    "no.body",
    "No Body",
    "dispatcher",
    "elsewhere-ambulance",
    "dispatch.watch",
    "dispatch.desk",
    "dispatch.way_in",
)

MARGARET: Final = Patient(
    person_id="person-1",
    family="Okonkwo",
    given="Margaret",
    born=date(1948, 3, 14),
    sex=Sex.FEMALE,
    nhs_number="9990123454",
    postcode="HM1 4QT",
)
MILL_LANE: Final = Place(
    address="14 Mill Lane, Northbridge",
    postcode="HM1 4QT",
    way_in=HomeEntry(key_id="a-key", nonce=b"twelve bytes", sealed=b"what nobody can read"),
    point=Point(30_000, 22_000),
    source="the caller",
)
NUMBERS: Final = (NumberToRing(number="07700900417", whose="her daughter"),)
FINDINGS: Final = ("Awake: Yes", "Chest pain: Yes. “Like a band round my chest”")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def requested(category: str = "C2", **changed: Any) -> AmbulanceRequested:
    """Return what the caller's side says when it asks."""
    known = AmbulanceRequested(
        case_id=CASE_ID,
        org=PROVIDER,
        to_org=TRUST,
        reference="C-7F3K2",
        category=category,
        reason="Chest pain",
        findings=FINDINGS,
        patient=MARGARET,
        place=MILL_LANE,
        numbers=NUMBERS,
        requested_at=NOON,
        accept_by=NOON + minutes(1),
        by="Amira Khan",
    )
    return replace(known, **changed)


def details_changed(**changed: Any) -> AmbulanceDetailsChanged:
    known = AmbulanceDetailsChanged(
        case_id=CASE_ID,
        org=PROVIDER,
        patient=MARGARET,
        place=MILL_LANE,
        numbers=NUMBERS,
        changed_at=NOON,
    )
    return replace(known, **changed)


def a_request(category: Category = Category.C2, **changed: Any) -> ReceiveRequest:
    known = ReceiveRequest(
        case_id=CASE_ID,
        org=TRUST,
        from_org=PROVIDER,
        reference="C-7F3K2",
        category=category,
        reason="Chest pain",
        findings=FINDINGS,
        patient=MARGARET,
        place=MILL_LANE,
        numbers=NUMBERS,
        accept_by=NOON + minutes(1),
    )
    return replace(known, **changed)


def received(
    category: Category = Category.C2, at: datetime = NOON, **changed: Any
) -> RequestReceived:
    known = RequestReceived(
        case_id=CASE_ID,
        org=TRUST,
        from_org=PROVIDER,
        reference="C-7F3K2",
        incident_number=incident_number(CASE_ID),
        category=category,
        reason="Chest pain",
        findings=FINDINGS,
        patient=MARGARET,
        place=MILL_LANE,
        numbers=NUMBERS,
        received_at=at,
        accept_by=at + minutes(1),
        respond_by=respond_by(category, at),
    )
    return replace(known, **changed)


def lowered(seen: Category, category: Category, at: datetime) -> CategoryLowered:
    return CategoryLowered(
        case_id=CASE_ID,
        seen=seen,
        category=category,
        reason="Pain gone, walking about",
        agreed_by="Ada Mensah",
        by="Nadia Brook",
        respond_by=respond_by(category, NOON),
        lowered_at=at,
    )


ACCEPT: Final = AcceptRequest(
    staff_id="nadia.brook", staff_name="Nadia Brook", desk="Harrowmere Ambulance"
)
ACCEPT_AS_PIOTR: Final = AcceptRequest(
    staff_id="piotr.lis", staff_name="Piotr Lis", desk="Harrowmere Ambulance"
)
ACCEPTED: Final = RequestAccepted(
    case_id=CASE_ID,
    staff_id="nadia.brook",
    staff_name="Nadia Brook",
    desk="Harrowmere Ambulance",
    incident_number=incident_number(CASE_ID),
    accepted_at=NOON,
    category=Category.C2,
    accept_by=NOON + minutes(1),
)
SEND: Final = AllocateVehicle(
    vehicle_id="ha12",
    callsign="HA12",
    eta_at=NOON + minutes(9),
    diverted_from=None,
    staff_id="nadia.brook",
    staff_name="Nadia Brook",
    desk="Harrowmere Ambulance",
)
SENT: Final = VehicleAllocated(
    case_id=CASE_ID,
    vehicle_id="ha12",
    callsign="HA12",
    eta_at=NOON + minutes(9),
    by="Nadia Brook",
    allocated_at=NOON,
)


def moved(status: VehicleStatus) -> VehicleMoved:
    return VehicleMoved(
        case_id=CASE_ID,
        vehicle_id="ha12",
        callsign="HA12",
        status=status,
        by="Nadia Brook",
        moved_at=NOON,
        point=MILL_LANE.point if status is VehicleStatus.ON_SCENE else None,
    )


STAND_DOWN: Final = StandDownVehicle(
    vehicle_id="ha12",
    reason="Taken by car",
    has_read=True,
    seen_at=NOON,
    staff_id="nadia.brook",
    staff_name="Nadia Brook",
)
LOWER: Final = LowerCategory(
    category=Category.C3,
    reason="Pain gone, walking about",
    agreed_by="Ada Mensah",
    has_read=True,
    seen_at=NOON,
    staff_id="nadia.brook",
    staff_name="Nadia Brook",
)
CLOSE: Final = CloseIncident(
    outcome=Outcome.CANCELLED,
    reason="The family has driven her in",
    has_read=True,
    seen_at=NOON,
    staff_id="nadia.brook",
    staff_name="Nadia Brook",
)


def a_shift(vehicle_id: str = "ha12", **changed: Any) -> StartShift:
    known = StartShift(
        vehicle_id=vehicle_id,
        org=TRUST,
        callsign=vehicle_id.upper(),
        kind="ambulance",
        station="Northbridge",
        crew=("Sol Reyes", "Kit Archer"),
        point=Point(28_000, 20_000),
        status=VehicleStatus.AVAILABLE,
    )
    return replace(known, **changed)


SENDING: Final[Mapping[str, str]] = {"vehicle_id": "ha12"}
