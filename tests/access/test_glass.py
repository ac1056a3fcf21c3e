"""A closed record opens for a reason, in two steps, for half an hour, and never unseen."""

from typing import Final

import pytest
from msgspec.structs import replace

from standfast.access.model_label import LABEL, SayHowGuarded, label_key
from standfast.access.model_review import LASTS, REVIEW, BreakGlass, Refusal, Review, decide
from standfast.access.reasons import explains
from standfast.access.rows import ReviewRow
from standfast.identity.permissions import Role
from standfast.kernel.access import Assurance, Sensitivity
from standfast.kernel.messages import Refused
from tests.access.test_gate import a_case, entries, known
from tests.identity.examples import actor_in
from tests.identity.making import CASE_ID
from tests.people.examples import ADA, AMIRA, GRACE
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio

RECORD: Final = "/people/p-margaret"
FORM: Final = {
    "kind": "person",
    "record_id": "p-margaret",
    "back": RECORD,
    "reason": "Her GP is on the line and asks for the allergies",
}
BREAK: Final = BreakGlass(
    review_id="r-1",
    org=PROVIDER,
    staff_id="ada.mensah",
    staff_name="Ada Mensah",
    role="clinician",
    session_id="",
    record_kind="person",
    record_id="p-margaret",
    person_id="p-margaret",
    case_id="",
    reason="Her GP is on the line",
    assurance=Assurance.PRESENT,
    way="passkey",
    offline=False,
)


async def reviews(site: Site) -> list[ReviewRow]:
    return await site.platform.db.fetch(
        ReviewRow,
        """
          SELECT org, review_id, kind, staff_id, staff_name, session_id, record_kind, record_id,
                 person_id, case_id, reason, marks, score, happened_at, until, outcome, note,
                 reviewed_by, reviewed_at, proof_id
            FROM access_reviews
        ORDER BY happened_at, review_id
        """,
    )


async def test_a_reason_opens_a_closed_record_for_half_an_hour_under_a_red_band(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        await known(site)
        closed = await site.get(RECORD)
        assert 'action="/access/break-glass"' in closed.text
        sent = await site.post("/access/break-glass", FORM)
        assert (sent.status_code, sent.headers["location"]) == (303, RECORD)
        page = await site.get(RECORD)
        assert page.status_code == 200
        assert "glass-band" in page.text
        assert "Her GP is on the line" in page.text
        assert "glass-band" in (await site.get("/people")).text
        site.clock.move(minutes=30, seconds=1)
        over = await site.get(RECORD)
        assert over.status_code == 403
        assert "glass-band" not in over.text
        (entry,) = await entries(site)
        (review,) = await reviews(site)
        assert (entry.basis, entry.glass_id) == ("glass", review.review_id)
        assert (review.outcome, review.until) == ("", NOON + LASTS)


@pytest.mark.parametrize(
    "reason",
    ["", "needed", "         .         ", ".......... ......", "aaaaaa aaaaaa", "x" * 401],
)
async def test_without_a_reason_it_stays_closed_and_what_was_typed_is_kept(
    database: Database, reason: str
) -> None:
    async with open_site(database, actor=ADA) as site:
        await known(site)
        sent = await site.post("/access/break-glass", FORM | {"reason": reason})
        assert sent.status_code == 422
        assert "at least 10 characters" in sent.text
        assert reason.strip()[:50] in sent.text
        assert (await site.get(RECORD)).status_code == 403
        assert await reviews(site) == []


async def test_a_ready_reason_is_enough(database: Database) -> None:
    ready = "The patient is with me or on the line now"
    async with open_site(database, actor=AMIRA) as site:
        await known(site)
        sent = await site.post("/access/break-glass", FORM | {"reason": "", "chosen": ready})
        assert sent.status_code == 303
        assert [each.reason for each in await reviews(site)] == [ready]


async def test_over_somebody_guarded_a_ready_reason_is_not_enough(database: Database) -> None:
    ready = {"chosen": "The patient is with me or on the line now"}
    said = SayHowGuarded(
        org=PROVIDER,
        record_kind="person",
        record_id="p-margaret",
        sensitivity=Sensitivity.RESTRICTED,
        reason="She asked for it in writing",
        staff_id="mira.sandoval",
        staff_name="Mira Sandoval",
    )
    async with open_site(database, actor=ADA) as site:
        await known(site)
        await site.execute(LABEL, label_key(PROVIDER, "p-margaret"), said)
        assert "Which call or visit is it for" in (await site.get(RECORD)).text
        for typed in ("", "on the li", "         .         "):
            bare = await site.post("/access/break-glass", FORM | ready | {"reason": typed})
            assert bare.status_code == 422
            assert "Enter which call or visit it is for" in bare.text
        assert await reviews(site) == []
        words = {"reason": "The call from the bridge"}
        assert (await site.post("/access/break-glass", FORM | ready | words)).status_code == 303
        (review,) = await reviews(site)
        assert review.reason == f"{ready['chosen']}. {words['reason']}"
        assert (await site.get(RECORD)).status_code == 200


async def test_it_opens_for_that_session_and_that_person_alone(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await known(site)
        await known(site, "p-other", GRACE)
        await site.post("/access/break-glass", FORM)
        assert (await site.get(RECORD)).status_code == 200
        assert (await site.get("/people/p-other")).status_code == 403
        site.as_(replace(ADA, session_id="another desk"))
        assert (await site.get(RECORD)).status_code == 403
        assert (await site.as_(AMIRA).get(RECORD)).status_code == 403


async def test_another_organisations_record_has_no_glass_to_break(database: Database) -> None:
    async with open_site(database, actor=actor_in(Role.CLINICIAN, "elsewhere-111")) as site:
        await known(site)
        assert (await site.post("/access/break-glass", FORM)).status_code == 404
        assert await reviews(site) == []


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example", "/\\evil", ""])
async def test_it_leads_nowhere_but_here(database: Database, back: str) -> None:
    async with open_site(database, actor=ADA) as site:
        await known(site)
        sent = await site.post("/access/break-glass", FORM | {"back": back})
        assert sent.headers["location"] == "/"


async def test_whom_a_reason_does_not_help_is_not_offered_one(database: Database) -> None:
    sam = replace(
        actor_in(Role.IT_OFFICER), permissions=frozenset({"people.read", "access.break_glass"})
    )
    async with open_site(database, actor=sam) as site:
        await known(site)
        assert "break-glass" not in (await site.get(RECORD)).text
        assert (await site.post("/access/break-glass", FORM)).status_code == 403
        assert await reviews(site) == []


@pytest.mark.parametrize("kind", ["<i>zz</i>", "", "Person"])
async def test_what_is_no_kind_of_record_is_not_found(database: Database, kind: str) -> None:
    async with open_site(database, actor=ADA) as site:
        await a_case(site, actor=AMIRA)
        sent = await site.post(
            "/access/break-glass", FORM | {"kind": kind, "record_id": CASE_ID}
        )
        assert sent.status_code == 404
        assert await reviews(site) == []


@pytest.mark.parametrize(
    "reason",
    ["Її лікар на лінії", "طبيبها على الخط الآن", "Het arts belt", "C-7F3K2: her doctor rings"],
)
def test_a_reason_in_words_of_any_script_is_one(reason: str) -> None:
    assert explains(reason)


@pytest.mark.parametrize(
    "reason",
    [
        "..........",
        "1234567890 12",
        "aaaaaaaaaaaa",
        "ab ab ab ab",
        "needed-needed",
        "- - abcdefghij",
    ],
)
def test_as_many_characters_as_are_asked_for_are_no_reason(reason: str) -> None:
    assert not explains(reason)


def test_a_reason_of_ten_characters_is_the_least() -> None:
    with pytest.raises(Refused) as refused:
        decide(Review(), replace(BREAK, reason="  too   few "), NOON)
    assert refused.value.reason is Refusal.REASON_TOO_SHORT
    (broken,) = decide(Review(), replace(BREAK, reason="ten chars!"), NOON)
    assert REVIEW.evolve(Review(), broken).glass == broken
