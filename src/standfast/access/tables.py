"""Read models of access: relationships, entries, reviews, proofs, labels; what others may ask."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from standfast.access.labels import guarded
from standfast.access.model import RELATIONSHIP
from standfast.access.model_label import LABEL
from standfast.access.model_proof import PROOF
from standfast.access.model_record import RECORD, SEARCH
from standfast.access.model_review import REVIEW
from standfast.access.queries_refused import link_reviewed
from standfast.access.rows import (
    EntryRow,
    LabelRow,
    ProofRow,
    RefusalRow,
    RelationshipRow,
    ReviewRow,
    SearchRow,
    entry_rows,
    label_rows,
    proof_rows,
    relationship_rows,
    review_rows,
    search_rows,
)
from standfast.facts.access import GUARDED, LINK_REVIEWED
from standfast.kernel.rows import Projection
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
    leavers         jsonb       NOT NULL, -- whose work it is no more, since when, who reads on
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
    reference   text        NOT NULL,
    why         text        NOT NULL,
    glass_id    text        NOT NULL, -- empty: a relationship
    purpose     text        NOT NULL,
    sensitivity integer     NOT NULL, -- kernel.access.Sensitivity
    act         text        NOT NULL,
    way         text        NOT NULL,
    offline     boolean     NOT NULL,
    marks       jsonb       NOT NULL, -- access.marks
    opened_at   timestamptz NOT NULL,
    proof_id    text        NOT NULL, -- empty: no fresh proof was needed
    part        text        NOT NULL, -- one thing of the record alone; empty: the record
    PRIMARY KEY (org, entry_id)
);
CREATE INDEX access_entries_by_person ON access_entries (org, person_id, opened_at);
CREATE INDEX access_entries_by_staff ON access_entries (org, staff_id, opened_at);
CREATE INDEX access_entries_by_time ON access_entries (org, opened_at);
CREATE INDEX access_entries_by_record ON access_entries (org, record_id, staff_id, opened_at);

-- Whether it is on disk that this member of staff has opened a person's record: within the
-- quarter of an hour for which one entry stands, and five minutes for clocks that differ.
CREATE FUNCTION access_opened(asked_person_id text, who text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ours  text := tenancy.org();
    me    text := tenancy.proved(who);
    since timestamptz := tenancy.now() - interval '20 minutes';
BEGIN
    RETURN EXISTS (SELECT FROM read.access_entries
                    WHERE org = ours
                      AND org || '/' || staff_id = me
                      AND person_id = asked_person_id
                      AND record_kind = 'person'
                      AND record_id = asked_person_id
                      AND opened_at > since);
END
$$;

-- Whether it is on disk that they have opened a case, or the record of the patient whose it is.
CREATE FUNCTION access_opened_case(asked_case_id text, who text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ours  text := tenancy.org();
    me    text := tenancy.proved(who);
    since timestamptz := tenancy.now() - interval '20 minutes';
BEGIN
    RETURN EXISTS (SELECT FROM read.access_entries AS e
                    WHERE e.org = ours
                      AND e.org || '/' || e.staff_id = me
                      AND e.opened_at > since
                      AND e.act = ANY ('{read,write,prescribe}')
                      AND (e.record_kind = 'case' AND e.record_id = asked_case_id
                           OR e.record_kind = 'person' AND e.person_id <> '' AND EXISTS (
                              SELECT FROM read.access_relationships AS r
                               WHERE r.org = e.org AND r.case_id = asked_case_id
                                 AND r.person_id = e.person_id)));
END
$$;

-- Whether the reader's organisation is a party to a contact. It tells nothing else of it.
CREATE FUNCTION access_is_ours(asked text, kinds text[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ours text := tenancy.org();
BEGIN
    RETURN EXISTS (SELECT FROM public.journal_facts
                    WHERE split_part(stream, '/', 2) = asked
                      AND split_part(stream, '/', 1) = ANY (kinds)
                      AND org = ours);
END
$$;

-- Whether a sender may begin a record of this kind with this id: it is theirs already (the same
-- sent again), or it is nothing's id yet. Answers may arrive before their case.
CREATE FUNCTION access_id_is_free(kind text, asked text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ours text := tenancy.org();
BEGIN
    IF EXISTS (SELECT FROM public.journal_facts
                WHERE split_part(stream, '/', 2) = asked
                  AND split_part(stream, '/', 1) = kind
                  AND org = ours) THEN
        RETURN true;
    END IF;
    RETURN NOT EXISTS (SELECT FROM public.journal
                        WHERE split_part(stream, '/', 2) = asked
                          AND NOT (kind = 'calls.case' AND org = ours
                                   AND split_part(stream, '/', 1) = 'triage.assessment'))
       AND NOT EXISTS (SELECT FROM public.journal WHERE subject = asked)
       AND NOT EXISTS (SELECT FROM read.access_relationships
                        WHERE org = ours AND thing_id = asked
                          AND basis IN ('booking', 'prescription'))
       AND NOT EXISTS (SELECT FROM read.access_relationships
                        WHERE org = ours AND person_id = asked);
END
$$;

-- Work that no relationship is known of, and what was written under one such key: for the timer
-- that writes relationships down, and for nobody's eyes.
CREATE FUNCTION access_silent(kinds text[]) RETURNS TABLE (key text) LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT DISTINCT split_part(stream, '/', 2) AS key
        FROM public.journal_streams
       WHERE split_part(stream, '/', 1) = ANY (kinds)
         AND split_part(stream, '/', 2) NOT IN (SELECT case_id FROM read.access_relationships)
         AND split_part(stream, '/', 2) NOT IN (SELECT thing_id FROM read.access_relationships)
         AND EXISTS (SELECT FROM public.journal AS j
                      WHERE j.stream = journal_streams.stream
                        AND j.origin NOT IN (SELECT origin FROM public.journal_foreign))
    ORDER BY key DESC
$$;
CREATE FUNCTION access_work_facts(asked text, kinds text[]) RETURNS SETOF public.journal
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT *
      FROM public.journal_facts
     WHERE split_part(stream, '/', 2) = asked
       AND split_part(stream, '/', 1) = ANY (kinds)
$$;
REVOKE ALL ON FUNCTION access_silent(text[]), access_work_facts(text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_silent(text[]), access_work_facts(text, text[])
   TO standfast_app;

CREATE TABLE access_refusals (
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
    why         text        NOT NULL, -- access.asking.Why
    sensitivity integer     NOT NULL, -- kernel.access.Sensitivity
    act         text        NOT NULL,
    way         text        NOT NULL,
    offline     boolean     NOT NULL,
    refused_at  timestamptz NOT NULL,
    PRIMARY KEY (org, entry_id)
);
CREATE INDEX access_refusals_by_person ON access_refusals (org, person_id, refused_at);
CREATE INDEX access_refusals_by_staff ON access_refusals (org, staff_id, refused_at);


-- All that was written about these contacts, to whoever has opened them (the case itself, or the
-- person whose it is now), which is on disk: a call counts as its case. A reader writes nothing, so
-- that nothing of this can be read and the trace of it rolled back.
CREATE FUNCTION access_contact_facts(contacts text[], who text) RETURNS SETOF public.journal
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan  -- else made anew at each call, for the array's length
    AS $$
DECLARE
    ours   text := tenancy.org();
    me     text := tenancy.proved(who);
    since  timestamptz := tenancy.now() - interval '20 minutes';
    opened text[];
BEGIN
    IF me IS NULL OR ours IS NULL OR NOT starts_with(me, ours || '/') THEN
        RETURN;
    END IF;
    SELECT array_agg(DISTINCT contact)
      INTO opened
      FROM (SELECT each AS contact, 'case' AS kind, each AS record_id
              FROM unnest(contacts) AS each
         UNION ALL
            SELECT c.call_id, 'case', c.case_id
              FROM read.calls_calls AS c
             WHERE c.org = ours AND c.call_id = ANY (contacts)
         UNION ALL
            SELECT p.case_id, 'person', p.person_id
              FROM read.people_contacts AS p
             WHERE p.org = ours AND p.case_id = ANY (contacts)) AS asked
     WHERE (SELECT true  -- record by record: as a join it reads all that they opened
              FROM read.access_entries AS e
             WHERE e.org = ours AND e.record_id = asked.record_id
               AND e.staff_id = substr(me, length(ours) + 2)
               AND e.opened_at > since
               AND e.act <> 'link' AND e.record_kind = asked.kind
             LIMIT 1);
    RETURN QUERY
          SELECT *
            FROM tenancy.contact_facts(opened)
           WHERE split_part(stream, '/', 1) = ANY (tenancy.contact_kinds());
END
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
    reason        text        NOT NULL, -- empty: a signal without one
    marks         jsonb       NOT NULL,
    score         integer     NOT NULL,
    happened_at   timestamptz NOT NULL,
    until         timestamptz,          -- NULL: a signal
    outcome       text        NOT NULL, -- empty: nobody has looked
    note          text        NOT NULL,
    reviewed_by   text        NOT NULL,
    reviewed_at   timestamptz,          -- NULL: nobody has looked
    proof_id      text        NOT NULL, -- empty: a signal, or glass without a proof
    PRIMARY KEY (org, review_id)
);
CREATE INDEX access_reviews_open ON access_reviews (org, happened_at) WHERE outcome = '';
CREATE INDEX access_reviews_by_staff ON access_reviews (org, staff_id, until);

-- What was confirmed with a fresh proof: one record, in one session, for a short while.
CREATE TABLE access_proofs (
    org         text        NOT NULL,
    session_id  text        NOT NULL,
    record_kind text        NOT NULL,
    record_id   text        NOT NULL,
    staff_id    text        NOT NULL,
    proof_id    text        NOT NULL, -- identity's answer, of a passkey or the sign-in service
    until       timestamptz NOT NULL,
    PRIMARY KEY (org, session_id, record_kind, record_id)
);

CREATE TABLE access_labels (
    org           text        NOT NULL,
    record_id     text        NOT NULL,
    record_kind   text        NOT NULL, -- person or case
    sensitivity   integer     NOT NULL, -- kernel.access.Sensitivity
    topics        jsonb       NOT NULL,
    hides_address boolean     NOT NULL, -- S-flagged
    of_staff      text        NOT NULL, -- whose own record; empty: nobody's who works here
    well_known    boolean     NOT NULL,
    opted_out     boolean     NOT NULL,
    reason        text        NOT NULL,
    staff_name    text        NOT NULL,
    labelled_at   timestamptz NOT NULL,
    PRIMARY KEY (org, record_id)
);
CREATE INDEX access_labels_of_staff ON access_labels (org, of_staff) WHERE of_staff <> '';
"""

PROJECTIONS: Final[tuple[Projection, ...]] = (
    Projection(RELATIONSHIP, relationship_rows, (RelationshipRow,)),
    Projection(RECORD, entry_rows, (EntryRow, RefusalRow)),
    Projection(SEARCH, search_rows, (SearchRow,)),
    Projection(REVIEW, review_rows, (ReviewRow,)),
    Projection(PROOF, proof_rows, (ProofRow,)),
    Projection(LABEL, label_rows, (LabelRow,)),
)
CONSTRAINTS: Final[Mapping[str, StrEnum]] = {}
ANSWERS: Final[Mapping[str, Answerer]] = {
    GUARDED.name: guarded,
    LINK_REVIEWED.name: link_reviewed,
}
