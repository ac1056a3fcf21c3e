"""Read models of booking, and the queries on them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from msgspec import Struct

from standfast.booking import model, tables_answers, tables_paper
from standfast.facts import booking as events
from standfast.facts.booking import SlotDetails
from standfast.facts.contact import NumberToRing, Patient
from standfast.journal.database import Reader
from standfast.kernel.rows import Projection, Row
from standfast.kernel.values import Sex
from standfast.web.platform import Answerer

SCHEMA: Final = """
CREATE TABLE booking_slots (
    org            text        NOT NULL,
    slot_id        text        NOT NULL,
    session_id     text        NOT NULL,
    service_id     text        NOT NULL,
    starts_at      timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL,
    clinician      text        NOT NULL,
    clinician_role text        NOT NULL,
    clinician_sex  text        NOT NULL,
    channel        text        NOT NULL,  -- face_to_face or phone
    PRIMARY KEY (org, slot_id)
);
CREATE INDEX booking_slots_id ON booking_slots (slot_id);
CREATE INDEX booking_slots_service ON booking_slots (service_id, starts_at);
CREATE INDEX booking_slots_day ON booking_slots (org, starts_at);

-- Who has a slot: a live booking, or the clinic itself that filled it. A cancellation takes the
-- row away. Every slot is held once at most, and PostgreSQL sees to that: two people who go for
-- one slot decide on two streams, in two processes, and both may decide yes. Whoever commits
-- second hits this constraint, is refused (SLOT_TAKEN), and nothing of theirs is written.
-- Not an EXCLUDE over times: a session's slots cannot overlap (SLOTS_OVERLAP), so that the slot
-- itself is what is exclusive, and a plain unique key says so.
CREATE TABLE booking_holds (
    org     text NOT NULL,
    hold_id text NOT NULL,  -- the booking's id, or "clinic/" and the slot's
    slot_id text NOT NULL,
    PRIMARY KEY (org, hold_id),
    CONSTRAINT booking_one_hold_per_slot UNIQUE (org, slot_id)
);

CREATE TABLE booking_bookings (
    org          text        NOT NULL,
    booking_id   text        NOT NULL,
    from_org     text        NOT NULL,
    case_id      text        NOT NULL,
    reference    text        NOT NULL,
    slot_id      text        NOT NULL,
    service_id   text        NOT NULL,
    service_name text        NOT NULL,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    patient      jsonb       NOT NULL,
    numbers      jsonb       NOT NULL,
    problem      text        NOT NULL,
    disposition  text        NOT NULL,
    booked_at    timestamptz NOT NULL,
    booked_by    text        NOT NULL,
    state        text        NOT NULL,
    state_at     timestamptz NOT NULL,
    state_by     text        NOT NULL,
    cancelled    text        NOT NULL,  -- why; empty: it was not
    patient_changed_at timestamptz,     -- NULL: the patient is as it was booked
    PRIMARY KEY (org, booking_id)
) WITH (fillfactor = 80);
CREATE INDEX booking_bookings_day ON booking_bookings (org, starts_at);
CREATE INDEX booking_bookings_case ON booking_bookings (from_org, case_id);
"""


class SlotRow(Row, frozen=True, kw_only=True):
    """One slot as its session offers it, whoever has it by now."""

    TABLE: ClassVar[str] = "booking_slots"
    KEY: ClassVar[tuple[str, ...]] = ("org", "slot_id")
    READ_BY: ClassVar[tuple[str, ...]] = ()

    org: str
    slot_id: str
    session_id: str
    service_id: str
    starts_at: datetime
    ends_at: datetime
    clinician: str
    clinician_role: str
    clinician_sex: Sex
    channel: str


class HoldRow(Row, frozen=True, kw_only=True):
    """Somebody has the slot."""

    TABLE: ClassVar[str] = "booking_holds"
    KEY: ClassVar[tuple[str, ...]] = ("org", "hold_id")
    READ_BY: ClassVar[tuple[str, ...]] = ()

    org: str
    hold_id: str
    slot_id: str


class BookingRow(Row, frozen=True, kw_only=True):
    """One booking, live or not."""

    TABLE: ClassVar[str] = "booking_bookings"
    KEY: ClassVar[tuple[str, ...]] = ("org", "booking_id")
    READ_BY: ClassVar[tuple[str, ...]] = ("org", "from_org")

    org: str
    booking_id: str
    from_org: str
    case_id: str
    reference: str
    slot_id: str
    service_id: str
    service_name: str
    starts_at: datetime
    ends_at: datetime
    patient: Patient
    numbers: tuple[NumberToRing, ...]
    problem: str
    disposition: str
    booked_at: datetime
    booked_by: str
    state: str
    state_at: datetime
    state_by: str
    cancelled: str
    patient_changed_at: datetime | None


class ClinicSession(Struct, frozen=True, kw_only=True):
    """One clinician's session, from its first slot to its last.

    ``slots`` counts those of the list alone, ``free`` those of them that are nobody's.
    """

    session_id: str
    clinician: str
    clinician_role: str
    channel: str
    starts_at: datetime
    ends_at: datetime
    slots: int
    free: int


class Booked(Struct, frozen=True, kw_only=True):
    """A booking in the day's list. ``session_id`` is "" when its session is gone."""

    booking_id: str
    session_id: str
    from_org: str
    reference: str
    starts_at: datetime
    ends_at: datetime
    patient: Patient
    problem: str
    state: str
    state_at: datetime
    cancelled: str
    patient_changed_at: datetime | None


def session_rows(known: model.Session) -> Iterable[Row]:
    """Return a row for each slot, and a hold for each that the clinic filled itself."""
    opened = known.opened
    if opened is None:
        return
    for slot in opened.slots:
        yield SlotRow(
            org=opened.org,
            slot_id=slot.slot_id,
            session_id=opened.session_id,
            service_id=opened.service_id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            clinician=opened.clinician,
            clinician_role=opened.clinician_role,
            clinician_sex=opened.clinician_sex,
            channel=opened.channel,
        )
        if not slot.free:
            hold_id = f"clinic/{slot.slot_id}"
            yield HoldRow(org=opened.org, hold_id=hold_id, slot_id=slot.slot_id)


def booking_rows(known: model.Booking) -> Iterable[Row]:
    """Return the row of a booking, and its hold on the slot while it has one."""
    made = known.made
    if made is None:
        return
    if known.holds_slot:
        yield HoldRow(org=made.org, hold_id=made.booking_id, slot_id=made.slot_id)
    state_at, state_by = _latest(known, made)
    changed = known.changed
    shared = {
        name: getattr(made, name)
        for name in BookingRow.__struct_fields__
        if name in made.__struct_fields__
    }
    yield BookingRow(
        booked_by=made.by,
        state=known.state.value,
        state_at=state_at,
        state_by=state_by,
        cancelled=known.cancelled.reason if known.cancelled else "",
        patient_changed_at=known.patient_changed_at,
        **(shared | {"patient": known.patient, "numbers": (changed or made).numbers}),
    )


def _latest(known: model.Booking, made: events.SlotBooked) -> tuple[datetime, str]:
    """Return when and by whom the booking came to stand where it stands."""
    if known.arrived is not None and known.is_here:
        return known.arrived.arrived_at, known.arrived.by
    if known.cancelled is not None:
        return known.cancelled.cancelled_at, known.cancelled.by
    if known.absent is not None:
        return known.absent.noted_at, known.absent.by
    return made.booked_at, made.by


DUE: Final = "SELECT count(*) FROM booking_bookings WHERE org = $1 AND state = 'booked'"
"""How many patients the clinic still waits for."""


async def sessions(
    db: Reader, org: str, *, begin: datetime, end: datetime
) -> list[ClinicSession]:
    """Return the clinic's sessions that have slots from *begin* until before *end*."""
    return await db.fetch(
        ClinicSession,
        """
          SELECT session_id, clinician, clinician_role, channel, min(starts_at) AS starts_at,
                 max(ends_at) AS ends_at,
                 count(*) FILTER (WHERE starts_at >= $2 AND starts_at < $3) AS slots,
                 count(*) FILTER (WHERE starts_at >= $2 AND starts_at < $3
                                    AND hold_id IS NULL) AS free
            FROM booking_slots
            LEFT JOIN booking_holds USING (org, slot_id)
           WHERE org = $1 AND starts_at >= $2 - interval '1 day'
             AND starts_at < $3 + interval '1 day'
        GROUP BY session_id, clinician, clinician_role, channel
          HAVING bool_or(starts_at >= $2 AND starts_at < $3)
        ORDER BY min(starts_at), clinician, session_id
        """,
        org,
        begin,
        end,
    )


async def booked(db: Reader, org: str, *, begin: datetime, end: datetime) -> list[Booked]:
    """Return the clinic's bookings that begin from *begin* until before *end*, by time."""
    return await db.fetch(
        Booked,
        """
          SELECT booking_id, coalesce(session_id, '') AS session_id, from_org, reference,
                 b.starts_at, b.ends_at, patient, problem, state, state_at, cancelled,
                 patient_changed_at
            FROM booking_bookings b
            LEFT JOIN booking_slots s USING (org, slot_id)
           WHERE org = $1 AND b.starts_at >= $2 AND b.starts_at < $3
        ORDER BY b.starts_at, booked_at, booking_id
        """,
        org,
        begin,
        end,
    )


async def booking(db: Reader, org: str, booking_id: str) -> BookingRow | None:
    """Return one booking of the clinic."""
    return await db.fetch_one(
        BookingRow,
        """
        SELECT org, booking_id, from_org, case_id, reference, slot_id, service_id,
               service_name, starts_at, ends_at, patient, numbers, problem, disposition,
               booked_at, booked_by, state, state_at, state_by, cancelled,
               patient_changed_at
          FROM booking_bookings
         WHERE org = $1 AND booking_id = $2
        """,
        org,
        booking_id,
    )


_SLOTS: Final = """
  SELECT slot_id, org, service_id, starts_at, ends_at, clinician, clinician_role, channel,
         hold_id IS NULL AS free, clinician_sex
    FROM booking_slots
    LEFT JOIN booking_holds USING (org, slot_id)
"""


async def slot(db: Reader, _: str, slot_id: str) -> SlotDetails | None:
    """Return one slot, whosever it is, as it stands now."""
    return await db.fetch_one(SlotDetails, _SLOTS + " WHERE slot_id = $1", slot_id)


async def _free_slots(db: Reader, _: str, key: str) -> tuple[SlotDetails, ...]:
    services, begin, end = key.split("|")
    found = await db.fetch(
        SlotDetails,
        _SLOTS
        + """
   WHERE service_id = ANY($1::text[]) AND starts_at >= $2 AND starts_at <= $3
     AND hold_id IS NULL
ORDER BY starts_at, clinician, slot_id
        """,
        services.split(","),
        datetime.fromisoformat(begin),
        datetime.fromisoformat(end),
    )
    return tuple(found)


PROJECTIONS: Final[tuple[Projection, ...]] = (
    Projection(model.SESSION, session_rows, (SlotRow, HoldRow)),
    Projection(model.BOOKING, booking_rows, (BookingRow, HoldRow)),
)
CONSTRAINTS: Final[Mapping[str, StrEnum]] = {
    "booking_one_hold_per_slot": model.Refusal.SLOT_TAKEN
}


ANSWERS: Final[Mapping[str, Answerer]] = {
    events.SLOT.name: slot,
    events.FREE_SLOTS.name: _free_slots,
    **tables_answers.ANSWERS,
    **tables_paper.ANSWERS,
}
