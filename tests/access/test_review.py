"""Whatever was opened without a case stands in the queue until another named person has looked."""

from typing import Final

import pytest
from msgspec.structs import replace

from standfast.access.model_review import (
    REVIEW,
    REVIEW_WITHIN,
    Conclude,
    Outcome,
    Refusal,
)
from standfast.identity.permissions import Role
from standfast.kernel.messages import Refused
from tests.access.giving import REVIEW_ID, make_review
from tests.access.test_gate import entries, known
from tests.access.test_glass import FORM, reviews
from tests.identity.examples import actor_in
from tests.people.examples import ADA, AMIRA
from tests.support.database import Database
from tests.support.site import open_site

pytestmark = pytest.mark.anyio

MIRA: Final = actor_in(Role.PRIVACY_OFFICER, staff_id="mira.sandoval")
PAGE: Final = f"/access/reviews/{REVIEW_ID}"


async def test_it_stands_there_until_somebody_has_said_what_came_of_it(
    database: Database,
) -> None:
    async with open_site(database, actor=MIRA) as site:
        await known(site)
        await make_review(site)
        queue = await site.get("/access/reviews")
        assert "Dr Bo Lind" in queue.text
        assert "A colleague asked me for advice" in queue.text
        page = await site.get(PAGE)
        assert "OKONKWO-BRIGHT" in page.text
        sent = await site.post(PAGE, {"outcome": "appropriate", "note": "Asked him: so it was"})
        assert sent.status_code == 303
        done = await site.get("/access/reviews")
        assert "Everything is reviewed" in done.text
        assert "Asked him: so it was" in done.text
        (review,) = await reviews(site)
        assert (review.outcome, review.reviewed_by) == ("appropriate", MIRA.name)


async def test_nothing_leaves_the_queue_by_time_alone_and_what_is_late_says_so(
    database: Database,
) -> None:
    async with open_site(database, actor=MIRA) as site:
        await known(site)
        await make_review(site)
        site.clock.now += REVIEW_WITHIN
        assert "Overdue" not in (await site.get("/access/reviews")).text
        site.clock.move(days=400)
        assert "Overdue" in (await site.get("/access/reviews")).text
        assert "longer than 72 hours" in (await site.get(PAGE)).text


async def test_what_is_to_be_looked_into_says_what(database: Database) -> None:
    async with open_site(database, actor=MIRA) as site:
        await known(site)
        await make_review(site)
        nothing = await site.post(PAGE, {})
        assert nothing.status_code == 422
        assert "Select what came of it" in nothing.text
        bare = await site.post(PAGE, {"outcome": "look_into"})
        assert bare.status_code == 409
        assert "Enter what is to be looked into" in bare.text
        assert (await reviews(site))[0].outcome == ""


async def test_nobody_reviews_themselves_or_twice(database: Database) -> None:
    async with open_site(database, actor=MIRA) as site:
        await make_review(site)
        own = Conclude(outcome=Outcome.APPROPRIATE, staff_id="bo.lind", staff_name="Dr Bo Lind")
        with pytest.raises(Refused) as refused:
            await site.execute(REVIEW, REVIEW_ID, own)
        assert refused.value.reason is Refusal.OWN_REVIEW
        hers = replace(own, staff_id="mira.sandoval", staff_name="Mira Sandoval")
        await site.execute(REVIEW, REVIEW_ID, hers)
        with pytest.raises(Refused) as refused:
            await site.execute(REVIEW, REVIEW_ID, hers)
        assert refused.value.reason is Refusal.ALREADY_REVIEWED


async def test_reviewers_are_told_at_once_on_whatever_page_they_are(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await known(site)
        await site.post("/access/break-glass", FORM)
        people = await site.as_(MIRA).get("/people")
        assert 'class="told-at-once"' in people.text
        assert 'data-topics="access.review"' in people.text
        alerts = await site.get("/access/_alerts")
        assert "Her GP is on the line" in alerts.text
        assert "access.review" not in (await site.as_(AMIRA).get("/people")).text


async def test_what_was_opened_by_the_reason_is_shown_with_it(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await known(site)
        await site.post("/access/break-glass", FORM)
        await site.get("/people/p-margaret")
        (review,) = await reviews(site)
        page = await site.as_(MIRA).get(f"/access/reviews/{review.review_id}")
        assert "gave a reason: Her GP is on the line" in page.text
        assert {each.staff_id for each in await entries(site)} == {ADA.staff_id, MIRA.staff_id}


async def test_several_are_told_in_one_line_that_opens_as_a_list(database: Database) -> None:
    async with open_site(database, actor=MIRA) as site:
        await known(site)
        await make_review(site)
        one = (await site.get("/access/_alerts")).text
        assert "<details" not in one
        for number in range(2, 6):
            await make_review(site, review_id=f"{REVIEW_ID[:-1]}{number}")
        told = (await site.get("/access/_alerts")).text

        assert "5 closed records were opened" in told
        assert told.count("<summary") == 1
        assert told.count('href="/access/reviews/') == 5
