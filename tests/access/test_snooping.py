"""What is opened out of curiosity is noticed, and honest work seldom taken for it."""

from typing import Final

import pytest
from msgspec.structs import replace

from benchmarks.snooping import PLANTED, READS, measure
from standfast.access.asking import Relationship
from standfast.access.marks import (
    ENOUGH,
    MARKS,
    MOST_AN_HOUR,
    WEIGHTS,
    Known,
    marks_of,
    score_of,
)
from standfast.access.model_label import LABEL, SayHowGuarded, label_key
from standfast.facts.people import PersonDetails
from standfast.kernel.access import Sensitivity
from tests.access.test_gate import ADA, a_case, entries, known
from tests.access.test_glass import FORM, reviews
from tests.people.examples import AMIRA, GRACE
from tests.support.database import Database
from tests.support.site import PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio

HOME: Final = PersonDetails(
    family="Grey", given="Grace", postcode="HM3 4AB", address=("4 Mill Lane",)
)
AT_WORK: Final = Known(
    staff_id="amira.khan",
    staff_name="Amira Khan",
    person=HOME,
    of_staff="",
    well_known=False,
    relationship=Relationship.PERSONAL,
    people_in_the_hour=8,
)


def test_of_twenty_snoops_in_ten_thousand_reads_nearly_all_are_found(
    capsys: pytest.CaptureFixture[str],
) -> None:
    figures = measure(seed=111)

    assert (figures.reads, figures.planted) == (READS, PLANTED) == (10_000, 20)
    with capsys.disabled():
        print(  # noqa: T201 - the figures are asked for
            f"\n  snoops found: {figures.found} of {figures.planted}; "
            f"false alarms: {figures.false} ({figures.false_share:.2%})"
        )
    assert figures.found_share >= 0.95
    assert figures.false_share < 0.01


def test_every_mark_has_its_words_and_its_weight() -> None:
    assert MARKS.keys() == WEIGHTS.keys()


def test_ordinary_work_is_not_remarkable() -> None:
    assert marks_of(AT_WORK) == ()
    theirs = replace(AT_WORK, relationship=Relationship.LIVE)
    assert score_of(marks_of(theirs)) < ENOUGH


@pytest.mark.parametrize(
    ("changed", "mark"),
    [
        ({"of_staff": "amira.khan"}, "own_record"),
        ({"of_staff": "joe.tran"}, "colleague"),
        ({"well_known": True}, "well_known"),
        ({"person": replace(HOME, family="Khan")}, "same_surname"),
        ({"person": replace(HOME, family="Shah-Khan")}, "same_surname"),
        ({"staff_person": replace(HOME, postcode="hm34ab")}, "same_address"),
        ({"relationship": Relationship.BROKEN_GLASS}, "no_relationship"),
        ({"relationship": Relationship.LIVE}, "not_theirs"),
        ({"people_in_the_hour": MOST_AN_HOUR + 1}, "many"),
    ],
)
def test_each_is_noticed(changed: dict[str, object], mark: str) -> None:
    assert marks_of(replace(AT_WORK, **changed)) == (mark,)


def test_a_home_is_not_shared_where_nobody_knows_one() -> None:
    nowhere = PersonDetails(family="Grey", given="Ada")

    assert marks_of(replace(AT_WORK, person=nowhere, staff_person=nowhere)) == ()


async def of_staff(site: Site, person_id: str, staff_id: str) -> None:
    said = SayHowGuarded(
        org=PROVIDER,
        record_kind="person",
        record_id=person_id,
        sensitivity=Sensitivity.NORMAL,
        of_staff=staff_id,
        reason="She works here as a clinician",
        staff_id="mira.sandoval",
        staff_name="Mira Sandoval",
    )
    await site.execute(LABEL, label_key(PROVIDER, person_id), said)


async def test_whoever_opens_their_own_record_is_asked(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await known(site)
        await of_staff(site, "p-margaret", ADA.staff_id)
        await site.post("/access/break-glass", FORM)
        assert (await site.get("/people/p-margaret")).status_code == 200
        glass, signal = sorted(await reviews(site), key=lambda each: each.kind)
        assert (glass.kind, signal.kind) == ("glass", "signal")
        assert signal.marks == ("own_record", "no_relationship")
        assert signal.score == 13
        assert [each.marks for each in await entries(site)] == [signal.marks]


async def test_a_namesake_whom_a_colleague_deals_with_is_asked_about_once(
    database: Database,
) -> None:
    namesake = replace(ADA, name="Ada Bright", staff_id="ada.bright")
    async with open_site(database, actor=AMIRA) as site:
        await known(site)
        await a_case(site)
        await site.get("/people/p-margaret")
        assert await reviews(site) == []
        for _ in range(3):
            assert (await site.as_(namesake).get("/people/p-margaret")).status_code == 200
        (signal,) = await reviews(site)
        assert signal.marks == ("same_surname", "not_theirs")


async def test_one_record_after_another_is_noticed(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        for number in range(MOST_AN_HOUR + 2):
            person_id = f"p-{number}"
            await known(site, person_id, replace(GRACE, nhs_number=None, family=f"N{number}"))
            await site.post(
                "/access/break-glass", FORM | {"record_id": person_id, "back": "/people"}
            )
            await site.get(f"/people/{person_id}")
        signals = [each for each in await reviews(site) if each.kind == "signal"]
        assert [each.marks for each in signals] == [("many", "no_relationship")]
