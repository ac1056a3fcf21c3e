"""A shift lead prints packs, sees how old they are, and counts them back."""

import html
import re
from collections.abc import AsyncIterator
from typing import Final

import pytest

from standfast.continuity.standing import notice_old
from tests.continuity.examples import NUMBER, PACK_ID, SUNITA, make_pack
from tests.identity.examples import load_staff
from tests.identity.making import CASE_ID, make_case
from tests.support.database import Database
from tests.support.site import Site, open_site

pytestmark = pytest.mark.anyio

HERE: Final = f"/continuity/packs/{PACK_ID}"
OLD: Final = "The newest paper pack is older than 4 hours"


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with open_site(database, actor=SUNITA, packs_ring="Manager=07700 900101") as opened:
        await load_staff(opened)
        yield opened.as_(SUNITA)


async def text(site: Site, path: str) -> str:
    answer = await site.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.text)


async def test_a_pack_is_printed_and_its_forms_are_numbered(site: Site) -> None:
    made = await site.post("/continuity/packs", {"forms": "3", "of-chest-pain": "1"})
    assert made.status_code == 303
    page = await text(site, made.headers["location"])

    assert len(set(re.findall(r"[0-9A-Z]{6}-00\d-[0-9A-Z]{2}", page))) == 4
    assert page.count("Chest pain") == 1
    assert "4 = 0 + 0, 4 left" in page


@pytest.mark.parametrize("forms", ["0", "", "-1", "101", "many", "9" * 400])
async def test_a_number_of_forms_that_cannot_be_is_refused_with_words(
    site: Site, forms: str
) -> None:
    answer = await site.post("/continuity/packs", {"forms": forms})

    assert answer.status_code == 422
    assert "Enter how many forms: a whole number from 1 to 100" in answer.text


async def test_both_prints_are_in_the_ledger_before_they_leave(site: Site) -> None:
    await make_pack(site)
    for part in ("forms", "names"):
        answer = await site.get(f"{HERE}/{part}.pdf")
        assert answer.status_code == 200
        assert answer.content.startswith(b"%PDF-")
    ledger = await text(site, "/records/prints")

    assert f"Paper pack {NUMBER}, forms" in ledger
    assert f"Paper pack {NUMBER}, confidential lists" in ledger


async def test_whoever_is_on_the_lists_is_written_down_as_shown(site: Site) -> None:
    await make_case(site)
    await make_pack(site)
    await site.get(f"{HERE}/names.pdf")
    noted = [
        each
        for each in await site.kept("type = 'access.people_found.v1'")
        if '"place":"paper"' in each and CASE_ID in each
    ]

    assert len(noted) == 1


async def test_a_shift_lead_is_told_at_once_that_there_is_no_pack_or_an_old_one(
    site: Site,
) -> None:
    assert "There is no paper pack" in await text(site, "/continuity/_alert")
    await make_pack(site)
    assert "paper pack" not in await text(site, "/continuity/_alert")

    site.clock.move(hours=4)
    assert OLD in await text(site, "/continuity/_alert")


async def test_open_pages_are_woken_when_a_pack_grows_old(site: Site) -> None:
    """The age is no fact; that somebody must be told is, once for each pack."""
    await make_pack(site)
    for hours in (3, 1, 1):
        await notice_old(site.platform, site.clock.move(hours=hours))
    noted = await site.all_orgs.fetch_value(
        "SELECT count(*) FROM journal WHERE type = 'continuity.pack_grew_old.v1'"
    )

    assert noted == 1


async def test_forms_are_counted_back_and_the_pack_is_closed(site: Site) -> None:
    await make_pack(site)
    early = await site.post(f"{HERE}/close")
    assert early.status_code == 422
    assert "4 of 4 forms are neither entered nor void" in early.text

    missed = {"number": "2", "until": "", "reason": "Not in the box at 07:00"}
    assert (await site.post(f"{HERE}/miss", missed)).status_code == 303
    unused = {"all": "yes", "reason": "Not used, counted back"}
    assert (await site.post(f"{HERE}/void", unused)).status_code == 303
    assert (await site.post(f"{HERE}/close")).status_code == 422  # one is missing

    assert (await site.post(f"{HERE}/find", {"number": "2"})).status_code == 303
    spoilt = {"number": "2", "until": "2", "reason": "Coffee, written again on 003"}
    assert (await site.post(f"{HERE}/void", spoilt)).status_code == 303
    assert (await site.post(f"{HERE}/close")).status_code == 303
    page = await text(site, HERE)
    assert "Closed 22-Nov-2026 12:00 by Sunita Rao" in page
    assert "Coffee, written again on 003" in page


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"number": "2", "reason": ""}, "Enter the reason"),
        ({"number": "", "reason": "Spoilt"}, "Select at least one form"),
        ({"number": "9", "until": "2", "reason": "Spoilt"}, "Select at least one form"),
        ({"number": "9", "reason": "Spoilt"}, "This pack has no form with that number"),
    ],
)
async def test_a_form_is_called_void_with_its_number_and_reason(
    site: Site, sent: dict[str, str], sentence: str
) -> None:
    await make_pack(site)
    answer = await site.post(f"{HERE}/void", sent)

    assert answer.status_code == 422
    assert sentence in html.unescape(answer.text)
