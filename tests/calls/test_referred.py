"""A referral from another organisation opens a case in the clinical queue, and opens it once."""

import pytest

from standfast.calls.model_case import CASE
from standfast.calls.queries import case_row, clinical_queue
from standfast.calls.reactions import record_disposition
from standfast.facts.triage import AmbulanceCategory, DispositionKind
from tests.calls.examples import ADA, entry, reached, write
from tests.interop.examples import CORRELATION_ID, REQUEST_ID, XML
from tests.support.database import Database
from tests.support.site import PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio

HEADERS = {
    "content-type": "application/fhir+xml",
    "x-request-id": REQUEST_ID,
    "x-correlation-id": CORRELATION_ID,
}


async def refer(site: Site) -> int:
    answer = await site.browser.post("/bars/$process-message", content=XML, headers=HEADERS)
    return answer.status_code


async def test_a_referral_waits_in_the_clinical_queue_with_all_that_was_sent(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        assert await refer(site) == 200

        (waiting,) = await clinical_queue(site.platform.db, PROVIDER, site.clock())
        case = await site.state(CASE, waiting.case_id)
        assert case.source == "bars"
        assert case.identified is None
        assert case.described.family
        assert case.numbers
        assert case.clinical.wanted
        assert waiting.due_at == case.clinical.wanted.due_at
        page = await site.get(f"/calls/{waiting.case_id}")
        assert page.status_code == 200
        assert "from a referral" in page.text
        panel = await site.get(f"/calls/queue?case={waiting.case_id}")
        assert case.described.family.upper() in panel.text


async def test_the_same_referral_again_opens_nothing(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await refer(site)
        assert await refer(site) == 409
        assert len(await clinical_queue(site.platform.db, PROVIDER, site.clock())) == 1


async def test_a_referred_case_is_worked_as_any_other(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await refer(site)
        (waiting,) = await clinical_queue(site.platform.db, PROVIDER, site.clock())
        (receipt,) = await write(
            site, entry("calls.note", waiting.case_id, text="Rang, asleep")
        )
        assert receipt["outcome"] == "stored"
        worse = record_disposition(
            reached(DispositionKind.AMBULANCE, category=AmbulanceCategory.C1)
        )
        await site.execute(CASE, waiting.case_id, worse)

        row = await case_row(site.platform.db, PROVIDER, waiting.case_id)
        assert row is not None
        assert "Ambulance, category 1" in row.summary
