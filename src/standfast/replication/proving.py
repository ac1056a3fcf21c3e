"""Proving a page of somebody's journal before a row of it is stored. Pure.

Nothing here asks who handed the page over: an honest page of a liar is as good as any, and a
forged one is as bad from a friend.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import re2
from msgspec import Struct, structs

from standfast.journal.entries import GENESIS, Entry, digest
from standfast.journal.keys import signed
from standfast.kernel.clock import MAX_AHEAD, ClockAhead, not_ahead
from standfast.replication.card import Earlier, SiteCard, epoch_of, site_of

EARLIEST: Final = datetime.fromisoformat("1900-01-01T00:00:00+00:00")
LATEST: Final = datetime.fromisoformat("2200-01-01T00:00:00+00:00")
"""What the journal's own table takes as an instant."""

LONGEST: Final = 300
"""Characters of a stream, an actor, a subject: longer ones are no id of anybody's."""

LARGEST_BODY: Final = 4 * 1024 * 1024
_STREAM: Final = re2.compile(r"[a-z][a-z_]*[.][a-z][a-z_]*/[^\x00-\x1f\x7f]{1,200}")
"""A key may have spaces: a sector's postcode has one."""

_TAG: Final = re2.compile(r"[a-z][a-z_]*[.][a-z][a-z0-9_]*[.]v[1-9][0-9]?")


class Why(StrEnum):
    """What is wrong with a page. The words on screen are in ``words.py``."""

    NOT_THEIRS = "not_theirs"
    """A row of another origin, or of a site or an epoch whose card is not known."""
    WRONG_KEY = "wrong_key"
    GAP = "gap"
    BROKEN_LINK = "broken_link"
    CHANGED = "changed"
    BAD_SIGNATURE = "bad_signature"
    UNSIGNED = "unsigned"
    BACKWARDS = "backwards"
    """Its timestamp is not after the one before it in its own chain."""
    AFTER_ITS_END = "after_its_end"
    MALFORMED = "malformed"
    WRONG_ORG = "wrong_org"
    AHEAD = "ahead"
    SET_BACK = "set_back"
    """A row of our own epoch that we have not: this site was restored and goes on as before."""


NOBODY_LIES: Final = frozenset({Why.AHEAD, Why.SET_BACK})
"""What is named and stops nobody: a clock, or this site itself, is wrong."""

OF_THE_CARD: Final = frozenset({Why.NOT_THEIRS, Why.WRONG_KEY, Why.WRONG_ORG})
"""What a newer card of the origin's site may put right."""


class Wrong(Struct, frozen=True):
    """The first row that does not prove, and why."""

    origin: str
    seq: int
    why: Why


class Standing(Struct, frozen=True, kw_only=True):
    """How far an origin has come here, and the key that it has had since it was first seen."""

    seq: int = 0
    hash: bytes = GENESIS
    hlc: int = 0
    key: bytes | None = None


class Proved(Struct, frozen=True, kw_only=True):
    """Rows that follow what is here, every one covered by a signature of its origin's key."""

    origin: str
    key: bytes
    entries: tuple[Entry, ...]

    @property
    def standing(self) -> Standing:
        """How far the origin has come with them."""
        newest = self.entries[-1]
        return Standing(seq=newest.seq, hash=newest.hash, hlc=newest.hlc, key=self.key)


def prove(
    origin: str,
    known: Standing,
    card: SiteCard,
    entries: Sequence[Entry],
    now: datetime,
) -> Proved | Wrong:
    """Return those of *entries* that may be stored, or the first that is wrong.

    *card* is the accepted card of the site that writes *origin*. Rows after the last signed
    one are left off: they are asked for again.
    """
    if site_of(origin) != card.site or epoch_of(origin) > card.epoch:
        return Wrong(origin, known.seq + 1, Why.NOT_THEIRS)
    covered = 0
    for number, entry in enumerate(entries, start=1):
        covered = number if entry.sig is not None else covered
    if covered == 0:
        return Wrong(origin, known.seq + 1, Why.UNSIGNED)
    whole = tuple(entries[:covered])
    key = _key_of(origin, known, card, whole)
    if isinstance(key, Wrong):
        return key
    wrong = (
        _broken(origin, known, key, whole)
        or _past_its_end(origin, card, key, whole)
        or _unfit(card, whole)
        or _ahead(whole, now)
    )
    return wrong or Proved(origin=origin, key=key, entries=whole)


def part_before(page: Proved, seq: int) -> Proved | None:
    """Return what of *page* comes before row *seq*, as far as it is signed; None: nothing."""
    kept = 0
    for number, entry in enumerate(page.entries, start=1):
        kept = number if entry.sig is not None and entry.seq < seq else kept
    return structs.replace(page, entries=page.entries[:kept]) if kept else None


def forks(key: bytes, ours: Entry, theirs: Sequence[Entry]) -> bool:
    """Return whether *theirs* proves another row under the number of *ours*.

    *theirs* begins with that row and ends with the next signed one: the key that signed ours
    signed a chain that ours is not in.
    """
    if not theirs or theirs[-1].sig is None or theirs[0].hash == ours.hash:
        return False
    first = theirs[0]
    if (first.origin, first.seq) != (ours.origin, ours.seq):
        return False
    before = Standing(seq=first.seq - 1, hash=first.prev, hlc=-1, key=key)
    return _broken(ours.origin, before, key, tuple(theirs)) is None


def _key_of(
    origin: str, known: Standing, card: SiteCard, entries: Sequence[Entry]
) -> bytes | Wrong:
    """Return the key of *origin*: the one it has, or that of the card which signed its rows."""
    vouched = (card.signing, *(each.key for each in card.earlier))
    if known.key is not None:
        here = known.key if known.key in vouched else None
    else:
        first = next(entry for entry in entries if entry.sig is not None)
        here = next((key for key in vouched if signed(key, first.sig or b"", first.hash)), None)
    return Wrong(origin, known.seq + 1, Why.WRONG_KEY) if here is None else here


def _broken(origin: str, known: Standing, key: bytes, entries: Sequence[Entry]) -> Wrong | None:
    """Return the first row that does not follow, is not what its hash says, or not signed."""
    seq, prev, hlc = known.seq, known.hash, known.hlc
    for entry in entries:
        seq += 1
        why = _link(origin, entry, seq, prev, hlc)
        if why is None and entry.sig is not None and not signed(key, entry.sig, entry.hash):
            why = Why.BAD_SIGNATURE
        if why is not None:
            return Wrong(origin, seq, why)
        prev, hlc = entry.hash, entry.hlc
    return None


def _link(origin: str, entry: Entry, seq: int, prev: bytes, hlc: int) -> Why | None:
    if entry.origin != origin:
        return Why.NOT_THEIRS
    if entry.seq != seq:
        return Why.GAP
    if entry.prev != prev:
        return Why.BROKEN_LINK
    try:
        right = digest(entry) == entry.hash
    except (TypeError, ValueError, OverflowError):  # a number that no hash can cover
        right = False
    if not right:
        return Why.CHANGED
    return Why.BACKWARDS if entry.hlc <= hlc else None


def _past_its_end(
    origin: str, card: SiteCard, key: bytes, entries: Sequence[Entry]
) -> Wrong | None:
    """Return the first row that a retired key signed after its chain had ended."""
    retired = next((each for each in card.earlier if each.key == key), None)
    if key == card.signing or retired is None or retired.ends is None:
        return None
    seq, hash_ = _end(retired, origin)
    for entry in entries:
        if entry.seq > seq or (entry.seq == seq and entry.hash != hash_):
            return Wrong(origin, entry.seq, Why.AFTER_ITS_END)
    return None


def _end(retired: Earlier, origin: str) -> tuple[int, bytes]:
    for end in retired.ends or ():
        if end.origin == origin:
            return end.seq, end.hash
    return 0, GENESIS


def _unfit(card: SiteCard, entries: Sequence[Entry]) -> Wrong | None:
    """Return the first row that is not well formed, or another organisation's."""
    for entry in entries:
        if not _well_formed(entry):
            return Wrong(entry.origin, entry.seq, Why.MALFORMED)
        if entry.org not in card.organisations:
            return Wrong(entry.origin, entry.seq, Why.WRONG_ORG)
    return None


def _well_formed(entry: Entry) -> bool:
    texts = (entry.actor, entry.subject or "", entry.key_id or "", entry.org)
    return (
        _STREAM.fullmatch(entry.stream) is not None
        and _TAG.fullmatch(entry.type) is not None
        and all(len(text) <= LONGEST and "\0" not in text for text in texts)
        and len(entry.body) <= LARGEST_BODY
        and EARLIEST <= entry.occurred_at < LATEST
        and EARLIEST <= entry.recorded_at < LATEST
    )


def _ahead(entries: Sequence[Entry], now: datetime) -> Wrong | None:
    """Return the first row of the future. It may be true yet: a clock is wrong somewhere."""
    for entry in entries:
        try:
            not_ahead(entry.hlc, entry.occurred_at, now)
        except (ClockAhead, ValueError, OverflowError):
            return Wrong(entry.origin, entry.seq, Why.AHEAD)
        if entry.recorded_at > now + MAX_AHEAD + _ROUNDED:
            return Wrong(entry.origin, entry.seq, Why.AHEAD)
    return None


_ROUNDED: Final = timedelta(milliseconds=1)
