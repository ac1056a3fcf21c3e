"""Read models of people, and the queries on them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final, TypeAlias

from msgspec import Struct

from standfast.facts import people as events
from standfast.facts.kept import MOST, PEOPLE_KEPT, KeptRecord, asked_for
from standfast.facts.people import (
    Allergy,
    AllergyStatus,
    CurrentMedicine,
    Flag,
    PersonDetails,
    PersonSummary,
    RecentContact,
    SpecialNote,
)
from standfast.journal.database import Reader
from standfast.kernel.rows import Projection, Row
from standfast.people import tables_functions
from standfast.people.matching import Match, match, name_words
from standfast.people.model import PERSON, Person, Refusal, latest_at, safety_of
from standfast.people.model_contact import CONTACT, Contact
from standfast.people.spelling import sounds
from standfast.people.veiled import veiled, veiled_match, year_of
from standfast.people.wanted import Wanted, phone_key, postcode_key
from standfast.web.platform import Answerer

_SCHEMA: Final = """
CREATE TABLE people_people (
    org                text  NOT NULL,
    person_id          text  NOT NULL,
    nhs_number         text,           -- ten digits; NULL: not known
    born               date,           -- NULL: not known
    postcode_key       text  NOT NULL, -- capitals, no space; empty: not known
    names              text  NOT NULL, -- every word of every name, folded
    sounds             jsonb NOT NULL, -- what those words sound like
    phone_keys         jsonb NOT NULL, -- digits only
    details            jsonb NOT NULL, -- facts.people.PersonDetails
    allergy_status     text  NOT NULL,
    allergies          jsonb NOT NULL,
    medicines          jsonb,          -- NULL: not recorded, which is not none
    flags              jsonb NOT NULL,
    notes              jsonb NOT NULL,
    safety_source      text  NOT NULL,
    safety_recorded_at timestamptz,    -- NULL: nobody has said anything
    latest_at          timestamptz NOT NULL,  -- when the record itself was last added to
    PRIMARY KEY (org, person_id)
);
CREATE UNIQUE INDEX people_one_per_nhs_number ON people_people (org, nhs_number)
 WHERE nhs_number IS NOT NULL;
CREATE INDEX people_by_birth ON people_people (org, born);
CREATE INDEX people_by_postcode ON people_people (org, postcode_key text_pattern_ops);
CREATE INDEX people_by_name ON people_people USING gin (names gin_trgm_ops)
  WITH (fastupdate = off);
CREATE INDEX people_by_sound ON people_people USING gin (sounds) WITH (fastupdate = off);
CREATE INDEX people_by_phone ON people_people USING gin (phone_keys jsonb_path_ops)
  WITH (fastupdate = off);

CREATE TABLE people_contacts (
    org       text        NOT NULL,
    case_id   text        NOT NULL,
    person_id text        NOT NULL,
    at        timestamptz NOT NULL,
    problem   text        NOT NULL,
    outcome   text        NOT NULL, -- empty while the case is open
    PRIMARY KEY (org, case_id)
);
CREATE INDEX people_contacts_by_person ON people_contacts (org, person_id, at);
"""
SCHEMA: Final = _SCHEMA + tables_functions.SCHEMA


Guards: TypeAlias = Callable[[Sequence[str]], Awaitable[frozenset[str]]]
"""Says which of these people are guarded."""


class PersonRow(Row, frozen=True, kw_only=True):
    """One person of one organisation."""

    TABLE: ClassVar[str] = "people_people"
    KEY: ClassVar[tuple[str, ...]] = ("org", "person_id")

    org: str
    person_id: str
    nhs_number: str | None
    born: date | None
    postcode_key: str
    names: str
    sounds: tuple[str, ...]
    phone_keys: tuple[str, ...]
    details: PersonDetails
    allergy_status: AllergyStatus
    allergies: tuple[Allergy, ...]
    medicines: tuple[CurrentMedicine, ...] | None
    flags: tuple[Flag, ...]
    notes: tuple[SpecialNote, ...]
    safety_source: str
    safety_recorded_at: datetime | None
    latest_at: datetime


class ContactRow(Row, frozen=True, kw_only=True):
    """One contact of the person it is linked to."""

    TABLE: ClassVar[str] = "people_contacts"
    KEY: ClassVar[tuple[str, ...]] = ("org", "case_id")

    org: str
    case_id: str
    person_id: str
    at: datetime
    problem: str
    outcome: str


class Found(Struct, frozen=True, kw_only=True):
    """Somebody who may be looked for, before it is known how well they fit."""

    person_id: str
    details: PersonDetails
    flags: tuple[Flag, ...]
    guarded: bool = False
    year: int | None = None


class Hit(Struct, frozen=True, kw_only=True):
    """Somebody who fits what was looked for, and how.

    Of somebody guarded there is the name, and the ``year`` of birth: None, not known.
    """

    person_id: str
    details: PersonDetails
    flags: tuple[Flag, ...]
    fit: Match
    guarded: bool = False
    year: int | None = None


def person_rows(person: Person) -> Iterable[Row]:
    """Return the row of one person, once they are registered."""
    details = person.shown
    if details is None:
        return
    safety = safety_of(person)
    words = name_words(details)
    yield PersonRow(
        org=person.org,
        person_id=person.person_id,
        nhs_number=details.nhs_number,
        born=details.born,
        postcode_key=postcode_key(details.postcode),
        names=" ".join(words),
        sounds=sounds(words),
        phone_keys=tuple(phone_key(each) for each in details.phones),
        details=details,
        allergy_status=safety.allergy_status,
        allergies=safety.allergies,
        medicines=safety.medicines,
        flags=safety.flags,
        notes=safety.notes,
        safety_source=safety.source,
        safety_recorded_at=safety.recorded_at,
        latest_at=latest_at(person),
    )


def contact_rows(contact: Contact) -> Iterable[Row]:
    """Return the row of a contact that is about somebody."""
    linked = contact.linked
    if linked is not None:
        yield ContactRow(
            org=linked.org,
            case_id=linked.case_id,
            person_id=linked.person_id,
            at=linked.at,
            problem=linked.problem,
            outcome=contact.outcome,
        )


async def find(
    db: Reader, org: str, wanted: Wanted, *, guarded: Guards, most: int = 20
) -> list[Hit]:
    """Return whoever fits what is *wanted*, the best first; *guarded* says who is guarded."""
    found = await candidates(db, org, wanted)
    closed = await guarded([each.person_id for each in found])
    hits = [
        hit
        for each in found
        if (hit := _hit(each, wanted, is_guarded=each.person_id in closed)) is not None
    ]
    hits.sort(
        key=lambda hit: (
            not hit.fit.exact,
            -hit.fit.points,
            hit.details.family,
            hit.details.given,
            hit.person_id,
        )
    )
    return hits[:most]


def _hit(found: Found, wanted: Wanted, *, is_guarded: bool) -> Hit | None:
    details = found.details
    fit = (veiled_match if is_guarded else match)(wanted, details)
    if fit is None:
        return None
    return Hit(
        person_id=found.person_id,
        details=veiled(details) if is_guarded else details,
        flags=() if is_guarded else found.flags,
        fit=fit,
        guarded=is_guarded,
        year=year_of(details) if is_guarded else None,
    )


async def candidates(db: Reader, org: str, wanted: Wanted) -> list[Found]:
    """Return everybody whom one part of *wanted* points at: some hundreds, in no order."""
    if wanted.empty:
        return []
    return await db.fetch(
        Found,
        """
        SELECT person_id, details, flags
          FROM people_people
         WHERE org = $1
           AND person_id = ANY (ARRAY(
               SELECT people_candidates($2, $3::date[], $4, $5, $6::text[], $7::text[])))
        """,
        org,
        wanted.nhs_number,
        list(wanted.born),
        wanted.phone,
        wanted.postcode,
        list(sounds(wanted.names)),
        list(wanted.names),
    )


async def person(db: Reader, org: str, person_id: str) -> PersonSummary | None:
    """Return one person as this organisation's record has them."""
    return await db.fetch_one(
        PersonSummary,
        """
        SELECT person_id, details, allergy_status, allergies, medicines, flags, notes,
               safety_source, safety_recorded_at
          FROM people_people
         WHERE org = $1 AND person_id = $2
        """,
        org,
        person_id,
    )


async def contacts(
    db: Reader, org: str, person_id: str, *, most: int = 1000
) -> list[RecentContact]:
    """Return the contacts that are linked to a person, newest first."""
    return await db.fetch(
        RecentContact,
        """
          SELECT case_id, at, problem, outcome
            FROM people_contacts
           WHERE org = $1 AND person_id = $2
        ORDER BY at DESC, case_id
           LIMIT $3
        """,
        org,
        person_id,
        most,
    )


async def _kept(db: Reader, org: str, key: str) -> tuple[KeptRecord, ...]:
    before, person_id = asked_for(key)
    found = await db.fetch(
        KeptRecord,
        """
          SELECT record_id, 'person' AS kind, title, born, died, parts,
                 greatest(latest_at, contact_at) AS latest_at
            FROM (SELECT person_id AS record_id, born, latest_at,
                         upper(details->>'family') || ', ' || (details->>'given') AS title,
                         (details->>'died')::date AS died,
                         (SELECT max(at) FROM people_contacts c
                           WHERE c.org = $1 AND c.person_id = p.person_id) AS contact_at,
                         to_jsonb(ARRAY(SELECT case_id FROM people_contacts c
                           WHERE c.org = $1 AND c.person_id = p.person_id)) AS parts
                    FROM people_people p
                   WHERE org = $1 AND ($2::date IS NULL OR latest_at < $2)
                         AND ($3::text IS NULL OR person_id = $3)) AS kept
           WHERE $2::date IS NULL OR contact_at IS NULL OR contact_at < $2
        ORDER BY latest_at, record_id
           LIMIT $4
        """,
        org,
        before,
        person_id,
        MOST,
    )
    return tuple(found)


async def _recent_contacts(db: Reader, org: str, person_id: str) -> tuple[RecentContact, ...]:
    return tuple(await contacts(db, org, person_id, most=20))


PROJECTIONS: Final[tuple[Projection, ...]] = (
    Projection(PERSON, person_rows, (PersonRow,)),
    Projection(CONTACT, contact_rows, (ContactRow,)),
)
CONSTRAINTS: Final[Mapping[str, StrEnum]] = {
    "people_one_per_nhs_number": Refusal.NHS_NUMBER_TAKEN
}
ANSWERS: Final[Mapping[str, Answerer]] = {
    events.PERSON.name: person,
    events.RECENT_CONTACTS.name: _recent_contacts,
    PEOPLE_KEPT.name: _kept,
}
