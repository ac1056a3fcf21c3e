"""Chance that can be repeated: the same seed and topic always fall the same way."""

from collections.abc import Iterator
from random import Random

from standfast.kernel.ids import child_id
from standfast.kernel.values import valid_nhs_number


def dice(seed: int, topic: str) -> Random:
    """Return the dice for *topic*, so that a change to one leaves the others as they were."""
    return Random(f"harrowmere/{seed}/{topic}")  # noqa: S311 -- invented people, no secrets


def stable_id(name: str) -> str:
    """Return the id of the thing called *name*, the same in every demonstration."""
    return child_id("harrowmere", name)


def nhs_numbers(random: Random, taken: frozenset[str]) -> Iterator[str]:
    """Yield unused NHS numbers from 999, the range that is never issued to anybody."""
    for middle in random.sample(range(1_000_000), 20_000):
        stem = f"999{middle:06}"
        for check in "0123456789":
            if valid_nhs_number(stem + check) and stem + check not in taken:
                yield stem + check


def drama_numbers(random: Random, prefix: str, taken: frozenset[str]) -> Iterator[str]:
    """Yield unused numbers below *prefix* and three digits, of which the last hundred are kept.

    Ofcom keeps 07700 900xxx and 01632 960xxx for drama. Our services have those from 900.
    """
    for last in random.sample(range(900), 900):
        number = f"{prefix}{last:03}"
        if number not in taken:
            yield number
