"""Finding a person however they are asked for, and never another organisation's."""

from datetime import date

import pytest
from msgspec import structs

from standfast.people.matching import may_be_the_same
from standfast.people.model import PERSON, CorrectDetails
from standfast.people.spelling import fold, sound
from standfast.people.tables import Hit, find
from standfast.people.wanted import day_of, understand, wanted_of
from tests.people.examples import (
    AMIRA,
    FAITH,
    GRACE,
    MARGARET,
    SEAN,
    nobody_guarded,
    register,
    register_everybody,
)
from tests.support.database import Database
from tests.support.site import PROVIDER, TRUST, Site, open_site

pytestmark = pytest.mark.anyio

TODAY = date(2026, 11, 22)


async def look(site: Site, text: str, org: str = PROVIDER) -> list[Hit]:
    return await find(
        site.read_for(org).platform.db, org, understand(text, TODAY), guarded=nobody_guarded
    )


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("9990000018", "NHS number"),
        ("999 000 0018", "NHS number"),
        ("Margaret Okonkwo-Bright", "Name"),
        ("okonkwo bright margaret 14/03/1948", "Date of birth"),
        ("BRIGHT 14-Mar-1948", "Date of birth"),
        ("peggy bright 14 march 48", "Date of birth"),
        ("mararget okonkow", "Name that is alike"),
        ("margret bryght", "Name that is alike"),
        ("marg okon", "Beginning of the name"),
        ("okonkwo 1948-03-14", "Date of birth"),
        ("bright margaret 14031948", "Date of birth"),
        ("margaret bright 15/03/1948", "Date of birth but for one part"),
        ("07700 900417", "Telephone"),
        ("+44 7700 900417", "Telephone"),
        ("01632960417", "Telephone"),
        ("hm3 4ab", "Postcode"),
        ("margaret HM3 4AB", "Postcode"),
        ("Mrs Margaret Bright 999 000 0018 07700 900417 14/3/1948 HM34AB", "NHS number"),
    ],
)
async def test_margaret_is_found_first(database: Database, text: str, because: str) -> None:
    async with open_site(database) as site:
        await register_everybody(site)
        hits = await look(site, text)

        assert hits[0].person_id == "p-margaret"
        assert because in hits[0].fit.because


@pytest.mark.parametrize(
    "text",
    [
        "sean oneill",
        "O'Neill Sean",
        "shaun o\N{RIGHT SINGLE QUOTATION MARK}neill",
        "oneil 11/2/90",
    ],
)
async def test_accents_apostrophes_and_sound_do_not_matter(
    database: Database, text: str
) -> None:
    async with open_site(database) as site:
        await register_everybody(site)

        assert (await look(site, text))[0].person_id == "p-sean"


async def test_day_and_month_swapped_is_a_weaker_hit(database: Database) -> None:
    async with open_site(database) as site:
        await register_everybody(site)
        same = (await look(site, "oneill 11/02/1990"))[0]
        crossed = (await look(site, "oneill 02/11/1990"))[0]

        assert same.person_id == crossed.person_id == "p-sean"
        assert "Date of birth with day and month swapped" in crossed.fit.because
        assert crossed.fit.points < same.fit.points
        assert not crossed.fit.exact


async def test_twins_are_both_shown_and_the_one_named_is_first_and_alone_exact(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await register_everybody(site)
        hits = await look(site, "faith adeyemi 02/06/2019")

        assert [hit.person_id for hit in hits] == ["p-faith", "p-grace"]
        assert [hit.fit.exact for hit in hits] == [True, False]


async def test_a_family_name_and_a_birth_that_twins_share_is_exact_for_neither(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await register_everybody(site)
        hits = await look(site, "adeyemi 02/06/2019")

        assert [hit.fit.exact for hit in hits] == [False, False]


async def test_everybody_at_a_shared_telephone_is_shown(database: Database) -> None:
    async with open_site(database) as site:
        await register_everybody(site)

        assert {hit.person_id for hit in await look(site, "07700900555")} == {
            "p-grace",
            "p-faith",
        }


async def test_an_nhs_number_finds_that_person_and_nobody_else(database: Database) -> None:
    async with open_site(database) as site:
        await register_everybody(site)
        hits = await look(site, "999 000 0026")

        assert [(hit.person_id, hit.fit.exact) for hit in hits] == [("p-grace", True)]


async def test_what_contradicts_is_said(database: Database) -> None:
    async with open_site(database) as site:
        await register_everybody(site)
        hit = (await look(site, "margaret bright 01/01/1970"))[0]

        assert hit.fit.but == ("Different date of birth",)
        assert not hit.fit.exact


async def test_another_organisations_people_are_never_found(database: Database) -> None:
    async with open_site(database) as site:
        await register(site, "p-theirs", MARGARET, org=TRUST)
        for text in ("9990000018", "margaret okonkwo", "14/03/1948", "07700900417", "HM3 4AB"):
            assert await look(site, text) == []
            assert [hit.person_id for hit in await look(site, text, org=TRUST)] == ["p-theirs"]


async def test_a_corrected_name_is_found_and_the_old_one_is_not(database: Database) -> None:
    async with open_site(database) as site:
        await register_everybody(site)
        details = structs.replace(SEAN, family="Fitzgerald")
        await site.execute(PERSON, "p-sean", CorrectDetails(details=details), actor=AMIRA)

        assert [hit.person_id for hit in await look(site, "sean fitzgerald")] == ["p-sean"]
        assert await look(site, "oneill") == []


async def test_nothing_to_look_for_finds_nobody(database: Database) -> None:
    async with open_site(database) as site:
        await register_everybody(site)

        assert await look(site, "  ") == []
        assert await look(site, "%_'\\;") == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("999 000 0019", "999 000 0019 is not an NHS number"),
        ("99900018", None),
        ("999000001", "999000001 has 9 digits"),
        ("31/02/1948", "31/02/1948 is not a day"),
        ("01/01/2027", "01/01/2027 is not a day"),
        ("smith 7", "7 has 1 digit"),
    ],
)
def test_what_cannot_be_right_is_said_in_a_sentence(text: str, wrong: str | None) -> None:
    said = understand(text, TODAY).wrong

    assert said
    if wrong:
        assert said[0].startswith(wrong)


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("14/03/1948", date(1948, 3, 14)),
        ("14 03 1948", date(1948, 3, 14)),
        ("14.3.48", date(1948, 3, 14)),
        ("14 Mar 1948", date(1948, 3, 14)),
        ("14th March 1948", date(1948, 3, 14)),
        ("14031948", date(1948, 3, 14)),
        ("1948-03-14", date(1948, 3, 14)),
        ("1/2/24", date(2024, 2, 1)),
        ("1/2/30", date(1930, 2, 1)),
        ("29/02/2023", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_a_day_is_read_however_it_is_written(text: str, born: date | None) -> None:
    assert day_of(text, TODAY) == born


def test_a_date_and_two_numbers_side_by_side_are_told_apart() -> None:
    wanted = understand("14 03 1948 999 000 0018 07700 900417", TODAY)

    assert wanted.born == (date(1948, 3, 14),)
    assert wanted.nhs_number == "9990000018"
    assert wanted.phone == "07700900417"
    assert wanted.wrong == ()


@pytest.mark.parametrize(
    "names",
    [
        ("smith", "smyth", "smythe"),
        ("mohammed", "muhammad", "mohamed"),
        ("catherine", "kathryn", "katharine"),
        ("stephen", "steven"),
        ("geoff", "jeff"),
        ("macdonald", "mcdonald"),
    ],
)
def test_names_that_sound_the_same_have_one_sound(names: tuple[str, ...]) -> None:
    assert len({sound(name) for name in names}) == 1


def test_letters_of_any_language_are_kept() -> None:
    assert fold("Ирина Ångström-Łęcka") == ("ирина", "angstrom", "lecka")


def test_a_twin_a_slip_and_a_swapped_name_may_be_the_same_person() -> None:
    unnumbered = structs.replace(MARGARET, nhs_number=None)
    misheard = structs.replace(unnumbered, given="Margret", born=date(1948, 3, 15))
    crossed = structs.replace(unnumbered, given="Bright", family="Margaret")
    no_birth = structs.replace(unnumbered, born=None)

    assert may_be_the_same(FAITH, GRACE)
    for other in (misheard, crossed, no_birth):
        assert may_be_the_same(other, MARGARET)


def test_neighbours_strangers_and_fathers_of_one_name_are_other_people() -> None:
    father = structs.replace(SEAN, born=date(1961, 5, 30), phones=(), postcode="")

    assert not may_be_the_same(SEAN, MARGARET)
    assert not may_be_the_same(father, SEAN)
    assert not may_be_the_same(structs.replace(GRACE, family="Bright"), MARGARET)


def test_a_father_of_one_name_in_one_home_is_looked_at() -> None:
    assert may_be_the_same(structs.replace(SEAN, born=date(1961, 5, 30)), SEAN)


def test_whoever_is_registered_is_looked_for_by_all_that_was_typed() -> None:
    wanted = wanted_of(MARGARET)

    assert wanted.names == ("margaret", "okonkwo", "bright")
    assert wanted.born == (date(1948, 3, 14),)
    assert wanted.phone == "07700900417"
