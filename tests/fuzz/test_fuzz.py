"""The short of it: every seed, every seed damaged, and bytes of Hypothesis; seconds in all."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS

SEEDS: Final = Path(__file__).parent / "seeds"
ROOT: Final = SEEDS.parent.parent.parent


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_is_read_or_refused(name: str) -> None:
    seeds = sorted((SEEDS / name).iterdir())
    assert seeds, "it has no seed to grow from"
    for seed in seeds:
        TARGETS[name](seed.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_seed_that_is_damaged_is_read_or_refused(name: str, data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(sorted((SEEDS / name).iterdir()))).read_bytes()
    start = data.draw(st.integers(0, len(whole)))
    end = start + data.draw(st.integers(0, 30))
    TARGETS[name](whole[:start] + data.draw(st.binary(max_size=20)) + whole[end:])


@pytest.mark.slow
def test_the_fuzzer_itself_runs_and_finds_nothing_in_a_second() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tools.fuzz", "--seconds", "1", "json", "address"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "nothing broke" in ended.stdout
