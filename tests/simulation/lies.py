"""What a hostile site hands over, and for what it must be named."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from standfast.journal.entries import Entry, digest
from standfast.journal.keys import SiteKey
from standfast.kernel.clock import COUNTER_BITS
from standfast.replication.proving import Why
from tests.replication.world import key_of

Rows = tuple[Entry, ...]
THIEF: Final = key_of("a thief")


@dataclass(frozen=True)
class Lie:
    """One way to lie about a page. *expected*: any of these names it rightly."""

    name: str
    tell: Callable[[Rows], Sequence[Entry]]
    expected: frozenset[Why]
    own: bool = False
    """Told of its own rows alone, with its own key."""


def _forge(rows: Rows) -> Sequence[Entry]:
    """Another's words in place of what was signed; the hash is left as it was."""
    return [replace(rows[0], body=b'{"forged":true}'), *rows[1:]]


def _sign_oneself(rows: Rows) -> Sequence[Entry]:
    """Another's words, chained well, signed with a key of one's own."""
    return _linked([replace(rows[0], body=b'{"forged":true}'), *rows[1:]], rows[0].prev)


def _linked(rows: Sequence[Entry], prev: bytes, key: SiteKey = THIEF) -> list[Entry]:
    """Chain *rows* after *prev*, signed by a thief, or with *key*."""
    done: list[Entry] = []
    for row in rows:
        fresh = replace(row, prev=prev, hash=b"")
        prev = digest(fresh)
        sig = key.sign(prev) if row.sig is not None else None
        done.append(replace(fresh, hash=prev, sig=sig))
    return done


def _own(rows: Sequence[Entry], first: Entry) -> list[Entry]:
    """Chain *rows* with the key of whoever writes them: what a site can do with its own."""
    site, epoch = first.origin.split(".")[:2]
    return _linked(rows, first.prev, key_of(site, int(epoch)))


def _steal(rows: Rows) -> Sequence[Entry]:
    return _own([replace(row, org="another-trust") for row in rows], rows[0])


def _go_back(rows: Rows) -> Sequence[Entry]:
    return _own([replace(row, hlc=1) for row in rows], rows[0])


def _malform(rows: Rows) -> Sequence[Entry]:
    return _own([replace(row, stream="calls.case") for row in rows], rows[0])


def _run_ahead(rows: Rows) -> Sequence[Entry]:
    day = 86_400_000 << COUNTER_BITS
    return _own([replace(row, hlc=row.hlc + 2 * day) for row in rows], rows[0])


def _fork(rows: Rows) -> Sequence[Entry]:
    """Another history of one's own, as sound as the first. Only two together show it."""
    return _own([replace(rows[0], actor="somebody else"), *rows[1:]], rows[0])


def _later(rows: Rows) -> Sequence[Entry]:
    """Say that it happened later; chain and hashes are made anew, the signature is kept."""
    done: list[Entry] = []
    prev = rows[0].prev
    for row in rows:
        fresh = replace(
            row, occurred_at=row.occurred_at + timedelta(seconds=1), prev=prev, hash=b""
        )
        prev = digest(fresh)
        done.append(replace(fresh, hash=prev))
    return done


def _another_org(rows: Rows) -> Sequence[Entry]:
    return _linked([replace(row, org="another-trust") for row in rows], rows[0].prev)


def _whys(*whys: Why) -> frozenset[Why]:
    return frozenset(whys)


LIES: Final = (
    Lie("forge", _forge, _whys(Why.CHANGED)),
    Lie("sign oneself", _sign_oneself, _whys(Why.BAD_SIGNATURE, Why.WRONG_KEY)),
    Lie("keep the signature", _later, _whys(Why.BAD_SIGNATURE, Why.WRONG_KEY)),
    Lie("another's organisation", _another_org, _whys(Why.BAD_SIGNATURE, Why.WRONG_KEY)),
    Lie("replay", lambda rows: [*rows, *rows], _whys(Why.GAP)),
    Lie("reorder", lambda rows: tuple(reversed(rows)), _whys(Why.GAP, Why.UNSIGNED)),
    Lie("leave out", lambda rows: rows[1:], _whys(Why.GAP)),
    Lie("unsigned", lambda rows: [replace(r, sig=None) for r in rows], _whys(Why.UNSIGNED)),
    Lie(
        "another origin",
        lambda rows: [replace(r, origin="nowhere.1.0") for r in rows],
        _whys(Why.NOT_THEIRS),
    ),
    Lie("steal", _steal, _whys(Why.WRONG_ORG), own=True),
    Lie("go back", _go_back, _whys(Why.BACKWARDS), own=True),
    Lie("malform", _malform, _whys(Why.MALFORMED), own=True),
    Lie("run ahead", _run_ahead, frozenset(), own=True),
    Lie("fork", _fork, frozenset(), own=True),
    Lie("nothing", lambda _: (), frozenset()),
    Lie("endless", lambda rows: rows * (10_001 // len(rows) + 1), frozenset()),
)
"""*Nothing* and *endless* name nobody: the question fails and is asked again later. Who *runs
ahead* is waited for. A *fork* is found when two of its histories meet."""
