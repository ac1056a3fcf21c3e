"""How the directory says things: what is offered, how far, how busy, how long, and why not."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from standfast.directory.hours import LONDON, Span, never_closes
from standfast.facts.directory import ServiceDetails
from standfast.kernel.values import Sex

NEEDS: Final[Mapping[str, str]] = {
    "primary_care_face_to_face": "Be seen in primary care",
    "primary_care_phone": "Speak to primary care",
    "own_practice": "Contact their own practice",
    "clinician_callback": "Be rung back by a clinician",
    "home_visit": "Be visited at home",
    "urgent_treatment": "Urgent treatment centre",
    "emergency_department": "Emergency department",
    "same_day_emergency_care": "Same-day emergency care",
    "eye_emergency": "Eye casualty",
    "maternity": "Maternity triage",
    "early_pregnancy": "Early pregnancy unit",
    "sexual_health": "Sexual health",
    "emergency_contraception": "Emergency contraception",
    "dental": "Be seen by a dentist",
    "dental_phone": "Speak to a dental nurse",
    "emergency_dental_bleeding": "Dental bleeding that does not stop",
    "mental_health": "Mental health crisis",
    "mental_health_drop_in": "Somewhere to go in a crisis",
    "pharmacy_supply": "Medicines from a pharmacy",
    "pharmacy_advice": "Speak to a pharmacist",
    "minor_illness": "Minor illness, seen by a pharmacist",
    "palliative_medicines": "Palliative medicines in stock",
    "palliative": "Palliative care advice",
    "community_nursing": "Community nurse",
    "catheter": "Catheter care",
    "falls": "Help after a fall without injury",
    "urgent_community_response": "Urgent community response",
}
"""What can be asked of a service, as staff read it."""

STATES: Final[Mapping[str, tuple[str, str, str]]] = {
    "green": ("Quiet", "good", "check"),
    "amber": ("Busy", "warn", "clock"),
    "red": ("Full", "crit", "stop"),
    "": ("Not reported", "", ""),
}
"""Word, colour and shape of a capacity."""

OWN_PATIENTS: Final = "Sees only its own registered patients"

_OLDEST: Final = 120
_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"
"""NHS CUI writes months so in every locale."""
_WEEK: Final = timedelta(days=6)


def need_words(need: str) -> str:
    """Return a need as staff read it; one that a newer program wrote, as it is written."""
    return NEEDS.get(need, need.replace("_", " ").capitalize())


def does_not_offer(lacking: Sequence[str]) -> str:
    """Return what is needed and not done here."""
    return "Does not offer: " + ", ".join(need_words(each) for each in lacking)


def sees_everybody(details: ServiceDetails) -> bool:
    """Return whether a service sees people of every age."""
    return details.age_from == 0 and details.age_to >= _OLDEST


def sees_ages(details: ServiceDetails, *, known: bool = True) -> str:
    """Return whom a service sees by age; if the patient's is not *known*, what to do."""
    if sees_everybody(details):
        return "Sees every age"
    if details.age_to >= _OLDEST:
        sees = f"Sees {details.age_from} and over"
    elif details.age_from == 0:
        sees = f"Sees {details.age_to} and under"
    else:
        sees = f"Sees {details.age_from} to {details.age_to}"
    return sees if known else f"{sees}; ask how old the patient is"


def sees_sex(sex: Sex | None, *, known: bool = True) -> str:
    """Return whom a service sees by sex."""
    if sex is None:
        return "Sees everybody"
    sees = "Sees women and girls" if sex is Sex.FEMALE else "Sees men and boys"
    return sees if known else f"{sees}; the patient's sex is not known"


def kilometres(metres: float | None) -> str:
    """Return a distance: ``3.4 km``, ``62 km``, and what to do if it is not known."""
    if metres is None:
        return "Distance not known: take the postcode"
    if metres < 9_950:  # noqa: PLR2004 - from ten on a tenth says nothing
        return f"{metres / 1000:.1f} km"
    return f"{metres / 1000:.0f} km"


def too_far(distance: float, limit: float) -> str:
    """Return how far it is, and how far is near enough; both in metres."""
    return f"{kilometres(distance)} away; takes people within {limit / 1000:.0f} km"


def full(since: datetime | None, now: datetime) -> str:
    """Return that a service takes nobody because it is full."""
    return f"Full: red since {moment(since, now)}" if since else "Full"


def not_accepting(since: datetime | None, now: datetime) -> str:
    """Return that a service takes nobody, for reasons of its own."""
    return f"Takes nobody since {moment(since, now)}" if since else "Takes nobody now"


def closed(current: Span | None, following: Span | None, now: datetime) -> str:
    """Return why a service is not open in time: it closes too soon, or opens too late."""
    if current is not None:
        return f"Closes at {moment(current.closes_at, now)}"
    if following is not None:
        return f"Closed until {moment(following.opens_at, now)}"
    return "Closed"


def open_words(open_in: Span, now: datetime) -> str:
    """Return when a service that can take somebody is open."""
    if open_in.opens_at > now:
        return f"Opens at {moment(open_in.opens_at, now)}"
    if never_closes(open_in, now):
        return "Open all hours"
    return f"Open until {moment(open_in.closes_at, now)}"


def moment(at: datetime, now: datetime) -> str:
    """Return a time as somebody says it: ``21:10``, ``midnight``, ``08:00 on Monday``.

    Further off than a week, or past, it has its date: ``09:00 on 04-Dec-2026``.
    """
    local, today = at.astimezone(LONDON), now.astimezone(LONDON)
    clock = f"{local:%H:%M}"
    if local.date() == today.date():
        return clock
    if clock == "00:00" and local.date() - today.date() == timedelta(days=1):
        return "midnight"
    if abs(local.date() - today.date()) <= _WEEK and local > today:
        return f"{clock} on {local:%A}"
    month = _MONTHS[3 * local.month - 3 : 3 * local.month]
    return f"{clock} on {local.day:02d}-{month}-{local.year}"
