"""What was asked for, as the caller's side may say it: never "sent" before a name has it. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from msgspec import Struct

from standfast.calls.describing import (
    AMBULANCE_STEPS,
    APPOINTMENT_STEPS,
    PRESCRIPTION_STEPS,
)
from standfast.calls.partners import AMBULANCE_DESK_PHONE
from standfast.calls.rows import one_line
from standfast.calls.state import Ambulance, Case
from standfast.facts.contact import Patient
from standfast.web.rendering import age, local_datetime, local_time, phone

REFUSED_STEPS = frozenset({"cancelled", "did_not_attend", "not_supplied", "declined"})
SHOW_IT = "how to get in is sealed: press Show how to get in and read it out"
"""What stands in a script in the place of the words: scripts are on pages that live on."""

CONFIRMED_STEPS = frozenset({"taken", "written", "sent", "supplied"})


class Receipt(Struct, frozen=True, kw_only=True):
    """How far one request has come. ``words`` says it whole; ``telephone`` only if NOT SENT."""

    about: Literal["ambulance", "appointment", "referral", "prescription", "clinician"]
    state: Literal["requested", "accepted", "refused", "not_sent"]
    words: str
    telephone: str = ""
    script: str = ""
    category: str = ""
    """Of an ambulance: what the receipt is for, so that a device knows when it is too old."""


def receipts(case: Case, provider: str, now: datetime) -> list[Receipt]:
    """Return the receipts of a case, the ambulance first."""
    return [
        *_ambulance(case, provider, now),
        *_appointment(case),
        *_referral(case),
        *_prescription(case),
        *_clinician(case),
    ]


def script(case: Case, provider: str, now: datetime) -> str:
    """Return what to read out to control, in the order in which control asks."""
    place = one_line(case.place) or "address not known yet"
    notes = f" ({SHOW_IT})" if case.place.way_in else ""
    number = phone(case.numbers[0].number) if case.numbers else "not known"
    return (
        f"This is {provider}. I need a category {case.ambulance.category[1:]} ambulance to "
        f"{place}{notes}. The patient is {_who(case.patient, now)}. "
        f"The reason is: {case.ambulance.reason}. The number to ring is {number}. "
        f"Our reference is {case.reference}."
    )


def _who(patient: Patient, now: datetime) -> str:
    name = " ".join(part for part in (patient.given, patient.family) if part)
    years = f"{patient.age_years} years old" if patient.age_years is not None else ""
    old = age(patient.born, now) if patient.born else years
    sex = patient.sex.value if patient.sex.value != "unknown" else ""
    return ", ".join(part for part in (name, old, sex) if part) or "not known yet"


def _ambulance(case: Case, provider: str, now: datetime) -> Iterator[Receipt]:
    wanted = case.ambulance
    if not wanted.category:
        return
    if wanted.is_not_sent(now):
        yield Receipt(
            about="ambulance",
            state="not_sent",
            words=f"The ambulance request (category {wanted.category[1:]}) "
            "has not been accepted by anybody",
            telephone=AMBULANCE_DESK_PHONE,
            script=script(case, provider, now),
        )
    else:
        yield from _sent(wanted)
    yield from _formerly(wanted)


def _sent(wanted: Ambulance) -> Iterator[Receipt]:
    """Say who has the request that stands, and that nobody has it yet."""
    asked = f"Ambulance category {wanted.category[1:]}"
    asked += f", requested {local_time(wanted.requested_at)}"
    if wanted.ended_at:
        yield Receipt(
            about="ambulance",
            state="accepted",
            words=f"{asked}: closed by the desk {local_time(wanted.ended_at)}: {wanted.outcome}",
            category=wanted.category,
        )
    elif has := wanted.acceptance:
        words = f"{asked}: accepted by {has.by} at {local_time(has.at)}"
        yield Receipt(about="ambulance", state="accepted", words=words, category=has.category)
        yield from _vehicles(wanted, "accepted", has.category)
    elif has := wanted.telephoned:
        yield Receipt(
            about="ambulance",
            state="accepted",
            words=f"{asked}: phoned by {has.by} at {local_time(has.at)}, "
            f"control's incident {has.incident_number}",
            category=has.category,
        )
    else:
        yield Receipt(
            about="ambulance", state="requested", words=f"{asked}: no desk has accepted it yet"
        )


def _vehicles(
    wanted: Ambulance, state: Literal["accepted", "requested"], category: str
) -> Iterator[Receipt]:
    for vehicle in wanted.vehicles:
        eta = f", expected {local_time(vehicle.eta_at)}" if vehicle.eta_at else ""
        step = AMBULANCE_STEPS.get(vehicle.step, vehicle.step)
        words = f"{vehicle.callsign}: {step} {local_time(vehicle.at)}{eta}"
        yield Receipt(about="ambulance", state=state, words=words, category=category)


def _formerly(wanted: Ambulance) -> Iterator[Receipt]:
    """Say who had it before more was asked for, and what is on its way: never as accepted."""
    for was in wanted.formerly:
        words = (
            f"Was accepted as category {was.category[1:]} by {was.by} at {local_time(was.at)}"
        )
        if was.incident_number:
            words = words.replace("accepted", "phoned", 1)
        yield Receipt(about="ambulance", state="requested", words=words)
    if wanted.formerly and not wanted.is_owned:
        yield from _vehicles(wanted, "requested", "")


def _appointment(case: Case) -> Iterator[Receipt]:
    for booking in case.bookings:
        said = APPOINTMENT_STEPS.get(booking.step, booking.step)
        where = f"{booking.service_name}, {local_datetime(booking.starts_at)}"
        words = f"{said}: {where}" + (f" ({booking.note})" if booking.note else "")
        refused = booking.step in REFUSED_STEPS
        pending = booking.step == "requested"
        yield Receipt(
            about="appointment",
            state="refused" if refused else "requested" if pending else "accepted",
            words=words,
        )


def _referral(case: Case) -> Iterator[Receipt]:
    """Say what was said to the patient: no service confirms a referral of this kind."""
    if case.referred:
        at = local_time(case.referred.at)
        words = f"Told to go to {case.referred.service_name}, {at}"
        yield Receipt(about="referral", state="accepted", words=words)


def _prescription(case: Case) -> Iterator[Receipt]:
    wanted = case.prescription
    if wanted.requested is None:
        return
    said = PRESCRIPTION_STEPS.get(wanted.step, wanted.step)
    if not wanted.step:
        said += f", to be looked at by {local_time(wanted.requested.due_at)}"
    who = f", {wanted.by} {local_time(wanted.at)}" if wanted.by else ""
    note = f": {wanted.note}" if wanted.note else ""
    confirmed = wanted.step in CONFIRMED_STEPS
    refused = wanted.step in REFUSED_STEPS
    yield Receipt(
        about="prescription",
        state="accepted" if confirmed else "refused" if refused else "requested",
        words=f"{said}{who}{note}",
    )


def _clinician(case: Case) -> Iterator[Receipt]:
    clinical = case.clinical
    if clinical.wanted is None:
        return
    if clinical.decided_at:
        words = f"{clinical.decided_by}: {clinical.outcome}"
        yield Receipt(about="clinician", state="accepted", words=words)
    elif clinical.taken_by:
        words = f"{clinical.taken_by} has the case, to ring by"
        due = local_time(clinical.wanted.due_at)
        yield Receipt(about="clinician", state="accepted", words=f"{words} {due}")
    else:
        due = local_time(clinical.wanted.due_at)
        words = f"In the clinical queue, a clinician is to ring by {due}"
        yield Receipt(about="clinician", state="requested", words=words)
