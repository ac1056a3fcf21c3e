"""Answers taken in from devices, and protocols on screen, on a real PostgreSQL."""

import re
from typing import Any

import pytest

from standfast.calls.device_commands import OpenCase
from standfast.calls.model_case import CASE as CASE_DECIDER
from standfast.facts.triage import ASSESSMENT_SUMMARY
from standfast.triage.content import compiled_json, current
from standfast.triage.engine import Given
from standfast.triage.model import ASSESSMENT
from standfast.triage.tables import answers, assessment_of
from tests.access.giving import give_case
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, TRUST, Site, open_site, somebody
from tests.triage.examples import AMIRA, CASE, HEAVY_CHEST, entry
from tests.triage.paths import NO_THREAT

pytestmark = pytest.mark.anyio

HANDLER = somebody("amira.khan", AMIRA, "call_handler", PROVIDER, "triage.use", "triage.read")
STRANGER = somebody("lou.may", "Lou May", "call_handler", TRUST, "triage.use", "triage.read")
NOBODY_SPECIAL = somebody("sam.whitlock", "Sam Whitlock", "it_officer", PROVIDER)


def an_entry(number: int, kind: str, **body: object) -> dict[str, Any]:
    return {
        "id": entry(number),
        "case_id": CASE,
        "kind": kind,
        "at": "2026-11-22T11:59:30Z",
        "body": body,
    }


def answer_entry(n: int, given: Given, **more: object) -> dict[str, Any]:
    return an_entry(
        1_000 + n,
        "triage.answer",
        n=n,
        question_id=given.question,
        answer_key=given.key,
        version=current().version,
        **more,
    )


async def open_case(site: Site) -> None:
    """Open the case whose assessment it is: a disposition is recorded there as well."""
    command = OpenCase(
        entry_id=entry(1),
        case_id=CASE,
        org=PROVIDER,
        at=NOON,
        staff_id=HANDLER.staff_id,
        staff_name=HANDLER.name,
    )
    await site.execute(CASE_DECIDER, CASE, command)


async def send(site: Site, *entries: dict[str, Any]) -> list[dict[str, str]]:
    answer = await site.post_json("/device/entries", list(entries))
    assert answer.status_code == 200
    receipts: list[dict[str, str]] = answer.json()
    return receipts


async def test_a_device_sends_a_whole_assessment(database: Database) -> None:
    async with open_site(database, actor=HANDLER) as site:
        await open_case(site)
        receipts = await send(site, *(answer_entry(n, g) for n, g in enumerate(HEAVY_CHEST)))

        assert {receipt["outcome"] for receipt in receipts} == {"stored"}
        found = await assessment_of(site.platform.db, PROVIDER, CASE)
        assert found is not None
        assert (found.code, found.kind, found.category) == ("AMB2", "ambulance", "C2")
        assert found.answered == len(HEAVY_CHEST)
        assert found.disposition == (await site.state(ASSESSMENT, CASE)).disposition


async def test_the_same_entries_again_are_stored_once(database: Database) -> None:
    async with open_site(database, actor=HANDLER) as site:
        entries = [answer_entry(n, g) for n, g in enumerate(NO_THREAT)]
        await send(site, *entries[:3])
        receipts = await send(site, *entries)

        assert {receipt["outcome"] for receipt in receipts} == {"stored"}
        assert len(await answers(site.platform.db, PROVIDER, CASE)) == len(NO_THREAT)


async def test_going_back_keeps_the_answer_that_was_taken_back(database: Database) -> None:
    async with open_site(database, actor=HANDLER) as site:
        await open_case(site)
        await send(site, *(answer_entry(n, g) for n, g in enumerate(HEAVY_CHEST)))
        await send(site, an_entry(5, "triage.withdraw", n=9))

        kept = await answers(site.platform.db, PROVIDER, CASE)
        assert [row.withdrawn for row in kept] == [False] * 9 + [True]
        found = await assessment_of(site.platform.db, PROVIDER, CASE)
        assert found is not None
        assert found.code is None
        summary = await site.platform.ask(ASSESSMENT_SUMMARY, org=PROVIDER, key=CASE)
        assert len(summary.answers) == 9
        assert summary.disposition is None


async def test_a_claim_that_does_not_follow_is_refused_with_a_sentence(
    database: Database,
) -> None:
    async with open_site(database, actor=HANDLER) as site:
        (receipt,) = await send(site, answer_entry(0, HEAVY_CHEST[-1]))

        assert receipt["outcome"] == "refused"
        assert receipt["reason"].startswith("This answer does not follow")
        assert await assessment_of(site.platform.db, PROVIDER, CASE) is None


@pytest.mark.parametrize(
    "wrong",
    [{"n": -1}, {"n": "x"}, {"answer_key": ""}, {"words": "a" * 5_000}, {"age_years": 900}],
)
async def test_an_entry_of_the_wrong_shape_is_refused(
    database: Database, wrong: dict[str, Any]
) -> None:
    async with open_site(database, actor=HANDLER) as site:
        whole = answer_entry(0, NO_THREAT[0])
        (receipt,) = await send(site, whole | {"body": whole["body"] | wrong})

        assert receipt["outcome"] == "refused"


async def test_another_organisation_sees_and_adds_nothing(database: Database) -> None:
    async with open_site(database, actor=HANDLER) as site:
        await send(site, answer_entry(0, NO_THREAT[0]))
        site.as_(STRANGER)
        (receipt,) = await send(site, answer_entry(1, NO_THREAT[1]))
        page = await site.get(f"/triage/cases/{CASE}/_answers")

        assert receipt["outcome"] == "refused"
        assert page.status_code == 404
        assert await site.platform.ask(ASSESSMENT_SUMMARY, org=TRUST, key=CASE) is None


async def test_answers_are_shown_with_the_callers_words_escaped(database: Database) -> None:
    async with open_site(database, actor=HANDLER) as site:
        await give_case(site, CASE)
        await send(site, answer_entry(0, NO_THREAT[0], words="<b>sitting</b> up"))
        page = await site.get(f"/triage/cases/{CASE}/_answers")

        assert "Are they awake" in page.text
        assert "&lt;b&gt;sitting" in page.text
        assert "<b>sitting" not in page.text


async def test_a_device_is_given_the_content_once_per_version(database: Database) -> None:
    async with open_site(database, actor=HANDLER) as site:
        first = await site.browser.get("/triage/content.json")
        again = await site.browser.get(
            "/triage/content.json", headers={"if-none-match": first.headers["etag"]}
        )

        assert first.content == compiled_json()
        assert first.headers["etag"] == f'"{current().version}"'
        assert again.status_code == 304


async def test_a_protocol_can_be_read_with_its_watermark_and_sources(
    database: Database,
) -> None:
    async with open_site(database, actor=HANDLER) as site:
        every = await site.get("/triage/protocols")
        one = await site.get("/triage/protocols/back-pain")

        assert "Reference content: not for live use" in every.text
        assert "Checked: no fault found" in every.text
        assert all(item.title in every.text for item in current().protocols.values())
        assert "Reference content: not for live use" in one.text
        assert "numbness around the bottom" in one.text
        assert "NICE NG59" in one.text
        assert "Pharmacist within 24 hours" in one.text


async def test_every_protocol_can_be_read(database: Database) -> None:
    async with open_site(database, actor=HANDLER) as site:
        for name, protocol in current().protocols.items():
            page = await site.get(f"/triage/protocols/{name}")

            assert page.status_code == 200
            assert f"<h1>{protocol.title}</h1>" in page.text
            assert not re.search(r"\{[{%]", page.text)


async def test_a_protocol_that_is_not_there_is_not_found(database: Database) -> None:
    async with open_site(database, actor=HANDLER) as site:
        assert (await site.get("/triage/protocols/hiccups")).status_code == 404


async def test_only_those_who_may_can(database: Database) -> None:
    async with open_site(database, actor=NOBODY_SPECIAL) as site:
        for path in (
            "/triage/content.json",
            "/triage/protocols",
            f"/triage/cases/{CASE}/_answers",
        ):
            assert (await site.get(path)).status_code == 403
        (receipt,) = await send(site, answer_entry(0, NO_THREAT[0]))
        assert receipt["outcome"] == "refused"
