"""A ring of keys: the newest seals, all of them open, and none of them elsewhere."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner

from standfast.cli.keys import app
from standfast.vault.boxes import Box, WrongKey
from standfast.vault.holder import HeldKeys, holding
from standfast.vault.names import HOME_ENTRY
from standfast.vault.ring import Ring, with_new_key
from standfast.vault.vault import Vault
from tests.vault.test_holder import vault_at

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_one_key_is_a_ring_of_one_and_opens_what_it_sealed() -> None:
    ring = Ring(bytes(32))
    key_id, box = ring.seal(b"4417", "this case")

    assert (len(ring), key_id, box.body == b"4417") == (1, ring.newest, False)
    assert ring.unseal(key_id, box, "this case") == b"4417"


def test_after_a_new_key_the_old_one_opens_and_the_new_one_seals() -> None:
    old = Ring(bytes(32))
    key_id, box = old.seal(b"4417", "this case")
    new = Ring(with_new_key(bytes(32)))

    assert new.unseal(key_id, box, "this case") == b"4417"
    assert new.seal(b"4417", "this case")[0] == new.newest != key_id
    with pytest.raises(WrongKey):
        old.unseal(*new.seal(b"4417", "this case"), "this case")


def test_what_was_sealed_for_one_case_opens_for_no_other() -> None:
    ring = Ring(bytes(32))
    key_id, box = ring.seal(b"4417", "this case")
    altered = Box(box.nonce, bytes([box.body[0] ^ 1]) + box.body[1:])

    for wrong, about in ((box, "another case"), (altered, "this case")):
        with pytest.raises(WrongKey):
            ring.unseal(key_id, wrong, about)


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33)])
def test_what_is_no_ring_is_refused(secret: bytes) -> None:
    with pytest.raises(WrongKey):
        Ring(secret)


def test_every_worker_seals_with_a_new_key_at_once_and_still_opens_old_ones(
    tmp_path: Path,
) -> None:
    vault = vault_at(tmp_path)
    with holding(vault) as address:
        workers = HeldKeys(address), HeldKeys(address)
        key_id, box = Ring(workers[0].anew(HOME_ENTRY)).seal(b"4417", "this case")
        vault.grow(HOME_ENTRY)
        rings = [Ring(each.anew(HOME_ENTRY)) for each in workers]

    assert {ring.newest for ring in rings} != {key_id}
    assert [ring.unseal(key_id, box, "this case") for ring in rings] == [b"4417"] * 2
    assert workers[0].anew(HOME_ENTRY) == vault.secret(HOME_ENTRY), "the holder has ended"


def test_keys_in_the_open_grow_too(tmp_path: Path) -> None:
    vault = Vault.open(tmp_path, clock=lambda: NOW)
    first = vault.secret(HOME_ENTRY)
    vault.grow(HOME_ENTRY)

    assert vault.anew(HOME_ENTRY)[32:] == first


def test_the_console_adds_a_key_and_says_how_many_can_open(tmp_path: Path) -> None:
    first = Vault.open(tmp_path, clock=lambda: NOW).secret(HOME_ENTRY)
    said = CliRunner().invoke(app, ["rotate", "home-entry", "--data", str(tmp_path)])

    assert said.exit_code == 0, said.output
    assert "A new key seals from now on. 2 in all can open." in said.output
    assert Vault.open(tmp_path, clock=lambda: NOW).secret(HOME_ENTRY)[32:] == first
