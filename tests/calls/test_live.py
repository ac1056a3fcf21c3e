"""Live, without triage content: calls are taken, and nothing of the reference set is used."""

from contextlib import AbstractAsyncContextManager
from typing import Final

import pytest

from standfast.calls.model_case import CASE
from standfast.settings import DEMONSTRATION_SECRET
from standfast.triage.content import current
from standfast.vault.names import TELEPHONY
from standfast.vault.shared import only_newest, with_newer
from standfast.vault.vault import Vault
from tests.calls.examples import (
    CASE_ID,
    DESCRIBE,
    F9,
    NUMBERS,
    OPEN,
    PLACE,
    PROBLEM,
    entry,
    tell,
    write,
)
from tests.support.database import Database
from tests.support.site import PROVIDER, Site, open_site, somebody

AMIRA: Final = somebody(
    "amira.khan",
    "Amira Khan",
    "call_handler",
    PROVIDER,
    *("calls.take", "calls.read", "calls.close", "calls.queue", "triage.use", "triage.read"),
)
NONE: Final = "No triage content is installed here; the reference set cannot be used live"
SECRET: Final = "0123456789abcdef0123456789abcdef"  # noqa: S105 - of this test alone
NEWER: Final = "fedcba9876543210fedcba9876543210"


def live(database: Database) -> AbstractAsyncContextManager[Site]:
    return open_site(database, actor=AMIRA, demonstration=False)


@pytest.mark.parametrize(
    "path", ["/triage/content.json", "/triage/protocols", "/triage/protocols/chest-pain"]
)
async def test_nothing_of_the_reference_content_is_given(database: Database, path: str) -> None:
    async with live(database) as site:
        answer = await site.get(path)

    assert answer.status_code == 404
    assert NONE in answer.text.replace("&#x27;", "'")
    assert current().version not in answer.text


async def test_the_call_screen_says_that_there_are_no_questions(database: Database) -> None:
    async with live(database) as site:
        shell = await site.get("/calls/shell")

    assert shell.status_code == 200
    assert 'data-triage="none"' in shell.text


async def test_a_call_is_taken_given_an_ambulance_and_passed_to_a_clinician(
    database: Database,
) -> None:
    async with live(database) as site:
        clinician = entry("calls.clinician", reason="Nobody could be triaged here")
        receipts = await write(
            site, OPEN, DESCRIBE, PLACE, NUMBERS, PROBLEM, F9, clinician, entry("calls.finish")
        )
        case = await site.state(CASE, CASE_ID)

    assert [receipt["outcome"] for receipt in receipts] == ["stored"] * 8, receipts
    assert case.ambulance is not None


async def test_an_answer_from_a_device_that_still_has_the_questions_is_refused(
    database: Database,
) -> None:
    given = entry(
        "triage.answer",
        n=0,
        question_id=current().first,
        answer_key="1",
        version=current().version,
    )
    async with live(database) as site:
        [_, receipt] = await write(site, OPEN, given)

    assert receipt["outcome"] == "refused"
    assert receipt["reason"].startswith(NONE)


async def test_nobody_signs_with_the_demonstrations_secret(database: Database) -> None:
    async with open_site(database, actor=AMIRA, demonstration=False) as site:
        answer = await tell(site, "ring", signed_with=DEMONSTRATION_SECRET)
    assert answer.status_code == 401


async def test_the_exchange_signs_with_what_is_in_the_vault_and_the_one_before_until_it_ends(
    database: Database,
) -> None:
    async with live(database) as site:
        vault = site.platform.keys
        assert isinstance(vault, Vault)

        async def statuses() -> list[int]:
            answers = [await tell(site, "ring", signed_with=each) for each in (SECRET, NEWER)]
            return [answer.status_code for answer in answers]

        assert await statuses() == [401, 401]
        vault.put(TELEPHONY, with_newer(None, SECRET))
        assert await statuses() == [200, 401]
        vault.put(TELEPHONY, with_newer(vault.find(TELEPHONY), NEWER))
        assert await statuses() == [200, 200]
        vault.put(TELEPHONY, only_newest(vault.secret(TELEPHONY)))
        assert await statuses() == [401, 200]
