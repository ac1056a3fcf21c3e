"""How well snooping is noticed: openings of an invented year, with some planted among them.

``python -m benchmarks.snooping`` prints how many of those planted were found, and how many of
the others were put before a reviewer for nothing. The rules are those of
:mod:`standfast.access.marks`; the openings are invented here, by a seed.
"""

from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from standfast.access.asking import Relationship
from standfast.access.marks import ENOUGH, Known, Link, marks_of, score_of
from standfast.facts.people import PersonDetails
from standfast.kernel.access import Said

READS: Final = 10_000
PLANTED: Final = 20
STAFF: Final = 60
SILENT: Final = Said(case_id="c", reference="C-1")
"""A caller of whom nothing is written down yet."""

PATIENTS: Final = 3_000
SURNAMES: Final = 400
"""The commonest of them has one in forty people: as it is with Smith, Khan and Patel in a town."""


LINKS: Final = 0.15
"""Of the openings so many are links of a caller to a call."""

NOBODY_SAID: Final = 0.015
"""Of honest links so many are of a caller of whom nothing had been written down that agrees: a
carer rings from a telephone of their own, and the birth is asked for a minute later."""

UNLINKED: Final = 0.005
"""So many were of a namesake, and are taken back."""

GUARDED: Final = 0.004
"""So many are of somebody guarded, who rings as everybody does."""


class Read(Struct, frozen=True):
    """One opening, and which kind of snooping it is; empty: an honest one."""

    known: Known
    snoop: str


class Figures(Struct, frozen=True):
    """What came of it."""

    reads: int
    planted: int
    found: int
    false: int

    @property
    def found_share(self) -> float:
        return self.found / self.planted

    @property
    def false_share(self) -> float:
        return self.false / (self.reads - self.planted)


def measure(seed: int) -> Figures:
    """Return how well the rules do on the openings of *seed*."""
    reads = list(openings(seed))
    put_before = [score_of(marks_of(read.known)) >= ENOUGH for read in reads]
    told = list(zip(reads, put_before, strict=True))
    return Figures(
        reads=len(reads),
        planted=sum(bool(read.snoop) for read in reads),
        found=sum(noticed for read, noticed in told if read.snoop),
        false=sum(noticed for read, noticed in told if not read.snoop),
    )


def openings(seed: int) -> Iterator[Read]:
    """Yield ten thousand openings in no order, twenty of them planted."""
    random = Random(seed)  # noqa: S311 - invented people
    county = _County(random)
    reads = [
        Read(county.honest_link() if random.random() < LINKS else county.honest(), "")
        for _ in range(READS - PLANTED)
    ]
    kinds = list(_PLANTS)
    reads += [
        Read(_PLANTS[kind](county), kind)
        for kind in (kinds[number % len(kinds)] for number in range(PLANTED))
    ]
    random.shuffle(reads)
    yield from reads


class _County:
    """Staff and patients who share names, streets and sometimes homes."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.staff = [f"Staff Given {self.surname()}" for _ in range(STAFF)]
        self.homes = [self.home() for _ in range(STAFF)]

    def surname(self) -> str:
        """Return a surname; common ones are common, as surnames are."""
        return f"Name{int(SURNAMES * self.random.random() ** 2.2)}"

    def home(self) -> PersonDetails:
        random = self.random
        return PersonDetails(
            family=self.surname(),
            given="Given",
            postcode=f"HM{random.randrange(1, 9)} {random.randrange(1, 9)}AB",
            address=(f"{random.randrange(1, 90)} Mill Lane",),
        )

    def honest(self) -> Known:
        """Return an opening in the course of work: most are one's own, the rest a colleague's."""
        random = self.random
        me = random.randrange(STAFF)
        kind = random.choices(
            (Relationship.PERSONAL, Relationship.LIVE, Relationship.BROKEN_GLASS), (70, 29, 1)
        )[0]
        return Known(
            staff_id=f"s{me}",
            staff_name=self.staff[me],
            staff_person=self.homes[me] if me % 3 else None,
            person=self.home(),
            of_staff=f"s{random.randrange(STAFF)}x" if random.random() < 0.003 else "",  # noqa: PLR2004
            well_known=random.random() < 0.002,  # noqa: PLR2004
            relationship=kind,
            people_in_the_hour=random.randrange(1, 25),
        )

    def honest_link(self) -> Known:
        """Return a link of a caller to a call: what they say agrees, but for a few."""
        random, read = self.random, replace(self.honest(), relationship=Relationship.PERSONAL)
        person = read.person or self.home()
        agrees = random.random() >= NOBODY_SAID
        link = Link(
            guarded=random.random() < GUARDED,
            refused_before=False,
            unlinked=random.random() < UNLINKED,
            said=replace(SILENT, postcodes=(person.postcode,)) if agrees else SILENT,
        )
        return replace(read, link=link)

    def idle_link(self) -> Known:
        """Return a link in which all agrees, to be made worse."""
        read = replace(self.honest_link(), of_staff="", well_known=False)
        person = read.person or self.home()
        said = replace(SILENT, postcodes=(person.postcode,))
        return replace(read, link=Link(guarded=False, refused_before=False, said=said))

    def idle(self) -> Known:
        """Return an opening of somebody whose case is a colleague's, to be made worse."""
        return replace(
            self.honest(), relationship=Relationship.LIVE, of_staff="", well_known=False
        )


def _namesake(county: _County) -> Known:
    read = county.idle()
    family = read.staff_name.split()[-1]
    person = read.person or county.home()
    return replace(read, person=replace(person, family=f"{family}-Jones"))


def _neighbour_at_home(county: _County) -> Known:
    read, home = county.idle(), county.home()
    mine = replace(home, family="Other")
    return replace(read, person=home, staff_person=mine, relationship=Relationship.PERSONAL)


def _linked(**odd: Any) -> Callable[[_County], Known]:
    def link(county: _County) -> Known:
        read = county.idle_link()
        return replace(read, link=read.link and replace(read.link, **odd))

    return link


_PLANTS: Final[Mapping[str, Callable[[_County], Known]]] = {
    "the same surname": _namesake,
    "the same home": _neighbour_at_home,
    "a colleague": lambda county: replace(county.idle(), of_staff="a colleague"),
    "somebody well known": lambda county: replace(county.idle(), well_known=True),
    "their own record": lambda county: replace((read := county.idle()), of_staff=read.staff_id),
    "one record after another": lambda county: replace(county.idle(), people_in_the_hour=90),
    "nobody dealt with a namesake": lambda county: replace(
        _namesake(county), relationship=Relationship.BROKEN_GLASS
    ),
    "nobody dealt with somebody well known": lambda county: replace(
        county.idle(), well_known=True, relationship=Relationship.BROKEN_GLASS
    ),
    "somebody guarded, linked to a call": _linked(guarded=True),
    "refused, then linked to a call": _linked(refused_before=True),
    "linked, and nothing agrees": _linked(said=SILENT),
    "linked, and taken off again": _linked(unlinked=True),
}


def main() -> None:
    """Print the figures of ten seeds, and of all of them together."""
    print("seed   reads  planted  found  false alarms")
    all_of_them = [measure(seed) for seed in range(10)]
    for seed, each in enumerate(all_of_them):
        print(
            f"{seed:>4} {each.reads:>7} {each.planted:>8} {each.found:>6} "
            f"{each.false:>6} ({each.false_share:.2%})"
        )
    found = sum(each.found for each in all_of_them)
    planted = sum(each.planted for each in all_of_them)
    false = sum(each.false_share for each in all_of_them) / len(all_of_them)
    print(f"found {found} of {planted} ({found / planted:.1%}), false alarms {false:.2%}")


if __name__ == "__main__":
    main()
