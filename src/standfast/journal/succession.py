"""One signing key of a site taking over from another, provable for ever.

Both keys sign one statement: who succeeds whom, and where each of the old key's chains ends.
So what the old key signed stays provable, and what a thief of it signs afterwards is found.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from standfast.journal.database import Connection
from standfast.journal.entries import micros
from standfast.journal.keys import SiteKey, signed

TAG: Final = "keyring.site_key_succeeded.v1"
_TITLE: Final = "standfast site key succession 1"


class Head(Struct, frozen=True):
    """The last row of one chain: no genuine row of its key comes after it. ``hash`` is hex."""

    origin: str
    seq: int
    hash: str


class Succession(Struct, frozen=True, kw_only=True):
    """The statement, as its event has it. Keys and signatures are hex.

    ``old_signature`` is empty when the old key was lost: then only this site's own disk
    vouches for what came before, and the sites that exchange with it must be told by people.
    """

    site: str
    old_public: str
    new_public: str
    at: datetime
    heads: tuple[Head, ...]
    old_signature: str
    new_signature: str


class Past(Struct, frozen=True):
    """What a site's present key vouches for: earlier keys, and where their chains end."""

    keys: frozenset[bytes]
    ends: dict[str, Head]


def stated(
    *, site: str, old: SiteKey | bytes, new: SiteKey, at: datetime, heads: Sequence[Head]
) -> Succession:
    """Return the statement that *new* succeeds *old*, signed by both.

    *old* is the public half alone when the key itself was lost.
    """
    public = old if isinstance(old, bytes) else old.public
    content = _content(site, public.hex(), new.public.hex(), at, heads)
    return Succession(
        site=site,
        old_public=public.hex(),
        new_public=new.public.hex(),
        at=at,
        heads=tuple(heads),
        old_signature="" if isinstance(old, bytes) else old.sign(content).hex(),
        new_signature=new.sign(content).hex(),
    )


def proved(said: Succession) -> bool:
    """Return whether both keys signed what *said* says; an empty old signature is no lie."""
    try:
        old, new = bytes.fromhex(said.old_public), bytes.fromhex(said.new_public)
        by_old, by_new = bytes.fromhex(said.old_signature), bytes.fromhex(said.new_signature)
    except ValueError:
        return False
    content = _content(said.site, said.old_public, said.new_public, said.at, said.heads)
    return signed(new, by_new, content) and (not by_old or signed(old, by_old, content))


async def past_of(connection: Connection, key: bytes) -> Past:
    """Return what *key* vouches for, step by step backwards through the journal."""
    records = await connection.fetch("SELECT body FROM journal WHERE type = $1", TAG)
    return past_in([record["body"] for record in records], key)


def past_in(bodies: Iterable[bytes], key: bytes) -> Past:
    """Return what *key* vouches for by the statements in *bodies*; what is none is passed over."""
    steps = [step for body in bodies if (step := _read(body)) is not None]
    known, ends, waiting = {key}, dict[str, Head](), [key.hex()]
    while waiting:
        newer = waiting.pop()
        for step in steps:
            if step.new_public != newer:
                continue
            ends.update({head.origin: head for head in step.heads})
            older = bytes.fromhex(step.old_public)
            if older not in known:
                known.add(older)
                waiting.append(step.old_public)
    return Past(frozenset(known), ends)


async def heads_of(connection: Connection, key: bytes) -> list[Head]:
    """Return the last row of every chain that *key* signs."""
    records = await connection.fetch(
        """
          SELECT o.origin, newest.seq, newest.hash
            FROM journal_origins AS o
           CROSS JOIN LATERAL (
                   SELECT seq, hash
                     FROM journal
                    WHERE journal.origin = o.origin
                 ORDER BY seq DESC
                    LIMIT 1) AS newest
           WHERE o.public_key = $1
        ORDER BY o.origin
        """,
        key,
    )
    return [Head(record["origin"], record["seq"], record["hash"].hex()) for record in records]


async def has_written(connection: Connection, key: bytes) -> bool:
    """Return whether any row stands in a chain of *key*."""
    return bool(await heads_of(connection, key))


def _read(body: bytes) -> Succession | None:
    try:
        step = msgspec.json.decode(body, type=Succession)
    except msgspec.DecodeError:
        return None
    return step if proved(step) else None


def _content(site: str, old: str, new: str, at: datetime, heads: Sequence[Head]) -> bytes:
    ends = [[head.origin, head.seq, head.hash] for head in heads]
    return msgspec.msgpack.encode([_TITLE, site, old, new, micros(at), ends])
