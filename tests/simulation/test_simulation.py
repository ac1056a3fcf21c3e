"""A few worlds at each run of the tests, and every planted fault; ``make simulate`` runs many."""

import asyncio
from collections.abc import Iterator

import pytest
import structlog

from tests.simulation.__main__ import play, remember_cards
from tests.simulation.faults import FAULTS, found_by
from tests.simulation.world import Covered, run

SEEDS = range(20, 27)


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    """Leave out what the product writes to its log of every lie."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    remember_cards()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="module")
def worlds() -> list[Covered]:
    return [asyncio.run(run(seed)) for seed in SEEDS]


def test_all_holds_in_worlds_in_which_much_has_happened(worlds: list[Covered]) -> None:
    did = sum((world.did for world in worlds), start=type(worlds[0].did)())
    for what in ("work", "pull", "pull_two", "partition", "went down", "no room"):
        assert did[what] >= 10, (what, did)
    for what in ("skew", "lie", "wipe", "cut", "restore"):
        assert did[what] >= 5, (what, did)
    assert sum(world.rows for world in worlds) > 500
    assert any(world.hostile for world in worlds)
    assert not all(world.hostile for world in worlds)


def test_a_seed_is_one_world(worlds: list[Covered]) -> None:
    assert asyncio.run(run(SEEDS[0])) == worlds[0]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str) -> None:
    assert found_by(fault) is not None


def test_what_fails_is_told_by_its_shortest_beginning(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("standfast.replication.proving._unfit", lambda *_: None)
    monkeypatch.setattr("standfast.replication.proving._broken", lambda *_: None)
    assert play(1, 12, 220) > 0
    assert "DOES NOT HOLD after" in capsys.readouterr().out
