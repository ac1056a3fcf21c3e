"""Content as its authors write it: a YAML file a protocol, one of dispositions, one of advice.

A question without ``next`` leads to the following one in its file, the last to ``then`` of
the file or to the end. An answer's key is its number.
"""

from typing import Final

from msgspec import Struct

from standfast.facts.triage import AmbulanceCategory, DispositionKind
from standfast.kernel.values import Sex

END: Final = "end"
"""As ``next``: the assessment ends with this answer."""


class ContentError(ValueError):
    """A content file has not the shape that the engines can walk; says which and where."""


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """The public guidance that something was written from, in our own words."""

    name: str
    url: str


class Signed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What heads every content file."""

    version: str
    author: str
    watermark: str
    sources: tuple[Source, ...]


class WrittenCondition(Struct, frozen=True, forbid_unknown_fields=True):
    """Which patients: ages such as ``3 months`` or ``16 years``."""

    age_from: str = "0 months"
    age_under: str | None = None
    sex: Sex | None = None


class WrittenAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """One answer. ``justified`` says why a 'not sure' may be less urgent than another."""

    text: str
    next: str = ""
    rules_in: str = ""
    care: tuple[str, ...] = ()
    when: WrittenCondition | None = None
    justified: str = ""


class WrittenQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """One question, in its own file's terms."""

    id: str
    ask: str
    short: str
    why: str
    answers: tuple[WrittenAnswer, ...]
    help: str = ""
    applies: WrittenCondition | None = None


class WrittenProtocol(Signed, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One protocol's file."""

    id: str
    title: str
    questions: tuple[WrittenQuestion, ...]
    find: tuple[str, ...] = ()
    then: str = END
    otherwise: str = ""
    care: tuple[str, ...] = ()
    worsening: tuple[str, ...] = ()


class WrittenDisposition(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the disposition table; its place in the file is its rank."""

    code: str
    label: str
    detail: str
    kind: DispositionKind
    minutes: int
    priority: int
    category: AmbulanceCategory | None = None
    needs: tuple[str, ...] = ()
    care: tuple[str, ...] = ()
    worsening: tuple[str, ...] = ()


class WrittenAdvice(Struct, frozen=True, forbid_unknown_fields=True):
    """One piece of advice and its sentences."""

    id: str
    title: str
    steps: tuple[str, ...]


class DispositionFile(Signed, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``dispositions.yaml``."""

    dispositions: tuple[WrittenDisposition, ...]


class AdviceFile(Signed, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``advice.yaml``."""

    advice: tuple[WrittenAdvice, ...]


class Written(Struct, frozen=True, kw_only=True):
    """All content as its authors wrote it."""

    dispositions: DispositionFile
    advice: AdviceFile
    protocols: tuple[WrittenProtocol, ...]
