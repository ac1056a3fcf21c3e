"""Three sites: any order, repeats, lies, forks and cuts end in the same rows, or are named."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from standfast.journal.entries import Entry
from standfast.replication.proving import Why, Wrong
from standfast.replication.pulling import LONGEST_PAUSE
from tests.replication.world import World, Writes, again, card_of, key_of

pytestmark = pytest.mark.anyio
SITES = ("hub", "harrowmere", "whitby")


def alike(world: World) -> bool:
    first, *others = (shelf.folded() for shelf in world.shelves.values())
    return all(other == first for other in others)


async def test_every_site_gets_every_row_and_says_what_it_holds() -> None:
    world = World(*SITES)
    world.writes["harrowmere"].write(3)
    world.writes["harrowmere"].write(20)
    await world.settle()

    assert alike(world)
    assert world.holds("whitby", "harrowmere") == 25
    said = world.couriers["whitby", "harrowmere"].said_held
    assert said["harrowmere.1.0"] == (25, world.writes["harrowmere"].rows[-1].hash)


async def test_the_hub_gone_sites_go_on_between_themselves() -> None:
    world = World(*SITES)
    for pair, courier in world.couriers.items():
        courier.down = "hub" in pair
    world.writes["harrowmere"].write(5)
    await world.settle()

    assert world.holds("whitby", "harrowmere") == 7
    assert world.shelves["whitby"].trouble == {"hub": "it does not answer"}


async def test_a_site_that_came_back_is_brought_up_by_whoever_is_there() -> None:
    world = World(*SITES)
    world.writes["harrowmere"].write(9)
    await world.round("hub", "harrowmere")
    for pair, courier in world.couriers.items():
        courier.down = "harrowmere" in pair
    await world.settle()

    assert world.holds("whitby", "harrowmere") == 11


def lying(rows: list[Entry]) -> Sequence[Entry]:
    return [replace(row, body=b"forged") if row.seq == 4 else row for row in rows]


async def test_a_peer_that_lies_is_stopped_and_named_and_an_honest_one_completes_it() -> None:
    world = World(*SITES)
    world.writes["harrowmere"].write(9)
    await world.settle()
    world.writes["harrowmere"].write(9)
    await world.round("hub", "harrowmere")
    whitby = world.shelves["whitby"]
    del whitby.rows["harrowmere.1.0"]
    world.couriers["whitby", "hub"].lie = lying
    await world.round("whitby", "hub")

    assert whitby.wrong == [("hub", Wrong("harrowmere.1.0", 4, Why.CHANGED))]
    assert world.holds("whitby", "harrowmere") == 0
    calls = world.couriers["whitby", "hub"].calls
    await world.round("whitby", "harrowmere")
    assert world.holds("whitby", "harrowmere") == 20
    world.writes["hub"].write(1)
    await world.round("whitby", "hub")
    assert world.holds("whitby", "hub") == 3  # of its own it may go on
    assert len(whitby.wrong) == 1
    assert world.couriers["whitby", "hub"].calls == calls + 1


async def test_whoever_is_stopped_is_not_asked_the_same_again_and_again() -> None:
    world = World(*SITES)
    world.writes["harrowmere"].write(9)
    await world.round("hub", "harrowmere")
    courier = world.couriers["whitby", "hub"]
    courier.lie = lying
    await world.round("whitby", "hub")
    heads: list[object] = []
    asked = courier.heads

    async def noted(known: object, wait: float) -> object:
        heads.extend(answer := await asked(known, wait))  # type: ignore[arg-type]
        return answer

    courier.heads = noted  # type: ignore[method-assign, assignment]
    await world.round("whitby", "hub")
    assert heads == []


async def test_two_histories_of_one_site_are_kept_and_nothing_more_is_taken_of_it() -> None:
    world = World(*SITES)
    await world.settle()
    common = list(world.writes["harrowmere"].rows)
    other = Writes("harrowmere.1.0", "harrowmere-care", key_of("harrowmere"))
    other.rows = list(common)
    other.write(1, stream="calls.case/another", at=world.clock.now())
    world.shelves["hub"].rows["harrowmere.1.0"] = other.rows
    world.writes["harrowmere"].write(2)
    await world.round("whitby", "harrowmere")
    other.write(4, at=world.clock.now())
    await world.round("whitby", "hub")

    (fork,) = world.shelves["whitby"].forks
    assert (fork.origin, fork.seq, fork.peer) == ("harrowmere.1.0", 4, "hub")
    assert fork.ours.hash == world.writes["harrowmere"].rows[3].hash
    assert fork.theirs[0].seq == 4
    world.writes["harrowmere"].write(1)
    await world.settle(1)
    assert world.holds("whitby", "harrowmere") == 4
    assert world.shelves["whitby"].wrong == []


async def test_a_fork_that_is_only_claimed_stops_whoever_claims_it() -> None:
    world = World(*SITES)
    await world.settle()
    true = world.writes["harrowmere"].write(1)
    rows = [*world.writes["harrowmere"].rows[:2], *true]
    world.shelves["hub"].rows["harrowmere.1.0"] = again(
        [rows[0], replace(rows[1], body=b"another"), rows[2]], key_of("thief")
    )
    await world.round("whitby", "hub")

    whitby = world.shelves["whitby"]
    assert whitby.forks == []
    assert [(peer, wrong.why) for peer, wrong in whitby.wrong] == [("hub", Why.BROKEN_LINK)]


async def test_a_clock_that_is_ahead_is_waited_for_and_nobody_is_stopped() -> None:
    world = World(*SITES)
    await world.settle()
    world.writes["harrowmere"].write(1, at=world.clock.now() + timedelta(minutes=30))
    await world.round("whitby", "harrowmere")
    whitby = world.shelves["whitby"]

    assert world.holds("whitby", "harrowmere") == 2
    assert whitby.wrong == []
    await world.clock.sleep(31 * 60)
    await world.round("whitby", "harrowmere")
    assert world.holds("whitby", "harrowmere") == 3


async def test_a_clock_that_stays_ahead_for_an_hour_is_named() -> None:
    world = World(*SITES)
    world.writes["harrowmere"].write(1, at=world.clock.now() + timedelta(days=1))
    for _ in range(3):
        await world.round("whitby", "harrowmere")
        await world.clock.sleep(40 * 60)

    whitby = world.shelves["whitby"]
    assert {(peer, wrong.why) for peer, wrong in whitby.wrong} == {("harrowmere", Why.AHEAD)}


async def test_nothing_from_a_cut_on_is_taken_whoever_serves_it() -> None:
    world = World(*SITES)
    world.writes["harrowmere"].write(3)
    world.writes["harrowmere"].write(3)
    await world.settle()
    whitby = world.shelves["whitby"]
    del whitby.rows["harrowmere.1.0"]
    whitby.cuts["harrowmere"] = 6
    await world.settle()

    assert world.holds("whitby", "harrowmere") == 5
    whitby.cuts.clear()
    await world.settle()
    assert world.holds("whitby", "harrowmere") == 8


async def test_a_site_whose_card_nobody_accepted_is_taken_from_nobody() -> None:
    world = World(*SITES)
    del world.shelves["whitby"].peers["harrowmere"]
    await world.settle()

    assert world.holds("whitby", "harrowmere") == 0
    assert world.holds("whitby", "hub") == 2


async def test_a_peer_that_is_down_is_left_for_longer_each_time_and_asked_soon_again() -> None:
    world = World(*SITES)
    courier = world.couriers["whitby", "hub"]
    courier.down = True
    pauses = [await world.round("whitby", "hub") for _ in range(12)]

    assert pauses[:4] == pytest.approx([0.2, 0.4, 0.8, 1.6])
    assert pauses[-1] == LONGEST_PAUSE
    courier.down = False
    assert await world.round("whitby", "hub") == 0.0
    courier.down = True
    assert await world.round("whitby", "hub") == pytest.approx(0.2)


async def test_a_peer_that_promises_rows_and_sends_none_is_left_alone_for_a_while() -> None:
    world = World(*SITES)
    world.couriers["whitby", "hub"].lie = lambda _: []

    assert await world.round("whitby", "hub") > 0
    assert world.shelves["whitby"].trouble["hub"] == "it promised rows and sent none"


async def test_rows_of_our_own_epoch_that_others_have_and_we_have_not_are_told() -> None:
    world = World(*SITES)
    world.writes["harrowmere"].write(3)
    await world.settle()
    kept = world.writes["harrowmere"].rows[:2]
    world.shelves["harrowmere"].rows["harrowmere.1.0"] = kept
    await world.settle(1)

    named = {wrong for _, wrong in world.shelves["harrowmere"].wrong}
    assert named == {Wrong("harrowmere.1.0", 5, Why.SET_BACK)}
    assert len(kept) == 2


async def test_a_restored_site_gets_the_rows_of_its_old_epoch_back() -> None:
    world = World(*SITES)
    world.writes["harrowmere"].write(3)
    await world.settle()
    restored = world.shelves["harrowmere"]
    restored.rows.clear()
    restored.own = card_of("harrowmere", epoch=2, number=2)
    await world.settle(1)

    assert world.holds("harrowmere", "harrowmere") == 5
    assert restored.wrong == []


@settings(max_examples=40, deadline=None)
@given(st.data())
async def test_any_order_of_writing_and_asking_ends_the_same(data: st.DataObject) -> None:
    world = World(*SITES)
    pairs = sorted(world.pullers)
    for courier in world.couriers.values():
        courier.page_rows = data.draw(st.integers(1, 5))
    for _ in range(data.draw(st.integers(0, 12))):
        name = data.draw(st.sampled_from(SITES))
        world.writes[name].write(data.draw(st.integers(1, 4)))
        pair = data.draw(st.sampled_from(pairs))
        world.couriers[pair].down = data.draw(st.booleans())
        await world.round(*pair)
    for courier in world.couriers.values():
        courier.down = False
    await world.settle()

    assert alike(world)
    assert all(shelf.wrong == [] and shelf.forks == [] for shelf in world.shelves.values())


@settings(max_examples=40, deadline=None)
@given(st.data())
async def test_no_lie_of_one_site_changes_what_honest_sites_hold(data: st.DataObject) -> None:
    """The hub forges, replays, reorders and leaves out; the others still end alike."""
    world = World(*SITES)
    for name in ("harrowmere", "whitby"):
        courier = world.couriers[name, "hub"]
        courier.lie = data.draw(st.sampled_from(_LIES))
    for _ in range(data.draw(st.integers(1, 8))):
        world.writes[data.draw(st.sampled_from(SITES[1:]))].write(2)
        await world.round(*data.draw(st.sampled_from(sorted(world.pullers))))
    await world.settle()

    for name in ("harrowmere", "whitby"):
        for site in ("harrowmere", "whitby"):
            rows = world.shelves[name].rows[f"{site}.1.0"]
            assert rows == world.writes[site].rows
        assert {peer for peer, _ in world.shelves[name].wrong} <= {"hub"}


_LIES = [
    lying,
    lambda rows: list(reversed(rows)),
    lambda rows: rows[1:],
    lambda rows: [*rows, *rows],
    lambda rows: [replace(row, sig=None) for row in rows],
    lambda rows: [replace(row, org="hub-care") for row in rows],
    lambda rows: again(rows, key_of("hub")) if rows and rows[0].seq == 1 else rows[1:],
    lambda rows: [replace(row, hlc=row.hlc + 1) for row in rows],
]
