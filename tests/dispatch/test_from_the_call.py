"""From the caller's screen to the desk's, and back: with the real case on the other side."""

from typing import Final

import pytest

from standfast.calls.model_case import CASE
from standfast.calls.reactions import record_disposition
from standfast.dispatch import queries
from standfast.dispatch.model import INCIDENT
from standfast.dispatch.model_vehicle import VEHICLE
from standfast.dispatch.pages import notice_unaccepted
from standfast.dispatch.tables import IncidentRow
from standfast.facts.dispatch import RequestReceived
from standfast.facts.requests import AmbulanceRequested
from standfast.facts.triage import AmbulanceCategory, DispositionKind
from tests.calls.examples import (
    AMIRA,
    CASE_ID,
    DESCRIBE,
    NUMBERS,
    PLACE,
    open_case,
    reached,
    write,
)
from tests.dispatch.examples import NADIA, NOON, a_shift
from tests.support.database import Database
from tests.support.site import TRUST, Site, open_site

pytestmark = pytest.mark.anyio

SAME_COMMIT: Final = """
    SELECT count(*)
      FROM journal AS asked
      JOIN journal AS received ON received.origin = asked.origin AND received.seq > asked.seq
     WHERE asked.type = $1 AND received.type = $2
       AND NOT EXISTS (SELECT 1
                         FROM journal AS between
                        WHERE between.origin = asked.origin
                          AND between.seq BETWEEN asked.seq AND received.seq - 1
                          AND between.sig IS NOT NULL)
"""
"""Only the last entry of a commit is signed."""


async def leads_to(site: Site, category: AmbulanceCategory) -> None:
    fact = reached(DispositionKind.AMBULANCE, category=category, code=f"T-{category}")
    command = record_disposition(fact)
    assert command is not None
    await site.execute(CASE, CASE_ID, command, actor=AMIRA)


async def at_the_desk(site: Site) -> IncidentRow:
    row = await queries.incident(site.read_for(TRUST).platform.db, TRUST, CASE_ID)
    assert row is not None
    return row


async def test_a_request_is_at_the_desk_in_the_commit_in_which_it_was_made(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await open_case(site, DESCRIBE)
        await leads_to(site, AmbulanceCategory.C2)
        together = await site.all_orgs.fetch_value(
            SAME_COMMIT,
            AmbulanceRequested.__struct_config__.tag,
            RequestReceived.__struct_config__.tag,
        )
        board = await site.as_(NADIA).get("/dispatch/board")

    assert together == 1
    assert "Chest pain" in board.text


async def test_what_the_caller_says_later_reaches_the_desk(database: Database) -> None:
    async with open_site(database) as site:
        await open_case(site)
        await leads_to(site, AmbulanceCategory.C1)
        before = (await at_the_desk(site)).place.address
        await write(site.as_(AMIRA), PLACE, NUMBERS)
        after = await at_the_desk(site)

    assert before == ""
    assert after.place.address == "14 Mill Lane, Kingsmoor"
    assert [each.number for each in after.numbers] == ["07700900555"]


async def test_an_upgrade_during_the_call_is_never_lost(database: Database) -> None:
    """H16."""
    async with open_site(database) as site:
        await open_case(site, DESCRIBE)
        await leads_to(site, AmbulanceCategory.C3)
        site.clock.move(minutes=1)
        await leads_to(site, AmbulanceCategory.C1)
        await leads_to(site, AmbulanceCategory.C3)

        assert (await at_the_desk(site)).category == "C1"


async def test_the_callers_side_sees_who_accepted_and_what_was_sent(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await site.execute(VEHICLE, "ha12", a_shift(), actor=NADIA)
        await open_case(site, DESCRIBE)
        await leads_to(site, AmbulanceCategory.C2)
        await site.as_(NADIA).post(f"/dispatch/incidents/{CASE_ID}/accept")
        await site.post(f"/dispatch/incidents/{CASE_ID}/send", {"vehicle_id": "ha12"})
        case = (await site.state(CASE, CASE_ID)).ambulance

    assert case.accepted_by == "Nadia Brook"
    assert [each.callsign for each in case.vehicles] == ["HA12"]


async def test_the_callers_side_is_told_when_nobody_takes_it(database: Database) -> None:
    async with open_site(database) as site:
        await open_case(site, DESCRIBE)
        await leads_to(site, AmbulanceCategory.C2)
        before = (await site.state(CASE, CASE_ID)).ambulance.is_not_sent(NOON)
        site.clock.move(seconds=61)
        await notice_unaccepted(site.platform, site.clock())
        after = (await site.state(CASE, CASE_ID)).ambulance
        waits = (await site.state(INCIDENT, CASE_ID)).accepted

    assert not before
    assert after.not_accepted_at is not None
    assert waits is None
