"""A search says of somebody guarded their name and year of birth, whatever else is typed."""

import re
from datetime import date
from itertools import count
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from standfast.access.model_label import LABEL, SayHowGuarded, label_key
from standfast.calls import device_commands as d
from standfast.calls.model_case import CASE
from standfast.facts.people import AllergyStatus, Flag, PersonDetails
from standfast.identity.permissions import Role
from standfast.kernel.access import Sensitivity
from standfast.kernel.ids import uuid7
from standfast.kernel.values import Sex
from standfast.people.model import PERSON as PEOPLE
from standfast.people.model import RecordSafety
from standfast.people.veiled import may_be_veiled, veiled_match
from standfast.people.wanted import understand
from standfast.web.platform import Actor
from tests.access.test_gate import identify, known
from tests.identity.examples import actor_in
from tests.people.examples import AMIRA
from tests.support.site import NOON, PROVIDER, Site

pytestmark = pytest.mark.anyio

JOE: Final = actor_in(Role.CALL_HANDLER, staff_id="joe.tran")
MIRA: Final = actor_in(Role.PRIVACY_OFFICER, staff_id="mira.sandoval")
_NUMBERS: Final = count(1)

HIDDEN: Final = (
    "999 000 0",
    "9990000",
    "17 Quill Row",
    "Quill",
    "HM7 2",
    "HM72",
    "900 431",
    "900431",
    "Mar-1961",
    "Female",
    "Looked for by",
)
"""Nothing of this may stand in a list."""


def of(family: str) -> PersonDetails:
    return PersonDetails(
        family=family,
        given="Ottoline",
        born=date(1961, 3, 14),
        sex=Sex.FEMALE,
        nhs_number="9990000018",
        address=("17 Quill Row",),
        postcode="HM7 2QX",
        phones=("07700 900431",),
    )


async def label(site: Site, person_id: str, **said: Any) -> None:
    command = SayHowGuarded(
        org=PROVIDER,
        record_kind="person",
        record_id=person_id,
        **{"sensitivity": Sensitivity.NORMAL, **said},
        reason="She asked for it in writing",
        staff_id="mira.sandoval",
        staff_name="Mira Sandoval",
    )
    await site.execute(LABEL, label_key(PROVIDER, person_id), command, actor=MIRA)


@pytest.fixture(scope="module")
async def guarded_site(shared: Site) -> Site:
    """Ottoline Zabriskie is very restricted and flagged; nobody else is like her."""
    shared.as_(AMIRA)
    await known(shared, "p-otto", of("Zabriskie"))
    flag = Flag(kind="safeguarding", label="Looked for by somebody", detail="")
    safety = RecordSafety(allergy_status=AllergyStatus.NOT_RECORDED, flags=(flag,), source="GP")
    await shared.execute(PEOPLE, "p-otto", safety, actor=AMIRA)
    await label(shared, "p-otto", sensitivity=Sensitivity.VERY_RESTRICTED)
    return shared


async def shown(site: Site, asked: str, **more: str) -> str:
    """Return what a search shows of whoever it finds."""
    page = await site.as_(JOE).post("/people/search", {"q": asked, **more})
    found = re.search(r'<ul class="list matches".*?</ul>', page.text, re.DOTALL)
    return " ".join(found[0].split()) if found else ""


@pytest.mark.parametrize("part", [{}, {"part": "1"}], ids=["page", "call"])
async def test_a_search_shows_the_name_and_the_year_alone(
    guarded_site: Site, part: dict[str, str]
) -> None:
    found = await shown(guarded_site, "zabriskie", **part)
    assert "ZABRISKIE, Ottoline" in found
    assert "Born 1961" in found
    assert [word for word in HIDDEN if word in found] == []


@pytest.mark.parametrize(
    "asked", ["999 000 0018", "HM7 2QX", "07700 900431", "14/03/1961"], ids=str
)
async def test_a_whole_number_or_place_finds_them_and_says_no_more(
    guarded_site: Site, asked: str
) -> None:
    found = await shown(guarded_site, asked)
    assert "ZABRISKIE, Ottoline" in found
    assert "data-exact" not in found
    assert [word for word in HIDDEN if word in found] == []
    assert "nhs number" not in found.lower()
    assert "postcode" not in found.lower()


@pytest.mark.parametrize("asked", ["HM7", "HM7 2", "HM7 2QZ", "HM5"])
async def test_a_part_of_a_place_does_not_find_them(guarded_site: Site, asked: str) -> None:
    assert "ZABRISKIE" not in await shown(guarded_site, asked)


async def test_with_the_name_nothing_more_that_is_typed_changes_what_is_shown(
    guarded_site: Site,
) -> None:
    asked = ("", "999 000 0018", "999 000 0026", "HM7 2QX", "HM7", "HM9", "07700 900431")
    told = {await shown(guarded_site, f"zabriskie {each}") for each in asked}
    assert len(told) == 1
    born = {
        await shown(guarded_site, f"zabriskie {each}") for each in ("14/03/1961", "01/09/1961")
    }
    assert len(born) == 1


async def test_the_palette_shows_the_name_and_the_year_alone(guarded_site: Site) -> None:
    for asked in ("zabriskie", "999 000 0018"):
        answer = await guarded_site.as_(JOE).post_json("/palette", {"q": asked})
        (line,) = answer.json()
        assert line["label"] == "ZABRISKIE, Ottoline"
        assert line["hint"] == "Born 1961, guarded"


async def test_whoever_registers_is_shown_no_more_of_whom_it_may_be(guarded_site: Site) -> None:
    typed = {"family": "Zabriskie", "given": "Ottoline", "sex": "female", "born": "14/03/1961"}
    page = await guarded_site.as_(JOE).post("/people/register", typed)
    assert page.status_code == 409
    near = re.search(r'<ul class="list matches".*?</ul>', page.text, re.DOTALL)
    assert near is not None
    assert "Born 1961" in near[0]
    assert [word for word in HIDDEN if word in near[0]] == []


REGISTERED: Final = {"family": "Zabriskie", "given": "Ottoline", "sex": "female"}


async def near(site: Site, **typed: str) -> tuple[int, str]:
    """Return what registering somebody says: how it went, and whom they may be."""
    page = await site.as_(JOE).post("/people/register", REGISTERED | typed)
    found = re.search(r'<ul class="list matches".*?</ul>', page.text, re.DOTALL)
    return page.status_code, " ".join(found[0].split()) if found else ""


async def test_registering_tells_nothing_of_their_birth_but_the_year(
    guarded_site: Site,
) -> None:
    typed: list[dict[str, str]] = [{"born": f"{day:02}/03/1961"} for day in range(1, 32)]
    typed += [{"born": f"14/{month:02}/1961"} for month in range(1, 13)]
    home = {"postcode": "HM7 2QX", "phones": "07700 900431", "address": "17 Quill Row"}
    typed += [{"born": "02/09/1961"} | home, {"born": "14/03/1961"} | home, {"born": ""}]
    told = {await near(guarded_site, **each) for each in typed}
    assert [status for status, _ in told] == [409]
    assert "ZABRISKIE, Ottoline" in next(iter(told))[1]


@pytest.mark.parametrize(
    ("family", "given", "year", "near"),
    [
        ("Zabriskie", "Ottoline", 1961, True),
        ("Ottoline", "Zabriskie", 1961, True),
        ("Zabriskie", "Ottoline", 1962, False),
        ("Zabriskie", "Hermione", 1961, False),
        ("Smith", "Ottoline", 1961, False),
    ],
)
def test_who_may_be_somebody_guarded_is_decided_by_name_and_year(
    family: str, given: str, year: int, *, near: bool
) -> None:
    typed = replace(of(family), given=given)
    for day in (date(year, 3, 14), date(year, 11, 2)):
        assert may_be_veiled(replace(typed, born=day), of("Zabriskie")) is near


async def test_who_is_not_guarded_is_shown_as_ever(guarded_site: Site) -> None:
    await known(
        guarded_site.as_(AMIRA), "p-normal", replace(of("Normaleston"), nhs_number=None)
    )
    await label(guarded_site, "p-normal", well_known=True)
    found = await shown(guarded_site, "normaleston HM7")
    for word in ("17 Quill Row", "HM7 2QX", "14-Mar-1961", "Female", "area of the postcode"):
        assert word in found


async def case_of(site: Site, person_id: str, who: Actor, **said: Any) -> str:
    """Let *who* take a call and say that it is about somebody."""
    case_id = uuid7(NOON, next(_NUMBERS).to_bytes(10))
    opened = d.OpenCase(
        case_id=case_id,
        org=PROVIDER,
        staff_name=who.name,
        entry_id="e-1",
        at=site.clock(),
        staff_id=who.staff_id,
        number="",
    )
    await site.execute(CASE, case_id, opened, actor=who)
    linked = identify(person_id)
    patient = replace(linked.patient, **said)
    await site.execute(
        CASE, case_id, replace(linked, case_id=case_id, patient=patient), actor=who
    )
    return case_id


async def palette(site: Site, who: Actor, asked: str) -> list[tuple[str, str]]:
    answer = await site.as_(who).post_json("/palette", {"q": asked})
    return [(line["label"], line["href"]) for line in answer.json() if line["group"] == "Cases"]


async def test_a_case_is_guarded_as_its_person_is_and_the_palette_counts_whole_references(
    shared: Site,
) -> None:
    said = {"family": "Quennell", "given": "Ada", "nhs_number": "9990000026"}
    await known(shared.as_(AMIRA), "p-quen", replace(of("Quennell"), nhs_number="9990000026"))
    case_id = await case_of(shared, "p-quen", AMIRA, **said)
    (before,) = await palette(shared, JOE, "quennell")
    assert before[1] == f"/calls/{case_id}"
    await label(shared, "p-quen", sensitivity=Sensitivity.RESTRICTED)
    reference = before[0].partition(" ")[0]
    assert await palette(shared, JOE, reference.lower()) == [("1 more is not shown to you", "")]
    hidden = await shared.platform.db.fetch_value(
        "SELECT staff_id FROM access_searches"
        " WHERE place = 'palette_hidden' AND shown @> to_jsonb($1::text)",
        case_id,
    )
    assert hidden == "joe.tran"
    for asked in (
        "quennell",
        reference[:-1],
        f"{reference} quennell",
        "999000",
        "9990000026",
        "quennell 9990",
        "quennell 9991",
        "quennell 9990000026",
    ):
        assert await palette(shared, JOE, asked) == []
    assert await palette(shared, AMIRA, "quennell") == [before]
    await case_of(shared, "p-quen", AMIRA, **said)
    assert await palette(shared, JOE, "quennell") == []
    await label(shared, "p-quen", well_known=True)
    assert len(await palette(shared, JOE, "quennell")) == 2


async def test_an_earlier_call_of_somebody_guarded_is_counted_in_a_later_one(
    shared: Site,
) -> None:
    await known(shared.as_(AMIRA), "p-twice", replace(of("Twicewell"), nhs_number=None))
    await case_of(shared, "p-twice", AMIRA)
    later = await case_of(shared, "p-twice", JOE)
    shown_before = (await shared.as_(JOE).get(f"/calls/{later}/_context")).text
    assert "Same patient" in shown_before
    await label(shared, "p-twice", sensitivity=Sensitivity.VERY_RESTRICTED)
    shown_after = (await shared.get(f"/calls/{later}/_context")).text
    assert "1 earlier contact is guarded" in shown_after
    assert "Same patient" not in shown_after


OTTO: Final = of("Zabriskie")


@settings(deadline=None)
@given(
    name=st.sampled_from(["", "zabriskie", "otoline zabrisky", "smith"]),
    typed=st.tuples(
        st.sampled_from(["", "999 000 0018", "999 000 0026"]),
        st.sampled_from(["", "HM7", "HM7 2", "HM7 2QX", "HM9 1AA"]),
        st.sampled_from(["", "07700 900431", "07700 900432"]),
    ),
    born=st.sampled_from(["", "14/03/1961", "15/03/1961", "14/03/1975"]),
)
def test_what_is_said_depends_on_the_name_and_the_year_alone(
    name: str, typed: tuple[str, str, str], born: str
) -> None:
    today = NOON.date()
    fit = veiled_match(understand(" ".join((name, *typed, born)), today), OTTO)
    bare = veiled_match(understand(f"{name} {born[-4:] and '01/01/' + born[-4:]}", today), OTTO)
    if fit is None:
        assert bare is None
        return
    assert not fit.exact
    if bare is not None:
        assert (fit.because, fit.but, fit.points) == (bare.because, bare.but, bare.points)
    else:
        assert not {"NHS number", "Postcode", "Telephone", "Date of birth"} & set(fit.because)
