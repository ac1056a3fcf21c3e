"""The privacy officer's pages: what is due, what is held, and what was decided."""

import html
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from msgspec import structs

from standfast.facts.kept import EVERYTHING_KEPT
from standfast.identity.permissions import Role
from standfast.kernel.access import Assurance
from tests.identity.examples import LOADER, actor_in, load_staff
from tests.identity.making import (
    BOOKING_ID,
    CASE_ID,
    CLINIC,
    PHARMACY,
    PRESCRIPTION_ID,
    make_booking,
    make_case,
    make_need,
    make_prescription,
    make_vehicle,
)
from tests.people.examples import AMIRA, MARGARET, register
from tests.support.database import Database
from tests.support.site import PROVIDER, TRUST, Site, open_site

pytestmark = pytest.mark.anyio

MIRA: Final = actor_in(Role.PRIVACY_OFFICER, staff_id="mira.sandoval")
KEYED: Final = structs.replace(MIRA, assurance=Assurance.PRESENT)
"""The same, with a passkey: a live site opens no record to whoever only gave a name."""
REASON: Final = {"reason": "Claim 2026/17, by the solicitors"}
HERE: Final = "/records/files/p-margaret"
YEARS: Final = 9 * 366


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with open_site(database, actor=AMIRA) as opened:
        await load_staff(opened)
        await register(opened, "p-margaret", MARGARET)
        yield opened.as_(MIRA)


async def text(site: Site, path: str) -> str:
    answer = await site.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.text)


async def act(site: Site, what: str, **sent: str) -> None:
    assert (await site.post(f"{HERE}/{what}", sent)).status_code == 303


async def test_a_record_is_listed_once_it_is_due_and_not_before(site: Site) -> None:
    assert "OKONKWO-BRIGHT" not in await text(site, "/records")

    site.clock.now = datetime(2034, 11, 21, 12, tzinfo=UTC)
    assert "OKONKWO-BRIGHT" not in await text(site, "/records")

    site.clock.now = datetime(2034, 11, 22, 12, tzinfo=UTC)
    assert "OKONKWO-BRIGHT, Margaret" in await text(site, "/records")


async def test_an_entry_of_a_contact_keeps_it_longer_and_a_look_does_not(site: Site) -> None:
    site.clock.now = datetime(2030, 1, 1, 12, tzinfo=UTC)
    await make_case(site.as_(AMIRA))
    await act(site.as_(MIRA), "hold", **REASON)
    site.clock.now = datetime(2034, 11, 22, 12, tzinfo=UTC)

    assert "01-Jan-2038" in await text(site, HERE)
    assert "OKONKWO-BRIGHT" not in await text(site, "/records")


async def test_a_hold_says_why_and_by_whom_and_leaves_nothing_else_to_decide(
    site: Site,
) -> None:
    site.clock.move(days=YEARS)
    await act(site, "hold", **REASON)

    assert REASON["reason"] in await text(site, "/records/holds")
    assert "Mark for destruction" not in await text(site, HERE)
    refused = await site.post(f"{HERE}/mark", {"reason": "It is nine years old"})
    assert refused.status_code == 422
    assert "Lift every hold first" in refused.text


async def test_a_hold_is_lifted_and_the_record_is_due_again(site: Site) -> None:
    site.clock.move(days=YEARS)
    await act(site, "hold", **REASON)
    held = await text(site, HERE)
    hold_id = held.partition('name="hold_id" value="')[2].partition('"')[0]
    await act(site, "lift", hold_id=hold_id, reason="Settled out of court")

    assert "Nothing holds it" in await text(site, HERE)
    assert "To decide" in await text(site, "/records")


async def test_a_mark_is_listed_destroys_nothing_and_can_be_taken_back(site: Site) -> None:
    site.clock.move(days=YEARS)
    await act(site, "mark", reason="Nothing since, and no claim")

    marked = await text(site, "/records/marked")
    assert "Nothing since, and no claim" in marked
    assert "A second person destroys what is marked" in marked
    assert "OKONKWO-BRIGHT" not in await text(site, "/records")

    await act(site, "take-back", reason="Her daughter has asked")
    assert "OKONKWO-BRIGHT" in await text(site, "/records")


async def test_what_was_put_off_comes_back_on_its_day(site: Site) -> None:
    site.clock.now = datetime(2035, 1, 1, 12, tzinfo=UTC)
    await act(site, "keep", until="2036-01-01", reason="A cohort study asks for it")

    assert "OKONKWO-BRIGHT" not in await text(site, "/records")
    site.clock.now = datetime(2036, 1, 1, 12, tzinfo=UTC)
    assert "OKONKWO-BRIGHT" in await text(site, "/records")


async def test_a_reason_is_more_than_a_word(site: Site) -> None:
    answer = await site.post(f"{HERE}/hold", {"reason": "Claim"})

    assert answer.status_code == 422
    assert "Enter the reason, in ten characters or more" in answer.text


async def test_a_live_site_marks_nothing_until_somebody_has_signed(
    database: Database, tmp_path: Path
) -> None:
    async with open_site(database, actor=AMIRA, demonstration=False) as site:
        await load_staff(site)
        await register(site, "p-margaret", MARGARET)
        site.as_(KEYED).clock.move(days=YEARS)
        unsigned = await site.post(f"{HERE}/mark", {"reason": "Nothing since, and no claim"})
    own = tmp_path / "retention.yaml"
    own.write_text(
        "source: Ours\nreviewed_by: Wren Ashby\nreviewed_on: 2026-11-01\nrules: [{id: all, "
        "says: All for 8 years, records: [any], organisations: [any], years: 8}]\n",
        encoding="utf-8",
    )
    async with open_site(
        database, actor=KEYED, demonstration=False, retention_schedule=str(own)
    ) as site:
        site.clock.move(days=YEARS)
        signed = await site.post(f"{HERE}/mark", {"reason": "Nothing since, and no claim"})

    assert unsigned.status_code == 422
    assert "Nobody has signed the retention schedule" in unsigned.text
    assert signed.status_code == 303


async def test_each_organisation_is_told_what_it_keeps_itself(site: Site) -> None:
    site.as_(LOADER)
    await make_case(site)
    await make_need(site)
    await make_vehicle(site)
    await make_booking(site)
    await make_prescription(site)
    kept = {
        (each.kind, each.record_id, org)
        for org in (PROVIDER, TRUST, CLINIC, PHARMACY)
        for question in EVERYTHING_KEPT
        for each in await site.read_for(org).platform.ask(question, org=org, key="2100-01-01")
    }

    assert kept == {
        ("person", "p-margaret", PROVIDER),
        ("incident", CASE_ID, TRUST),
        ("booking", BOOKING_ID, CLINIC),
        ("prescription", PRESCRIPTION_ID, PHARMACY),
    }


async def test_the_schedule_can_be_read(site: Site) -> None:
    said = await text(site, "/records/schedule")

    assert "until the 25th birthday" in said
    assert "Signed by nobody yet" in said
