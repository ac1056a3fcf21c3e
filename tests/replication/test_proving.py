"""What is proved before a row is stored: each planted lie is named, and nothing of it kept."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from standfast.journal.entries import Entry, digest
from standfast.replication.card import Earlier, End, SiteCard
from standfast.replication.proving import (
    Proved,
    Standing,
    Why,
    Wrong,
    forks,
    part_before,
    prove,
)
from tests.replication.world import NOON, Writes, again, card_of, key_of

LATER = NOON + timedelta(hours=1)
ORIGIN = "harrowmere.1.0"


def page(*sizes: int) -> list[Entry]:
    writes = Writes(ORIGIN, "harrowmere-care", key_of("harrowmere"))
    for size in sizes or (3, 2, 1):
        writes.write(size)
    return writes.rows


def proved(
    rows: Sequence[Entry], known: Standing | None = None, card: SiteCard | None = None
) -> Proved | Wrong:
    return prove(ORIGIN, known or Standing(), card or card_of("harrowmere").card, rows, LATER)


def test_what_is_sound_is_taken_whole() -> None:
    rows = page()
    taken = proved(rows)

    assert isinstance(taken, Proved)
    assert taken.entries == tuple(rows)
    assert taken.standing == Standing(
        seq=6, hash=rows[-1].hash, hlc=rows[-1].hlc, key=key_of("harrowmere").public
    )


def test_what_follows_the_last_signature_is_left_for_the_next_page() -> None:
    rows = page(3, 3)
    taken = proved(rows[:5])

    assert isinstance(taken, Proved)
    assert [entry.seq for entry in taken.entries] == [1, 2, 3]


def test_the_next_page_follows_what_is_here() -> None:
    rows = page(3, 3)
    first = proved(rows[:3])
    assert isinstance(first, Proved)

    assert isinstance(proved(rows[3:], first.standing), Proved)
    assert proved(rows, first.standing) == Wrong(ORIGIN, 4, Why.GAP)


def spoiled(number: int, **changed: object) -> Callable[[list[Entry]], list[Entry]]:
    def spoil(rows: list[Entry]) -> list[Entry]:
        return [replace(row, **changed) if row.seq == number else row for row in rows]

    return spoil


def resigned(**changed: object) -> Callable[[list[Entry]], list[Entry]]:
    """Change the second row and sign everything anew with the right key: the site itself lies."""

    def spoil(rows: list[Entry]) -> list[Entry]:
        return again(spoiled(2, **changed)(rows), key_of("harrowmere"))

    return spoil


LIES: dict[str, tuple[Callable[[list[Entry]], list[Entry]], int, Why]] = {
    "another body": (spoiled(2, body=b'{"type":"x"}'), 2, Why.CHANGED),
    "somebody else did it": (spoiled(2, actor="sam.whitlock"), 2, Why.CHANGED),
    "another time": (spoiled(2, occurred_at=NOON - timedelta(hours=1)), 2, Why.CHANGED),
    "a row left out": (lambda rows: [*rows[:1], *rows[2:]], 2, Why.GAP),
    "a row twice": (lambda rows: [*rows[:2], *rows[1:]], 3, Why.GAP),
    "another order": (lambda rows: [rows[1], rows[0], *rows[2:]], 1, Why.GAP),
    "another chain": (spoiled(4, prev=b"x" * 32), 4, Why.BROKEN_LINK),
    "another origin's row": (spoiled(2, origin="whitby.1.0"), 2, Why.NOT_THEIRS),
    "a signature of nothing": (spoiled(5, sig=b"x" * 64), 5, Why.BAD_SIGNATURE),
    "signed with another key": (lambda rows: again(rows, key_of("whitby")), 1, Why.WRONG_KEY),
    "nothing signed": (lambda rows: [replace(row, sig=None) for row in rows], 1, Why.UNSIGNED),
    "another organisation's": (resigned(org="whitby-care"), 2, Why.WRONG_ORG),
    "no stream": (resigned(stream="calls.case"), 2, Why.MALFORMED),
    "a stream with a break": (resigned(stream="calls.case/1\n2"), 2, Why.MALFORMED),
    "no tag": (resigned(type="calls"), 2, Why.MALFORMED),
    "a zero byte": (resigned(subject="a\0b"), 2, Why.MALFORMED),
    "an actor without end": (resigned(actor="a" * 301), 2, Why.MALFORMED),
    "long ago": (resigned(occurred_at=NOON.replace(year=1850)), 2, Why.MALFORMED),
    "backwards": (resigned(hlc=1), 2, Why.BACKWARDS),
    "of the future": (resigned(occurred_at=LATER + timedelta(minutes=6)), 2, Why.AHEAD),
    "written in the future": (resigned(recorded_at=LATER + timedelta(minutes=6)), 2, Why.AHEAD),
}


@pytest.mark.parametrize("lie", LIES)
def test_each_lie_is_named_with_its_row(lie: str) -> None:
    spoil, seq, why = LIES[lie]

    assert proved(spoil(page())) == Wrong(ORIGIN, seq, why)


def test_a_clock_that_is_ahead_by_its_own_count_is_seen() -> None:
    rows = page()
    far = rows[-1].hlc + (10**8 << 16)
    lied = again([*rows[:-1], replace(rows[-1], hlc=far)], key_of("harrowmere"))

    assert proved(lied) == Wrong(ORIGIN, 6, Why.AHEAD)


def test_a_lie_is_named_before_a_clock_that_is_ahead() -> None:
    early = NOON - timedelta(days=1)
    rows = again(spoiled(2, org="whitby-care")(page()), key_of("harrowmere"))

    assert prove(ORIGIN, Standing(), card_of("harrowmere").card, rows, early) == Wrong(
        ORIGIN, 2, Why.WRONG_ORG
    )


def test_an_origin_is_of_the_cards_site_and_of_no_later_epoch() -> None:
    for origin in ("whitby.1.0", "harrowmere.2.0", "harrowmere", "harrowmere.1.0.0"):
        wrong = prove(origin, Standing(), card_of("harrowmere").card, page(), LATER)
        assert wrong == Wrong(origin, 1, Why.NOT_THEIRS)


def test_an_origin_keeps_the_key_that_it_was_first_seen_with() -> None:
    old, new = key_of("harrowmere"), key_of("harrowmere", 1)
    ends = (End(ORIGIN, 6, page()[-1].hash),)
    card = card_of("harrowmere", key=new, earlier=(Earlier(old.public, ends),)).card
    here = Standing(key=new.public)

    assert isinstance(proved(page(), card=card), Proved)
    assert proved(page(), here, card) == Wrong(ORIGIN, 3, Why.BAD_SIGNATURE)
    assert proved(page(), Standing(key=key_of("whitby").public)) == Wrong(
        ORIGIN, 1, Why.WRONG_KEY
    )


def test_a_retired_key_signs_nothing_after_its_end() -> None:
    old, new = key_of("harrowmere"), key_of("harrowmere", 1)
    rows = page()

    def card(ends: tuple[End, ...] | None) -> SiteCard:
        return card_of("harrowmere", key=new, earlier=(Earlier(old.public, ends),)).card

    assert proved(rows, card=card((End(ORIGIN, 5, rows[4].hash),))) == Wrong(
        ORIGIN, 6, Why.AFTER_ITS_END
    )
    assert proved(rows, card=card((End(ORIGIN, 6, bytes(32)),))) == Wrong(
        ORIGIN, 6, Why.AFTER_ITS_END
    )
    assert proved(rows, card=card(())) == Wrong(ORIGIN, 1, Why.AFTER_ITS_END)
    assert isinstance(proved(rows, card=card(None)), Proved)  # the site was lost, with its key


def test_only_what_comes_before_a_cut_is_kept_and_that_signed() -> None:
    taken = proved(page(3, 2, 1))
    assert isinstance(taken, Proved)

    kept = part_before(taken, 6)
    assert kept is not None
    assert [entry.seq for entry in kept.entries] == [1, 2, 3, 4, 5]
    assert part_before(taken, 5) == replace(taken, entries=taken.entries[:3])
    assert part_before(taken, 3) is None


def test_a_fork_is_proved_by_two_signed_histories_and_by_nothing_less() -> None:
    rows, key = page(), key_of("harrowmere")
    other = again(spoiled(3, body=b"another")(rows), key, 2)

    assert forks(key.public, rows[2], other[2:3])
    assert forks(key.public, rows[1], again(spoiled(2, body=b"x")(rows), key, 1)[1:3])
    assert not forks(key.public, rows[2], rows[2:3])
    assert not forks(key.public, rows[2], [replace(other[2], sig=None)])
    assert not forks(key.public, rows[2], again(other, key_of("whitby"), 2)[2:3])
    assert not forks(key.public, rows[2], [])
    assert not forks(key.public, rows[2], other[4:5])


@settings(deadline=None)
@given(st.data())
def test_any_single_change_is_found_and_nothing_from_there_on_is_taken(
    data: st.DataObject,
) -> None:
    rows = page(2, 3, 2)
    at = data.draw(st.integers(0, len(rows) - 1))
    name = data.draw(st.sampled_from(["body", "org", "stream", "hash", "prev", "type"]))
    was = getattr(rows[at], name)
    raw = was if isinstance(was, bytes) else was.encode()
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    turned = bytearray(raw)
    turned[bit // 8] ^= 1 << bit % 8
    changed = bytes(turned) if isinstance(was, bytes) else turned.decode("latin-1")
    found = proved(spoiled(at + 1, **{name: changed})(rows))

    assert isinstance(found, Wrong)
    assert found.seq == at + 1 or (name == "hash" and found.seq <= at + 2)


def test_a_number_that_no_hash_covers_is_a_change() -> None:
    rows = page()
    huge = replace(rows[1], hlc=2**70)

    assert proved([rows[0], huge, *rows[2:]]) == Wrong(ORIGIN, 2, Why.CHANGED)
    assert digest(rows[1]) == rows[1].hash
