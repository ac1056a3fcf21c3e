"""``make simulate SEEDS=200``: many worlds, one line for each, and the shortest that fails."""

import argparse
import asyncio
import functools
import sys
import time

import structlog

from standfast.replication import kept, shelf
from tests.simulation.faults import FAULTS, found_by
from tests.simulation.invariants import Broken
from tests.simulation.world import STEPS, run


def main() -> int:
    """Run what was asked; return 1 where anything does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=60, help="how many worlds")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--faults", action="store_true", help="plant each fault and find it")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    remember_cards()
    began = time.monotonic()
    failed = plant() if asked.faults else play(asked.first, asked.seeds, asked.steps)
    print(f"{time.monotonic() - began:.0f} s")  # noqa: T201 - it is what was asked for
    return 1 if failed else 0


def play(first: int, seeds: int, steps: int) -> int:
    """Run *seeds* worlds; return how many did not hold."""
    failed = 0
    rows = done = 0
    for seed in range(first, first + seeds):
        try:
            covered = asyncio.run(run(seed, steps=steps))
        except Broken as broken:
            failed += 1
            short, how = shortest(seed, broken, steps)
            print(f"seed {seed}: DOES NOT HOLD after {short} steps: {how}")  # noqa: T201
        else:
            rows, done = rows + covered.rows, done + covered.steps
            print(covered.line())  # noqa: T201
    print(f"{seeds} worlds, {done} steps, {rows} rows; {failed} do not hold")  # noqa: T201
    return failed


def shortest(seed: int, broken: Broken, steps: int) -> tuple[int, Broken]:
    """Return the shortest beginning of a world, mended at its end, that fails."""
    low, high, how = 0, steps, broken
    while low < high:
        middle = (low + high) // 2
        try:
            asyncio.run(run(seed, steps=middle))
            low = middle + 1
        except Broken as earlier:
            high, how = middle, earlier
    return high, how


def plant() -> int:
    """Plant each fault; return how many no invariant found."""
    missed = 0
    for name in FAULTS:
        found = found_by(name)
        missed += found is None
        how = "NOT FOUND" if found is None else f"seed {found[0]}, {found[1]}"
        print(f"{name:32} {how}")  # noqa: T201
    return missed


def remember_cards() -> None:
    """Read each card once: it is pure, and a world looks at few."""
    for module in (shelf, kept):
        module.read_card = functools.cache(module.read_card)  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
