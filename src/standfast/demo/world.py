"""The whole demonstration from one seed and one instant."""

from datetime import datetime
from typing import Final

from msgspec import convert

from standfast.demo.activity import recent_contacts, vehicles, waiting_calls
from standfast.demo.county import make_place
from standfast.demo.data import read
from standfast.demo.dice import dice
from standfast.demo.formulary import formulary
from standfast.demo.hours import LONDON, bank_holidays
from standfast.demo.known import known_people
from standfast.demo.people import invent_people
from standfast.demo.services import organisations, services, sessions
from standfast.demo.structs import StaffMember, World

PROVIDER: Final = "harrowmere-urgent-care"
AMBULANCE_TRUST: Final = "harrowmere-ambulance"


def make_world(seed: int, now: datetime) -> World:
    """Return the demonstration as it stands at *now* (aware).

    The same seed and instant give the same world. The place, the organisations, the staff
    and the people known by name are alike for every seed.
    """
    today = now.astimezone(LONDON).date()
    place = make_place()
    owners = organisations(place)
    offered = services(owners, today=today)
    practices = [each for each in owners if each.kind == "gp_practice"]
    known = known_people(place, practices, today=today)
    people = invent_people(dice(seed, "people"), place, practices, known, today=today)
    return World(
        seed=seed,
        made_at=now,
        place=place,
        bank_holidays=(*bank_holidays(today.year), *bank_holidays(today.year + 1)),
        organisations=owners,
        staff=convert(read("staff"), tuple[StaffMember, ...]),
        services=offered,
        sessions=sessions(dice(seed, "sessions"), offered, now=now),
        people=people,
        contacts=recent_contacts(dice(seed, "contacts"), people, now=now),
        vehicles=vehicles(place),
        formulary=formulary(),
        waiting_calls=waiting_calls(dice(seed, "calls"), people, place, now=now),
    )
