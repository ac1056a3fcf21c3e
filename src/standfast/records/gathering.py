"""All that an organisation holds about one person: every row, and every fact of the journal.

Nothing here knows any other context: every read model that has a column for a person or a case is
looked into, so that one that is added tomorrow is in the copy of the day after.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from standfast.facts.files import CASE_FILES, KeptFile
from standfast.facts.identity import ORGANISATION, STAFF_NAME
from standfast.facts.kept import PEOPLE_KEPT
from standfast.facts.people import WAYS_IN
from standfast.journal.codec import UnknownFact
from standfast.journal.timeline import Fact, contact_facts
from standfast.kernel.rows import Row
from standfast.records.tables import facts_about
from standfast.web.platform import Platform

BY_PERSON: Final = ("person_id",)
BY_CASE: Final = ("case_id",)
BY_IDS: Final = ("shown",)
"""A column that holds the ids of several people: who was shown in somebody's search."""

OURS: Final = ("people.", "access.", "records.")
"""Kinds of stream that are about a person without any case."""

HOME_ENTRY_FIELDS: Final = ("way_in", "original", "access_notes")
HOME_ENTRY_HELD: Final = (
    "How to get into the home is held, and is not in this copy, because a copy can be read by "
    "others. Ask us, and somebody tells you once they know that it is you."
)

ANOTHERS: Final = "Somebody else was taken for the patient, and that was put right"

Progress = Callable[[str, int, int], None]


class Entry(Struct, frozen=True, kw_only=True):
    """One fact, as it is told and as it is kept."""

    at: datetime
    recorded_at: datetime
    who: str
    kind: str
    tag: str
    case_id: str
    sentence: str
    body: dict[str, Any]


class Gathered(Struct, frozen=True, kw_only=True):
    """Everything about one person. ``elsewhere`` are other organisations that hold more."""

    person_id: str
    title: str
    rows: dict[str, list[dict[str, Any]]]
    entries: list[Entry]
    elsewhere: list[str]
    files: tuple[KeptFile, ...] = ()
    """Pictures and letters that may be opened; what waits for a scanner may not, nor what was
    withdrawn, which may be somebody else's."""


def knows_people(row: type[Row]) -> bool:
    """Return whether rows of this table can be about somebody."""
    return bool({*BY_PERSON, *BY_CASE, *BY_IDS} & set(row.__struct_fields__))


async def gather(
    platform: Platform, org: str, person_id: str, progress: Progress = lambda *_: None
) -> Gathered | None:
    """Return all that *org* holds about this person; None when it has no such person."""
    kept = await platform.ask(PEOPLE_KEPT, org=org, key=person_id)
    if not kept:
        return None
    cases = sorted(kept[0].parts)
    rows = await _rows(platform, org, person_id, cases, progress)
    facts = await _facts(platform, person_id, cases, rows)
    progress("journal", 1, 1)
    names: dict[str, str] = {}
    for fact in facts:
        if fact.actor not in names:
            names[fact.actor] = await platform.ask(STAFF_NAME, org=org, key=fact.actor)
    others = sorted({fact.org for fact in facts} - {org, ""})
    return Gathered(
        person_id=person_id,
        title=kept[0].title,
        rows=rows,
        entries=[
            _entry(platform, fact, names[fact.actor], person_id, set(cases))
            for fact in facts
            if fact.org == org and _is_theirs(platform, fact, person_id, set(cases))
        ],
        elsewhere=[await _name(platform, each) for each in others],
        files=tuple(
            [
                file
                for case_id in cases
                for file in await platform.ask(CASE_FILES, org=org, key=case_id)
            ]
        ),
    )


async def _rows(
    platform: Platform, org: str, person_id: str, cases: list[str], progress: Progress
) -> dict[str, list[dict[str, Any]]]:
    tables = sorted(
        {
            table
            for projection in platform.journal.projections.values()
            for table in projection.tables
            if knows_people(table)
        },
        key=lambda table: table.TABLE,
    )
    found = {}
    for number, table in enumerate(tables, start=1):
        progress(table.TABLE, number, len(tables) + 1)
        rows = await platform.db.fetch(table, _query(table), org, person_id, cases)
        theirs = [row for row in rows if _names_nobody_else(row, person_id)]
        if theirs:
            found[table.TABLE] = [
                without_home_entry(msgspec.to_builtins(row)) for row in theirs
            ]
    return found


def _query(table: type[Row]) -> str:
    """Return the query for the rows of *table* about a person or one of their cases."""
    fields = table.__struct_fields__
    about = [f"{column} = $2" for column in BY_PERSON if column in fields]
    about += [f"{column} = ANY($3::text[])" for column in BY_CASE if column in fields]
    about += [f"{column} ? $2" for column in BY_IDS if column in fields]
    given = "($2::text IS NOT NULL AND $3::text[] IS NOT NULL)"
    readers = ", ".join(table.READ_BY) or "$1"
    return (
        f"SELECT {', '.join(fields)} FROM {table.TABLE} "  # noqa: S608 - names of our own
        f"WHERE $1 IN ({readers}) AND ({' OR '.join(about)}) AND {given} "
        f"ORDER BY {', '.join(table.KEY)}"
    )


def _names_nobody_else(row: Row, person_id: str) -> bool:
    """Return whether a row is theirs: a case may have been taken for theirs before."""
    return getattr(row, "person_id", None) in (None, "", person_id)


async def facts_of(
    platform: Platform, org: str, person_id: str, cases: list[str]
) -> list[Fact]:
    """Return every fact that this organisation can see of a person and their contacts."""
    rows = await _rows(platform, org, person_id, cases, lambda *_: None)
    return await _facts(platform, person_id, cases, rows)


async def _facts(
    platform: Platform, person_id: str, cases: list[str], rows: Mapping[str, Iterable[Any]]
) -> list[Fact]:
    """Return the facts of their contacts, of their own record, and of what rows came from."""
    tables = {
        table.TABLE: table
        for projection in platform.journal.projections.values()
        for table in projection.tables
    }
    keys = {person_id, *cases}
    for name, found in rows.items():
        keys |= {str(row[column]) for row in found for column in tables[name].KEY[1:]}
    facts = {
        (fact.origin, fact.seq): fact
        for fact in (
            *await contact_facts(platform.db, cases),
            *await facts_about(platform.db, person_id, sorted(keys)),
        )
    }
    return sorted(facts.values(), key=lambda each: (each.hlc, each.origin, each.seq))


def _is_theirs(platform: Platform, fact: Fact, person_id: str, cases: set[str]) -> bool:
    """Whether a fact is of their own record or of a contact that is theirs now.

    What was written about them in a case that turned out to be another's is not: it would tell
    them of somebody else.
    """
    event = platform.journal.decoded(fact.kind, fact.type, fact.body)
    if isinstance(event, UnknownFact):
        return fact.subject == person_id
    case_id = getattr(event, "case_id", "") or ""
    if fact.kind.startswith(OURS):
        return fact.subject in (person_id, None)
    return case_id in cases if case_id else True


def _entry(platform: Platform, fact: Fact, who: str, person_id: str, cases: set[str]) -> Entry:
    event = platform.journal.decoded(fact.kind, fact.type, fact.body)
    body: dict[str, Any] = msgspec.json.decode(fact.body)
    case_id = str(body.get("case_id") or "")
    another = _names_another(body, person_id)
    unread = isinstance(event, UnknownFact)
    return Entry(
        at=fact.occurred_at,
        recorded_at=fact.recorded_at,
        who=who,
        kind=fact.kind,
        tag=fact.type,
        case_id=case_id if case_id in cases else "",
        sentence=ANOTHERS if another else fact.type if unread else platform.describe(fact),
        body={} if another else without_home_entry(body),
    )


def without_home_entry(body: Any) -> Any:
    """Return *body* without how to get into the home, sealed or from before sealing.

    A copy travels, and may be opened by somebody else: it says that this is held, and how
    the person can have it.
    """
    if isinstance(body, dict):
        held = [name for name in HOME_ENTRY_FIELDS if body.get(name)]
        if body.get("kind") in WAYS_IN and "detail" in body:
            held += ["label", "detail"]
        return {
            name: HOME_ENTRY_HELD if name in held else without_home_entry(value)
            for name, value in body.items()
        }
    return [without_home_entry(each) for each in body] if isinstance(body, list) else body


def _names_another(body: Any, person_id: str) -> bool:
    """Whether a fact names somebody else as the patient, anywhere in it."""
    if isinstance(body, dict):
        named = body.get("person_id")
        if isinstance(named, str) and named not in ("", person_id):
            return True
        return any(_names_another(value, person_id) for value in body.values())
    if isinstance(body, list):
        return any(_names_another(value, person_id) for value in body)
    return False


async def _name(platform: Platform, org: str) -> str:
    found = await platform.ask(ORGANISATION, org=org, key=org)
    return found.name if found else org
