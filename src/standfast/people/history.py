"""Everything that happened to a person, in order, with who and when."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from standfast.facts.access import NOT_IN_RECORDS
from standfast.facts.cases import PatientIdentified, PatientUnlinked
from standfast.facts.identity import STAFF_NAME
from standfast.journal.codec import UnknownFact
from standfast.journal.timeline import Fact, contact_facts
from standfast.kernel.messages import Event
from standfast.people.tables import contacts
from standfast.people.tables_functions import facts
from standfast.web.platform import Platform

LATE: Final = timedelta(minutes=5)
"""What was written down later than this after it happened says so."""

ANOTHERS: Final = "Somebody else was taken for the patient, and that was put right"

_OURS: Final = frozenset({"people.person", "people.contact"})


class Moment(Struct, frozen=True, kw_only=True):
    """One thing that happened. ``recorded_at`` is None when it was written down at once."""

    at: datetime
    recorded_at: datetime | None
    sentence: str
    who: str
    case_id: str
    """The contact that it belongs to; empty: the person's own record."""


async def history(platform: Platform, org: str, person_id: str) -> list[Moment]:
    """Return all that is known to have happened, oldest first.

    That is every fact of the contacts that are linked to the person now, and of their own
    record. What was written about them in a case that turned out to be another's is not theirs.
    """
    linked = {each.case_id for each in await contacts(platform.db, org, person_id)}
    found = {
        (fact.origin, fact.seq): fact
        for fact in (
            *await contact_facts(platform.db, sorted(linked)),
            *await facts(platform.db, person_id),
        )
        if not fact.kind.startswith(NOT_IN_RECORDS)
    }
    told = [
        (fact, sentence, case_id)
        for fact in found.values()
        for sentence, case_id in _tell(platform, org, person_id, fact, linked)
    ]
    told.sort(key=lambda each: (each[0].occurred_at, each[0].hlc, each[0].origin, each[0].seq))
    names = await _names(platform, org, (fact.actor for fact, _, _ in told))
    return [
        Moment(
            at=fact.occurred_at,
            recorded_at=fact.recorded_at
            if fact.recorded_at - fact.occurred_at > LATE
            else None,
            sentence=sentence,
            who=names[fact.actor],
            case_id=case_id,
        )
        for fact, sentence, case_id in told
    ]


def _tell(
    platform: Platform, org: str, person_id: str, fact: Fact, linked: set[str]
) -> Iterable[tuple[str, str]]:
    """Yield the sentence and the contact of *fact*, if it may be told in this person's record."""
    event = platform.journal.decoded(fact.kind, fact.type, fact.body)
    case_id = _case_of(fact, event)
    if fact.kind in _OURS:
        if fact.org != org or fact.subject not in (person_id, None):
            return
        yield platform.describe(fact), case_id if case_id in linked else ""
    elif case_id in linked:
        named = _person_named(event)
        yield (platform.describe(fact) if named in (None, person_id) else ANOTHERS), case_id
    elif not case_id and fact.org == org and fact.subject == person_id:
        yield platform.describe(fact), ""


def _case_of(fact: Fact, event: Event | UnknownFact) -> str:
    """Return the case that *fact* is about; empty if it is about none.

    Streams that share a case's key belong to it. Others name it, and what cannot be read is
    taken to belong to the case of its own key.
    """
    key = fact.stream.partition("/")[2]
    if isinstance(event, UnknownFact):
        return "" if fact.kind in _OURS else key
    named = getattr(event, "case_id", None)
    return named if isinstance(named, str) else ""


def _person_named(event: Event | UnknownFact) -> str | None:
    match event:
        case PatientIdentified():
            return event.patient.person_id
        case PatientUnlinked():
            return event.person_id
        case _:
            return None


async def _names(platform: Platform, org: str, actors: Iterable[str]) -> dict[str, str]:
    return {actor: await platform.ask(STAFF_NAME, org=org, key=actor) for actor in set(actors)}
