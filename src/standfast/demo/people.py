"""Two thousand invented people, in households that share an address and a telephone."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Final

from msgspec import Struct, structs

from standfast.demo import names
from standfast.demo.clinical import invent_health
from standfast.demo.dice import drama_numbers, nhs_numbers, stable_id
from standfast.demo.geometry import along
from standfast.demo.places import Place, Street
from standfast.demo.structs import Organisation, Person
from standfast.kernel.geo import distance_metres
from standfast.kernel.values import Sex

POPULATION: Final = 2000

_HOUSEHOLDS: Final[Sequence[tuple[int, str]]] = (
    (16, "alone"),
    (14, "alone, old"),
    (18, "couple"),
    (15, "couple, old"),
    (29, "family"),
    (8, "one parent"),
)
"""In a hundred, near enough to England's for a list of names to look right."""

_TWINS: Final = 0.05
_PHONES: Final = (44, 12, 44)
"""In a hundred homes: with a mobile, with a landline, with both."""
_FLAT: Final = 0.18
_NO_NHS_NUMBER: Final = 0.012
_OTHER_PRACTICE: Final = 0.06
_INTERPRETER: Final = 0.3
_DECEASED: Final = 9
_PENSION: Final = 66
_NEITHER: Final = 0.004
_MOVED_HERE: Final = 0.3


class Home(Struct, frozen=True, kw_only=True):
    """Where a household lives and how it is reached."""

    street: Street
    address: tuple[str, ...]
    postcode: str
    part: float
    """How far along the street, from 0 to 1."""
    phones: tuple[str, ...]


class Member(Struct, frozen=True, kw_only=True):
    """One of a household: age in years, and how far into them, in days."""

    age: int
    days: int
    sex: Sex


def invent_people(
    random: Random,
    place: Place,
    practices: Sequence[Organisation],
    known: Sequence[Person],
    *,
    today: date,
) -> tuple[Person, ...]:
    """Return the *known* people and as many more as make up the population."""
    people = list(known)
    homes = _homes(random, place, frozenset(phone for each in known for phone in each.phones))
    numbers = nhs_numbers(random, frozenset(each.nhs_number or "" for each in known))
    invent = _inventor(random, practices, numbers, today)
    while len(people) < POPULATION:
        people += invent(next(homes), len(people))
    del people[POPULATION:]
    return _some_have_died(random, people, today, spared=len(known))


def nearest_practice(practices: Sequence[Organisation], home: Home) -> str:
    """Return the id of the practice that is nearest to *home*."""
    at = along(home.street.start, home.street.end, home.part)
    return min(practices, key=lambda each: distance_metres(each.point, at)).id


def _inventor(
    random: Random, practices: Sequence[Organisation], numbers: Iterator[str], today: date
) -> Callable[[Home, int], list[Person]]:
    """Return what invents the household of a home; the count gives its people their ids."""

    def person(home: Home, member: Member, who: tuple[str, str], place: int) -> Person:
        given_name, family_name = who
        return _person(
            random,
            home,
            member,
            today,
            id=stable_id(f"person/{place}"),
            given_name=given_name,
            family_name=family_name,
            nhs_number=None if random.random() < _NO_NHS_NUMBER else next(numbers),
            gp_practice=random.choice(practices).id
            if random.random() < _OTHER_PRACTICE
            else nearest_practice(practices, home),
        )

    def household(home: Home, count: int) -> list[Person]:
        background = names.any_background(random)
        family_name = names.any_family_name(random, background)
        taken: set[str] = set()
        return [
            _speaks(
                random,
                person(
                    home,
                    member,
                    (names.any_given_name(random, background, member.sex, taken), family_name),
                    count + place,
                ),
                background.language,
            )
            for place, member in enumerate(_members(random))
        ]

    return household


def _person(
    random: Random,
    home: Home,
    member: Member,
    today: date,
    *,
    id: str,  # noqa: A002 -- the field's name
    given_name: str,
    family_name: str,
    nhs_number: str | None,
    gp_practice: str,
) -> Person:
    sex = Sex.UNKNOWN if random.random() < _NEITHER else member.sex
    health = invent_health(random, age=member.age, sex=sex, today=today)
    return Person(
        id=id,
        family_name=names.as_recorded(random, family_name, sex),
        given_name=given_name,
        preferred_name=names.any_preferred_name(random, given_name),
        title=names.any_title(random, member.age, sex),
        birth_date=born(today, member),
        death_date=None,
        sex=sex,
        nhs_number=nhs_number,
        address=home.address,
        postcode=home.postcode,
        point=along(home.street.start, home.street.end, home.part, aside=18),
        phones=home.phones,
        gp_practice=gp_practice,
        language="English",
        needs_interpreter=False,
        allergy_status=health.allergy_status,
        allergies=health.allergies,
        medicines=health.medicines,
        flags=health.flags,
        notes=health.notes,
    )


def born(today: date, member: Member) -> date:
    """Return the day on which *member* was born."""
    anniversary = today - timedelta(days=member.days)
    day = min(anniversary.day, 28)
    return date(anniversary.year - member.age, anniversary.month, day)


def _speaks(random: Random, person: Person, language: str) -> Person:
    """Return *person* with a first language; some who have another need an interpreter."""
    if language == "English" or random.random() > _MOVED_HERE:
        return person
    return structs.replace(
        person, language=language, needs_interpreter=random.random() < _INTERPRETER
    )


def _members(random: Random) -> list[Member]:
    """Return who lives together, the eldest first."""
    kind = random.choices(
        [kind for _, kind in _HOUSEHOLDS], [weight for weight, _ in _HOUSEHOLDS]
    )[0]
    old = kind.endswith("old")
    first = random.choice((Sex.FEMALE, Sex.MALE))
    age = (
        int(random.triangular(66, 97, 74))
        if old
        else int(random.triangular(19, 69, random.choice((27, 57))))
    )
    if kind in {"family", "one parent"}:
        age = int(random.triangular(22, 56, 38))
    adults = [_member(random, age, first)]
    if kind.startswith(("couple", "family")):
        other = Sex.MALE if first is Sex.FEMALE else Sex.FEMALE
        adults.append(_member(random, max(19, age + random.randint(-6, 4)), other))
    if kind in {"family", "one parent"}:
        return adults + _children(random, age)
    return adults


def _children(random: Random, parent_age: int) -> list[Member]:
    age = max(0, min(parent_age - random.randint(21, 33), random.randint(12, 22)))
    children: list[Member] = []
    twins = False
    for _ in range(random.choices((1, 2, 3, 4), (36, 42, 16, 6))[0]):
        child = _member(random, age, random.choice((Sex.FEMALE, Sex.MALE)))
        children.append(child)
        if random.random() < _TWINS and not twins:
            twins = True
            children.append(structs.replace(child, sex=random.choice((Sex.FEMALE, Sex.MALE))))
        age -= random.randint(2, 4)
        if age < 0:
            break
    return children


def _member(random: Random, age: int, sex: Sex) -> Member:
    return Member(age=age, days=random.randrange(1, 330), sex=sex)


def _homes(random: Random, place: Place, taken: frozenset[str]) -> Iterator[Home]:
    """Yield homes on the county's streets, each with numbers that no other home has."""
    radius = {town.name: town.radius for town in place.towns}
    weights = [radius[street.town] ** 1.6 for street in place.streets]
    mobiles = drama_numbers(random, "07700900", taken)
    landlines = drama_numbers(random, "01632960", taken)
    occupied: set[tuple[str, ...]] = set()
    while True:
        street = random.choices(place.streets, weights)[0]
        number = random.randint(1, 96)
        flat = (f"Flat {random.randint(1, 6)}",) if random.random() < _FLAT else ()
        address = (*flat, f"{number} {street.name}", street.town)
        if address in occupied:
            continue
        occupied.add(address)
        ranges = random.choices(((mobiles,), (landlines,), (mobiles, landlines)), _PHONES)[0]
        yield home_at(street, address, number, tuple(next(each) for each in ranges))


def home_at(
    street: Street, address: tuple[str, ...], number: int, phones: tuple[str, ...]
) -> Home:
    """Return the home at a house number: low numbers at the street's start."""
    part = min(number, 99) / 100
    postcode = street.postcodes[int(part * len(street.postcodes))]
    return Home(street=street, address=address, postcode=postcode, part=part, phones=phones)


def _some_have_died(
    random: Random, people: list[Person], today: date, *, spared: int
) -> tuple[Person, ...]:
    """Return *people* with the deaths of a few old ones on record."""
    old = [
        place
        for place, each in enumerate(people)
        if place >= spared and today.year - each.birth_date.year > _PENSION
    ]
    for place in random.sample(old, _DECEASED):
        died = today - timedelta(days=random.randrange(20, 700))
        people[place] = structs.replace(people[place], death_date=died)
    return tuple(people)
