"""Who may do what with which record: the one place where it is decided. Pure.

Everything is denied that is not allowed below. The table in ``docs/access-policy.md`` is made
from here, and a test goes through every combination there is.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from standfast.access.asking import Act, Answer, Asked, Decision, Relationship, Why
from standfast.kernel.access import Assurance, Purpose, Sensitivity


class Rule(Struct, frozen=True, kw_only=True):
    """What a role may do, for which purposes, and how guarded a record it reaches."""

    purposes: tuple[Purpose, ...]
    acts: frozenset[Act]
    reach: Mapping[Relationship, Sensitivity]
    """A relationship that is not named reaches nothing."""
    shared: bool = False
    """Whoever is at the desk does what has come to it: its live work is everybody's own."""


_CARE: Final = (Purpose.DIRECT_CARE,)
_WORK: Final = frozenset({Act.READ, Act.WRITE})
_VISIT: Final = _WORK | {Act.ENTER}
"""The work of whoever sends somebody to a door, or talks them through it."""
_NONE, _PAST, _GLASS, _LIVE, _OWN = Relationship
_N, _R, _V = Sensitivity

RULES: Final[Mapping[str, Rule]] = {
    "call_handler": Rule(purposes=_CARE, acts=_VISIT, reach={_GLASS: _R, _LIVE: _N, _OWN: _V}),
    "clinician": Rule(
        purposes=_CARE, acts=_VISIT | {Act.PRESCRIBE}, reach={_GLASS: _V, _LIVE: _R, _OWN: _V}
    ),
    "supervisor": Rule(
        purposes=(Purpose.DIRECT_CARE, Purpose.OVERSIGHT),
        acts=_VISIT,
        reach={_PAST: _N, _GLASS: _V, _LIVE: _R, _OWN: _V},
    ),
    "dispatcher": Rule(
        purposes=_CARE, acts=_VISIT, reach={_GLASS: _R, _LIVE: _V, _OWN: _V}, shared=True
    ),
    "receptionist": Rule(
        purposes=_CARE, acts=_WORK, reach={_GLASS: _N, _LIVE: _V, _OWN: _V}, shared=True
    ),
    "pharmacist": Rule(
        purposes=_CARE, acts=_WORK, reach={_GLASS: _R, _LIVE: _V, _OWN: _V}, shared=True
    ),
    "privacy_officer": Rule(
        purposes=(Purpose.OVERSIGHT, Purpose.SUBJECT_ACCESS),
        acts=frozenset({Act.READ}),
        reach=dict.fromkeys(Relationship, _V),
    ),
    "support_records": Rule(
        purposes=(Purpose.SUPPORT,), acts=frozenset({Act.READ}), reach={_LIVE: _N, _OWN: _N}
    ),
}
"""By role. One that is not named here opens no record at all: an IT officer, a stranger."""


def decide(asked: Asked) -> Decision:  # noqa: PLR0911 - a table, read from the top
    """Return whether it is allowed, and if not, why and what would help."""
    rule = RULES.get(asked.role)
    if rule is None:
        return Decision(Answer.REFUSE, Why.ROLE)
    if asked.purpose is Purpose.SECONDARY_USE:
        return Decision(Answer.REFUSE, Why.NEVER_BY_NAME)
    if asked.purpose not in rule.purposes:
        return Decision(Answer.REFUSE, Why.PURPOSE)
    if not asked.on_shift:
        return Decision(Answer.REFUSE, Why.OFF_SHIFT)
    if not asked.same_organisation and asked.relationship < _LIVE:
        return Decision(Answer.REFUSE, Why.ANOTHER_ORGANISATION)
    if asked.act not in rule.acts or (
        asked.act is not Act.READ and asked.purpose is not Purpose.DIRECT_CARE
    ):
        return Decision(Answer.REFUSE, Why.ACT)
    if asked.act is Act.PRESCRIBE and asked.relationship < _LIVE:
        return Decision(Answer.REFUSE, Why.GLASS_NEVER_PRESCRIBES)
    return _guarded(asked, rule)


def _guarded(asked: Asked, rule: Rule) -> Decision:
    """Return what the relationship says to how guarded the record is."""
    if asked.sensitivity > _reach(asked, rule, asked.relationship):
        helps = asked.purpose is Purpose.DIRECT_CARE and asked.act is not Act.PRESCRIBE
        if helps and asked.sensitivity <= _reach(asked, rule, _GLASS):
            return Decision(Answer.BREAK_GLASS, Why.NO_RELATIONSHIP)
        return Decision(Answer.REFUSE, Why.TOO_GUARDED)
    own = asked.relationship is _OWN or (rule.shared and asked.relationship is _LIVE)
    fresh = asked.sensitivity is _V and not own  # their own work goes on
    if fresh and asked.offline:
        return Decision(Answer.REFUSE, Why.OFFLINE)
    fresh = fresh or (asked.act is Act.ENTER and not own)
    if asked.assurance < (Assurance.FRESH if fresh else Assurance.PRESENT):
        return Decision(Answer.STEP_UP, Why.NOT_SURE_ENOUGH)
    return Decision(Answer.ALLOW, Why.ALLOWED)


def _reach(asked: Asked, rule: Rule, relationship: Relationship) -> int:
    """Return the most guarded that may be reached; what was, is for oversight alone."""
    if relationship is _PAST and asked.purpose is Purpose.DIRECT_CARE:
        return 0
    if relationship is _GLASS and not asked.same_organisation:
        return 0
    return rule.reach.get(relationship, 0)
