"""One session of a clinic, and one plausible patient who is booked into it."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from msgspec.structs import replace

from standfast.booking.model import BOOKING, SESSION, BookSlot, OpenSession
from standfast.facts.booking import SlotOffer
from standfast.facts.contact import NumberToRing, Patient
from standfast.kernel.ids import child_id
from standfast.kernel.values import Sex
from tests.support.site import NOON, PROVIDER, Site, somebody

CLINIC: Final = "kingsmoor-utc"
AT_TWO: Final = NOON + timedelta(hours=2)

OWEN: Final = somebody("owen.price", "Owen Price", "receptionist", CLINIC, "booking.clinic")
STRANGER: Final = somebody(
    "r.elsewhere", "Rita Elsewhere", "receptionist", "saltmarsh-access-hub", "booking.clinic"
)
AMIRA: Final = somebody(
    "amira.khan", "Amira Khan", "call_handler", PROVIDER, "directory.use", "booking.book"
)
JOE: Final = somebody("joe.tran", "Joe Tran", "call_handler", PROVIDER, "directory.use")


def slot(number: int, *, free: bool = True, first: datetime = AT_TWO) -> SlotOffer:
    """Return the quarter of an hour *number* after two o'clock."""
    starts_at = first + timedelta(minutes=15 * number)
    return SlotOffer(
        slot_id=f"slot-{number}",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=15),
        free=free,
    )


SESSION_AT_TWO: Final = OpenSession(
    session_id="session-1",
    org=CLINIC,
    service_id="urgent-treatment",
    clinician="Grace Akande",
    clinician_role="Emergency nurse practitioner",
    clinician_sex=Sex.FEMALE,
    channel="face_to_face",
    slots=(slot(0), slot(1), slot(2, free=False), slot(3)),
)

MARGARET: Final = Patient(
    person_id="018f0000-0000-7000-8000-00000000aaaa",
    family="Okonkwo-Bright",
    given="Margaret",
    title="Mrs",
    born=date(1948, 3, 14),
    sex=Sex.FEMALE,
    nhs_number="9990123451",
)


def booking_of(number: int, case: str = "case-1", **changed: Any) -> BookSlot:
    """Return the wish to have the slot *number* for the patient of *case*."""
    offer = slot(number)
    asked = BookSlot(
        booking_id=child_id(case, f"booking {number}"),
        org=CLINIC,
        from_org=PROVIDER,
        case_id=case,
        reference="C-7F3K2",
        slot_id=offer.slot_id,
        service_id="urgent-treatment",
        service_name="Kingsmoor Urgent Treatment Centre",
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        patient=MARGARET,
        numbers=(NumberToRing(number="07700900417", whose="Jane, daughter"),),
        problem="Dizzy on standing",
        disposition="See or speak to primary care within 2 hours",
        by="Amira Khan",
    )
    return replace(asked, **changed)


async def open_session(site: Site, command: OpenSession = SESSION_AT_TWO) -> None:
    """Let the clinic offer its slots."""
    await site.execute(SESSION, command.session_id, command, actor=OWEN)


async def book(site: Site, number: int, case: str = "case-1", **changed: Any) -> str:
    """Book a slot; return the booking's id."""
    command = booking_of(number, case, **changed)
    await site.execute(BOOKING, command.booking_id, command, actor=AMIRA)
    return command.booking_id
