"""A site card is signed by its own key, read in one way, and compared by a code."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from standfast.replication.card import (
    NoCard,
    SignedCard,
    code_between,
    epoch_of,
    follows,
    is_address,
    read_card,
    site_of,
)
from tests.replication.world import card_of, key_of

HARROWMERE = card_of("harrowmere")


def test_a_card_is_read_back_as_it_was_signed() -> None:
    assert read_card(HARROWMERE.packed()) == HARROWMERE
    assert HARROWMERE.card.organisations == ("harrowmere-care",)


@given(st.data())
def test_a_card_with_a_single_bit_changed_is_none(data: st.DataObject) -> None:
    packed = bytearray(HARROWMERE.packed())
    bit = data.draw(st.integers(0, len(packed) * 8 - 1))
    packed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(NoCard):
        read_card(bytes(packed))


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_no_card_and_never_break(junk: bytes) -> None:
    with pytest.raises(NoCard):
        read_card(junk)


def signed_as_it_is(content: bytes) -> bytes:
    return SignedCard(content, key_of("harrowmere").sign(content)).packed()


def test_its_own_key_may_not_sign_nonsense() -> None:
    card = HARROWMERE.card
    for wrong in (
        replace(card, addresses=("b.example",)),
        replace(card, addresses=("b.example:0",)),
        replace(card, addresses=("127.1:8412",)),
        replace(card, authority=b"x" * 100),
        replace(card, organisations=("a\0b",)),
        replace(card, site="Harrowmere"),
        replace(card, signing=key_of("whitby").public),
        replace(card, title="standfast site card 2"),
    ):
        with pytest.raises(NoCard):
            read_card(signed_as_it_is(msgspec.msgpack.encode(wrong)))
    longer = msgspec.msgpack.encode([*msgspec.to_builtins(card, builtin_types=(bytes,)), 1])
    with pytest.raises(NoCard):
        read_card(signed_as_it_is(longer))


def test_both_sides_compute_one_code_and_anything_else_another() -> None:
    whitby = card_of("whitby")
    code = code_between(HARROWMERE, whitby)

    assert code == code_between(whitby, HARROWMERE)
    assert len(code.split("-")) == 6
    assert code != code_between(card_of("harrowmere", number=2), whitby)
    forged = SignedCard(whitby.content, bytes(64))
    assert code != code_between(HARROWMERE, forged)


def test_a_newer_card_takes_its_place_unless_people_must_compare_it() -> None:
    known = HARROWMERE.card
    moved = card_of("harrowmere", number=2, addresses=("b.example:8412",)).card
    grown = card_of(
        "harrowmere", number=2, organisations=("harrowmere-care", "harrowmere-ambulance")
    ).card

    assert follows(known, moved, ())
    assert follows(known, grown, ("whitby-care",))
    assert not follows(known, grown, ("harrowmere-ambulance",))
    assert not follows(moved, known, ())
    assert not follows(known, known, ())
    assert not follows(known, replace(moved, signing=key_of("x").public), ())
    assert not follows(known, replace(moved, epoch=2), ())
    assert not follows(known, replace(moved, authority=b"another"), ())
    assert not follows(known, replace(moved, site="whitby"), ())


def test_what_an_origin_is_called() -> None:
    assert site_of("harrowmere.1.0") == "harrowmere"
    assert site_of("harrow-mere.12-3fa9c2d1.63") == "harrow-mere"
    assert epoch_of("harrow-mere.12-3fa9c2d1.63") == 12
    for wrong in ("", "harrowmere", "harrowmere.0.0", "harrowmere.1.0\n", "Har.1.0", "a.1-x.0"):
        assert site_of(wrong) is None
        assert epoch_of(wrong) == 0


def test_what_an_address_is() -> None:
    for right in ("b.example:8412", "10.0.0.7:1", "[2001:db8::1]:8412", "localhost:65535"):
        assert is_address(right), right
    for wrong in ("b.example", "b.example:", "b:65536", "b:08", "127.1:1", "2001:db8::1:8412",
                  "b example:1", "user@b.example:1", "b.example:1/x", "[b.example]:1", ":1",
                  "b.example:٣"):  # fmt: skip
        assert not is_address(wrong), wrong
