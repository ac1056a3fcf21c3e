"""Of all that speaks for somebody opening a record, the best: what they have to do with it. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from standfast.access.asking import Act, Answer, Asked, Decision, Relationship, Why
from standfast.access.lasting import lasting
from standfast.access.policy import RULES, decide
from standfast.access.queries import Glass
from standfast.access.rows import RelationshipRow
from standfast.kernel.access import Assurance, Purpose, Sensitivity
from standfast.web.rendering import local_time


class Viewer(Struct, frozen=True, kw_only=True):
    """Who wants to see something, as far as it matters."""

    staff_id: str
    roles: tuple[str, ...]
    assurance: Assurance
    offline: bool = False
    on_shift: bool = True


class Ground(Struct, frozen=True, kw_only=True):
    """One thing that speaks for it, in words for the person who looks."""

    relationship: Relationship
    basis: str
    says: str
    glass_id: str = ""
    reference: str = ""
    proof_id: str = ""
    """The fresh proof that was given with the reason, if it was for this record."""
    reads_only: bool = False
    """It speaks for reading, and for nothing else."""


class Weighed(Struct, frozen=True, kw_only=True):
    """What was decided, on which ground and for which purpose."""

    decision: Decision
    ground: Ground
    purpose: Purpose


NOTHING: Ground = Ground(relationship=Relationship.NONE, basis="", says="")


def grounds_of(
    viewer: Viewer,
    ties: Sequence[RelationshipRow],
    glasses: Sequence[Glass],
    now: datetime,
    *,
    case_id: str = "",
) -> Iterable[Ground]:
    """Yield all that speaks for *viewer*, the strongest first.

    A case is one's own work only if one works on that case: another of the same person is not.
    """
    live = [tie for tie in ties if tie.until is None or tie.until > now]
    own = [tie for tie in live if viewer.staff_id in tie.staff and case_id in ("", tie.case_id)]
    for tie in sorted(own, key=_is_over):
        yield _tie(tie, Relationship.PERSONAL)
    yield from _read_on(viewer, live, now, case_id)
    for tie in sorted(live, key=_is_over):
        yield _tie(tie, Relationship.LIVE)
    for glass in glasses:
        yield Ground(
            relationship=Relationship.BROKEN_GLASS,
            basis="glass",
            says=f"you gave a reason: {glass.reason}",
            glass_id=glass.review_id,
            proof_id=glass.proof_id,
        )
    if ties:
        yield Ground(
            relationship=Relationship.PAST,
            basis="oversight",
            says="your role looks after your organisation's records",
        )
    yield Ground(
        relationship=Relationship.NONE,
        basis="oversight",
        says="your role looks after your organisation's records",
    )


def weigh(
    viewer: Viewer, grounds: Iterable[Ground], sensitivity: Sensitivity, act: Act
) -> Weighed:
    """Return the best decision that one of *grounds* and one of the role's purposes gives."""
    refused = Decision(Answer.REFUSE, Why.ROLE)
    nothing = Weighed(decision=refused, ground=NOTHING, purpose=Purpose.ADMINISTRATION)
    weighed = [
        Weighed(
            decision=decide(
                Asked(
                    role=role,
                    relationship=ground.relationship,
                    same_organisation=True,  # every query here is for one organisation
                    sensitivity=sensitivity,
                    purpose=purpose,
                    assurance=Assurance.FRESH if ground.proof_id else viewer.assurance,
                    act=act,
                    on_shift=viewer.on_shift,
                    offline=viewer.offline,
                )
            ),
            ground=ground,
            purpose=purpose,
        )
        for ground in grounds
        if act is Act.READ or not ground.reads_only
        for role in viewer.roles
        if role in RULES
        for purpose in RULES[role].purposes
    ]
    return max(weighed, key=lambda each: each.decision.answer, default=nothing)


def _read_on(
    viewer: Viewer, live: Sequence[RelationshipRow], now: datetime, case_id: str
) -> Iterable[Ground]:
    """Yield what lets somebody who handed a case over read it on until the end of their shift."""
    for tie in live:
        on = [
            each.reads_until
            for each in tie.leavers
            if each.staff_id == viewer.staff_id
            and each.reads_until is not None
            and each.reads_until > now
        ]
        if on and case_id in ("", tie.case_id):
            until = local_time(max(on))
            yield Ground(
                relationship=Relationship.PERSONAL,
                basis=tie.basis,
                says=f"you handed {tie.reference} over, and read it on until {until}",
                reference=tie.reference,
                reads_only=True,
            )


def _is_over(tie: RelationshipRow) -> bool:
    return tie.ended_at is not None


def _tie(tie: RelationshipRow, relationship: Relationship) -> Ground:
    words = lasting(tie.basis)
    says = words.said if tie.ended_at else words.says
    return Ground(
        relationship=relationship,
        basis=tie.basis,
        says=says.format(reference=tie.reference),
        reference=tie.reference,
    )
