"""People on screen, from the search to the timeline."""

from datetime import date
from html import unescape
from typing import Final

import pytest
from msgspec import structs

from standfast.people.model import PERSON
from tests.people.examples import (
    ADA,
    AMIRA,
    MARGARET,
    register,
    register_everybody,
)
from tests.support.database import Database
from tests.support.site import TRUST, Site, open_site

pytestmark = pytest.mark.anyio

TYPED: Final = {
    "family": "Marsh",
    "given": "Ivy",
    "born": "3 May 1961",
    "sex": "female",
    "nhs_number": "999 000 0042",
    "address": "1 Ferry Road\nQuayside",
    "postcode": "hm34ac",
    "phone": "07700 900111",
    "language": "Welsh",
    "needs_interpreter": "yes",
}


async def count(site: Site) -> int:
    found: int = await site.all_orgs.fetch_value("SELECT count(*) FROM people_people")
    return found


async def test_a_search_shows_who_fits_and_why(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register_everybody(site)
        page = await site.post("/people/search", {"q": "okonkwo 14/03/1948"})

        assert page.status_code == 200
        for words in ("OKONKWO-BRIGHT, Margaret (Mrs)", "999 000 0018", "14-Mar-1948 (78y)"):
            assert words in page.text
        assert "date of birth" in page.text


async def test_the_call_screen_gets_only_the_list(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register_everybody(site)
        part = await site.post(
            "/people/search", {"part": "matches", "family": "bright", "born": "14/03/1948"}
        )

        assert "<html" not in part.text
        assert 'data-choose-person="p-margaret"' in part.text


async def test_a_search_cannot_be_put_in_an_address(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        assert (await site.get("/people/search?q=bright")).status_code in (404, 405)


async def test_an_nhs_number_with_a_wrong_digit_is_said(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        page = await site.post("/people/search", {"q": "999 000 0019"})

        assert "999 000 0019 is not an NHS number" in page.text


async def test_nobody_found_says_what_to_do(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        assert "Nobody found" in (await site.post("/people/search", {"q": "zzyzx"})).text
        assert "Enter an NHS number" in (await site.post("/people/search", {"q": ""})).text


async def test_somebody_is_registered_and_their_record_opens(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        sent = await site.post("/people/register", TYPED)
        page = await site.get(sent.headers["location"])

        assert sent.status_code == 303
        for words in (
            "MARSH, Ivy",
            "03-May-1961 (65y)",
            "999 000 0042",
            "HM3 4AC",
            "Welsh, needs an interpreter",
            "Allergies not recorded",
            "Medicines not recorded",
        ):
            assert words in page.text


async def test_somebody_is_registered_with_a_name_alone(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        sent = await site.post(
            "/people/register", {"family": "Marsh", "given": "Ivy", "sex": "unknown"}
        )
        page = await site.get(sent.headers["location"])

        assert "Not known" in page.text
        assert "NHS No." in page.text


async def test_everything_wrong_is_said_at_once_and_nothing_typed_is_lost(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        wrong = TYPED | {
            "family": "",
            "born": "31/02/1961",
            "nhs_number": "9990000043",
            "phone": "12",
            "postcode": "nowhere",
            "sex": "",
        }
        page = await site.post("/people/register", wrong)

        assert page.status_code == 422
        for sentence in (
            "Enter the family name",
            "Enter the date of birth as a day, month and year",
            "its check digit is wrong",
            "Enter a telephone number, such as 07700 900417",
            "Enter a full postcode",
            "Select the sex",
        ):
            assert sentence in page.text
        for typed in ("31/02/1961", "9990000043", "nowhere", "1 Ferry Road", "Welsh", "Ivy"):
            assert typed in unescape(page.text)
        assert await count(site) == 0


async def test_two_people_cannot_have_one_nhs_number(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register_everybody(site)
        taken = TYPED | {"nhs_number": "9990000018", "none_of_them": "yes"}
        page = await site.post("/people/register", taken)

        assert page.status_code == 409
        assert "Somebody is registered with this NHS number" in page.text
        assert "1 Ferry Road" in page.text
        assert await count(site) == 4


async def test_two_organisations_may_know_one_nhs_number(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register(site, "p-ours", MARGARET)
        await register(site, "p-theirs", MARGARET, org=TRUST)

        assert await count(site) == 2


async def test_a_twin_is_registered_only_after_somebody_has_looked(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register_everybody(site)
        twin = {
            "family": "Adeyemi",
            "given": "Hope",
            "born": "02/06/2019",
            "sex": "female",
            "phone": "07700 900555",
        }
        first = await site.post("/people/register", twin)
        again = await site.post("/people/register", twin | {"none_of_them": "yes"})

        assert first.status_code == 409
        assert "This may be somebody who is registered already" in first.text
        assert "ADEYEMI, Grace" in first.text
        assert "ADEYEMI, Faith" in first.text
        assert 'value="Hope"' in first.text
        assert again.status_code == 303
        assert await count(site) == 5


async def test_a_form_that_is_sent_twice_registers_once(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        form = TYPED | {"person_id": "01890000-0000-7000-8000-000000000001"}
        first = await site.post("/people/register", form)
        again = await site.post("/people/register", form)

        assert first.headers["location"] == again.headers["location"]
        assert await count(site) == 1


async def test_the_call_screen_registers_without_leaving_the_call(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        form = await site.get("/people/register?part=form")
        sent = await site.post("/people/register", TYPED | {"part": "form"})
        wrong = await site.post("/people/register", {"part": "form", "given": "Ivy"})

        assert "<html" not in form.text
        assert 'name="person_id"' in form.text
        assert sent.status_code == 201
        assert "data-choose-person" in sent.text
        assert wrong.status_code == 422
        assert "<html" not in wrong.text
        assert "Enter the family name" in wrong.text


async def test_details_are_corrected_and_what_was_not_asked_for_stays(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        details = structs.replace(
            MARGARET, phones=(*MARGARET.phones, "07700 900418"), died=date(2026, 11, 1)
        )
        await register(site, "p-margaret", details)
        form = await site.get("/people/p-margaret/correct")
        sent = await site.post(
            "/people/p-margaret/correct",
            {
                "family": "Bright",
                "given": "Margaret",
                "sex": "female",
                "born": "14/03/1948",
                "phone": "07700 900417",
                "other_phone": "01632 960417",
            },
        )
        state = await site.state(PERSON, "p-margaret")

        assert 'value="Okonkwo-Bright"' in form.text
        assert sent.headers["location"] == "/people/p-margaret"
        assert state.details is not None
        assert state.details.family == "Bright"
        assert state.details.nhs_number is None
        assert state.details.died == date(2026, 11, 1)
        assert state.details.phones[2] == "07700 900418"
