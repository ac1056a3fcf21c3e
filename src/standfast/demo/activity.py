"""What is going on as the demonstration opens: past contacts, crews out, calls waiting."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from standfast.demo import known
from standfast.demo.county import nearest_node
from standfast.demo.data import read
from standfast.demo.dice import stable_id
from standfast.demo.places import Place
from standfast.demo.structs import Person, RecentContact, Vehicle, WaitingCall
from standfast.kernel.geo import Point

_CONTACTS: Final = 60
_LOOK_BACK: Final = timedelta(hours=96)
"""Three calls within this make a repeat caller, whose next step is their own practice."""
_CALLED_TWICE: Final = 12
_WAITING: Final = 6
_NOBODYS_NUMBER: Final = "07700900977"
_MAST_METRES: Final = (40, 90, 180, 350, 900)


def recent_contacts(
    random: Random, people: Sequence[Person], *, now: datetime
) -> tuple[RecentContact, ...]:
    """Return the calls of the last 96 hours, oldest first. Thomas Adeyemi is in them twice."""
    alive = [each.id for each in people if each.death_date is None]
    strangers = [each for each in alive if each not in known.KNOWN_BY_NAME]
    once = random.sample(strangers, _CONTACTS)
    callers = [*once, *once[:_CALLED_TWICE], known.THOMAS_ADEYEMI, known.THOMAS_ADEYEMI]
    contacts = [_contact(random, person, place, now) for place, person in enumerate(callers)]
    return tuple(sorted(contacts, key=lambda each: (each.at, each.id)))


def vehicles(place: Place) -> tuple[Vehicle, ...]:
    """Return the ambulance trust's crews, each at a node of the road map."""
    return tuple(_vehicle(each, place) for each in read("vehicles"))


def waiting_calls(
    random: Random, people: Sequence[Person], place: Place, *, now: datetime
) -> tuple[WaitingCall, ...]:
    """Return the telephone queue, the longest wait first: Margaret's among them.

    One number is nobody's, and one belongs to a mother and her son.
    """
    others = [
        each
        for each in people
        if each.death_date is None and each.id not in known.KNOWN_BY_NAME
    ]
    by_id = {each.id: each for each in people}
    callers = [by_id[known.MARGARET_OKONKWO_BRIGHT], by_id[known.BETHAN_MORGAN]]
    callers += random.sample(others, _WAITING - len(callers))
    calls = [
        _call(
            random,
            number=each.phones[0],
            near=each.point,
            person_ids=tuple(one.id for one in people if each.phones[0] in one.phones),
            now=now,
        )
        for each in callers
    ]
    stray = _call(
        random,
        number=_NOBODYS_NUMBER,
        near=random.choice(place.towns).point,
        person_ids=(),
        now=now,
    )
    return tuple(sorted((*calls, stray), key=lambda each: (each.waiting_since, each.id)))


def _contact(random: Random, person: str, place: int, now: datetime) -> RecentContact:
    problem, outcome = random.choice(read("clinical")["problems"])
    if person == known.THOMAS_ADEYEMI:
        problem, outcome = "Low mood, cannot sleep", "Mental health crisis line"
    ago = timedelta(seconds=random.randrange(1800, int(_LOOK_BACK.total_seconds()) - 600))
    return RecentContact(
        id=stable_id(f"contact/{place}"),
        person_id=person,
        at=(now - ago).replace(second=0, microsecond=0),
        problem=problem,
        outcome=outcome,
    )


def _vehicle(given: dict[str, Any], place: Place) -> Vehicle:
    node = nearest_node(place.road_map, Point(given["x"] * 1000, given["y"] * 1000))
    return Vehicle(
        id=stable_id(f"vehicle/{given['callsign']}"),
        callsign=given["callsign"],
        kind=given["kind"],
        station=given["station"],
        crew=tuple(given["crew"]),
        point=place.road_map.nodes[node],
        node=node,
        status=given["status"],
    )


def _call(
    random: Random, *, number: str, near: Point, person_ids: tuple[str, ...], now: datetime
) -> WaitingCall:
    accuracy = random.choice(_MAST_METRES)
    return WaitingCall(
        id=stable_id(f"call/{number}/{now.isoformat()}"),
        number=number,
        waiting_since=now - timedelta(seconds=random.randrange(4, 190)),
        location=Point(
            round(near.x + random.uniform(-0.6, 0.6) * accuracy, 1),
            round(near.y + random.uniform(-0.6, 0.6) * accuracy, 1),
        ),
        accuracy_metres=accuracy,
        person_ids=person_ids,
        line="111",
    )
