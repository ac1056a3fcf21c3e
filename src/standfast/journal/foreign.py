"""Rows of other sites: which of those that are held count for something here.

A row can be what its site signed and still have no business in a stream: docs/replication.md,
*What is held and counts for nothing*. Such rows are left out of every fold. Which they are
follows from the rows, the cards and what people have cut: it is no record, and decided anew.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct

EXCHANGE_ROLE: Final = "standfast_exchange"
"""What the exchange's process works as: it reads and adds rows as stored, and no key."""

HOME: Final = frozenset({"clients", "identity", "keyring", "replication"})
"""Contexts whose facts hold at the site that wrote them and nowhere else."""


class LeftOut(StrEnum):
    """Why a row counts for nothing here."""

    HOME = "home"
    CUT = "cut"
    ORG = "org"
    FOLD = "fold"
    """Its stream makes rows that are another's, breaks the fold or contradicts a constraint."""


class Belief(Struct, frozen=True, kw_only=True):
    """What this site believes of others: whose organisations are whose, and what is cut."""

    site: str
    organisations: Mapping[str, frozenset[str]]
    """By site, as its accepted card has them."""
    cuts: Mapping[str, int]
    """By site or by origin: the first row that counts for nothing."""

    def is_cut(self, origin: str, seq: int) -> bool:
        """Return whether people have decided that this row counts for nothing."""
        first = (self.cuts.get(origin), self.cuts.get(site_in(origin)))
        return any(each is not None and seq >= each for each in first)


class Stored(Struct, frozen=True, kw_only=True):
    """A row of a stream as a fold looks at it, and why it was left out so far, if it was."""

    origin: str
    seq: int
    stream: str
    type: str
    org: str
    hlc: int
    body: bytes
    key_id: str | None = None
    left_out: str | None = None

    @property
    def place(self) -> tuple[str, int]:
        return self.origin, self.seq

    @property
    def order(self) -> tuple[int, str, int]:
        """Where it stands in canonical order."""
        return self.hlc, self.origin, self.seq


def site_in(origin: str) -> str:
    """Return the site whose origin this is."""
    return origin.partition(".")[0]


def judged(rows: Sequence[Stored], belief: Belief) -> dict[tuple[str, int], LeftOut]:
    """Return which rows of one stream count for nothing, and why; *rows* in canonical order."""
    out: dict[tuple[str, int], LeftOut] = {}
    for row in rows:
        if site_in(row.origin) == belief.site:
            continue
        if row.stream.partition(".")[0] in HOME:
            out[row.place] = LeftOut.HOME
        elif belief.is_cut(row.origin, row.seq):
            out[row.place] = LeftOut.CUT
    owner, theirs = owner_of(rows, belief, out)
    for row in rows:
        at = site_in(row.origin)
        if at not in (belief.site, owner) and row.org not in theirs and row.place not in out:
            out[row.place] = LeftOut.ORG
    return out


def owner_of(
    rows: Sequence[Stored], belief: Belief, out: Collection[tuple[str, int]] = ()
) -> tuple[str, frozenset[str]]:
    """Return the site whose stream this is, and the organisations of its rows in it.

    It is ours as soon as we have written in it, else that of the first row that counts.
    """
    counted = [row for row in rows if row.place not in out]
    ours = [row for row in counted if site_in(row.origin) == belief.site]
    first = (ours or counted)[:1]
    if not first:
        return belief.site, frozenset()
    owner = site_in(first[0].origin)
    return owner, frozenset(row.org for row in counted if site_in(row.origin) == owner)


FOREIGN: Final = """
-- Origins of other sites.
CREATE TABLE IF NOT EXISTS journal_foreign (
    origin text NOT NULL PRIMARY KEY,
    site   text NOT NULL
);

-- Rows that are held and count for nothing (journal.foreign). Not a record: decided anew.
CREATE TABLE IF NOT EXISTS journal_left_out (
    origin text   NOT NULL,
    seq    bigint NOT NULL,
    stream text   NOT NULL,
    why    text   NOT NULL,
    PRIMARY KEY (origin, seq)
);
CREATE INDEX IF NOT EXISTS journal_left_out_by_stream ON journal_left_out (stream);

-- Organisations that are at work at other sites alone: nothing is written for them here.
CREATE TABLE IF NOT EXISTS journal_elsewhere (
    org text NOT NULL PRIMARY KEY
);
REVOKE ALL ON journal_foreign, journal_left_out, journal_elsewhere FROM PUBLIC, {app}, {reader};
GRANT SELECT ON journal_elsewhere, journal_foreign TO {app};

-- The facts that count: what whoever asks what has happened must read.
CREATE OR REPLACE VIEW journal_facts AS
SELECT j.*
  FROM journal AS j
 WHERE NOT EXISTS (SELECT FROM journal_left_out AS l
                    WHERE l.origin = j.origin AND l.seq = j.seq);
REVOKE ALL ON journal_facts FROM PUBLIC, {app}, {reader};

"""
"""What is known of other sites' rows: made before the functions that look at facts."""

EXCHANGE: Final = """
-- What the exchange's process keeps of peers. Not a record: what matters of it becomes facts.
CREATE SCHEMA IF NOT EXISTS exchange;
REVOKE ALL ON SCHEMA exchange FROM PUBLIC, {app}, {reader};
CREATE TABLE IF NOT EXISTS exchange.asked (   -- cards that were handed over, for a day
    site text NOT NULL PRIMARY KEY, card bytea NOT NULL, at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS exchange.peers (
    peer text NOT NULL PRIMARY KEY,
    answered_at timestamptz, failed_at timestamptz, trouble text NOT NULL DEFAULT '',
    behind bigint NOT NULL DEFAULT 0, behind_since timestamptz
);
CREATE TABLE IF NOT EXISTS exchange.held (    -- what a peer says it has proved and put on disk
    peer text NOT NULL, origin text NOT NULL, seq bigint NOT NULL, hash bytea NOT NULL,
    at timestamptz NOT NULL, PRIMARY KEY (peer, origin)
);
CREATE TABLE IF NOT EXISTS exchange.wrong (   -- who handed over what does not prove
    peer text NOT NULL, origin text NOT NULL, seq bigint NOT NULL, why text NOT NULL,
    card_number bigint NOT NULL, at timestamptz NOT NULL, noted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (peer, origin)
);
CREATE TABLE IF NOT EXISTS exchange.forks (
    origin text NOT NULL PRIMARY KEY, seq bigint NOT NULL, peer text NOT NULL,
    ours bytea NOT NULL, theirs bytea NOT NULL, at timestamptz NOT NULL,
    noted boolean NOT NULL DEFAULT false
);
CREATE TABLE IF NOT EXISTS exchange.cards (   -- newer cards that took their place by themselves
    peer text NOT NULL PRIMARY KEY, card bytea NOT NULL, at timestamptz NOT NULL
);
GRANT USAGE ON SCHEMA public, exchange, tenancy TO {exchange};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA exchange TO {exchange};
GRANT SELECT, INSERT, UPDATE, DELETE ON journal_foreign, journal_left_out, journal_elsewhere
   TO {exchange};
GRANT SELECT, INSERT ON journal, journal_origins TO {exchange};
GRANT SELECT, INSERT, UPDATE ON journal_streams TO {exchange};

-- Streams that only other sites had begun are ours from our first fact on: theirs is left out.
CREATE OR REPLACE FUNCTION tenancy.leave_strangers_out(streams text[]) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH theirs AS (SELECT origin FROM public.journal_foreign)
    INSERT INTO public.journal_left_out (origin, seq, stream, why)
    SELECT j.origin, j.seq, j.stream, 'org'
      FROM public.journal AS j
     WHERE j.stream = ANY (streams)
       AND j.origin IN (SELECT origin FROM theirs)
       AND EXISTS (SELECT FROM public.journal AS ours
                    WHERE ours.stream = j.stream
                      AND ours.origin NOT IN (SELECT origin FROM theirs))
        ON CONFLICT (origin, seq) DO NOTHING
$$;

-- Whether this site itself has registered an organisation, whoever else may claim it.
CREATE OR REPLACE FUNCTION tenancy.registered_here(org text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.journal AS j
                    WHERE j.stream = 'identity.organisation/' || registered_here.org
                      AND j.origin NOT IN (SELECT origin FROM public.journal_foreign))
$$;
REVOKE ALL ON FUNCTION tenancy.leave_strangers_out(text[]), tenancy.registered_here(text)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.leave_strangers_out(text[]), tenancy.registered_here(text)
   TO {app};

-- Tell the workers what has moved (journal.feed): the exchange may not notify by itself.
CREATE OR REPLACE FUNCTION tenancy.tell(payload text) RETURNS void LANGUAGE sql VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
    $$ SELECT pg_notify('standfast', payload) $$;
REVOKE ALL ON FUNCTION tenancy.tell(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.tell(text) TO {exchange};

-- How the exchange stands with each peer, for the page Peers. Of no patient.
CREATE OR REPLACE FUNCTION tenancy.exchange_standing()
    RETURNS TABLE (peer text, answered_at timestamptz, failed_at timestamptz, trouble text,
                   behind bigint, behind_since timestamptz, unheld bigint,
                   unheld_since timestamptz, left_out bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT p.peer, p.answered_at, p.failed_at, p.trouble, p.behind, p.behind_since,
             u.unheld, u.since,
             (SELECT count(*) FROM public.journal_left_out AS l
               WHERE l.why = 'cut' AND split_part(l.origin, '.', 1) = p.peer)
        FROM exchange.peers AS p,
     LATERAL (SELECT coalesce(sum(n.seq - coalesce(h.seq, 0)), 0)::bigint AS unheld,
                     min(n.since) AS since
                FROM (SELECT o.origin,
                             (SELECT max(j.seq) FROM public.journal AS j
                               WHERE j.origin = o.origin) AS seq,
                             (SELECT j.recorded_at FROM public.journal AS j
                               WHERE j.origin = o.origin AND j.seq > coalesce(
                                     (SELECT seq FROM exchange.held
                                       WHERE peer = p.peer AND origin = o.origin), 0)
                            ORDER BY j.seq LIMIT 1) AS since
                        FROM public.journal_origins AS o
                       WHERE o.origin NOT IN (SELECT origin FROM public.journal_foreign)) AS n
           LEFT JOIN exchange.held AS h ON h.peer = p.peer AND h.origin = n.origin) AS u
    ORDER BY p.peer
$$;

-- Where each origin stands here and at the peer that was asked last, and who holds what.
CREATE OR REPLACE FUNCTION tenancy.exchange_held()
    RETURNS TABLE (peer text, origin text, held bigint, here bigint, at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT h.peer, h.origin, h.seq,
             (SELECT max(j.seq) FROM public.journal AS j WHERE j.origin = h.origin), h.at
        FROM exchange.held AS h
    ORDER BY h.peer, h.origin
$$;

-- What the exchange has found and no fact says yet, and the marking of it: for a timer.
CREATE OR REPLACE FUNCTION tenancy.exchange_found()
    RETURNS TABLE (what text, peer text, origin text, seq bigint, why text, number bigint,
                   ours bytea, theirs bytea, at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'wrong', peer, origin, seq, why, card_number, NULL::bytea, NULL::bytea, at
      FROM exchange.wrong WHERE NOT noted
     UNION ALL
    SELECT 'fork', peer, origin, seq, '', 0, ours, theirs, at FROM exchange.forks WHERE NOT noted
     UNION ALL
    SELECT 'card', peer, '', 0, '', 0, card, NULL, at FROM exchange.cards
$$;
CREATE OR REPLACE FUNCTION tenancy.exchange_noted(asked_what text, asked_peer text,
                                                  asked_origin text) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE exchange.wrong SET noted = true
     WHERE asked_what = 'wrong' AND peer = asked_peer AND origin = asked_origin;
    UPDATE exchange.forks SET noted = true
     WHERE asked_what = 'fork' AND peer = asked_peer AND origin = asked_origin;
    DELETE FROM exchange.cards WHERE asked_what = 'card' AND peer = asked_peer;
$$;
REVOKE ALL ON FUNCTION tenancy.exchange_found(), tenancy.exchange_noted(text, text, text)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.exchange_found(), tenancy.exchange_noted(text, text, text)
   TO {app};
"""
