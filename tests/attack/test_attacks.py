"""Every attack, as a test: nothing gets through."""

from collections.abc import Callable

import pytest

from tests.attack.ground import make_ground
from tests.attack.registry import Attack, Ground, attacks
from tests.support.database import Database, Databases
from tests.support.node import Node

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ATTACKS = attacks()


@pytest.fixture
def ground(
    postgres: Databases,
    database_factory: Callable[..., Database],
    attacked_node: Callable[[], Node],
) -> Ground:
    """Lay out what one attack finds."""
    return Ground(postgres, database_factory(make_ground), attacked_node)


@pytest.mark.parametrize("each", ATTACKS, ids=lambda each: f"{each.kind}: {each.name}")
async def test_nothing_gets_through(each: Attack, ground: Ground) -> None:
    outcome = await each.attempt(ground)

    assert outcome.held, outcome.words


def test_no_two_attacks_have_one_name() -> None:
    names = [(each.kind, each.name) for each in ATTACKS]

    assert sorted(set(names)) == sorted(names)
