"""The people whom the documents and the tests know by name. They are in every demonstration."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from msgspec.structs import asdict

from standfast.demo.clinical import Health, allergy, flag, medicine
from standfast.demo.dice import stable_id
from standfast.demo.geometry import along
from standfast.demo.people import home_at, nearest_practice
from standfast.demo.places import Place, Street
from standfast.demo.structs import Organisation, Person
from standfast.facts.people import AllergyStatus, CurrentMedicine, SpecialNote
from standfast.kernel.values import Sex

MARGARET_OKONKWO_BRIGHT: Final = stable_id("person/margaret-okonkwo-bright")
"""78, Northbridge: penicillin allergy, apixaban, hearing impaired. NHS number 999 012 3454."""
THOMAS_ADEYEMI: Final = stable_id("person/thomas-adeyemi")
"""58, Northbridge: two calls in the last 96 hours. A third makes him a repeat caller."""
SAMUEL_MORGAN: Final = stable_id("person/samuel-morgan")
"""A small boy of Kingsmoor, on the same telephone as his mother."""
BETHAN_MORGAN: Final = stable_id("person/bethan-morgan")
"""His mother."""
ZOFIA_WISNIEWSKA: Final = stable_id("person/zofia-wisniewska")
"""Saltmarsh: Polish, needs an interpreter, allergies not recorded."""
EDWIN_HARPER: Final = stable_id("person/edwin-harper")
"""Merehead: an end-of-life plan and a special note."""
NIAMH_ODONNELL: Final = stable_id("person/niamh-odonnell")
"""Aldersea: adrenal insufficiency."""
GRACE_AMOAH: Final = stable_id("person/grace-amoah")
"""One of twins: same birthday, home, telephone and initial as the other."""
GLORIA_AMOAH: Final = stable_id("person/gloria-amoah")
"""The other."""
BABY_NWOSU: Final = stable_id("person/baby-nwosu")
"""Two days old: no NHS number yet."""
JOHN_SMITH_ELDER: Final = stable_id("person/john-smith-elder")
"""Father of the other John Smith, at the same address."""
JOHN_SMITH_YOUNGER: Final = stable_id("person/john-smith-younger")
"""Son of the other."""
HAROLD_ABBOTT: Final = stable_id("person/harold-abbott")
"""He has died."""

_NUMBERS: Final = {
    MARGARET_OKONKWO_BRIGHT: "9990123454",
    THOMAS_ADEYEMI: "9990123462",
    SAMUEL_MORGAN: "9990123470",
    BETHAN_MORGAN: "9990123489",
    ZOFIA_WISNIEWSKA: "9990123497",
    EDWIN_HARPER: "9990123403",
    NIAMH_ODONNELL: "9990123411",
    GRACE_AMOAH: "9990123438",
    GLORIA_AMOAH: "9990123446",
    BABY_NWOSU: None,
    JOHN_SMITH_ELDER: "9990124000",
    JOHN_SMITH_YOUNGER: "9990124019",
    HAROLD_ABBOTT: "9990124027",
}

KNOWN_BY_NAME: Final = frozenset(_NUMBERS)
"""The ids of them all."""


def known_people(
    place: Place, practices: Sequence[Organisation], *, today: date
) -> tuple[Person, ...]:
    """Return them, the first of the two thousand."""
    streets = {(street.town, street.name): street for street in place.streets}
    made = _Maker(streets, practices)
    return (_margaret(made, today), _edwin(made, today), *_alone(made, today), *_families(made))


def _alone(made: "_Maker", today: date) -> tuple[Person, ...]:
    return (
        made.person(
            THOMAS_ADEYEMI, "Mr Thomas Adeyemi", date(1968, 5, 2), Sex.MALE,
            preferred_name="Tom", lives=("31 Tanners Row", "Northbridge"),
            phones=("07700900231",), health=Health(medicines=(medicine("sertraline"),)),
        ),
        made.person(
            ZOFIA_WISNIEWSKA, "Ms Zofia Wiśniewska", date(1999, 11, 30), Sex.FEMALE,
            lives=("Flat 4", "8 Marine Parade", "Saltmarsh"), phones=("07700900318",),
            language="Polish", health=Health(allergy_status=AllergyStatus.NOT_RECORDED),
        ),
        made.person(
            NIAMH_ODONNELL, "Mrs Niamh O'Donnell", date(1979, 6, 21), Sex.FEMALE,
            lives=("3 Pier Road", "Aldersea"), phones=("07700900644", "01632960644"),
            health=Health(flags=(flag("adrenal"),)),
        ),
        made.person(
            BABY_NWOSU, "Baby Nwosu", today - timedelta(days=2), Sex.MALE,
            lives=("19 Castle Gate", "Northbridge"), phones=("07700900816",),
            health=Health(allergy_status=AllergyStatus.NOT_RECORDED),
        ),
        made.person(
            HAROLD_ABBOTT, "Mr Harold Abbott", date(1936, 3, 3), Sex.MALE,
            lives=("5 Forest Road", "Thornley Cross"), phones=("01632960355",),
            death_date=today - timedelta(days=41),
        ),
    )  # fmt: skip


def _families(made: "_Maker") -> tuple[Person, ...]:
    morgans = ("14 Priory Walk", "Kingsmoor")
    amoahs = ("52 High Street", "Northbridge")
    smiths = ("7 Mere Street", "Merehead")
    return (
        made.person(
            SAMUEL_MORGAN, "Master Samuel Morgan", date(2023, 8, 19), Sex.MALE,
            preferred_name="Sam", lives=morgans, phones=("07700900562",),
        ),
        made.person(
            BETHAN_MORGAN, "Mrs Bethan Morgan", date(1991, 1, 7), Sex.FEMALE,
            lives=morgans, phones=("07700900562",),
            health=_allergic("nsaid", "Wheeze", medicine("salbutamol")),
        ),
        made.person(
            GRACE_AMOAH, "Miss Grace Amoah", date(2016, 2, 29), Sex.FEMALE,
            lives=amoahs, phones=("07700900705",),
        ),
        made.person(
            GLORIA_AMOAH, "Miss Gloria Amoah", date(2016, 2, 29), Sex.FEMALE,
            lives=amoahs, phones=("07700900705",), health=_allergic("peanut", "Anaphylaxis"),
        ),
        made.person(
            JOHN_SMITH_ELDER, "Mr John Smith", date(1951, 10, 4), Sex.MALE,
            preferred_name="Jack", lives=smiths, phones=("01632960127",),
            health=Health(medicines=(medicine("warfarin"),)),
        ),
        made.person(
            JOHN_SMITH_YOUNGER, "Mr John Smith", date(1978, 4, 10), Sex.MALE,
            lives=smiths, phones=("01632960127",),
        ),
    )  # fmt: skip


class _Maker:
    """Makes people on the county's streets."""

    def __init__(
        self, streets: dict[tuple[str, str], Street], practices: Sequence[Organisation]
    ) -> None:
        self._streets = streets
        self._practices = practices

    def person(
        self,
        person_id: str,
        name: str,
        birth_date: date,
        sex: Sex,
        *,
        lives: tuple[str, ...],
        phones: tuple[str, ...],
        health: Health | None = None,
        preferred_name: str = "",
        language: str = "English",
        death_date: date | None = None,
    ) -> Person:
        """Return the person called *name*: a title if any, given name, family name."""
        *title, given_name, family_name = name.split()
        number, _, street = lives[-2].partition(" ")
        home = home_at(self._streets[lives[-1], street], lives, int(number), phones)
        return Person(
            id=person_id,
            family_name=family_name,
            given_name=given_name,
            preferred_name=preferred_name,
            title="".join(title),
            birth_date=birth_date,
            death_date=death_date,
            sex=sex,
            nhs_number=_NUMBERS[person_id],
            address=lives,
            postcode=home.postcode,
            point=along(home.street.start, home.street.end, home.part, aside=18),
            phones=phones,
            gp_practice=nearest_practice(self._practices, home),
            language=language,
            needs_interpreter=language != "English",
            **asdict(health or Health()),
        )


def _margaret(made: _Maker, today: date) -> Person:
    note = SpecialNote(
        text="Lives alone. Wears two hearing aids: speak slowly, she will answer if you wait. "
        "Daughter Ngozi has a key and rings back within minutes.",
        author="Dr H. Marsh",
        written_on=today - timedelta(days=64),
        review_on=today + timedelta(days=116),
    )
    health = Health(
        allergy_status=AllergyStatus.KNOWN,
        allergies=(allergy("penicillin", "Swelling of the face", "severe"),),
        medicines=(medicine("apixaban"), medicine("bisoprolol"), medicine("atorvastatin")),
        flags=(flag("hearing"),),
        notes=(note,),
    )
    return made.person(
        MARGARET_OKONKWO_BRIGHT,
        "Mrs Margaret Okonkwo-Bright",
        date(1948, 3, 14),
        Sex.FEMALE,
        preferred_name="Peggy",
        lives=("Flat 2", "14 Harbour View", "Northbridge"),
        phones=("07700900417", "01632960417"),
        health=health,
    )


def _edwin(made: _Maker, today: date) -> Person:
    note = SpecialNote(
        text="Lung cancer. Wishes to die at home. Anticipatory medicines are in the kitchen in "
        "a locked box; his wife Edith has the number. ReSPECT form behind the front door. "
        "Ring the palliative line before sending a crew.",
        author="Dr P. Wynne",
        written_on=today - timedelta(days=9),
        review_on=today + timedelta(days=21),
    )
    health = Health(flags=(flag("end_of_life"),), notes=(note,))
    return made.person(
        EDWIN_HARPER,
        "Mr Edwin Harper",
        date(1942, 7, 25),
        Sex.MALE,
        preferred_name="Ted",
        lives=("9 Boathouse Lane", "Merehead"),
        phones=("01632960508", "07700900508"),
        health=health,
    )


def _allergic(substance: str, reaction: str, *medicines: CurrentMedicine) -> Health:
    return Health(
        allergy_status=AllergyStatus.KNOWN,
        allergies=(allergy(substance, reaction, "severe"),),
        medicines=medicines,
    )
