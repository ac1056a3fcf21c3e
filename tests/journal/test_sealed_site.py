"""What another site holds of this one, or a thief of its backup: no word of any patient."""

import re
from collections.abc import Iterator
from typing import Any, Final

import asyncpg
import msgspec
import pytest

from standfast.app import PROJECTIONS
from tests.attack.ground import make_ground
from tests.calls.examples import F9
from tests.support.database import Database, Databases
from tests.support.rewritten import KEPT
from tests.support.sealed import readable_bodies
from tests.support.site import open_site
from tests.web.test_home_entry import AMIRA, send_referral, take_a_call

pytestmark = pytest.mark.anyio

WORD: Final = re.compile(r"[A-Z][a-z]{4,}|\d[\d ]{8,}\d|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}")
"""A name, a telephone or NHS number, a postcode."""


@pytest.fixture(scope="module")
def ground(postgres: Databases) -> Iterator[Database]:
    database = postgres.fresh(make_ground)
    yield database
    postgres.drop(database)


def said(value: Any, field: str = "") -> Iterator[str]:
    """Yield every text in *value* that somebody may have typed, or that names somebody."""
    match value:
        case str():
            if not field.endswith(KEPT):
                yield value
        case dict():
            for name, each in value.items():
                yield from said(each, name)
        case list():
            for each in value:
                yield from said(each, field)
        case _:
            pass


async def test_a_peer_that_holds_every_row_reads_no_word_of_a_patient(ground: Database) -> None:
    async with open_site(ground, actor=AMIRA) as site:
        await take_a_call(site, F9)
        await send_referral(site)
    owner = await asyncpg.connect(ground.owner_dsn)
    try:
        facts = await readable_bodies(owner)
        held = await owner.fetch("SELECT j::text AS row, body FROM journal AS j")
    finally:
        await owner.close()
    sealed_kinds = {each.decider.stream for each in PROJECTIONS if each.decider.sealed}
    stored = b"\n".join(each["row"].encode() + each["body"] for each in held)
    open_words: set[str] = set()
    sealed_words: set[str] = set()
    for stream, key_id, body in facts:
        assert (key_id is not None) == (stream.partition("/")[0] in sealed_kinds), stream
        words = {
            word for text in said(msgspec.json.decode(body)) for word in WORD.findall(text)
        }
        (open_words if key_id is None else sealed_words).update(words)

    only_patients = sealed_words - open_words
    assert {"Margaret", "Okonkwo"} <= only_patients, "this would prove nothing"
    assert len(only_patients) > 50
    assert [word for word in sorted(only_patients) if word.encode() in stored] == []
