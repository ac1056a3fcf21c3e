"""What travels is read as what the protocol says, and as nothing else."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.journal.entries import Entry
from standfast.replication import wire
from tests.replication.world import Writes, key_of


def rows(*sizes: int) -> list[Entry]:
    writes = Writes("harrowmere.1.0", "harrowmere-care", key_of("harrowmere"))
    for size in sizes:
        writes.write(size)
    return writes.rows


def test_rows_come_back_as_they_were() -> None:
    sent = rows(3, 2)

    assert wire.rows(wire.packed_rows(sent)) == tuple(sent)


@given(st.binary(max_size=400))
def test_any_bytes_at_all_are_refused_and_never_break(junk: bytes) -> None:
    for read in (wire.rows, wire.heads, wire.asked, wire.held):
        with contextlib.suppress(wire.NotWire):
            read(junk)


@given(st.recursive(st.none() | st.integers() | st.text() | st.binary(), st.lists))
def test_any_value_at_all_is_refused_and_never_breaks(value: object) -> None:
    try:
        packed = msgspec.msgpack.encode(value)
    except OverflowError:
        return
    for read in (wire.rows, wire.heads, wire.asked, wire.held):
        with contextlib.suppress(wire.NotWire):
            read(packed)


def test_what_is_too_large_too_deep_or_too_many_is_not_read() -> None:
    one = wire.packed_rows(rows(1))[1:]
    for body in (
        b"\x91" * 100_000,
        bytes(wire.MOST_BYTES + 1),
        b"\xdc" + (10_001).to_bytes(2) + one * 10_001,
    ):
        with pytest.raises(wire.NotWire):
            wire.rows(body)
    with pytest.raises(wire.NotWire):
        wire.asked(bytes(wire.MOST_QUESTION + 1))


def test_an_instant_that_no_clock_shows_is_refused() -> None:
    (row,) = msgspec.msgpack.decode(wire.packed_rows(rows(1)))
    row[8] = 2**62 - 1

    with pytest.raises(wire.NotWire):
        wire.rows(msgspec.msgpack.encode([row]))


def test_a_page_ends_at_a_signed_row_and_is_never_empty_where_one_is() -> None:
    many = rows(*[100] * 25)

    assert len(wire.part_to_send(many)) == 2000
    assert len(wire.part_to_send(many[:250])) == 200
    assert len(wire.part_to_send(rows(2500))) == 2500
    assert wire.part_to_send(many[:50]) == ()
