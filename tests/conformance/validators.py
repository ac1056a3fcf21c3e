"""Asks the two validators that are not ours, in one run of node for all that is asked."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from tests.support.npm import install

HERE: Final = Path(__file__).parent
PROFILES: Final = HERE.parents[2] / "shared/records/data/ukcore-r4/structuredefinitions"
"""UK Core as HL7 UK publishes it. Not ours to keep: where it is absent, FHIR R4 alone is asked."""

LONGEST: Final = 240
"""Seconds for one run, on a machine that does much else."""


class Verdict(Struct, frozen=True):
    """What each validator has against one message."""

    lantana: tuple[str, ...]
    medplum: tuple[str, ...]


class _Answer(Struct, frozen=True):
    profiles: int
    found: dict[str, Verdict]


def judged(messages: Mapping[str, bytes | dict[str, Any]]) -> dict[str, Verdict]:
    """Return what is wrong with each of *messages*, which are XML as bytes or JSON as values."""
    asked = {
        "profiles": str(PROFILES) if PROFILES.is_dir() else "",
        "messages": [
            {"id": name, "xml": said.decode()}
            if isinstance(said, bytes)
            else {"id": name, "json": said}
            for name, said in messages.items()
        ],
    }
    install(HERE)
    done = subprocess.run(
        ["node", "validate.mjs"],
        check=True,
        cwd=HERE,
        input=msgspec.json.encode(asked),
        stdout=subprocess.PIPE,
        timeout=LONGEST,
    )
    answer = msgspec.json.decode(done.stdout, type=_Answer)
    assert set(answer.found) == set(messages)
    assert answer.profiles or not asked["profiles"]
    return answer.found
