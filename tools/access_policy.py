"""Writes ``docs/access-policy.md``: who may open what, from the one decision function."""

from collections.abc import Iterator

from standfast.access.asking import Act, Answer, Asked, Relationship
from standfast.access.lasting import grounds
from standfast.access.policy import RULES, decide
from standfast.kernel.access import Assurance, Purpose, Sensitivity

INTRODUCTION = """# Who may open which record

<!-- Made by `python -m tools.generate` from `src/standfast/access/policy.py` and
`src/standfast/access/relationships.toml`. Do not edit. -->

One function decides, by role, relationship, organisation, how guarded the record is, purpose,
how sure we are of who asks, shift, whether the site is cut off, and what is wanted. Everything
that is not allowed is refused. `tests/access/test_policy_exhaustive.py` goes through every
combination and says what must hold in all of them.

The cells: **reads**, **works** (reads and writes), **prescribes** besides; *glass*: a reason
opens it for 30 minutes; *proof*: after a fresh proof of who it is,
which the page asks for by itself; a dash: refused. A glass that was broken with a proof, as every one
in earnest is, needs no second: *works, proof* stands there for the demonstration's and for a record
that the reason was not given for.
Shown for somebody who signed in properly, is on shift, and whose organisation has the record.
"""

_SHOWN = {
    Relationship.NONE: "nothing to do with them",
    Relationship.PAST: "had, in the past",
    Relationship.BROKEN_GLASS: "broke the glass",
    Relationship.LIVE: "their organisation has",
    Relationship.PERSONAL: "they themselves have",
}


def table() -> str:
    """Return the document."""
    return "\n".join([INTRODUCTION, *_decisions(), *_entering(), *_grounds()]) + "\n"


def _decisions() -> Iterator[str]:
    for sensitivity in Sensitivity:
        yield f"## {sensitivity.name.replace('_', ' ').capitalize()}"
        yield ""
        yield "| Role | " + " | ".join(_SHOWN.values()) + " |"
        yield "|---|" + "---|" * len(_SHOWN)
        for role in RULES:
            cells = [_cell(role, relationship, sensitivity) for relationship in _SHOWN]
            yield f"| {role.replace('_', ' ')} | " + " | ".join(cells) + " |"
        yield ""


def _cell(role: str, relationship: Relationship, sensitivity: Sensitivity) -> str:
    records = (Act.READ, Act.WRITE, Act.PRESCRIBE)
    best = {act: _best(role, relationship, sensitivity, act) for act in records}
    reading = best[Act.READ]
    if reading is Answer.REFUSE:
        return "—"
    if reading is Answer.BREAK_GLASS:
        return "glass"
    proof = ", proof" if reading is Answer.STEP_UP else ""
    allowed = [act for act in records if best[act] in (Answer.ALLOW, Answer.STEP_UP)]
    words = {
        Act.READ: "**reads**",
        Act.WRITE: "**works**",
        Act.PRESCRIBE: "**works, prescribes**",
    }
    return words[allowed[-1]] + proof


def _entering() -> Iterator[str]:
    """Yield who is told how to get into a home of a normal record."""
    yield "## How to get into the home"
    yield ""
    yield "Of a case, referral or incident that is open: one that has ended counts as past at once."
    yield ""
    yield "| Role | " + " | ".join(_SHOWN.values()) + " |"
    yield "|---|" + "---|" * len(_SHOWN)
    says = {
        Answer.REFUSE: "—",
        Answer.BREAK_GLASS: "glass",
        Answer.STEP_UP: "**told**, proof",
        Answer.ALLOW: "**told**",
    }
    for role in RULES:
        best = [_best(role, each, Sensitivity.NORMAL, Act.ENTER) for each in _SHOWN]
        cells = " | ".join(says[each] for each in best)
        yield f"| {role.replace('_', ' ')} | {cells} |"
    yield ""


def _best(role: str, relationship: Relationship, sensitivity: Sensitivity, act: Act) -> Answer:
    return max(
        decide(
            Asked(
                role=role,
                relationship=relationship,
                same_organisation=True,
                sensitivity=sensitivity,
                purpose=purpose,
                assurance=Assurance.PRESENT,
                act=act,
            )
        ).answer
        for purpose in Purpose
    )


def _grounds() -> Iterator[str]:
    yield "## What makes a relationship, and how long it outlasts the work"
    yield ""
    yield "| From | The record says | Hours after | Why so long |"
    yield "|---|---|---|---|"
    for name, each in grounds().items():
        yield f"| {name} | {each.says} | {each.hours_after} | {each.reason} |"
