"""``python -m tools.fhir_conformance [--each N]``: what two validators not ours say of our FHIR.

Every kind of message that we write and every example that we take on goes before Lantana's and
Medplum's validators, with the UK Core profiles where they are at hand. Then a referral that is
right is spoilt in one thing at a time, and it is counted who notices: our own rules, which stand
at the door at run time, Lantana's, Medplum's, or nobody.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from standfast.interop.outcome import TurnedAway
from standfast.interop.receiving import understand
from standfast.interop.writing import Format
from tests.conformance.messages import made, taken
from tests.conformance.mutants import LEFT_OUT, mutants
from tests.conformance.validators import PROFILES, Verdict, judged
from tests.interop.examples import JSON

OURS: Final = "ours"
EITHER: Final = "Lantana or Medplum"
ANY: Final = "any"
COLUMNS: Final = (OURS, "Lantana", "Medplum", EITHER, ANY)


class Score(Struct, frozen=True):
    """Of so many mutants of one way, how many each noticed."""

    mutants: int
    noticed: Mapping[str, int]

    def share(self, who: str) -> float:
        """Return the part that *who* noticed, from 0 to 1."""
        return self.noticed[who] / self.mutants


def faults() -> dict[str, Verdict]:
    """Return what the validators have against what we write or take on; empty: nothing."""
    said = judged(made() | taken())
    return {name: each for name, each in said.items() if each.lantana or each.medplum}


def scores(*, each: int) -> dict[str, Score]:
    """Return, for each way of spoiling a referral, who noticed how much of it."""
    spoilt = {
        f"{number} {way}": (way, message)
        for number, (way, _path, message) in enumerate(mutants(json.loads(JSON), each=each))
    }
    said = judged({name: message for name, (_way, message) in spoilt.items()})
    counts: Counter[str] = Counter()
    noticed: dict[str, Counter[str]] = defaultdict(Counter)
    for name, (way, message) in spoilt.items():
        counts[way] += 1
        by = _noticed_by(message, said[name])
        noticed[way].update(who for who, did in by.items() if did)
    return {way: Score(count, noticed[way]) for way, count in counts.items()}


def total(found: Mapping[str, Score]) -> Score:
    """Return the score over every way whose mutants are all wrong."""
    wrong = [score for way, score in found.items() if way != LEFT_OUT]
    noticed: Counter[str] = Counter()
    for score in wrong:
        noticed.update(score.noticed)
    return Score(sum(score.mutants for score in wrong), noticed)


def _noticed_by(message: Any, verdict: Verdict) -> dict[str, bool]:
    ours = _is_refused(message)
    lantana, medplum = bool(verdict.lantana), bool(verdict.medplum)
    return {
        OURS: ours,
        "Lantana": lantana,
        "Medplum": medplum,
        EITHER: lantana or medplum,
        ANY: ours or lantana or medplum,
    }


def _is_refused(message: Any) -> bool:
    try:
        understand(json.dumps(message).encode(), Format.JSON)
    except TurnedAway:
        return True
    return False


def _line(name: str, score: Score) -> str:
    shares = "".join(f"{score.share(who):>20.1%}" for who in COLUMNS)
    return f"{name:<28}{score.mutants:>8}{shares}"


def main() -> int:
    """Print what is wrong, and the score; return 1 if anything that we write is."""
    words = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    words.add_argument("--each", type=int, default=1, help="only every N-th place")
    each = words.parse_args().each
    print(f"UK Core: {PROFILES if PROFILES.is_dir() else 'not here; FHIR R4 alone'}")
    wrong = faults()
    print(f"{len(made())} messages written, {len(taken())} taken on, {len(wrong)} at fault")
    for name, verdict in wrong.items():
        print(name, *verdict.lantana, *verdict.medplum, sep="\n    ")
    found = scores(each=each)
    print(f"\n{'Spoilt':<28}{'mutants':>8}" + "".join(f"{who:>20}" for who in COLUMNS))
    for way, score in found.items():
        print(_line(way, score))
    print(_line("all but what is left out", total(found)))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
