"""Peers as tables: who exchanges with this site, what was cut, stopped or found."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from msgspec import Struct

from standfast.journal.database import Reader
from standfast.kernel.rows import Projection, Row
from standfast.replication.model import EXCHANGE
from standfast.replication.model_state import Exchange
from standfast.web.platform import Answerer

SCHEMA: Final = """
    CREATE TABLE replication_sites (
        org           text        NOT NULL,
        site          text        NOT NULL,
        number        bigint      NOT NULL,
        epoch         bigint      NOT NULL,
        addresses     jsonb       NOT NULL,
        organisations jsonb       NOT NULL,
        made_at       timestamptz NOT NULL,
        PRIMARY KEY (org, site)
    );
    CREATE TABLE replication_peers (
        org           text        NOT NULL,
        peer          text        NOT NULL,
        number        bigint      NOT NULL,
        epoch         bigint      NOT NULL,
        addresses     jsonb       NOT NULL,
        organisations jsonb       NOT NULL,
        code          text        NOT NULL,
        joined_at     timestamptz NOT NULL,
        joined_by     text        NOT NULL,
        cuts          jsonb       NOT NULL,  -- origin (empty: all) and first row; empty: not cut
        cut_at        timestamptz,           -- NULL: it is not cut
        cut_by        text        NOT NULL,
        cut_reason    text        NOT NULL,
        PRIMARY KEY (org, peer)
    );
    CREATE TABLE replication_findings (
        org      text        NOT NULL,
        finding  text        NOT NULL,  -- 'stopped' or 'fork', the peer and the origin
        peer     text        NOT NULL,
        origin   text        NOT NULL,
        seq      bigint      NOT NULL,
        why      text        NOT NULL,  -- a word of proving.Why, or 'fork'
        found_at timestamptz NOT NULL,
        PRIMARY KEY (org, finding)
    );
"""

CONSTRAINTS: Final[Mapping[str, StrEnum]] = {}


class Part(Struct, frozen=True):
    """From which row on an origin is cut; an empty origin: every one of the site."""

    origin: str
    seq: int


class SiteRow(Row, frozen=True, kw_only=True):
    """This site's own card."""

    TABLE: ClassVar[str] = "replication_sites"
    KEY: ClassVar[tuple[str, ...]] = ("org", "site")

    org: str
    site: str
    number: int
    epoch: int
    addresses: tuple[str, ...]
    organisations: tuple[str, ...]
    made_at: datetime


class PeerRow(Row, frozen=True, kw_only=True):
    """Another site, and what people have decided about it."""

    TABLE: ClassVar[str] = "replication_peers"
    KEY: ClassVar[tuple[str, ...]] = ("org", "peer")

    org: str
    peer: str
    number: int
    epoch: int
    addresses: tuple[str, ...]
    organisations: tuple[str, ...]
    code: str
    joined_at: datetime
    joined_by: str
    cuts: tuple[Part, ...]
    cut_at: datetime | None
    cut_by: str
    cut_reason: str


class FindingRow(Row, frozen=True, kw_only=True):
    """Something that a peer handed over and that does not prove, or a fork."""

    TABLE: ClassVar[str] = "replication_findings"
    KEY: ClassVar[tuple[str, ...]] = ("org", "finding")

    org: str
    finding: str
    peer: str
    origin: str
    seq: int
    why: str
    found_at: datetime


def rows(known: Exchange) -> Iterator[Row]:
    """Yield this site, its peers, and what was found out about them."""
    if known.own is None:
        return
    org = known.own.org
    yield SiteRow(
        org=org,
        site=known.own.site,
        number=known.own.number,
        epoch=known.own.epoch,
        addresses=known.own.addresses,
        organisations=known.own.organisations,
        made_at=known.own.made_at,
    )
    for peer in known.peers.values():
        yield PeerRow(
            org=org,
            peer=peer.site,
            number=peer.number,
            epoch=peer.epoch,
            addresses=peer.addresses,
            organisations=peer.organisations,
            code=peer.code,
            joined_at=peer.joined_at,
            joined_by=peer.joined_by,
            cuts=tuple(Part(each.origin, each.seq) for each in peer.cut.cuts)
            if peer.cut
            else (),
            cut_at=peer.cut.cut_at if peer.cut else None,
            cut_by=peer.cut.by if peer.cut else "",
            cut_reason=peer.cut.reason if peer.cut else "",
        )
    yield from _findings(known, org)


def _findings(known: Exchange, org: str) -> Iterator[Row]:
    for peer in known.peers.values():
        for stop in peer.stopped.values():
            yield FindingRow(
                org=org,
                finding=f"stopped/{stop.peer}/{stop.origin}",
                peer=stop.peer,
                origin=stop.origin,
                seq=stop.seq,
                why=stop.why,
                found_at=stop.stopped_at,
            )
    for fork in known.forks.values():
        yield FindingRow(
            org=org,
            finding=f"fork/{fork.origin}",
            peer=fork.peer,
            origin=fork.origin,
            seq=fork.seq,
            why="fork",
            found_at=fork.found_at,
        )


class Standing(Struct, frozen=True, kw_only=True):
    """How the exchange stands with one peer, as its own process keeps it."""

    peer: str
    answered_at: datetime | None
    failed_at: datetime | None
    trouble: str
    behind: int
    """Rows that the peer has said it has and that are not here."""
    behind_since: datetime | None
    unheld: int
    """Rows of ours that the peer has not said it holds."""
    unheld_since: datetime | None
    left_out: int
    """Rows of its site that are here and count for nothing since it was cut."""


class HeldRow(Struct, frozen=True, kw_only=True):
    """How far a peer holds an origin, and how far it has come here."""

    peer: str
    origin: str
    held: int
    here: int | None
    at: datetime


async def own_site(db: Reader, org: str) -> SiteRow | None:
    """Return this site's own card, if it has one."""
    return await db.fetch_one(
        SiteRow,
        """
          SELECT org, site, number, epoch, addresses, organisations, made_at
            FROM replication_sites
           WHERE org = $1
        ORDER BY site
           LIMIT 1
        """,
        org,
    )


async def peers(db: Reader, org: str) -> list[PeerRow]:
    """Return every peer, by name."""
    return await db.fetch(
        PeerRow,
        """
          SELECT org, peer, number, epoch, addresses, organisations, code, joined_at, joined_by,
                 cuts, cut_at, cut_by, cut_reason
            FROM replication_peers
           WHERE org = $1
        ORDER BY peer
        """,
        org,
    )


async def findings(db: Reader, org: str) -> list[FindingRow]:
    """Return what was found out about peers and nobody has settled, newest first."""
    return await db.fetch(
        FindingRow,
        """
          SELECT org, finding, peer, origin, seq, why, found_at
            FROM replication_findings
           WHERE org = $1
        ORDER BY found_at DESC, finding
        """,
        org,
    )


async def standings(db: Reader) -> dict[str, Standing]:
    """Return how the exchange stands with each peer it has tried."""
    found = await db.fetch(
        Standing,
        """
        SELECT peer, answered_at, failed_at, trouble, behind, behind_since, unheld,
               unheld_since, left_out
          FROM tenancy.exchange_standing()
        """,
    )
    return {each.peer: each for each in found}


async def held(db: Reader) -> list[HeldRow]:
    """Return how far each peer says it holds each origin."""
    return await db.fetch(
        HeldRow, "SELECT peer, origin, held, here, at FROM tenancy.exchange_held()"
    )


PROJECTIONS: Final = (Projection(EXCHANGE, rows, (SiteRow, PeerRow, FindingRow)),)
ANSWERS: Final[Mapping[str, Answerer]] = {}
