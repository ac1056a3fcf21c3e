"""Opened keys go to the node's own workers, and to nobody else."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from standfast.vault import custodians
from standfast.vault.holder import HeldKeys, holding, keys_of
from standfast.vault.names import HOME_ENTRY, SITE, SITE_NEXT, TLS_CA
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Vault

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

WORKER: Final = """
import sys
from standfast.vault.holder import HeldKeys
print(HeldKeys(sys.argv[1]).secret(sys.argv[2]).hex())
"""


def vault_at(data: Path) -> Vault:
    vault = Vault.open(data, clock=lambda: NOW)
    vault.secret(SITE)
    vault.seal(
        lambda key: custodians.wrap(
            key, {"Amira": "a long passphrase: amira", "Sam": "a long passphrase: sam"}, cost=16
        )
    )
    return vault


def asked(program: str, address: str, name: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, address, name, ""],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_a_worker_gets_the_key_without_a_file_or_an_environment(tmp_path: Path) -> None:
    vault = vault_at(tmp_path)
    with holding(vault) as address:
        got = asked(WORKER, address, SITE)

        assert got.stdout.strip() == vault.secret(SITE).hex(), got.stderr
        assert vault.secret(SITE).hex() not in str(os.environ)


def test_a_key_that_a_worker_asks_for_first_is_made_and_kept(tmp_path: Path) -> None:
    vault = vault_at(tmp_path)
    with holding(vault) as address:
        made = HeldKeys(address).secret(HOME_ENTRY)

        assert HeldKeys(address).secret(HOME_ENTRY) == made == vault.secret(HOME_ENTRY)


@pytest.mark.parametrize("name", [TLS_CA, SITE_NEXT])
def test_what_no_page_needs_is_not_handed_out(tmp_path: Path, name: str) -> None:
    vault = vault_at(tmp_path)
    vault.put(name, vault.secret(SITE)) if name == SITE_NEXT else None
    with holding(vault) as address, pytest.raises(VaultTrouble, match="No page needs"):
        HeldKeys(address).secret(name)


def test_a_program_that_the_node_did_not_start_gets_nothing(tmp_path: Path) -> None:
    """It runs as the same user, but its line of parents does not lead to the node."""
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    address = holder.stdout.readline().strip()
    try:
        refused = asked(WORKER, address, SITE)
    finally:
        holder.communicate("\n", timeout=30)

    assert "not one of the node's workers" in refused.stderr


def test_keys_go_on_being_handed_out_when_the_file_was_sealed_anew(tmp_path: Path) -> None:
    vault = vault_at(tmp_path)
    site = vault.secret(SITE)
    with holding(vault) as address:
        HeldKeys(address).secret(SITE)
        other = Vault(tmp_path, lambda: NOW, vault._wrapping)  # noqa: SLF001 - as at a console
        people = {"Amira": "a new passphrase: amira", "Jo": "a new passphrase: jo"}
        other.seal(lambda key: custodians.wrap(key, people, cost=16))

        assert HeldKeys(address).secret(SITE) == site


def test_an_ended_node_is_said_so(tmp_path: Path) -> None:
    with holding(vault_at(tmp_path)) as address:
        pass
    with pytest.raises(VaultTrouble, match="start it again"):
        HeldKeys(address).secret(SITE)


def test_without_a_holder_the_folder_is_opened(tmp_path: Path) -> None:
    keys = keys_of(tmp_path, holder="", clock=lambda: NOW)

    assert keys.secret(SITE) == (tmp_path / "site.key").read_bytes()


_HOLD: Final = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from standfast.vault.holder import holding
from standfast.vault.vault import Vault

vault = Vault.open(Path(sys.argv[1]), clock=lambda: datetime.now(UTC))
vault.secret("site")
with holding(vault) as address:
    print(address, flush=True)
    sys.stdin.readline()
"""
