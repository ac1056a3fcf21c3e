"""The safety case and the hand-over to deployers, made from the hazards.

``python -m tools.safety_case --results report.xml`` writes the case with what became of each
test in that run to ``dist/safety-case.md``, for the evidence of a release.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tools.facts import ROOT
from tools.hazards import Control, Hazard, hazards
from tools.results import WORDS, Outcome, Run

MADE: Final = "<!-- Made by `python -m tools.generate` from safety/hazards/. Do not edit. -->"

WITH_RESULTS: Final = ROOT / "dist" / "safety-case.md"

_CLAIM: Final = """\
**The claim.** Standfast may be tried, shown and trained with, on invented people, as
[intended use](../INTENDED_USE.md) says. **It is not claimed to be safe for the care of anybody.**
That claim is a manufacturer's and a deployer's to make, after a Clinical Safety Officer has
reviewed every hazard; none has.

**The argument.** Each hazard that we know of is named, with what stands between its causes and a
patient. What the program gives, a test proves; what people must give is handed over
([to deployers](handover-0160.md)); what is missing is said, with the issue that will bring it.

**The evidence** is the tests named below. Each exists and names the code it is about: the build
fails otherwise. They run in every build."""


def case(run: Run | None = None) -> str:
    """Return the safety case: claim, argument, evidence. With *run*, what became of each test."""
    found = [hazard for _, hazard in hazards()]
    lines = ["# Safety case", "", MADE, "", _CLAIM, "", *_counts(found)]
    if run is not None:
        lines += ["", *_of_a_run(found, run)]
    for hazard in found:
        lines += ["", *_argued(hazard, run)]
    lines += [
        "",
        "## What is not argued",
        "",
        "- That the severities and likelihoods are right: they are an engineer's proposals.",
        "- That there are no other hazards. Whoever finds one: [how to tell us](incidents.md).",
        "- That a control which people must give is given anywhere.",
        "- That the program is safe together with what it is connected to: nothing is, yet.",
    ]
    return "\n".join(lines) + "\n"


def handover() -> str:
    """Return what deployers and trainers must carry into their own log under DCB0160."""
    lines = [
        "# Hand-over to deployers (DCB0160)",
        "",
        MADE,
        "",
        "What the program cannot give. An organisation that uses Standfast carries each line into",
        "its own hazard log, says who sees to it and how it knows, and adds hazards of its own.",
        "Nothing here has been reviewed by a Clinical Safety Officer.",
        "",
        "Each hazard's residual risk and what it still awaits come with it: see",
        "[the hazard log](hazard-log.md) and [intended use](../INTENDED_USE.md).",
    ]
    for kind, title in (("deployer", "For the organisation"), ("train", "For training")):
        lines += ["", f"## {title}", "", "| Hazard | | Must be seen to | By whom here |"]
        lines += ["|---|---|---|---|"]
        lines += [
            f"| [{hazard.id}](hazard-log.md#{hazard.id.lower()}) | {hazard.hazard} "
            f"| {control.text} | |"
            for hazard, control in _by_people(kind)
        ]
    lines += [
        "",
        "## What remains of each hazard",
        "",
        "| | Residual | Awaits |",
        "|---|---|---|",
    ]
    lines += [
        f"| {hazard.id} | {hazard.residual} | {hazard.awaits or '—'} |"
        for _, hazard in hazards()
    ]
    return "\n".join(lines) + "\n"


def evidence(hazard: Hazard) -> tuple[Control, ...]:
    """Return the controls of *hazard* that the program gives, each with its test."""
    return tuple(control for control in hazard.controls if control.kind == "design")


def _by_people(kind: str) -> Iterator[tuple[Hazard, Control]]:
    for _, hazard in hazards():
        for control in hazard.controls:
            if control.kind == kind:
                yield hazard, control


def _counts(found: list[Hazard]) -> list[str]:
    ours = [control for hazard in found for control in evidence(hazard)]
    awaiting = [hazard.id for hazard in found if hazard.awaits]
    return [
        f"{len(found)} hazards: {len(ours)} controls of the program,",
        f"proved by {len({each.test for each in ours})} tests;",
        f"{len(list(_by_people('deployer')))} that deployers give,",
        f"{len(list(_by_people('train')))} that training gives.",
        "Not yet wholly controlled, each with what it awaits: "
        + (", ".join(awaiting) or "none")
        + ".",
    ]


def _of_a_run(found: list[Hazard], run: Run) -> list[str]:
    counted = dict.fromkeys(Outcome, 0)
    for test in {control.test for hazard in found for control in evidence(hazard)}:
        counted[run[test]] += 1
    said = ", ".join(f"{counted[outcome]} {words}" for outcome, words in WORDS.items())
    return [f"**The run of {run.began or 'unknown time'}:** {said}."]


def _argued(hazard: Hazard, run: Run | None) -> Iterator[str]:
    yield f"## {hazard.id}: {hazard.hazard}"
    yield ""
    within = "in part only: see what it awaits" if hazard.awaits else "as far as stated below"
    yield f"*Claim.* Controlled {within}. Risk before controls {hazard.risk} of 5."
    yield ""
    for control in evidence(hazard):
        path, _, name = control.test.partition("::")
        became = f": {WORDS[run[control.test]]}" if run is not None else ""
        yield f"- {control.text}. *Evidence:* [`{name}`](../{path}){became}"
    for control in hazard.controls:
        if control.kind != "design":
            yield f"- {control.text}. *Given by people:* {control.kind}"
    yield ""
    yield f"*What remains.* {hazard.residual}"
    if hazard.awaits:
        yield ""
        yield f"*Awaits* {hazard.awaits}."


def main() -> None:
    """Write the safety case with the results of a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True, help="pytest's JUnit report")
    parser.add_argument("--to", type=Path, default=WITH_RESULTS)
    asked = parser.parse_args()
    asked.to.parent.mkdir(parents=True, exist_ok=True)
    asked.to.write_text(case(Run(asked.results)), encoding="utf-8")
    print(asked.to)


if __name__ == "__main__":
    main()
