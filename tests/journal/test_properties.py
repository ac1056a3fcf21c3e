"""What must hold for every history: order of arrival, rebuilding, and finding any change."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standfast.journal import rebuild as rebuilding
from standfast.journal.absorb import absorb
from standfast.journal.codec import encode
from standfast.journal.database import Connection, connect
from standfast.journal.entries import COLUMNS, GENESIS, Entry, digest
from standfast.journal.keys import SiteKey
from standfast.journal.verify import verify
from standfast.kernel.clock import COUNTER_BITS, ClockAhead, Hlc
from tests.journal.counting import PROJECTIONS, Counted, Named, make_tills
from tests.support.database import Database

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEYS = {site: SiteKey.generate() for site in ("north", "south")}

LATER = NOON + timedelta(hours=1)
"""When what others wrote arrives here."""

FEW = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Step:
    """One fact at one site, some while after the one before."""

    site: str
    till: str
    amount: int
    name: str | None
    later_seconds: int


steps = st.lists(
    st.builds(
        Step,
        site=st.sampled_from(sorted(KEYS)),
        till=st.sampled_from(["one", "two"]),
        amount=st.integers(0, 90),
        name=st.none() | st.sampled_from(["a", "b"]),
        later_seconds=st.integers(0, 2),
    ),
    min_size=1,
    max_size=20,
)


def history(told: Sequence[Step]) -> list[Entry]:
    """Return what the sites wrote, each in a chain of its own, every row signed."""
    heads = dict.fromkeys(KEYS, (0, GENESIS))
    now, entries = NOON, []
    for number, step in enumerate(told):
        now += timedelta(seconds=step.later_seconds)
        event = (
            Counted(till=step.till, amount=step.amount)
            if step.name is None
            else Named(till=step.till, name=f"{step.name}{step.till}")
        )
        tag, body = encode(event)
        seq, prev = heads[step.site]
        entry = Entry(
            origin=f"{step.site}.1.0",
            seq=seq + 1,
            stream=f"test.till/{step.till}",
            type=tag,
            subject=None,
            org="shop",
            actor="amira",
            hlc=(int(now.timestamp() * 1000) << COUNTER_BITS) + number,
            occurred_at=now,
            recorded_at=now,
            key_id=None,
            body=body,
            prev=prev,
            hash=b"",
            sig=None,
        )
        hash_ = digest(entry)
        heads[step.site] = (seq + 1, hash_)
        entries.append(
            msgspec.structs.replace(entry, hash=hash_, sig=KEYS[step.site].sign(hash_))
        )
    return entries


async def rows_after(database: Database, arrivals: Sequence[Sequence[Entry]]) -> dict[str, str]:
    """Take in *arrivals* one after the other; return a hash of each table."""
    owner = await connect(database.owner_dsn)
    try:
        for page in arrivals:
            await absorb(owner, PROJECTIONS, page, now=LATER)
        hashes = await rebuilding.table_hashes(owner, PROJECTIONS)
        compared = await rebuilding.check(owner, PROJECTIONS)
        assert {table: before for table, (before, _) in compared.items()} == hashes
        assert {table: after for table, (_, after) in compared.items()} == hashes
        return hashes
    finally:
        await owner.close()


@given(told=steps, shuffle=st.integers(0, 2**32), cuts=st.lists(st.integers(0, 20), max_size=4))
@FEW
def test_any_order_of_arrival_ends_in_the_same_rows_and_a_rebuild_agrees(
    database_factory: Callable[..., Database], told: list[Step], shuffle: int, cuts: list[int]
) -> None:
    written = history(told)
    shuffled = written + written[: len(written) // 2]  # some of it comes twice
    random.Random(shuffle).shuffle(shuffled)  # noqa: S311 - an order, not a secret
    edges = sorted({0, len(shuffled), *(cut for cut in cuts if cut < len(shuffled))})
    pages = [shuffled[start:end] for start, end in pairwise(edges)]
    in_order = asyncio.run(rows_after(database_factory(make_tills), [written]))
    out_of_order = asyncio.run(rows_after(database_factory(make_tills), pages))
    assert out_of_order == in_order


@pytest.fixture
def proved(database_factory: Callable[..., Database]) -> Database:
    """Two sites' journals of a few rows each, sound as written."""
    database = database_factory(make_tills)
    written = history(
        [Step(site, till, 5, None, 1) for site in KEYS for till in ("one", "two", "one")]
    )

    async def fill() -> None:
        owner = await connect(database.owner_dsn)
        for site, key in KEYS.items():
            await owner.execute(
                "INSERT INTO journal_origins (origin, public_key, first_at) VALUES ($1, $2, $3)",
                f"{site}.1.0",
                key.public,
                NOON,
            )
        await absorb(owner, PROJECTIONS, written, now=LATER)
        assert (await verify(owner)).fault is None
        await owner.execute("ALTER TABLE journal DISABLE TRIGGER ALL")
        await owner.close()

    asyncio.run(fill())
    return database


CHANGEABLE = [name for name in COLUMNS if name not in ("origin", "seq")]


@pytest.mark.parametrize("column", CHANGEABLE)
def test_any_single_bit_that_is_changed_is_found_and_its_row_is_named(
    proved: Database, column: str
) -> None:
    async def flip_each_bit() -> None:
        owner = await connect(proved.owner_dsn)
        before = await owner.fetchval(
            f"SELECT {column} FROM journal WHERE origin = 'south.1.0' AND seq = 2"  # noqa: S608
        )
        for changed in flips(before):
            await change(owner, column, changed)
            fault = (await verify(owner)).fault
            assert fault is not None, (column, changed)
            assert (fault.origin, fault.seq) in {("south.1.0", 2), ("south.1.0", 3)}
        await change(owner, column, before)
        assert (await verify(owner)).fault is None
        await owner.close()

    asyncio.run(flip_each_bit())


def flips(value: Any) -> list[Any]:
    """Return *value* with a bit changed, at some places of it."""
    match value:
        case None:
            return ["x"]
        case str():
            return [
                value[:n] + chr(ord(value[n]) ^ 1) + value[n + 1 :] for n in range(len(value))
            ]
        case int():
            return [value ^ (1 << bit) for bit in range(0, 60, 7)]
        case bytes():
            return [
                value[:n] + bytes([value[n] ^ (1 << n % 8)]) + value[n + 1 :]
                for n in range(len(value))
            ]
        case datetime():
            return [value + timedelta(microseconds=2**bit) for bit in range(0, 40, 7)]
        case _:
            raise AssertionError(value)


async def change(owner: Connection, column: str, value: Any) -> None:
    await owner.execute(
        f"UPDATE journal SET {column} = $1 WHERE origin = 'south.1.0' AND seq = 2",  # noqa: S608
        value,
    )


@pytest.mark.parametrize(
    ("attack", "found"),
    [
        ("DELETE FROM journal WHERE origin = 'south.1.0' AND seq = 2", 2),
        ("DELETE FROM journal WHERE origin = 'south.1.0' AND seq = 1", 1),
        ("UPDATE journal SET seq = 9 WHERE origin = 'south.1.0' AND seq = 2", 2),
        ("UPDATE journal SET sig = NULL WHERE origin = 'south.1.0'", 1),
        ("UPDATE journal SET origin = 'unknown.1.0' WHERE origin = 'south.1.0'", 1),
    ],
)
def test_a_missing_moved_or_unsigned_row_is_found(
    proved: Database, attack: str, found: int
) -> None:
    async def attacked() -> None:
        owner = await connect(proved.owner_dsn)
        await owner.execute(attack)
        fault = (await verify(owner)).fault
        await owner.close()
        assert fault is not None
        assert fault.seq == found

    asyncio.run(attacked())


def test_a_chain_rewritten_under_another_key_is_found_by_the_sites_own(
    proved: Database,
) -> None:
    async def rewritten() -> None:
        owner = await connect(proved.owner_dsn)
        fault = (await verify(owner, site_key=KEYS["north"].public)).fault
        await owner.close()
        assert fault is not None
        assert "key" in fault.what

    asyncio.run(rewritten())


def test_a_fact_of_a_newer_program_is_kept_and_stops_nothing(
    database_factory: Callable[..., Database],
) -> None:
    database = database_factory(make_tills)
    written = history([Step("north", "one", 5, None, 1), Step("north", "one", 7, None, 1)])
    unknown = msgspec.structs.replace(
        written[1], type="test.from_the_future.v9", body=b'{"type":"test.from_the_future.v9"}'
    )

    async def folded() -> int:
        owner = await connect(database.owner_dsn)
        await absorb(owner, PROJECTIONS, [written[0], unknown], now=LATER)
        total: int = await owner.fetchval("SELECT total FROM test_tills")
        await owner.close()
        return total

    assert asyncio.run(folded()) == 5


def test_the_application_cannot_make_tables_or_become_another(
    database_factory: Callable[..., Database],
) -> None:
    database = database_factory(make_tills)

    async def attempts() -> None:
        app = await asyncpg.connect(database.app_dsn)
        for attack in (
            "CREATE TABLE mine (x int)",
            "DROP TABLE journal",
            "ALTER TABLE journal DISABLE TRIGGER ALL",
            "SET ROLE standfast_owner",
            "COPY journal TO PROGRAM 'cat'",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(attack)
        await app.close()

    asyncio.run(attempts())


@pytest.mark.parametrize("ahead", ["hlc", "occurred_at"])
def test_what_comes_from_the_future_is_refused_and_nothing_of_it_kept(
    database_factory: Callable[..., Database], ahead: str
) -> None:
    database = database_factory(make_tills)
    written = history([Step("north", "one", 5, None, 1), Step("north", "one", 7, None, 1)])
    wrong: Any = {
        "hlc": int((LATER + timedelta(seconds=121)).timestamp() * 1000) << 16,
        "occurred_at": LATER + timedelta(seconds=121),
    }[ahead]
    future = msgspec.structs.replace(written[1], **{ahead: wrong})

    async def refused() -> int:
        owner = await connect(database.owner_dsn)
        with pytest.raises(ClockAhead):
            await absorb(owner, PROJECTIONS, [written[0], future], now=LATER)
        kept: int = await owner.fetchval("SELECT count(*) FROM journal")
        await owner.close()
        return kept

    assert asyncio.run(refused()) == 0


@given(steps, st.integers(-86_400, 86_400))
@FEW
def test_an_answer_comes_after_its_question_however_far_a_clock_is_off(
    told: Sequence[Step], skew_seconds: int
) -> None:
    """Two sites that hear each other, one of them up to a day behind or ahead: cause first."""
    ours, theirs = Hlc(), Hlc()
    now, last = NOON, 0
    for step in told:
        now += timedelta(seconds=step.later_seconds)
        skewed = now + timedelta(seconds=skew_seconds)
        said = ours.tick(now) if step.site == "north" else theirs.tick(skewed)
        assert said > last
        last = said
        (theirs if step.site == "north" else ours).follow(said)
