"""Whoever says who is calling is never refused, and it is written down and looked at."""

from datetime import date, timedelta
from itertools import count
from typing import Any, Final

import pytest
from msgspec.structs import replace

from standfast.access.asking import Relationship
from standfast.access.marks import ENOUGH, WEIGHTS, Known, Link, agrees, marks_of, score_of
from standfast.access.model_label import LABEL, SayHowGuarded, label_key
from standfast.access.rows import EntryRow
from standfast.calls import device_commands as d
from standfast.calls.model_case import CASE
from standfast.facts.people import PersonDetails
from standfast.identity.permissions import Role
from standfast.kernel.access import Said, Sensitivity
from standfast.kernel.ids import uuid7
from standfast.web.platform import Actor
from tests.access.test_gate import entries, known
from tests.access.test_glass import reviews
from tests.identity.examples import actor_in
from tests.people.examples import AMIRA, MARGARET
from tests.support.site import NOON, PROVIDER, Site

pytestmark = pytest.mark.anyio

MIRA: Final = actor_in(Role.PRIVACY_OFFICER, staff_id="mira.sandoval")
NOTICE: Final = "Who was linked to this call will be looked at by a privacy officer"
_NUMBERS: Final = count(1)


@pytest.fixture
def who() -> Actor:
    """Somebody whom no other test has had at the desk."""
    return replace(AMIRA, staff_id=f"handler.{next(_NUMBERS)}", session_id="one desk")


async def somebody(site: Site, **labelled: Any) -> str:
    """Let somebody be in the record, guarded as said; return their id."""
    person_id = f"q-{next(_NUMBERS)}"
    await known(site, person_id, replace(MARGARET, nhs_number=None, family=f"Hill{person_id}"))
    if labelled:
        said = SayHowGuarded(
            org=PROVIDER,
            record_kind="person",
            record_id=person_id,
            **{"sensitivity": Sensitivity.NORMAL, **labelled},
            reason="She asked for it in writing",
            staff_id="mira.sandoval",
            staff_name="Mira Sandoval",
        )
        await site.execute(LABEL, label_key(PROVIDER, person_id), said, actor=MIRA)
    return person_id


async def a_call(site: Site, who: Actor, **said: Any) -> str:
    """Let somebody take a call from Margaret's own number; return the case."""
    case_id = uuid7(NOON, next(_NUMBERS).to_bytes(10))
    opened = d.OpenCase(
        case_id=case_id,
        org=PROVIDER,
        staff_name=who.name,
        entry_id="e-1",
        at=site.clock(),
        staff_id=who.staff_id,
        number=said.get("number", MARGARET.phones[0]),
    )
    await site.execute(CASE, case_id, opened, actor=who)
    return case_id


async def link(site: Site, who: Actor, case_id: str, person_id: str) -> None:
    answer = await site.as_(who).post(f"/calls/{case_id}/patient", {"person_id": person_id})
    assert answer.status_code == 303, answer.text


async def signals(site: Site, who: Actor) -> list[tuple[str, ...]]:
    found = [each for each in await reviews(site) if each.staff_id == who.staff_id]
    assert all(each.score >= ENOUGH for each in found)
    return [each.marks for each in found]


async def links(site: Site, person_id: str) -> list[EntryRow]:
    return [
        each
        for each in await entries(site)
        if each.person_id == person_id and each.act == "link"
    ]


@pytest.mark.parametrize(
    "labelled",
    [
        {"sensitivity": Sensitivity.RESTRICTED},
        {"sensitivity": Sensitivity.VERY_RESTRICTED},
        {"hides_address": True},
        {"of_staff": "joe.tran"},
    ],
)
async def test_somebody_guarded_is_linked_and_it_is_looked_at(
    shared: Site, who: Actor, labelled: dict[str, Any]
) -> None:
    person_id = await somebody(shared, **labelled)
    case_id = await a_call(shared, who)
    before = await shared.as_(who).get(f"/calls/{case_id}/_context")
    assert NOTICE not in before.text
    await link(shared, who, case_id, person_id)
    (marks,) = await signals(shared, who)
    assert "linked_guarded" in marks
    (entry,) = await links(shared, person_id)
    assert "linked_guarded" in entry.marks
    assert (entry.staff_id, entry.case_id) == (who.staff_id, case_id)
    shown = await shared.get(f"/calls/{case_id}/_context")
    assert shown.status_code == 200
    assert NOTICE in shown.text
    looked = (await shared.as_(MIRA).get(f"/access/people/{person_id}")).text
    assert "linked it to the call C-" in looked


async def test_the_caller_whose_number_is_in_the_record_is_linked_without_a_word(
    shared: Site, who: Actor
) -> None:
    person_id = await somebody(shared)
    case_id = await a_call(shared, who)
    await link(shared, who, case_id, person_id)
    assert await signals(shared, who) == []
    assert len(await links(shared, person_id)) == 1
    assert NOTICE not in (await shared.get(f"/calls/{case_id}/_context")).text


async def test_a_link_in_which_nothing_agrees_is_looked_at(shared: Site, who: Actor) -> None:
    person_id = await somebody(shared)
    case_id = await a_call(shared, who, number="07700 900999")
    await link(shared, who, case_id, person_id)
    assert await signals(shared, who) == [("nothing_agrees",)]


async def test_what_the_caller_has_said_of_birth_or_place_agrees(
    shared: Site, who: Actor
) -> None:
    born = d.GivenPatient(born=MARGARET.born)
    where = d.GivenPlace(postcode=MARGARET.postcode)
    said: dict[str, Any] = {"org": PROVIDER, "entry_id": "e-2"}
    for number, told in (
        ("07700 900901", d.DescribePatient(case_id="", patient=born, **said)),
        ("07700 900902", d.RecordPlace(case_id="", place=where, **said)),
    ):
        case_id = await a_call(shared, who, number=number)
        await shared.execute(CASE, case_id, replace(told, case_id=case_id), actor=who)
        await link(shared, who, case_id, await somebody(shared))
    assert await signals(shared, who) == []


async def test_whoever_was_refused_a_record_and_then_links_it_is_asked(
    shared: Site, who: Actor
) -> None:
    person_id = await somebody(shared)
    assert (await shared.as_(who).get(f"/people/{person_id}")).status_code == 403
    case_id = await a_call(shared, who)
    await link(shared, who, case_id, person_id)
    assert await signals(shared, who) == [("refused_first",)]
    (review,) = [each for each in await reviews(shared) if each.staff_id == who.staff_id]
    page = (await shared.as_(MIRA).get(f"/access/reviews/{review.review_id}")).text
    assert "They linked to a call whom they had been refused before" in page
    assert "What they were refused around then" in page


async def test_whoever_is_taken_off_again_soon_is_asked_about_and_later_is_not(
    shared: Site, who: Actor
) -> None:
    person_id = await somebody(shared)
    case_id = await a_call(shared, who)
    await link(shared, who, case_id, person_id)
    shared.clock.move(minutes=50)
    unlinked = await shared.as_(who).post(f"/calls/{case_id}/unlink")
    assert unlinked.status_code == 303
    assert await signals(shared, who) == [("unlinked_soon",)]
    assert NOTICE in (await shared.get(f"/calls/{case_id}/_context")).text
    another = await somebody(shared)
    await link(shared, who, case_id, another)
    shared.clock.move(minutes=61)
    assert (await shared.as_(who).post(f"/calls/{case_id}/unlink")).status_code == 303
    assert len(await signals(shared, who)) == 1


async def test_a_second_link_is_a_second_entry_and_the_same_link_twice_is_one(
    shared: Site, who: Actor
) -> None:
    person_id = await somebody(shared)
    case_id = await a_call(shared, who)
    await link(shared, who, case_id, person_id)
    await link(shared, who, case_id, person_id)
    assert len(await links(shared, person_id)) == 1
    await shared.post(f"/calls/{case_id}/unlink")
    await link(shared, who, case_id, person_id)
    assert len(await links(shared, person_id)) == 2


async def test_nobody_is_linked_whom_the_organisation_does_not_know(
    shared: Site, who: Actor
) -> None:
    case_id = await a_call(shared, who)
    shared.as_(who)
    for person_id in ("nobody", "", "p\0"):
        answer = await shared.post(f"/calls/{case_id}/patient", {"person_id": person_id})
        assert answer.status_code in (404, 422)


HOME: Final = PersonDetails(
    family="Grey",
    given="Grace",
    born=date(1961, 2, 3),
    postcode="HM3 4AB",
    address=("4 Mill Lane", "Kingsmoor"),
    phones=("+44 7700 900417",),
    nhs_number="9990000018",
)
NOTHING: Final = Said(case_id="c", reference="C-1")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, False),
        ({"numbers": ("07700 900417",)}, True),
        ({"numbers": ("07700 900418", "")}, False),
        ({"address": "4 mill lane, Kingsmoor"}, True),
        ({"address": "5 Mill Lane"}, False),
        ({"postcodes": ("hm34ab",)}, True),
        ({"postcodes": ("HM3",)}, False),
        ({"born": HOME.born}, True),
        ({"born": HOME.born and HOME.born + timedelta(1)}, False),
        ({"nhs_number": "9990000018"}, True),
    ],
)
def test_what_agrees_is_what_a_caller_can_have_said(
    said: dict[str, Any], *, expected: bool
) -> None:
    assert agrees(replace(NOTHING, **said), HOME) is expected
    assert not agrees(replace(NOTHING, **said), PersonDetails(family="", given=""))


@pytest.mark.parametrize(
    ("link", "mark"),
    [
        (Link(guarded=True, refused_before=False), "linked_guarded"),
        (Link(guarded=False, refused_before=True), "refused_first"),
        (Link(guarded=False, refused_before=False, unlinked=True), "unlinked_soon"),
        (Link(guarded=False, refused_before=False, said=NOTHING), "nothing_agrees"),
    ],
)
def test_each_link_that_is_odd_is_enough(link: Link, mark: str) -> None:
    known = Known(
        staff_id="amira.khan",
        staff_name="Amira Khan",
        person=HOME,
        of_staff="",
        well_known=False,
        relationship=Relationship.PERSONAL,
        people_in_the_hour=8,
        link=link,
    )
    assert marks_of(known) == (mark,)
    assert score_of([mark]) == WEIGHTS[mark] >= ENOUGH
