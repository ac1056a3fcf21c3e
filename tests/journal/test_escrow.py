"""Keys of records in two people's hands: brought back on a new machine, and never what was erased."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from msgspec import structs

from standfast.cli.looking import State
from standfast.cli.looks_escrow import looks
from standfast.journal.data_keys import DoesNotOpen, all_keys, put_back, wrap_again
from standfast.journal.database import Connection
from standfast.journal.rebuild import rebuild
from standfast.journal.sealing import Sealing
from standfast.vault.escrow import Held, Written, opened, read, remember, sealed
from standfast.vault.ring import Ring, with_new_key
from standfast.vault.trouble import VaultTrouble
from tests.journal.counting import make_tills
from tests.journal.test_sealing import CANARY, PROJECTIONS, destroy, name, owner_of
from tests.journal.test_sealing import opened as journal_on
from tests.support.database import Database
from tests.support.sealed import RING, Keys

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WORDS: Final = {
    "Amira Khan": "correct horse battery amira",
    "Sam Whitlock": "correct horse battery sam",
    "Jo Ng": "correct horse battery jo",
}
CHEAP: Final = 2


@pytest.fixture
def tills(database_factory: Callable[..., Database]) -> Database:
    return database_factory(make_tills)


def answers(*people: str) -> Callable[..., str]:
    """Return somebody at the console who names *people* and types their passphrases."""
    said = [word for person in people for word in (person, WORDS[person])]
    turn = iter(said)

    def ask(_: str, *, secret: bool) -> str:
        del secret
        return next(turn)

    return ask


def written_to(path: Path, held: Held) -> None:
    path.write_bytes(sealed(held, site="here", made_at=NOON, passphrases=WORDS, cost=CHEAP))


async def test_two_of_three_bring_every_record_back_on_a_machine_that_has_the_journal_alone(
    tills: Database, tmp_path: Path
) -> None:
    async with journal_on(tills) as journal:
        await name(journal, "one", CANARY)
        await name(journal, "two", "quiet")
    async with owner_of(tills) as owner:
        keys = await all_keys(owner)
        written_to(tmp_path / "escrow", Held(RING, keys))
        assert CANARY.encode() not in (tmp_path / "escrow").read_bytes()
        await owner.execute("DELETE FROM journal_data_keys")
        await rebuild(owner, PROJECTIONS, sealing=Sealing(Keys()))
        assert await owner.fetchval("SELECT count(*) FROM test_tills") == 0

        held = opened(read(tmp_path / "escrow"), answers("Jo Ng", "Amira Khan"))
        assert await put_back(owner, held.keys) == (2, 0)
        assert await put_back(owner, held.keys) == (0, 0)
        await rebuild(owner, PROJECTIONS, sealing=Sealing(Keys(held.ring)))
        names = await owner.fetch("SELECT name FROM test_tills ORDER BY name")

    assert {each["name"] for each in names} == {CANARY, "quiet"}


async def test_one_alone_opens_nothing_and_a_changed_file_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "escrow"
    written_to(place, Held(RING, ()))
    with pytest.raises((VaultTrouble, StopIteration)):
        opened(read(place), answers("Jo Ng"))
    older = structs.replace(read(place), made_at=NOON + timedelta(days=1))
    with pytest.raises(VaultTrouble, match="damaged"):
        opened(older, answers("Jo Ng", "Amira Khan"))
    place.write_bytes(place.read_bytes()[:-9])
    with pytest.raises(VaultTrouble, match="no escrow"):
        read(place)


async def say_erased(owner: Connection, origin: str, org: str, key_id: str) -> None:
    body = f'{{"type":"records.erased.v1","keys":["{key_id}"]}}'.encode()
    await owner.execute(
        "INSERT INTO journal (origin, seq, stream, type, org, actor, hlc, occurred_at,"
        " recorded_at, body, prev, hash) SELECT $1, count(*) + 1, 'records.erasure/x',"
        " 'records.erased.v1', $2, 'a', 1, now(), now(), $3, '', '' FROM journal WHERE origin = $1",
        origin,
        org,
        body,
    )


async def test_what_was_erased_since_stays_erased_however_old_the_escrow(
    tills: Database,
) -> None:
    async with journal_on(tills) as journal:
        await name(journal, "one", CANARY)
        await name(journal, "two", "quiet")
    async with owner_of(tills) as owner:
        keys = await all_keys(owner)
        await destroy(owner, "one")
        assert await put_back(owner, keys) == (0, 0)
        assert {each.record for each in await all_keys(owner)} == {"two"}
        ids = {each.record: each.key_id for each in keys}
        await owner.execute("DELETE FROM journal_data_keys")
        await owner.execute("INSERT INTO journal_foreign VALUES ('evil.1.0', 'evil')")
        for origin, org, record in (
            ("here.1.9", "shop", "one"),
            ("evil.1.0", "shop", "two"),
            ("evil.1.0", "evil-care", "two"),
        ):
            await say_erased(owner, origin, org, ids[record])
        assert await put_back(owner, keys) == (1, 1)
        assert {each.record for each in await all_keys(owner)} == {"two"}


async def test_every_key_is_sealed_anew_and_the_old_ring_opens_none_of_them(
    tills: Database,
) -> None:
    async with journal_on(tills) as journal:
        await name(journal, "one", CANARY)
    async with owner_of(tills) as owner:
        with pytest.raises(DoesNotOpen):
            await wrap_again(owner, Ring(RING[::-1]))
        grown = with_new_key(RING)
        assert await wrap_again(owner, Ring(grown)) == 1
        assert await wrap_again(owner, Ring(grown)) == 0
        await rebuild(owner, PROJECTIONS, sealing=Sealing(Keys(RING)))
        assert await owner.fetchval("SELECT count(*) FROM test_tills") == 0
        await rebuild(owner, PROJECTIONS, sealing=Sealing(Keys(grown[:32])))
        assert await owner.fetchval("SELECT name FROM test_tills") == CANARY


def test_the_doctor_says_how_old_it_is_and_names_what_should_be_gone(tmp_path: Path) -> None:
    (none,) = looks(tmp_path, NOON)
    assert none.state is State.WARN
    for age in (40, 1):
        path = tmp_path / f"escrow-{age}"
        path.write_bytes(b"x")
        remember(tmp_path, Written(str(path), NOON - timedelta(days=age), 7))
    newest, old = looks(tmp_path, NOON)
    assert (newest.state, old.state) == (State.OK, State.FAIL)
    assert "escrow-40" in old.found
    (tmp_path / "escrow-40").unlink()
    (only,) = looks(tmp_path, NOON)
    assert only.state is State.OK
