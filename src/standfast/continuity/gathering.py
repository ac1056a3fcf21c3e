"""What a pack is made from: asked of the contexts that know it, for whoever prints."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from standfast.continuity.printing import Cover
from standfast.continuity.tables import PackRow
from standfast.facts.contact import NumberToRing, Patient, Place
from standfast.facts.on_paper import (
    AMBULANCE_DESK,
    BOOKINGS_ON_PAPER,
    CALL_BACKS_ON_PAPER,
    CASES_ON_PAPER,
    PAPER_CONTENT,
    TELEPHONES,
    PaperBooking,
    PaperCase,
    PaperContent,
)
from standfast.settings import Settings
from standfast.web.platform import Platform
from standfast.web.rendering import local_date, local_datetime, local_time, person_name, phone

LONDON: Final = ZoneInfo("Europe/London")

GUARDED: Final = "Guarded: ask the clinician in charge"
"""What stands for somebody whose name must lie on nobody's desk."""


async def content_of(here: Platform, org: str) -> PaperContent | None:
    """Return the questions that this site has; None where it has none."""
    if not here.settings.has_triage_content:
        return None
    return await here.ask_public(PAPER_CONTENT, org=org, key="")


async def public_cover(here: Platform) -> Cover:
    """Return the cover of a pack that the site writes by itself, of what is no secret."""
    settings = here.settings
    org = settings.receiving_org
    return Cover(
        site=settings.site_name,
        org_name=settings.receiving_org_name,
        ambulance=await here.ask_public(AMBULANCE_DESK, org=org, key=""),
        ring=ring_first(settings),
        telephones=await here.ask_public(TELEPHONES, org=org, key=""),
        demonstration=settings.demonstration,
        slip="Written by the site itself; whoever prints it holds it.",
    )


async def cover_of(here: Platform, org: str, org_name: str, slip: str = "") -> Cover:
    """Return what stands on the cover of every pack of this organisation."""
    return Cover(
        site=here.settings.site_name,
        org_name=org_name,
        ambulance=await here.ask(AMBULANCE_DESK, org=org, key=""),
        ring=ring_first(here.settings),
        telephones=await here.ask(TELEPHONES, org=org, key=""),
        demonstration=here.settings.demonstration,
        slip=slip,
    )


def ring_first(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return whom to ring first, as the site has set it: names and numbers, in its order."""
    pairs = (each.partition("=") for each in settings.packs_ring.split(","))
    return tuple((name.strip(), number.strip()) for name, _, number in pairs if number.strip())


async def names_data(
    here: Platform,
    pack: PackRow,
    cover: Cover,
    *,
    now: datetime,
    guarded: frozenset[str],
) -> dict[str, Any]:
    """Return what the layout of the confidential lists is given. *guarded* are ids of cases."""
    org = pack.org
    cases = await here.ask(CASES_ON_PAPER, org=org, key="")
    call_backs = await here.ask(CALL_BACKS_ON_PAPER, org=org, key="")
    begin, end = today(now)
    bookings = await here.ask(
        BOOKINGS_ON_PAPER, org=org, key=f"{begin.isoformat()}|{end.isoformat()}"
    )
    named = {each.case_id for each in cases} | {each.case_id for each in bookings}
    hidden = named & guarded
    return {
        "number": pack.number,
        "org_name": cover.org_name,
        "made": local_datetime(now),
        "until": local_datetime(pack.valid_until),
        "day": local_date(now.astimezone(LONDON).date()),
        "demonstration": cover.demonstration,
        "slip": cover.slip,
        "guarded": len(hidden),
        "cases": [_case(each, hidden=each.case_id in hidden) for each in cases],
        "call_backs": [
            {
                "lost": local_time(each.lost_at),
                "ring": phone(each.number) if each.number else "withheld",
                "reference": each.reference,
                "problem": "" if each.case_id in hidden else each.problem,
            }
            for each in call_backs
        ],
        "clinics": _clinics(bookings, hidden),
    }


async def cases_named(here: Platform, org: str, now: datetime) -> Sequence[str]:
    """Return the ids of every case that the confidential lists would name."""
    begin, end = today(now)
    key = f"{begin.isoformat()}|{end.isoformat()}"
    found = (
        *(each.case_id for each in await here.ask(CASES_ON_PAPER, org=org, key="")),
        *(each.case_id for each in await here.ask(CALL_BACKS_ON_PAPER, org=org, key="")),
        *(each.case_id for each in await here.ask(BOOKINGS_ON_PAPER, org=org, key=key)),
    )
    return [each for each in dict.fromkeys(found) if each]


def today(now: datetime) -> tuple[datetime, datetime]:
    """Return when the day of *now* begins and ends here: 23, 24 or 25 hours apart."""
    day = now.astimezone(LONDON).date()
    midnight = datetime.combine(day, time(), LONDON)
    following = datetime.combine(day + timedelta(days=1), time(), LONDON)
    return midnight, following


def _case(case: PaperCase, *, hidden: bool) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "due": local_time(case.due_at) if case.due_at else "",
        "owes": case.owes,
        **_person(case.patient, case.numbers, hidden=hidden),
        "place": "" if hidden else _place(case.place),
        "problem": "" if hidden else case.problem,
    }


def _person(
    patient: Patient, numbers: tuple[NumberToRing, ...], *, hidden: bool
) -> dict[str, str]:
    if hidden:
        return {"patient": GUARDED, "about": "", "ring": ""}
    known = bool(patient.family or patient.given)
    about = [
        f"born {local_date(patient.born)}" if patient.born else "",
        f"{patient.age_years} years" if patient.age_years and not patient.born else "",
        "" if patient.sex.value == "unknown" else patient.sex.value,
    ]
    return {
        "patient": person_name(patient) if known else "Not known yet",
        "about": ", ".join(each for each in about if each),
        "ring": ", ".join(phone(each.number) for each in numbers[:2]),
    }


def _place(place: Place) -> str:
    lines = (place.address.replace("\n", ", "), place.postcode)
    return ", ".join(each for each in lines if each)


def _clinics(
    bookings: Sequence[PaperBooking], hidden: frozenset[str] | set[str]
) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "bookings": [
                {
                    "at": local_time(each.starts_at),
                    "reference": each.reference,
                    "problem": "" if each.case_id in hidden else each.problem,
                    **_person(each.patient, each.numbers, hidden=each.case_id in hidden),
                }
                for each in group
            ],
        }
        for name, group in groupby(bookings, key=lambda each: each.service_name)
    ]
