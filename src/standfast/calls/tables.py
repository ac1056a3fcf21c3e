"""Read models of calls: their tables, and what others may ask of them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from standfast.calls import tables_paper
from standfast.calls.model_call import CALL
from standfast.calls.model_case import CASE
from standfast.calls.rows import CALL_TABLES, CASE_TABLES, call_rows, case_rows
from standfast.facts.cases import CASE_SUMMARY, CaseSummary
from standfast.facts.kept import CASES_KEPT, MOST, KeptRecord, asked_for
from standfast.journal.database import Reader
from standfast.journal.timeline import facts
from standfast.kernel.rows import Projection
from standfast.web.platform import Answerer

SCHEMA: Final = """
    CREATE TABLE calls_calls (
        org            text    NOT NULL,
        call_id        text    NOT NULL,
        number         text    NOT NULL,  -- empty: withheld
        place          text    NOT NULL,
        status         text    NOT NULL,
        rang_at        timestamptz,       -- NULL: the ringing has not been told of yet
        hung_up_at     timestamptz,       -- NULL: the line is open
        case_id        text,              -- NULL: nobody has opened a case for it
        staff_name     text    NOT NULL,
        outcome        text    NOT NULL,
        answered_twice boolean NOT NULL,  -- two sites that were cut off both answered it
        PRIMARY KEY (org, call_id)
    );
    CREATE INDEX calls_calls_unanswered ON calls_calls (org, status, rang_at)
        WHERE status IN ('waiting', 'connected', 'abandoned');
    CREATE INDEX calls_calls_twice ON calls_calls (org, rang_at) WHERE answered_twice;

    CREATE TABLE calls_cases (
        org         text   NOT NULL,
        case_id     text   NOT NULL,
        reference   text   NOT NULL,
        source      text   NOT NULL,
        status      text   NOT NULL,
        opened_at   timestamptz,      -- NULL: told of by another site before its opening
        opened_by   text   NOT NULL,
        keeper_id   text   NOT NULL, -- who has it: its opener, or whoever it was handed to
        closed_at   timestamptz,      -- NULL: not closed
        person_id   text,             -- NULL: the patient is not identified
        patient     jsonb  NOT NULL,
        place       jsonb  NOT NULL,  -- how to get in is no part of any row
        numbers     jsonb  NOT NULL,
        gp_name     text   NOT NULL,
        needs       jsonb  NOT NULL,
        problem     text   NOT NULL,
        disposition text   NOT NULL,
        kind        text   NOT NULL,
        priority    bigint NOT NULL,  -- 0: no outcome stands
        due_at      timestamptz,      -- NULL: as priority 0
        lost_at     timestamptz,      -- NULL: not on the call-back list
        summary     text   NOT NULL,
        search      text   NOT NULL,
        PRIMARY KEY (org, case_id)
    );
    CREATE INDEX calls_cases_of_person ON calls_cases (org, person_id, opened_at);
    CREATE INDEX calls_cases_open ON calls_cases (org, status, opened_at)
        WHERE status <> 'closed';
    CREATE INDEX calls_cases_lost ON calls_cases (org, lost_at) WHERE lost_at IS NOT NULL;
    CREATE INDEX calls_cases_latest ON calls_cases (org, opened_at);
    CREATE INDEX calls_cases_reference ON calls_cases (org, reference);

    CREATE TABLE calls_case_numbers (
        org     text NOT NULL,
        case_id text NOT NULL,
        number  text NOT NULL,
        PRIMARY KEY (org, case_id, number)
    );
    CREATE INDEX calls_case_numbers_found ON calls_case_numbers (org, number);

    CREATE TABLE calls_queue (
        org       text        NOT NULL,
        case_id   text        NOT NULL,
        priority  bigint      NOT NULL,
        due_at    timestamptz NOT NULL,
        wanted_at timestamptz NOT NULL,
        reason    text        NOT NULL,
        skill     text        NOT NULL,
        tried     bigint      NOT NULL,
        taken_id  text        NOT NULL,  -- empty: with nobody
        taken_by  text        NOT NULL,
        put_back  text        NOT NULL,
        PRIMARY KEY (org, case_id)
    );

    CREATE TABLE calls_unaccepted (
        org          text        NOT NULL,
        case_id      text        NOT NULL,
        category     text        NOT NULL,
        reason       text        NOT NULL,
        requested_at timestamptz NOT NULL,
        accept_by    timestamptz NOT NULL,
        noticed      boolean     NOT NULL,  -- the case has been told that nobody accepted
        PRIMARY KEY (org, case_id)
    );

    -- What the timer of requests that nobody accepted in time needs, and no more: which cases.
    CREATE FUNCTION calls_not_accepted(by_now timestamptz) RETURNS text[] LANGUAGE sql STABLE
        SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT coalesce(array_agg(case_id ORDER BY accept_by, case_id), '{}')
          FROM read.calls_unaccepted
         WHERE accept_by <= by_now
           AND NOT noticed
           AND org NOT IN (SELECT e.org FROM public.journal_elsewhere AS e)
    $$;
    REVOKE ALL ON FUNCTION calls_not_accepted(timestamptz) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION calls_not_accepted(timestamptz) TO standfast_app;

    -- What the reader's organisation wrote in these cases, as it is stored: the ids of devices'
    -- entries are read out of it, and no other word.
    CREATE FUNCTION calls_kept_entries(cases text[]) RETURNS SETOF public.journal
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT *
          FROM public.journal_facts
         WHERE split_part(stream, '/', 2) = ANY (cases)
           AND org = (SELECT tenancy.org())
    $$;

    CREATE TABLE calls_outstanding (
        org     text NOT NULL,
        case_id text NOT NULL,
        owing   text NOT NULL,
        words   text NOT NULL,
        due_at  timestamptz,  -- NULL: no time was set
        whose_id text NOT NULL,  -- who sees to it; empty: nobody yet
        whose    text NOT NULL,
        PRIMARY KEY (org, case_id, owing)
    );

    CREATE TABLE calls_messages (
        org          text        NOT NULL,
        case_id      text        NOT NULL,
        message_id   text        NOT NULL,
        gp_name      text        NOT NULL,  -- empty: the GP is not known
        for_action   boolean     NOT NULL,
        made_at      timestamptz NOT NULL,
        is_correction boolean    NOT NULL,  -- it was about somebody else: the GP must know
        way          text        NOT NULL,  -- empty: it lies here
        passed_on_by text        NOT NULL,
        passed_on_at timestamptz,           -- NULL: as way
        PRIMARY KEY (org, case_id)
    );
    CREATE INDEX calls_messages_lying ON calls_messages (org, made_at) WHERE way = '';
"""

PROJECTIONS: Final[tuple[Projection, ...]] = (
    Projection(CALL, call_rows, CALL_TABLES),
    Projection(CASE, case_rows, CASE_TABLES),
)
CONSTRAINTS: Final[Mapping[str, StrEnum]] = {}


class KeptEntry(Struct, frozen=True):
    """An entry of a device that the journal holds."""

    case_id: str
    entry_id: str


class _FromDevice(Struct, frozen=True):
    """A fact, as far as it matters here."""

    entry_id: str = ""


async def kept_entries(db: Reader, cases: list[str]) -> list[KeptEntry]:
    """Return which entries of devices the reader's organisation holds of these cases."""
    return [
        KeptEntry(fact.stream.partition("/")[2], entry.entry_id)
        for fact in await facts(db, "calls_kept_entries($1)", cases)
        if (entry := msgspec.json.decode(fact.body, type=_FromDevice)).entry_id
    ]


async def _case_summary(db: Reader, org: str, case_id: str) -> CaseSummary | None:
    return await db.fetch_one(
        CaseSummary,
        """
        SELECT case_id, reference, patient, place, numbers, problem, disposition, kind,
               due_at, needs, gp_name, opened_at, closed_at
          FROM calls_cases
         WHERE org = $1
           AND case_id = $2
        """,
        org,
        case_id,
    )


async def _kept(db: Reader, org: str, key: str) -> tuple[KeptRecord, ...]:
    """Return the cases of people who were never identified; others go with their person."""
    before, case_id = asked_for(key)
    found = await db.fetch(
        KeptRecord,
        """
          SELECT case_id AS record_id, 'case' AS kind,
                 reference || ', patient not identified' AS title,
                 (patient->>'born')::date AS born, NULL::date AS died,
                 coalesce(closed_at, opened_at) AS latest_at,
                 jsonb_build_array(case_id) AS parts
            FROM calls_cases
           WHERE org = $1 AND person_id IS NULL AND opened_at IS NOT NULL
                 AND ($2::date IS NULL OR coalesce(closed_at, opened_at) < $2)
                 AND ($3::text IS NULL OR case_id = $3)
        ORDER BY latest_at, record_id
           LIMIT $4
        """,
        org,
        before,
        case_id,
        MOST,
    )
    return tuple(found)


ANSWERS: Final[Mapping[str, Answerer]] = {
    CASE_SUMMARY.name: _case_summary,
    CASES_KEPT.name: _kept,
    **tables_paper.ANSWERS,
}
