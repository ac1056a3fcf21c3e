"""A clinic that takes bookings, with two slots this afternoon."""

from datetime import timedelta
from typing import Final

from standfast.booking.model import SESSION, OpenSession
from standfast.directory.model import SERVICE, ListService
from standfast.facts.booking import SlotOffer
from standfast.facts.directory import ServiceDetails
from standfast.kernel.geo import Point
from standfast.kernel.values import Sex
from tests.support.site import NOON, Site, somebody

OWEN: Final = somebody("owen.price", "Owen Price", "receptionist", "kingsmoor-utc")

UTC: Final = ServiceDetails(
    service_id="kingsmoor-utc",
    org="kingsmoor-utc",
    name="Kingsmoor Urgent Treatment Centre",
    kind="urgent_treatment_centre",
    point=Point(x=4000.0, y=5000.0),
    address=("1 Station Road", "Kingsmoor"),
    postcode="HM5 1AA",
    phone="01632960111",
    always_open=True,
    hours=(),
    closed_on=(),
    needs=("general",),
    age_from=0,
    age_to=130,
    sex=None,
    referral_note="",
    public_note="",
    must_book=True,
    within_metres=None,
)


def slot(number: int) -> SlotOffer:
    starts_at = NOON + timedelta(hours=1, minutes=15 * number)
    return SlotOffer(
        slot_id=f"slot-{number}",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=15),
        free=True,
    )


async def open_clinic(site: Site) -> None:
    """List the clinic and open its session."""
    await site.execute(SERVICE, UTC.service_id, ListService(service=UTC, by="Owen"), actor=OWEN)
    session = OpenSession(
        session_id="session-1",
        org=UTC.org,
        service_id=UTC.service_id,
        clinician="Dr Iris Vane",
        clinician_role="GP",
        clinician_sex=Sex.FEMALE,
        channel="face_to_face",
        slots=(slot(1), slot(2)),
    )
    await site.execute(SESSION, "session-1", session, actor=OWEN)
