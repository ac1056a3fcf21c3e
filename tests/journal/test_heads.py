"""Heads held elsewhere: read out, typed in, and still in the journal."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.journal.database import connect
from standfast.journal.heads import ALPHABET, Claim, claim_of, code_of, contains, heads
from tests.identity.examples import load_staff
from tests.support.database import Database
from tests.support.site import open_site

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@given(st.binary(min_size=32, max_size=32))
def test_a_code_that_was_typed_as_it_was_read_out_is_the_same(hash_: bytes) -> None:
    code = code_of(hash_)

    assert set(code) <= {*ALPHABET, "-"}
    assert claim_of(f"here.1.0 7 {code}") == Claim("here.1.0", 7, code)
    assert claim_of(f"here.1.0 7 {code.lower().replace('-', ' ')}").code == code
    assert claim_of(f"here.1.0 7 {code.replace('0', 'O').replace('1', 'l')}").code == code


@given(st.binary(min_size=32, max_size=32), st.integers(0, 119))
def test_another_bit_is_another_code(hash_: bytes, bit: int) -> None:
    other = bytearray(hash_)
    other[bit // 8] ^= 1 << bit % 8

    assert code_of(bytes(other)) != code_of(hash_)


@pytest.mark.parametrize("typed", ["", "here 1", "here 1 AAAA-BBBB", "here 1 " + 24 * "!"])
def test_what_is_no_head_is_not_taken_for_one(typed: str) -> None:
    with pytest.raises(ValueError, match=r"unpack|code of six groups"):
        claim_of(typed)


async def test_every_origin_has_its_newest_signed_row_and_the_journal_contains_it(
    database: Database,
) -> None:
    async with open_site(database) as site:
        await load_staff(site)
        site.read_for("anybody")
        (head,) = await heads(site.platform.db)
        newest = await site.all_orgs.fetch_value("SELECT max(seq) FROM journal")
    connection = await connect(database.owner_dsn)
    try:
        assert head.seq == newest
        claim = Claim(head.origin, head.seq, head.code)
        assert await contains(connection, [claim]) is None
        other = Claim(head.origin, head.seq, code_of(bytes(32)))
        fault = await contains(connection, [claim, other])
        assert fault is not None
        assert "held elsewhere" in fault.what
        missing = await contains(connection, [Claim(head.origin, newest + 1, head.code)])
        assert missing is not None
        assert "missing" in missing.what
    finally:
        await connection.close()
