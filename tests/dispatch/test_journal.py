"""The desk on the journal: what follows from what, in one commit, at one site or two."""

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import asyncpg
import pytest
from msgspec.structs import replace

from standfast.app import PROJECTIONS
from standfast.dispatch import queries
from standfast.dispatch.model import INCIDENT
from standfast.dispatch.model_vehicle import VEHICLE
from standfast.dispatch.pages import notice_unaccepted
from standfast.dispatch.reactions import REACTIONS
from standfast.dispatch.refusals import Refusal
from standfast.dispatch.tables import CONSTRAINTS, Stage
from standfast.facts.dispatch import Category, RequestNotAccepted, VehicleStatus
from standfast.journal.absorb import absorb
from standfast.journal.database import Connection, connect
from standfast.journal.entries import COLUMNS, Entry
from standfast.kernel.messages import Event, Refused
from tests.dispatch.examples import (
    ACCEPT,
    CASE_ID,
    NADIA,
    NOON,
    OTHER_CASE,
    PIOTR,
    SEND,
    STAND_DOWN,
    a_request,
    a_shift,
    details_changed,
    minutes,
    requested,
)
from tests.support.database import Database
from tests.support.sealed import hand_over, sealing
from tests.support.site import TRUST, Site, make_tables, open_site

pytestmark = pytest.mark.anyio


async def react(site: Site, event: Event) -> None:
    """Do what the desk does when *event* happens elsewhere."""
    for reaction in REACTIONS:
        if reaction.on is type(event):
            command = reaction.command(event)
            assert command is not None
            await site.execute(reaction.decider, reaction.key(event), command, actor=NADIA)


async def stage(site: Site, case_id: str = CASE_ID) -> Stage:
    row = await queries.incident(site.platform.db, TRUST, case_id)
    assert row is not None
    return row.stage


async def test_a_request_that_comes_twice_is_one_incident(database: Database) -> None:
    """H12: idempotent by its case."""
    async with open_site(database, actor=NADIA) as site:
        for _ in range(2):
            await react(site, requested())

        assert len(await queries.board(site.platform.db, TRUST, NOON)) == 1
        assert await queries.unaccepted_count(site.platform.db, TRUST) == 1


async def test_newer_details_reach_the_incident(database: Database) -> None:
    async with open_site(database, actor=NADIA) as site:
        await react(site, requested())
        moved_to = replace(requested().place, address="16 Mill Lane, Northbridge")
        await react(site, details_changed(place=moved_to))
        row = await queries.incident(site.platform.db, TRUST, CASE_ID)

        assert row is not None
        assert row.place.address == "16 Mill Lane, Northbridge"


async def test_a_category_nobody_knows_is_answered_as_an_emergency(database: Database) -> None:
    async with open_site(database, actor=NADIA) as site:
        await react(site, requested("HCP1"))
        known = await site.state(INCIDENT, CASE_ID)

        assert known.category is Category.C2
        assert "Asked for as HCP1" in known.findings


async def test_sending_a_vehicle_changes_vehicle_and_incident_together(
    database: Database,
) -> None:
    async with open_site(database, actor=NADIA) as site:
        await site.execute(VEHICLE, "ha12", a_shift())
        await site.execute(INCIDENT, CASE_ID, a_request())
        await site.execute(INCIDENT, CASE_ID, SEND)
        vehicle = await queries.vehicle(site.platform.db, TRUST, "ha12")

        assert vehicle is not None
        assert (vehicle.status, vehicle.case_id) == (VehicleStatus.ALLOCATED, CASE_ID)
        assert await stage(site) is Stage.UNDER_WAY


async def test_a_busy_vehicle_is_sent_nowhere_else(database: Database) -> None:
    """The refusal of the vehicle undoes the sending: neither is written."""
    async with open_site(database, actor=NADIA) as site:
        await site.execute(VEHICLE, "ha12", a_shift())
        await site.execute(INCIDENT, CASE_ID, a_request())
        await site.execute(INCIDENT, OTHER_CASE, a_request(case_id=OTHER_CASE))
        await site.execute(INCIDENT, CASE_ID, SEND)
        with pytest.raises(Refused) as refused:
            await site.execute(INCIDENT, OTHER_CASE, SEND)

        assert refused.value.reason is Refusal.VEHICLE_BUSY
        assert await stage(site, OTHER_CASE) is Stage.TO_ACCEPT


async def test_a_diverted_vehicle_leaves_one_incident_for_the_other(
    database: Database,
) -> None:
    async with open_site(database, actor=NADIA) as site:
        await site.execute(VEHICLE, "ha12", a_shift())
        await site.execute(INCIDENT, CASE_ID, a_request(Category.C3))
        await site.execute(INCIDENT, OTHER_CASE, a_request(Category.C1, case_id=OTHER_CASE))
        await site.execute(INCIDENT, CASE_ID, SEND)
        await site.execute(INCIDENT, OTHER_CASE, replace(SEND, diverted_from=CASE_ID))
        vehicle = await site.state(VEHICLE, "ha12")

        assert vehicle.jobs == (OTHER_CASE,)
        assert await stage(site) is Stage.TO_SEND
        assert await stage(site, OTHER_CASE) is Stage.UNDER_WAY


async def test_a_vehicle_stood_down_can_be_sent_again(database: Database) -> None:
    async with open_site(database, actor=NADIA) as site:
        await site.execute(VEHICLE, "ha12", a_shift())
        await site.execute(INCIDENT, CASE_ID, a_request())
        await site.execute(INCIDENT, CASE_ID, SEND)
        await site.execute(INCIDENT, CASE_ID, STAND_DOWN)
        await site.execute(INCIDENT, CASE_ID, SEND)

        assert (await site.state(VEHICLE, "ha12")).jobs == (CASE_ID,)


async def test_lateness_is_noticed_once_whoever_looks(database: Database) -> None:
    async with open_site(database, actor=NADIA) as site:
        await site.execute(INCIDENT, CASE_ID, a_request())
        site.clock.move(seconds=61)
        for _ in range(3):
            await notice_unaccepted(site.platform, site.clock())
        await site.execute(INCIDENT, CASE_ID, ACCEPT)
        notices = await site.all_orgs.fetch_value(
            "SELECT count(*) FROM journal WHERE type = $1",
            RequestNotAccepted.__struct_config__.tag,
        )

        assert notices == 1
        assert await stage(site) is Stage.TO_SEND


async def test_what_is_over_target_comes_first_then_category_then_time(
    database: Database,
) -> None:
    async with open_site(database, actor=NADIA) as site:
        for case_id, category in (("late", "C3"), ("slow", "C3"), ("soon", "C2")):
            command = a_request(Category(category), case_id=case_id)
            await site.execute(INCIDENT, case_id, command)
            site.clock.move(minutes=121 if case_id == "late" else 1)
        await site.execute(INCIDENT, "worst", a_request(Category.C1, case_id="worst"))
        rows = await queries.board(site.platform.db, TRUST, site.clock())

        assert [row.case_id for row in rows] == ["late", "worst", "soon", "slow"]


async def test_the_table_itself_takes_one_live_job_for_a_vehicle(database: Database) -> None:
    connection = await connect(database.owner_dsn)
    try:
        insert = "INSERT INTO dispatch_jobs VALUES ($1, 'ha12', $2, false)"
        await connection.execute(insert, TRUST, CASE_ID)
        with pytest.raises(asyncpg.UniqueViolationError) as hit:
            await connection.execute(insert, TRUST, OTHER_CASE)
    finally:
        await connection.close()

    assert CONSTRAINTS[str(hit.value.constraint_name)] is Refusal.VEHICLE_BUSY


async def test_random_work_never_has_a_vehicle_on_two_live_jobs(database: Database) -> None:
    """Sends, diverts and stand-downs as they come; what is refused changes nothing (H15)."""
    dice = random.Random(1948)  # noqa: S311
    async with open_site(database, actor=NADIA) as site:
        for vehicle in ("ha12", "ha19"):
            await site.execute(VEHICLE, vehicle, a_shift(vehicle))
        cases = [f"case-{number}" for number in range(3)]
        for case_id in cases:
            await site.execute(INCIDENT, case_id, a_request(case_id=case_id))
        for _ in range(60):
            case_id, vehicle = dice.choice(cases), dice.choice(["ha12", "ha19"])
            leaving = dice.choice([None, *cases])
            send = replace(SEND, vehicle_id=vehicle, diverted_from=leaving)
            down = replace(STAND_DOWN, vehicle_id=vehicle)
            try:
                await site.execute(INCIDENT, case_id, send if dice.random() < 0.7 else down)
            except Refused:
                continue
            states = [await site.state(INCIDENT, each) for each in cases]
            for each in ("ha12", "ha19"):
                on = [state.case_id for state in states if state.vehicle(each)]
                assert on == list((await site.state(VEHICLE, each)).jobs)
                assert len(on) <= 1


TABLES: Final = ("dispatch_incidents", "dispatch_vehicles", "dispatch_jobs")


async def test_facts_in_any_order_make_the_same_rows(
    database: Database, database_factory: Callable[..., Database]
) -> None:
    """Two sites sent one vehicle to two places: everywhere it ends the same, and contested."""
    async with open_site(database, actor=NADIA, site="north") as north:
        await north.execute(VEHICLE, "ha12", a_shift())
        await north.execute(INCIDENT, CASE_ID, a_request())
        await north.execute(INCIDENT, OTHER_CASE, a_request(case_id=OTHER_CASE))
    shared = await entries_of(database)
    other = database_factory(make_tables)
    await take_in(other, [shared], database)
    async with open_site(database, actor=NADIA, site="north", now=NOON + minutes(1)) as north:
        await north.execute(INCIDENT, CASE_ID, SEND)
    async with open_site(other, actor=PIOTR, site="south", now=NOON + minutes(2)) as south:
        await south.execute(INCIDENT, OTHER_CASE, SEND)
        await south.execute(INCIDENT, OTHER_CASE, a_request(Category.C1, case_id=OTHER_CASE))
    everything = {(each.origin, each.seq): each for each in await entries_of(database)}
    everything |= {(each.origin, each.seq): each for each in await entries_of(other)}

    ends = set()
    for seed in range(4):
        arriving = list(everything.values())
        random.Random(seed).shuffle(arriving)  # noqa: S311
        anywhere = database_factory(make_tables)
        await take_in(anywhere, [arriving[:3], arriving[3:5], arriving[5:]], database, other)
        ends.add(await rows_of(anywhere))
    (end,) = ends

    assert end.count('"contested": true') == 3


async def entries_of(database: Database) -> list[Entry]:
    connection = await connect(database.owner_dsn)
    try:
        rows = await connection.fetch(
            f"SELECT {', '.join(COLUMNS)} FROM journal ORDER BY origin, seq"  # noqa: S608
        )
    finally:
        await connection.close()
    return [Entry(**dict(row)) for row in rows]


async def take_in(
    database: Database, batches: Sequence[Sequence[Entry]], *origins: Database
) -> None:
    connection = await connect(database.owner_dsn)
    try:
        for origin in origins:
            await with_keys_of(origin, connection)
        for batch in batches:
            await absorb(
                connection,
                PROJECTIONS,
                batch,
                now=NOON + timedelta(days=1),
                sealing=sealing(),
            )
    finally:
        await connection.close()


async def with_keys_of(origin: Database, connection: Connection) -> None:
    there = await connect(origin.owner_dsn)
    try:
        await hand_over(there, connection)
    finally:
        await there.close()


async def rows_of(database: Database) -> str:
    connection = await connect(database.owner_dsn)
    try:
        found = [
            await connection.fetchval(
                f"SELECT jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t)::text) FROM {table} t"  # noqa: S608
            )
            for table in TABLES
        ]
    finally:
        await connection.close()
    return "\n".join(str(each) for each in found)
