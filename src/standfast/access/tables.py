"""Read models of access: live relationships, entries, searches, and what waits for review."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from standfast.access.model import RELATIONSHIP, Tie
from standfast.access.model_record import RECORD, SEARCH, Openings, Searches
from standfast.access.model_review import REVIEW, Review
from standfast.kernel.rows import Projection, Row
from standfast.web.platform import Answerer

SCHEMA: Final = """
CREATE TABLE access_relationships (
    org             text        NOT NULL,
    relationship_id text        NOT NULL,
    basis           text        NOT NULL, -- access.lasting.Basis
    thing_id        text        NOT NULL,
    case_id         text        NOT NULL,
    reference       text        NOT NULL,
    person_id       text        NOT NULL, -- empty: nobody known
    staff           jsonb       NOT NULL, -- whose work it is
    began_at        timestamptz NOT NULL,
    ended_at        timestamptz,          -- NULL: the work goes on
    until           timestamptz,          -- NULL: nobody knows yet
    PRIMARY KEY (org, relationship_id)
);
CREATE INDEX access_relationships_by_case ON access_relationships (org, case_id);
CREATE INDEX access_relationships_by_thing ON access_relationships (org, thing_id);
CREATE INDEX access_relationships_by_person ON access_relationships (org, person_id);

CREATE TABLE access_entries (
    org         text        NOT NULL,
    entry_id    text        NOT NULL,
    staff_id    text        NOT NULL,
    staff_name  text        NOT NULL,
    role        text        NOT NULL,
    session_id  text        NOT NULL,
    record_kind text        NOT NULL,
    record_id   text        NOT NULL,
    person_id   text        NOT NULL, -- empty: nobody known
    case_id     text        NOT NULL,
    basis       text        NOT NULL,
    why         text        NOT NULL,
    glass_id    text        NOT NULL, -- empty: a relationship
    purpose     text        NOT NULL,
    sensitivity integer     NOT NULL, -- kernel.access.Sensitivity
    act         text        NOT NULL,
    way         text        NOT NULL,
    offline     boolean     NOT NULL,
    marks       jsonb       NOT NULL, -- access.marks
    opened_at   timestamptz NOT NULL,
    PRIMARY KEY (org, entry_id)
);
CREATE INDEX access_entries_by_person ON access_entries (org, person_id, opened_at);
CREATE INDEX access_entries_by_staff ON access_entries (org, staff_id, opened_at);
CREATE INDEX access_entries_by_time ON access_entries (org, opened_at);

-- Whether it is on disk that this member of staff has opened a person's record: within the
-- quarter of an hour for which one entry stands, and five minutes for clocks that differ.
CREATE FUNCTION access_opened(asked_person_id text, who text) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM read.access_entries
                    WHERE org = (SELECT tenancy.org())
                      AND org || '/' || staff_id = (SELECT tenancy.proved(who))
                      AND person_id = asked_person_id
                      AND record_kind = 'person'
                      AND record_id = asked_person_id
                      AND opened_at > tenancy.now() - interval '20 minutes')
$$;

CREATE TABLE access_searches (
    org        text        NOT NULL,
    entry_id   text        NOT NULL,
    staff_id   text        NOT NULL,
    staff_name text        NOT NULL,
    role       text        NOT NULL,
    place      text        NOT NULL,
    shown      jsonb       NOT NULL, -- ids; what was typed is kept nowhere
    offline    boolean     NOT NULL,
    found_at   timestamptz NOT NULL,
    PRIMARY KEY (org, entry_id)
);
CREATE INDEX access_searches_by_shown ON access_searches USING gin (shown jsonb_path_ops)
  WITH (fastupdate = off);

CREATE TABLE access_reviews (
    org           text        NOT NULL,
    review_id     text        NOT NULL,
    kind          text        NOT NULL, -- glass or signal
    staff_id      text        NOT NULL,
    staff_name    text        NOT NULL,
    session_id    text        NOT NULL, -- empty: a signal
    record_kind   text        NOT NULL,
    record_id     text        NOT NULL,
    person_id     text        NOT NULL,
    case_id       text        NOT NULL,
    reason        text        NOT NULL, -- empty: a signal
    marks         jsonb       NOT NULL,
    score         integer     NOT NULL,
    happened_at   timestamptz NOT NULL,
    until         timestamptz,          -- NULL: a signal
    outcome       text        NOT NULL, -- empty: nobody has looked
    note          text        NOT NULL,
    reviewed_by   text        NOT NULL,
    reviewed_at   timestamptz,          -- NULL: nobody has looked
    PRIMARY KEY (org, review_id)
);
CREATE INDEX access_reviews_open ON access_reviews (org, happened_at) WHERE outcome = '';
CREATE INDEX access_reviews_by_staff ON access_reviews (org, staff_id, until);
"""


class RelationshipRow(Row, frozen=True, kw_only=True):
    """One relationship of one organisation."""

    TABLE: ClassVar[str] = "access_relationships"
    KEY: ClassVar[tuple[str, ...]] = ("org", "relationship_id")

    org: str
    relationship_id: str
    basis: str
    thing_id: str
    case_id: str
    reference: str
    person_id: str
    staff: tuple[str, ...]
    began_at: datetime
    ended_at: datetime | None
    until: datetime | None


class EntryRow(Row, frozen=True, kw_only=True):
    """Somebody opened a record."""

    TABLE: ClassVar[str] = "access_entries"
    KEY: ClassVar[tuple[str, ...]] = ("org", "entry_id")

    org: str
    entry_id: str
    staff_id: str
    staff_name: str
    role: str
    session_id: str
    record_kind: str
    record_id: str
    person_id: str
    case_id: str
    basis: str
    why: str
    glass_id: str
    purpose: str
    sensitivity: int
    act: str
    way: str
    offline: bool
    marks: tuple[str, ...]
    opened_at: datetime


class SearchRow(Row, frozen=True, kw_only=True):
    """Somebody was shown these, in answer to a search."""

    TABLE: ClassVar[str] = "access_searches"
    KEY: ClassVar[tuple[str, ...]] = ("org", "entry_id")

    org: str
    entry_id: str
    staff_id: str
    staff_name: str
    role: str
    place: str
    shown: tuple[str, ...]
    offline: bool
    found_at: datetime


class ReviewRow(Row, frozen=True, kw_only=True):
    """Broken glass or a signal, and what a review came to."""

    TABLE: ClassVar[str] = "access_reviews"
    KEY: ClassVar[tuple[str, ...]] = ("org", "review_id")

    org: str
    review_id: str
    kind: str
    staff_id: str
    staff_name: str
    session_id: str
    record_kind: str
    record_id: str
    person_id: str
    case_id: str
    reason: str
    marks: tuple[str, ...]
    score: int
    happened_at: datetime
    until: datetime | None
    outcome: str
    note: str
    reviewed_by: str
    reviewed_at: datetime | None


def relationship_rows(tie: Tie) -> Iterable[Row]:
    """Return the row of a relationship that has begun."""
    began = tie.began
    if began is not None:
        yield RelationshipRow(
            org=began.org,
            relationship_id=began.relationship_id,
            basis=began.basis,
            thing_id=began.thing_id,
            case_id=began.case_id,
            reference=began.reference,
            person_id=tie.person_id,
            staff=tie.staff,
            began_at=began.began_at,
            ended_at=tie.ended_at,
            until=tie.until,
        )


def entry_rows(known: Openings) -> Iterable[Row]:
    """Return a row for every opening of one record on one day."""
    for each in known.entries:
        yield EntryRow(
            org=each.org,
            entry_id=each.entry_id,
            staff_id=each.staff_id,
            staff_name=each.staff_name,
            role=each.role,
            session_id=each.session_id,
            record_kind=each.record_kind,
            record_id=each.record_id,
            person_id=each.person_id,
            case_id=each.case_id,
            basis=each.basis,
            why=each.why,
            glass_id=each.glass_id,
            purpose=each.purpose.value,
            sensitivity=each.sensitivity.value,
            act=each.act,
            way=each.way,
            offline=each.offline,
            marks=each.marks,
            opened_at=each.opened_at,
        )


def search_rows(known: Searches) -> Iterable[Row]:
    """Return a row for every search of one member of staff on one day."""
    for each in known.entries:
        yield SearchRow(
            org=each.org,
            entry_id=each.entry_id,
            staff_id=each.staff_id,
            staff_name=each.staff_name,
            role=each.role,
            place=each.place,
            shown=each.shown,
            offline=each.offline,
            found_at=each.found_at,
        )


def review_rows(review: Review) -> Iterable[Row]:
    """Return the row of what is to be reviewed, or was."""
    glass, signal = review.glass, review.signal
    cause = glass or signal
    if cause is None:
        return
    last = review.concluded[0] if review.concluded else None
    yield ReviewRow(
        org=cause.org,
        review_id=cause.review_id,
        kind="glass" if glass else "signal",
        staff_id=cause.staff_id,
        staff_name=cause.staff_name,
        session_id=glass.session_id if glass else "",
        record_kind=cause.record_kind,
        record_id=cause.record_id,
        person_id=cause.person_id,
        case_id=glass.case_id if glass else "",
        reason=glass.reason if glass else "",
        marks=signal.marks if signal else (),
        score=signal.score if signal else 0,
        happened_at=glass.broken_at if glass else cause.opened_at,  # type: ignore[union-attr]
        until=glass.until if glass else None,
        outcome=last.outcome if last else "",
        note=last.note if last else "",
        reviewed_by=last.staff_name if last else "",
        reviewed_at=last.concluded_at if last else None,
    )


PROJECTIONS: Final[tuple[Projection, ...]] = (
    Projection(RELATIONSHIP, relationship_rows, (RelationshipRow,)),
    Projection(RECORD, entry_rows, (EntryRow,)),
    Projection(SEARCH, search_rows, (SearchRow,)),
    Projection(REVIEW, review_rows, (ReviewRow,)),
)
CONSTRAINTS: Final[Mapping[str, StrEnum]] = {}
ANSWERS: Final[Mapping[str, Answerer]] = {}
