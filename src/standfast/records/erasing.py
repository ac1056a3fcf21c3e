"""What goes when a record goes: the keys that seal it, and all that they seal."""

from collections.abc import Iterable
from typing import Final

from standfast.journal.heads import heads
from standfast.journal.timeline import Fact, contact_facts
from standfast.journal.units import Erasing
from standfast.records.gathering import facts_of
from standfast.records.keeping import Kept
from standfast.records.model_erasure import ERASURE, SealedUnder
from standfast.web.platform import Platform

BOOKS: Final = ("access.record", "access.search", "access.proof")
"""Who opened what: sealed by the month, with ids alone. It outlives the record."""

KINDS: Final = ("person", "case")
"""What can be erased as a whole so far."""


async def going(platform: Platform, org: str, kept: Kept) -> tuple[SealedUnder, Erasing]:
    """Return the keys of *kept* and what they seal, and the streams as they were read.

    Whoever asks has opened the record, which is on disk.
    """
    record = kept.record
    since = {each.origin: each.seq for each in await heads(platform.db)}
    facts = [each for each in await _facts(platform, org, kept) if each.org == org]
    left = _not_theirs_alone(facts, record.record_id, record.parts)
    found = [each for each in facts if _is_sealed(platform, each) and each.kind not in BOOKS]
    named = await platform.journal.records_of({each.key_id for each in found if each.key_id})
    keys = {id_: name for id_, name in named.items() if name not in left}
    theirs = [each for each in found if each.key_id in keys]
    clear = [each for each in found if each.key_id is None and _key(each) not in left]
    sealed = SealedUnder(
        keys=tuple(sorted(keys)),
        records=tuple(sorted(set(keys.values()))),
        left=tuple(sorted(left)),
        facts=len(theirs),
        in_clear=len(clear),
    )
    stream = f"{ERASURE.stream}/{record.record_id}"
    return sealed, Erasing(stream, dict.fromkeys((each.stream for each in theirs), 0), since)


async def _facts(platform: Platform, org: str, kept: Kept) -> list[Fact]:
    record = kept.record
    if record.kind == "person":
        return await facts_of(platform, org, record.record_id, sorted(record.parts))
    return await contact_facts(platform.db, [record.record_id])


def _not_theirs_alone(facts: Iterable[Fact], person_id: str, parts: Iterable[str]) -> set[str]:
    """Return the contacts in which somebody else was taken for the patient, or is."""
    cases = set(parts)
    return {
        _key(each)
        for each in facts
        if _key(each) in cases and each.subject not in (None, "", person_id)
    }


def _is_sealed(platform: Platform, fact: Fact) -> bool:
    projection = platform.journal.projections.get(fact.kind)
    return projection is not None and projection.decider.sealed


def _key(fact: Fact) -> str:
    return fact.stream.partition("/")[2]
