"""A small directory of its own, and one plausible person who needs it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from msgspec.structs import replace

from standfast.directory.hours import LONDON
from standfast.directory.model import (
    NEED,
    SERVICE,
    Capacity,
    ListService,
    ReportCapacity,
    StateNeed,
)
from standfast.directory.ranking import ServiceNow
from standfast.facts.directory import NeedDetails, OpenFrom, ServiceDetails
from standfast.kernel.geo import Point
from standfast.kernel.values import Sex
from standfast.web.platform import Actor
from tests.access.giving import give_case
from tests.support.site import NOON, PROVIDER, Site, somebody

SUNDAY_NOON: Final = NOON
CLINIC: Final = "kingsmoor-utc"
CASE: Final = "018f0000-0000-7000-8000-000000000001"

AMIRA: Final = somebody(
    "amira.khan", "Amira Khan", "call_handler", PROVIDER, "directory.use", "booking.book"
)
SAM: Final = somebody(
    "sam.whitlock", "Sam Whitlock", "it_officer", PROVIDER, "directory.use", "directory.manage"
)


def london(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return the instant at which London's clocks first show this."""
    return datetime(year, month, day, hour, minute, tzinfo=LONDON).astimezone(UTC)


def every_day(opens: str, until: str, *weekdays: int) -> tuple[OpenFrom, ...]:
    """Return the same hours for every day of the week, or for *weekdays*."""
    return tuple(
        OpenFrom(weekday=day, opens=time.fromisoformat(opens), until=time.fromisoformat(until))
        for day in (weekdays or range(7))
    )


KINGSMOOR: Final = ServiceDetails(
    service_id="urgent-treatment",
    org=CLINIC,
    name="Kingsmoor Urgent Treatment Centre",
    kind="Urgent treatment centre",
    point=Point(5_500, 0),
    address=("1 Moor Road", "Kingsmoor"),
    postcode="HM3 1AB",
    phone="01632960910",
    always_open=True,
    hours=(),
    closed_on=(),
    needs=("urgent_treatment", "primary_care_face_to_face"),
    age_from=0,
    age_to=129,
    sex=None,
    referral_note="Book a time, then send the referral.",
    public_note="Ring the bell at the blue door after 22:00.",
    must_book=True,
    within_metres=None,
)


def service(
    service_id: str, name: str, *, metres: float = 5_500, **changed: Any
) -> ServiceDetails:
    """Return a service like Kingsmoor's, so far from where the patient is."""
    return replace(
        KINGSMOOR,
        service_id=service_id,
        name=name,
        point=Point(metres, 0),
        **{"org": service_id, "must_book": False, **changed},
    )


NORTHBRIDGE: Final = service(
    "out-of-hours-centre",
    "Northbridge out-of-hours centre",
    metres=1_200,
    hours=every_day("08:00", "23:00"),
    always_open=False,
)
EMERGENCY: Final = service(
    "emergency-department",
    "Northbridge General emergency department",
    metres=2_000,
    kind="Emergency department",
    needs=("emergency_department",),
)
CHILDRENS: Final = service(
    "childrens-emergency",
    "Northbridge General children's emergency unit",
    metres=1_900,
    needs=("emergency_department",),
    age_to=15,
)
FAR_EMERGENCY: Final = service(
    "far-emergency",
    "Saltmarsh emergency department",
    metres=31_000,
    needs=("emergency_department",),
)
ALL: Final = (KINGSMOOR, NORTHBRIDGE, EMERGENCY, CHILDRENS, FAR_EMERGENCY)

NEED_WITHIN_TWO_HOURS: Final = NeedDetails(
    case_id=CASE,
    org=PROVIDER,
    code="PC2",
    label="See or speak to primary care within 2 hours",
    needs=("primary_care_face_to_face",),
    age_years=78,
    sex=Sex.FEMALE,
    postcode="HM1 4QT",
    point=Point(0, 0),
    gp_name="Quayside Surgery",
    due_at=SUNDAY_NOON + timedelta(hours=2),
    wanted_at=SUNDAY_NOON,
)


def now_of(
    details: ServiceDetails, capacity: str = "green", *, accepting: bool = True
) -> ServiceNow:
    """Return *details* with a report of fifty minutes ago."""
    return ServiceNow(
        details=details,
        capacity=capacity,
        accepting=accepting,
        reported_at=SUNDAY_NOON - timedelta(minutes=50),
    )


async def list_services(site: Site, *listed: ServiceDetails, actor: Actor = SAM) -> None:
    """Put services in the directory."""
    for details in listed or ALL:
        command = ListService(service=details, by="Sam Whitlock")
        await site.execute(SERVICE, details.service_id, command, actor=actor)


async def report(
    site: Site, service_id: str, capacity: Capacity, *, accepting: bool = True
) -> None:
    """Say how busy a service is."""
    command = ReportCapacity(
        service_id=service_id, capacity=capacity, accepting=accepting, by="Sam Whitlock"
    )
    await site.execute(SERVICE, service_id, command, actor=SAM)


async def state_need(site: Site, need: NeedDetails = NEED_WITHIN_TWO_HOURS) -> None:
    """Let a case want a service."""
    await site.execute(NEED, need.case_id, StateNeed(need=need), actor=AMIRA)
    await give_case(site, need.case_id, actor=AMIRA)
