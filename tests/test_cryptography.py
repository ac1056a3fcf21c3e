"""The inventory of cryptography is what the source does: nothing is missing, nothing is made up."""

from pathlib import Path
from typing import Final

import pytest

from tools import primitives

KNOWN: Final = primitives.inventory()
USED: Final = primitives.used(frozenset(KNOWN.plain))

BROKEN: Final = (
    "md5",
    "sha1",
    "tripledes",
    "rc4",
    "blowfish",
    "ecb",
    "cbc",
    "tlsv1_1",
    "pkcs1v15",
)


def test_every_use_is_written_down_and_what_is_written_down_is_used() -> None:
    written = primitives.written()

    assert {path: names - written.get(path, set()) for path, names in USED.items()} == {
        path: set() for path in USED
    }, "say in safety/cryptography.yaml what it is for"
    assert {path: names - USED.get(path, set()) for path, names in written.items()} == {
        path: set() for path in written
    }, "this is used no more"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import hashlib\nhashlib.md5(b'')", {"hashlib.md5"}),
        ("from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305", None),
        ("import os\nos.urandom(3)", {"os.urandom"}),
        ("import ssl\nssl._create_unverified_context()", {"ssl._create_unverified_context"}),
        ('"SELECT md5(name) FROM people"', {"SQL md5"}),
        ("from cryptography.exceptions import InvalidTag", set()),
    ],
)
def test_whatever_way_it_is_taken_it_is_found(
    tmp_path: Path, source: str, found: set[str] | None
) -> None:
    path = tmp_path / "module.py"
    path.write_text(source)

    assert set(primitives.names_in(path)) == ({"ChaCha20Poly1305"} if found is None else found)


def test_nothing_that_is_broken_is_used() -> None:
    names = {name.casefold() for each in USED.values() for name in each}

    assert [name for name in names if any(each in name for each in BROKEN)] == []


def test_each_says_whose_key_how_long_where_and_what_replaces_it() -> None:
    for use in KNOWN.uses:
        for said in (use.algorithm, use.key, use.lifetime, use.kept, use.replaced, use.quantum):
            assert said.strip(), use.what
