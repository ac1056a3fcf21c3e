"""A site is lost, and made again from what was written once: all of it, and nothing made up."""

import asyncio
import os
import resource
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from msgspec import structs

from standfast.app import PROJECTIONS
from standfast.backup.ledger import known_of
from standfast.backup.restoring import believed, newest_epoch, prove
from standfast.backup.segments import File, Rows, made, rows_packed
from standfast.backup.taking import Chain, NotProved, missing
from standfast.backup.target import Held, Target, Unreachable
from standfast.cli import restore as restoring
from standfast.cli.backing import Backing
from standfast.cli.looking import State
from standfast.cli.looks_backup import looks
from standfast.cli.restore import NotRestored, Plan, Restored, restored
from standfast.journal.database import connect
from standfast.journal.heads import Claim
from standfast.journal.keys import SiteKey
from standfast.journal.rebuild import table_hashes
from standfast.journal.verify import verify
from standfast.vault.names import SITE
from standfast.vault.vault import Vault, public_of
from tests.backup.world import Lost, a_lost_site, addresses, soften
from tests.support.database import Database, Databases, open_folder
from tests.support.site import NOON

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def lost(postgres: Databases) -> Iterator[Lost]:
    with a_lost_site(postgres.fresh) as site:
        yield site
        postgres.drop(site.database)


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder("standfast-restore-") as place, patch.dict(os.environ):
        yield place
        soften(place)


def copy_of(target: Path, folder: Path, name: str = "copy") -> Path:
    """Return a copy of *target* that a test may spoil."""
    shutil.copytree(target, folder / name)
    soften(folder / name)
    return folder / name


def held_in(*targets: Path) -> tuple[Held, ...]:
    return tuple(
        each for target in targets for each in Target(target, "harrowmere").content().held
    )


def claims(lost: Lost) -> list[Claim]:
    return [Claim(each.origin, each.seq, each.code) for each in lost.sheet]


async def restore(
    lost: Lost, database: Database, data: Path, *targets: Path, **changed: Any
) -> Restored:
    data.mkdir()
    held = believed(held_in(*(targets or lost.targets[:1])), lost.signer)
    given = {
        "held": held,
        "signer": lost.signer,
        "claims": tuple(claims(lost)),
        "epoch": newest_epoch(held) + 1,
        "keys": lost.escrow,
        **changed,
    }
    vault = Vault.open(data, clock=lambda: NOON)
    return await restored(addresses(database), data, vault, Plan(**given))


async def test_a_lost_site_is_made_again_under_a_new_epoch_and_key(
    lost: Lost, folder: Path, database_factory: Callable[..., Database]
) -> None:
    database = database_factory()
    done = await restore(lost, database, folder / "data")
    target = copy_of(lost.targets[0], folder)
    await goes_on_backing_up(lost, database, folder / "data", target)

    owner = await connect(database.owner_dsn)
    try:
        hashes = await table_hashes(owner, PROJECTIONS)
        new_key = public_of(folder / "data", SITE)
        verdict = await verify(owner, site_key=new_key)
        origins = await owner.fetch(
            "SELECT origin, public_key FROM journal_origins ORDER BY origin"
        )
    finally:
        await owner.close()
    assert (done.lost, done.sealed, done.files, done.found.fault) == (0, 0, 2, None)
    assert done.wrong_file == ""
    assert done.found.rows == sum(each.seq for each in lost.sheet) > 5
    assert verdict.fault is None
    assert {name for name, hash_ in hashes.items() if lost.hashes[name] != hash_} == {
        name for name in hashes if "keyring" in name and hashes[name] != lost.hashes[name]
    }, "all but who signs now is as it was"
    assert (origins[-1]["origin"].split(".")[1], origins[-1]["public_key"]) == ("2", new_key)
    assert new_key is not None
    assert new_key != lost.signer
    both = believed(held_in(target), new_key)
    assert {each.line.signer for each in both} == {new_key, lost.signer}
    assert newest_epoch(both) == 2
    assert prove(both).rows == done.found.rows + 1
    assert len(believed(both, lost.signer)) < len(both), "the old key vouches for no newer one"


async def test_without_the_escrow_every_row_is_there_and_says_nothing(
    lost: Lost, folder: Path, database_factory: Callable[..., Database]
) -> None:
    done = await restore(lost, database_factory(), folder / "data", keys=None)

    assert done.found.fault is None
    assert done.sealed > 3


async def test_the_node_writes_only_what_a_target_does_not_hold_soundly(
    lost: Lost, folder: Path
) -> None:
    target = copy_of(lost.targets[0], folder)
    before = held_in(target)
    backing = lost.backing(target)
    assert await asyncio.to_thread(backing.bring_up_to_date) == 0
    assert held_in(target) == before

    hit, what = rows_held(target)[0]
    spoil(hit.path)
    content = Target(target, "harrowmere").content()
    assert [each.number for each in content.damaged] == [hit.line.number]
    assert prove(content.held).fault is not None

    again = await asyncio.to_thread(lost.backing(target).bring_up_to_date)
    assert again == what.last - what.first + 1
    assert prove(held_in(target)).fault is None
    assert "damaged" in known_of(lost.data, target).trouble


async def test_what_one_target_lacks_the_other_gives_and_one_alone_is_refused(
    lost: Lost, folder: Path, database_factory: Callable[..., Database]
) -> None:
    target = copy_of(lost.targets[0], folder)
    hit, _ = rows_held(target)[0]
    hit.path.unlink()

    empty = database_factory()
    with pytest.raises(NotRestored, match="no segment holds it"):
        await restore(lost, empty, folder / "alone", target)
    assert await rows_in(empty) == 0
    done = await restore(lost, empty, folder / "both", target, lost.targets[1])
    assert done.found.fault is None


async def test_what_comes_before_a_gap_is_brought_back_when_somebody_says_so(
    lost: Lost, folder: Path, database_factory: Callable[..., Database]
) -> None:
    target = copy_of(lost.targets[0], folder)
    hit, what = rows_held(target)[0]
    hit.path.unlink()

    done = await restore(lost, database_factory(), folder / "data", target, leave_gaps=True)
    assert done.found.fault is not None
    assert (done.found.fault.origin, done.found.fault.seq) == (what.origin, 1)
    whole = sum(each.seq for each in lost.sheet)
    assert (done.found.rows, done.lost) == (whole - what.last, what.last)


async def test_a_rewritten_journal_is_never_written_over_what_was_backed_up(
    lost: Lost, folder: Path, postgres: Databases
) -> None:
    target = copy_of(lost.targets[0], folder)
    hit, what = rows_held(target)[-1]
    hit.path.unlink()
    change = (
        "ALTER TABLE journal DISABLE TRIGGER ALL; {} ALTER TABLE journal ENABLE TRIGGER ALL;"
    )
    row = f"WHERE origin = '{what.origin}' AND seq = {what.last};"
    forge = f"UPDATE journal SET actor = actor || 'x' {row}"  # noqa: S608 - an attack
    mend = f"UPDATE journal SET actor = rtrim(actor, 'x') {row}"  # noqa: S608
    postgres.server.administer(change.format(forge), lost.database.name)
    try:
        with pytest.raises(NotProved, match="its content is not what its hash says"):
            await asyncio.to_thread(lost.backing(target).bring_up_to_date)
        assert known_of(lost.data, target).trouble
    finally:
        postgres.server.administer(change.format(mend), lost.database.name)
    assert await asyncio.to_thread(lost.backing(target).bring_up_to_date) > 0


async def test_an_epoch_that_was_used_is_never_used_again(
    lost: Lost, folder: Path, database_factory: Callable[..., Database]
) -> None:
    held = held_in(lost.targets[0])
    assert restoring.new_epoch(held, 0) == 2
    assert restoring.new_epoch(held, 6) == 7
    os.environ["STANDFAST_EPOCH"] = "1"
    with pytest.raises(NotRestored, match="STANDFAST_EPOCH"):
        restoring.new_epoch(held, 0)
    del os.environ["STANDFAST_EPOCH"]

    await restore(lost, database_factory(), folder / "data")
    assert 'STANDFAST_EPOCH="2"' in (folder / "data" / "site.env").read_text()
    with pytest.raises(NotRestored, match="a folder of its own"):
        restoring.must_be_empty(folder / "data")


async def test_segments_that_somebody_made_up_are_not_believed(
    lost: Lost,
    folder: Path,
    database_factory: Callable[..., Database],
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = copy_of(lost.targets[0], folder)
    stranger = SiteKey.generate()
    theirs, what = rows_held(target)[0]
    _, content = made(
        what,
        rows_packed(theirs.again().entries()),
        site="harrowmere",
        epoch=9,
        number=99,
        made_at=NOON,
        heads={},
        key=stranger,
    )
    Target(target, "harrowmere").put(99, content)
    every = held_in(target)
    assert len(believed(every, lost.signer)) == len(every) - 1
    assert len(believed(every, stranger.public)) == 1

    with pytest.raises(NotRestored, match="Compare it"):
        restoring.segments_of([target], "harrowmere", "", [])
    capsys.readouterr()
    restoring.segments_of([target], "harrowmere", lost.signer.hex(), [])
    said = capsys.readouterr().out
    assert "1 segments are passed over" in said
    assert stranger.public.hex() in said
    wrong = Claim(lost.sheet[0].origin, lost.sheet[0].seq, "0000-0000-0000-0000-0000-0000")
    empty = database_factory()
    with pytest.raises(NotRestored, match="rewritten"):
        await restore(lost, empty, folder / "data", claims=(wrong,))
    assert await rows_in(empty) == 0


async def test_a_newer_head_from_elsewhere_says_how_much_is_lost(
    lost: Lost, folder: Path, database_factory: Callable[..., Database]
) -> None:
    newest = lost.sheet[-1]
    later = Claim(newest.origin, newest.seq + 7, newest.code)
    done = await restore(
        lost, database_factory(), folder / "data", claims=(*claims(lost), later)
    )
    assert done.lost == 7


async def test_no_key_and_no_word_of_a_patient_is_in_a_target(lost: Lost) -> None:
    held = held_in(lost.targets[0])
    stored = b"\n".join(each.again().unpacked() for each in held)
    assert any(isinstance(each.line.what, File) for each in held)
    assert b"Margaret" not in stored
    assert b"Okonkwo" not in stored
    assert lost.escrow.ring not in stored
    assert all(each.wrapped not in stored for each in lost.escrow.keys)
    assert len(lost.escrow.keys) > 0


async def test_a_mount_that_is_missing_is_not_filled_anew(lost: Lost, folder: Path) -> None:
    target = copy_of(lost.targets[0], folder)
    await asyncio.to_thread(lost.backing(target).bring_up_to_date)
    shutil.rmtree(target)
    with pytest.raises(Unreachable, match="mounted"):
        await asyncio.to_thread(lost.backing(target).bring_up_to_date)
    target.mkdir()
    with pytest.raises(Unreachable, match="is empty, and held"):
        await asyncio.to_thread(lost.backing(target).bring_up_to_date)
    assert list(target.iterdir()) == []

    refilled = await asyncio.to_thread(lambda: lost.backing(target).bring_up_to_date(anew=True))
    assert refilled > 0
    assert "gone" in known_of(lost.data, target).trouble


def test_nothing_is_written_twice_under_one_name(folder: Path) -> None:
    target = Target(folder, "here")
    path = target.put(1, b"one")
    with pytest.raises(FileExistsError):
        target.put(1, b"one")
    assert path.stat().st_mode & 0o777 == 0o444
    assert target.put(1, b"two") != path, "another content has another name"
    assert len(target.content().damaged) == 2
    with pytest.raises(Unreachable):
        Target(folder / "away", "here").put(1, b"one")


def test_a_target_that_is_full_keeps_no_part_of_a_segment(folder: Path) -> None:
    target = Target(folder, "here")
    target.put(1, b"one")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            target.put(2, bytes(1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [each.number for each in target.content().damaged] == [1]
    assert target.put(2, bytes(1000)).stat().st_size == 1000


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ([], [(1, 9)]),
        ([(1, 9)], []),
        ([(1, 3), (6, 7)], [(4, 5), (8, 9)]),
        ([(4, 6), (1, 6)], [(7, 9)]),
        ([(1, 12)], []),
    ],
)
def test_what_is_missing_is_between_and_after_what_is_there(
    there: list[tuple[int, int]], wanted: list[tuple[int, int]]
) -> None:
    key = SiteKey.generate()
    held = []
    for number, (first, last) in enumerate(there, start=1):
        what = Rows("here.1.0", key.public, first, last, bytes(32), NOON)
        line, _ = made(
            what, b"", site="here", epoch=1, number=number, made_at=NOON, heads={}, key=key
        )
        held.append(Held(line, Path()))
    assert list(missing(held, Chain("here.1.0", key.public, 9))) == wanted


async def test_a_newest_segment_that_is_damaged_is_not_passed_over(
    lost: Lost, folder: Path
) -> None:
    target = copy_of(lost.targets[0], folder)
    key = lost.signer.hex()
    assert restoring.segments_of([target], "harrowmere", key, [])
    spoil(held_in(target)[-1].path)
    with pytest.raises(NotRestored, match="newest segment is damaged"):
        restoring.segments_of([target], "harrowmere", key, [])
    both = [target, lost.targets[1]]
    assert restoring.segments_of(both, "harrowmere", key, [])


async def test_the_doctor_says_what_a_target_lacks(lost: Lost, folder: Path) -> None:
    target = copy_of(lost.targets[0], folder)
    settings = structs.replace(lost.settings, backup_targets=f"{target},{folder / 'away'}")
    await asyncio.to_thread(lost.backing(target).bring_up_to_date)
    with pytest.raises(Unreachable):
        await asyncio.to_thread(lost.backing(folder / "away").bring_up_to_date)
    taken = known_of(lost.data, target).taken_at
    assert taken is not None
    good, away = looks(lost.data, settings, taken)
    assert (good.state, away.state) == (State.WARN, State.FAIL)
    assert ("not proved" in good.found, "mounted" in away.found) == (True, True)
    later = taken + timedelta(minutes=11)
    late, _ = looks(lost.data, settings, later)
    assert (late.state, late.found) == (State.FAIL, "nothing was taken for 11 minutes")


def rows_held(target: Path) -> list[tuple[Held, Rows]]:
    """Return the segments of rows in *target*, oldest first."""
    return [
        (each, each.line.what) for each in held_in(target) if isinstance(each.line.what, Rows)
    ]


def spoil(path: Path) -> None:
    """Change one bit, as a disk or an attacker does."""
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)


async def goes_on_backing_up(lost: Lost, database: Database, data: Path, to: Path) -> None:
    """Let the restored site write to the target that it came from."""
    settings = structs.replace(lost.settings, data=data, owner_url=database.owner_dsn, epoch=2)
    vault = Vault.open(data, clock=lambda: NOON)
    assert await asyncio.to_thread(Backing(settings, vault, to).bring_up_to_date) == 1


async def rows_in(database: Database) -> int:
    owner = await connect(database.owner_dsn)
    try:
        return int(await owner.fetchval("SELECT count(*) FROM journal"))
    finally:
        await owner.close()
