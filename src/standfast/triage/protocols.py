"""Content as the engines walk it: every reference resolved, nothing left to look up.

One :class:`ProtocolSet` is what a device is given as JSON and what the reference engine
walks. Authors write another shape, in YAML: see :mod:`standfast.triage.content`.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from standfast.facts.triage import AmbulanceCategory, DispositionKind
from standfast.kernel.values import Sex

WATERMARK: Final = "reference content: not for live use"
LIFE_THREATS: Final = "life-threats"
"""The protocol that comes first, always and whole (hazard H01). The engine's, not content's."""
NOTHING_MORE: Final = 1_000
"""A ``reach`` less urgent than any disposition: no answer from here on rules anything in."""


class Condition(Struct, frozen=True, omit_defaults=True):
    """Which patients something is for. Ages are in months, ``age_under`` exclusive."""

    age_from: int = 0
    age_under: int | None = None
    sex: Sex | None = None


class Choice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One answer to a question. An empty ``next`` means that the assessment ends here.

    ``when`` names the patients for whom this is the answer whether or not it is asked.
    """

    key: str
    text: str
    next: str = ""
    rules_in: str = ""
    care: tuple[str, ...] = ()
    finding: bool = False
    when: Condition | None = None


class Asked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question, worded to be spoken.

    ``reach`` is the rank of the most urgent disposition that it or anything after it can
    rule in: once something as urgent has been ruled in, it need not be asked.
    """

    id: str
    protocol: str
    ask: str
    short: str
    why: str
    choices: tuple[Choice, ...]
    reach: int
    help: str = ""
    applies: Condition | None = None
    skip: str = ""


class Disposition(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What should happen, and how soon. ``rank`` 0 is the most urgent of all."""

    code: str
    label: str
    detail: str
    kind: DispositionKind
    minutes: int
    priority: int
    rank: int
    category: AmbulanceCategory | None = None
    needs: tuple[str, ...] = ()
    care: tuple[str, ...] = ()
    worsening: tuple[str, ...] = ()


class AdviceText(Struct, frozen=True, kw_only=True):
    """A few sentences to read out, each ticked when said."""

    title: str
    steps: tuple[str, ...]


class Protocol(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One presentation. ``otherwise`` is the disposition when nothing has been ruled in."""

    id: str
    title: str
    first: str
    find: tuple[str, ...] = ()
    otherwise: str = ""
    care: tuple[str, ...] = ()
    worsening: tuple[str, ...] = ()


class ProtocolSet(Struct, frozen=True, kw_only=True):
    """All content together, at one version: the hash of everything else in it."""

    version: str
    watermark: str
    life_threats: str
    first: str
    dispositions: Mapping[str, Disposition]
    advice: Mapping[str, AdviceText]
    protocols: Mapping[str, Protocol]
    questions: Mapping[str, Asked]
