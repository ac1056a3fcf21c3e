"""Closing, the message to the GP, and the clinical queue, on a whole platform."""

import re

import pytest
from msgspec import structs

from standfast.calls.model_case import CASE
from standfast.calls.queries import (
    clinical_queue,
    lying_messages,
)
from standfast.calls.reactions import record_disposition
from standfast.facts.triage import DispositionKind
from standfast.kernel.ids import child_id
from tests.calls.examples import (
    ADA,
    AMIRA,
    CASE_ID,
    DESCRIBE,
    F9,
    PROBLEM,
    RUTH,
    accept,
    entry,
    open_case,
    reached,
    write,
)
from tests.support.database import Database
from tests.support.site import PROVIDER, open_site, somebody

pytestmark = pytest.mark.anyio


async def test_closing_says_everything_that_is_wrong_and_loses_nothing_typed(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_case(site, F9)
        page = await site.post(f"/calls/{CASE_ID}/close", {"gp_name": "Mill Street"})
        assert page.status_code == 422
        assert "Select whether the GP must do something" in page.text
        assert "Mill Street" in page.text

        form = {"gp_name": "Mill Street", "for_action": "no"}
        page = await site.post(f"/calls/{CASE_ID}/close", form)
        assert page.status_code == 409
        assert "Nobody has accepted the ambulance request" in page.text


async def test_closing_makes_a_message_that_says_it_lies_here_until_somebody_passes_it_on(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_case(site, DESCRIBE, PROBLEM, F9)
        await accept(site)
        form = {
            "gp_name": "Mill Street",
            "for_action": "yes",
            "action": "Review her <b>angina</b>",
        }
        closed = await site.post(f"/calls/{CASE_ID}/close", form)
        assert closed.headers["location"] == f"/calls/{CASE_ID}/message"

        page = (await site.get(f"/calls/{CASE_ID}/message")).text
        assert (
            page.index("For action") < page.index("Review her") < page.index("What was found")
        )
        assert "&lt;b&gt;angina" in page
        assert "Queued: no link configured" in page
        assert len(await lying_messages(site.platform.db, PROVIDER)) == 1

        await site.as_(RUTH).post(f"/calls/{CASE_ID}/message", {"way": "nhsmail"})
        page = (await site.get(f"/calls/{CASE_ID}/message")).text
        assert "Passed on by NHSmail by Ruth Calder" in page
        assert await lying_messages(site.platform.db, PROVIDER) == []


async def test_the_message_as_pdf_is_one_page_whatever_was_typed(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        nasty = '#read("/etc/passwd") ] } \\ $x$ *bold* <tag> “quotes” &'
        await open_case(site, entry("calls.problem", words=nasty), F9)
        answer = await site.get(f"/calls/{CASE_ID}/message.pdf")

        assert answer.headers["content-type"] == "application/pdf"
        assert len(re.findall(rb"/Type\s*/Page[^s]", answer.content)) == 1


async def test_a_clinician_takes_the_next_rings_and_records_what_came_of_it(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_case(site, DESCRIBE, PROBLEM)
        await write(site, entry("calls.clinician", reason="Worried about her"))
        queue = await site.as_(ADA).get("/calls/queue")
        assert "OKONKWO-BRIGHT" in queue.text

        taken = await site.post("/calls/queue/next")
        assert taken.headers["location"] == f"/calls/queue?case={CASE_ID}"
        await site.post(f"/calls/{CASE_ID}/tried", {"heard": "No answer"})
        panel = await site.get(f"/calls/queue?case={CASE_ID}")
        assert "1 of 3" in panel.text
        missing = await site.post(f"/calls/{CASE_ID}/decide", {"note": "Rest"})
        assert missing.status_code == 422
        assert "Select what came of it" in missing.text

        form = {"outcome": "Advice given, no further care needed", "note": "Rest"}
        done = await site.post(f"/calls/{CASE_ID}/decide", form)
        assert done.headers["location"] == f"/calls/{CASE_ID}/close"
        assert "Nobody waits for a clinician" in (await site.get("/calls/_queue")).text


async def test_the_second_clinician_is_told_who_has_the_case(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await open_case(site)
        await write(site, entry("calls.clinician", reason="Worried about her"))
        await site.as_(ADA).post(f"/calls/{CASE_ID}/take")
        bo = somebody("bo.lind", "Dr Bo Lind", "clinician", PROVIDER, *ADA.permissions)
        answer = await site.as_(bo).post(f"/calls/{CASE_ID}/take")

        assert answer.status_code == 409
        assert "Dr Ada Mensah has this case" in answer.text
        freed = await site.as_(RUTH).post(f"/calls/{CASE_ID}/free", {"reason": "End of shift"})
        assert freed.status_code == 303


async def test_the_queue_has_over_target_first_then_priority_then_time(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        kinds = {"late": (5, 1), "urgent": (1, 90), "soon": (3, 30), "later": (3, 60)}
        for name, (priority, minutes) in kinds.items():
            case_id = child_id(CASE_ID, name)
            await write(
                site, entry("calls.open", case_id), entry("calls.problem", case_id, words=name)
            )
            found = structs.replace(
                reached(DispositionKind.CLINICIAN, priority=priority, minutes=minutes),
                case_id=case_id,
            )
            await site.execute(CASE, case_id, record_disposition(found))
        site.clock.move(minutes=10)
        rows = await clinical_queue(site.platform.db, PROVIDER, site.clock())
        assert [row.problem for row in rows] == list(kinds)
