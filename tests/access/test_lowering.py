"""A label comes off by an explicit choice alone, confirmed and reviewed, and its history stays."""

from html import unescape
from typing import Any, Final

import pytest
from msgspec.structs import replace

from standfast.access.model_label import LABEL, Refusal, SayHowGuarded, label_key, lowered
from standfast.facts.access import GUARDED
from standfast.identity.permissions import Role
from standfast.kernel.access import Assurance, Sensitivity
from standfast.kernel.messages import Refused
from tests.access.living import hire
from tests.access.test_gate import ADA, a_case, known
from tests.access.test_glass import reviews
from tests.access.test_labels import MIRA, label
from tests.identity.making import CASE_ID
from tests.people.examples import AMIRA
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio

PATH: Final = "/access/people/p-margaret/label"
WHY: Final = {"reason": "She told me that it is over"}
ALL: Final[dict[str, Any]] = {
    "sensitivity": Sensitivity.VERY_RESTRICTED,
    "hides_address": True,
    "of_staff": "bo.lind",
    "well_known": True,
    "topics": ("Domestic abuse",),
}
SAID: Final = SayHowGuarded(
    org=PROVIDER,
    record_kind="person",
    record_id="p-1",
    **ALL,
    reason="She asked for it in writing",
    staff_id="mira.sandoval",
    staff_name="Mira Sandoval",
)


async def hides(site: Site) -> bool:
    guarded = await site.platform.ask(GUARDED, org=PROVIDER, key="p-margaret")
    return guarded.hides_address


async def test_what_the_form_leaves_out_stays(database: Database) -> None:
    async with open_site(database, actor=MIRA) as site:
        await known(site)
        await label(site, "p-margaret", **(ALL | {"of_staff": ""}))
        sent = await site.post(PATH, {"sensitivity": "3"} | WHY)
        assert sent.status_code == 303
        guarded = await site.platform.ask(GUARDED, org=PROVIDER, key="p-margaret")
        assert (guarded.hides_address, guarded.topics) == (True, ("Domestic abuse",))
        assert 'name="remove hides_address"' in (await site.get(PATH)).text


async def test_whoever_does_not_review_confirms_it_and_a_reviewer_is_told_at_once(
    database: Database,
) -> None:
    async with open_site(database, real_sign_in=True, demonstration=False) as site:
        await known(site)
        await a_case(site, actor=ADA)
        ada = await hire(site, Role.CLINICIAN)
        mira = await hire(site, Role.PRIVACY_OFFICER)
        raised = await ada.post(PATH, sensitivity="1", hides_address="yes", **WHY)
        assert raised.status_code == 303  # raising is easy
        assert (await ada.post(PATH, sensitivity="1", **WHY)).status_code == 303
        assert await hides(site)
        removal = {"sensitivity": "1", "remove hides_address": "yes"} | WHY
        asked = await ada.post(PATH, **removal)
        assert asked.status_code == 428
        assert await hides(site)
        assert await reviews(site) == []
        done = await ada.confirm(asked)
        assert (done.status_code, await hides(site)) == (303, False)
        (review,) = await reviews(site)
        assert (review.staff_id, review.person_id) == ("ada.mensah", "p-margaret")
        assert (review.marks, review.reason) == (("label_lowered",), WHY["reason"])
        assert "lowered how guarded" in (await mira.get("/access/_alerts")).text
        assert WHY["reason"] in (await mira.get(f"/access/reviews/{review.review_id}")).text
        for page in (PATH, "/access/people/p-margaret"):
            text = (await mira.get(page)).text
            assert "From “Normal, S-flag” to “Normal”" in text
            assert "Guarded less" in text


async def test_a_privacy_officer_takes_it_off_and_the_history_says_so(
    database: Database,
) -> None:
    async with open_site(database, actor=MIRA) as site:
        await known(site)
        await label(site, "p-margaret", hides_address=True)
        removal = {"sensitivity": "1", "remove hides_address": "yes"} | WHY
        assert (await site.post(PATH, removal)).status_code == 303
        assert not await hides(site)
        assert await reviews(site) == []
        assert "Guarded less" in (await site.get(PATH)).text


async def test_who_looked_shows_how_guarded_each_case_was_unless_that_is_closed(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await known(site)
        await a_case(site)
        site.as_(MIRA)
        path = f"/access/cases/{CASE_ID}/label"
        for level, why in (("2", "She asked for it at the desk"), ("1", "She took it back")):
            said = await site.post(path, {"sensitivity": level, "reason": why})
            assert said.status_code == 303, said.text
        assert f'href="/calls/{CASE_ID}"' in unescape((await site.get(path)).text)
        page = (await site.get("/access/people/p-margaret")).text
        listed = page.partition('id="label-history"')[2]
        assert listed.count(f'href="{path}">Case C-') == 2
        assert "From “Restricted” to “Normal”" in listed
        assert "She took it back" in listed
        proven = replace(MIRA, assurance=Assurance.PRESENT, way="passkey")
        again = {"sensitivity": "3", "reason": "It is about her husband"}
        assert (await site.post(path, again)).status_code == 303
        closed = (await site.as_(proven).get("/access/people/p-margaret")).text

    assert f'href="{path}">Case C-' in closed
    assert "Guarded: its changes stand on its own page" in closed
    assert "It is about her husband" not in closed


async def test_an_objection_is_not_withdrawn_by_leaving_it_out(database: Database) -> None:
    path = "/access/people/p-margaret/opt-out"
    async with open_site(database, actor=MIRA) as site:
        await known(site)
        await site.post(path, {"opted_out": "yes", "source": "A letter"})
        assert (await site.post(path, {"source": "A letter"})).status_code == 422
        state = await site.platform.state(LABEL, label_key(PROVIDER, "p-margaret"))
        assert state.opt_out is not None
        assert state.opt_out.opted_out


def test_every_part_of_a_label_counts_and_none_goes_unforeseen() -> None:
    (event,) = LABEL.decide(LABEL.initial, SAID, NOON)
    held = LABEL.evolve(LABEL.initial, event)
    bare = SayHowGuarded(
        org=PROVIDER,
        record_kind="person",
        record_id="p-1",
        sensitivity=Sensitivity.NORMAL,
        reason="She asked for it in writing",
        staff_id="ada.mensah",
        staff_name="Ada Mensah",
        may_lower=("level",),
    )
    assert lowered(held.said, bare) == (
        "level",
        "hides_address",
        "of_staff",
        "well_known",
        "topic Domestic abuse",
    )
    assert lowered(held.said, SAID) == ()
    with pytest.raises(Refused) as refused:
        LABEL.decide(held, bare, NOON)
    assert refused.value.reason is Refusal.CHANGED_SINCE
