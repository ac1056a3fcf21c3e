"""A photograph of a form leads to it, and is kept with it; no other picture is."""

import html
import io
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from standfast.continuity.codes import FormName, form_code
from standfast.continuity.scanning import look
from tests.continuity.examples import NUMBER, SUNITA, make_pack
from tests.continuity.keying import (
    AMIRA,
    CALL,
    CODE_1,
    FORM_1,
    HERE,
    JOSH,
    NOTHING,
    SELF_CARE,
    key,
)
from tests.continuity.pictures import WIDTH, page_of
from tests.identity.examples import load_staff
from tests.support.database import Database
from tests.support.site import Site, open_site

pytestmark = pytest.mark.anyio


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with open_site(database, actor=SUNITA) as opened:
        await load_staff(opened)
        await make_pack(opened)
        opened.clock.move(hours=3)
        yield opened.as_(AMIRA)


async def scan(site: Site, body: bytes, to: str = "/continuity/scan") -> str:
    answer = await site.browser.post(to, files={"file": ("form.jpg", body, "image/jpeg")})
    return answer.headers.get("location") or html.unescape(answer.text)


@pytest.mark.parametrize("turn", [0, 4, -9, 90, 180])
def test_a_form_is_known_however_it_lay_on_the_glass(turn: float) -> None:
    assert look(page_of(CODE_1, turn=turn)).names == (FormName(NUMBER, 1),)


async def test_a_scan_leads_to_its_form_and_is_kept_with_it(site: Site) -> None:
    assert await scan(site, page_of(CODE_1)) == HERE
    page = html.unescape((await site.get(HERE)).text)
    place = page.partition('<img src="')[2].partition('"')[0]
    kept = await site.get(place)

    assert place.startswith(f"{HERE}/pictures/")
    assert kept.headers["content-type"] == "image/jpeg"
    assert kept.headers["cache-control"] == "no-store"
    assert Image.open(io.BytesIO(kept.content)).size[0] <= WIDTH


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (page_of(), "No square code could be read on this picture"),
        (page_of(form_code("ZZZZZZ", 1)), "There is no such form"),
        (page_of(form_code(NUMBER, 77)), "There is no such form"),
        (page_of(CODE_1, form_code(NUMBER, 2)), "There are two forms on this picture"),
        (b"%PDF-1.7 of the copier", "cannot be read"),
        (b"GIF89a", "nothing else is taken"),
        (b"", "Select a file first"),
    ],
    ids=["blank", "another pack", "no such number", "two", "pdf", "gif", "empty"],
)
async def test_what_names_no_form_of_ours_is_refused_in_words(
    site: Site, body: bytes, sentence: str
) -> None:
    assert sentence in await scan(site, body)


async def test_a_picture_of_another_form_is_not_added_to_this_one(site: Site) -> None:
    said = await scan(site, page_of(form_code(NUMBER, 2)), f"{HERE}/pictures")

    assert f"This picture is of another form than {CODE_1}" in said


async def test_once_it_is_a_case_a_picture_is_shown_to_whoever_opened_the_case(
    site: Site,
) -> None:
    await scan(site, page_of(CODE_1))
    await key(site, CALL, SELF_CARE, NOTHING)
    page = html.unescape((await site.as_(JOSH).get(f"{HERE}/second")).text)
    place = page.partition('<img src="')[2].partition('"')[0]

    assert (await site.get(place)).status_code == 200
    opened = await site.all_orgs.fetch_value(
        "SELECT count(*) FROM access_entries WHERE record_id = $1 AND staff_id = $2",
        FORM_1,
        JOSH.staff_id,
    )
    assert opened == 1
