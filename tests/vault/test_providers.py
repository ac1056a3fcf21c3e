"""The real things that keep a wrapping key: systemd, a TPM in software, a PKCS#11 token."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from standfast.cli.sealing import CREDENTIAL_FILE, Hands, Way, same_hands, seal_with
from standfast.vault import credentials
from standfast.vault.credentials import DIRECTORY, NAME, ByCredential
from standfast.vault.names import SITE
from standfast.vault.tokens import ByToken
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Vault, sealed_keys
from tests.support.node import free_port, until
from tests.vault.console import Answers

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SOFTHSM: Final = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN: Final = "87654321"

with_systemd = pytest.mark.skipif(
    shutil.which("systemd-creds") is None or os.getuid() != 0,
    reason="systemd-creds seals for root alone",
)


def vault_at(data: Path) -> Vault:
    vault = Vault.open(data, clock=lambda: NOW)
    vault.secret(SITE)
    return vault


def opened(data: Path, *answers: str) -> Vault:
    return Vault.open(data, clock=lambda: NOW, ask=Answers(*answers))


def test_a_credential_that_the_service_is_given_opens_the_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "credentials"
    given.mkdir()
    (given / NAME).write_bytes(bytes(range(64)))
    monkeypatch.setenv(DIRECTORY, str(given))
    vault = vault_at(tmp_path)
    site = vault.secret(SITE)

    seal_with(vault, tmp_path, Hands(way=Way.CREDENTIAL), Answers())

    assert opened(tmp_path).secret(SITE) == site
    (given / NAME).write_bytes(bytes(reversed(range(64))))
    with pytest.raises(VaultTrouble, match="does not open"):
        opened(tmp_path)
    (given / NAME).unlink()
    with pytest.raises(VaultTrouble, match="was given none"):
        opened(tmp_path)


def test_a_credential_that_could_be_guessed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / NAME).write_bytes(b"secret")
    monkeypatch.setenv(DIRECTORY, str(tmp_path))

    with pytest.raises(VaultTrouble, match="too short"):
        seal_with(vault_at(tmp_path), tmp_path, Hands(way=Way.CREDENTIAL), Answers())


@with_systemd
def test_systemd_seals_the_keys_to_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = vault_at(tmp_path)
    site = vault.secret(SITE)

    seal_with(vault, tmp_path, Hands(way=Way.HOST), Answers())

    assert opened(tmp_path).secret(SITE) == site
    service = tmp_path / "service"  # what LoadCredentialEncrypted= does at the service's start
    service.mkdir()
    subprocess.run(
        [
            "systemd-creds",
            "decrypt",
            f"--name={NAME}",
            tmp_path / CREDENTIAL_FILE,
            service / NAME,
        ],
        check=True,
        capture_output=True,
    )
    monkeypatch.setenv(DIRECTORY, str(service))
    monkeypatch.setenv("PATH", "/nowhere")
    assert opened(tmp_path).secret(SITE) == site


def test_without_a_tpm_it_says_so_and_what_else_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "has_tpm2", lambda: False)

    with pytest.raises(VaultTrouble, match=r"no TPM 2\.0.*two people"):
        seal_with(vault_at(tmp_path), tmp_path, Hands(way=Way.TPM2), Answers())
    assert (tmp_path / "site.key").exists()


@pytest.fixture
def a_tpm(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Run TPMs in software, each with a state of its own."""
    running: list[subprocess.Popen[bytes]] = []

    def start(name: str) -> str:
        (tmp_path / name).mkdir()
        port = free_port(together=2)
        control = port + 1  # where the TPM's driver looks for it
        running.append(
            subprocess.Popen(
                [
                    *("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={tmp_path / name}"),
                    *("--server", f"type=tcp,port={port}"),
                    *("--ctrl", f"type=tcp,port={control}"),
                    *("--flags", "not-need-init,startup-clear"),
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        until(lambda: _listens(control), running[-1])
        return f"swtpm:host=127.0.0.1,port={port}"

    yield start
    for each in running:
        each.kill()
        each.wait()


@with_systemd
@pytest.mark.skipif(shutil.which("swtpm") is None, reason="no TPM in software (swtpm) here")
def test_keys_sealed_to_a_tpm_open_with_that_tpm_alone(
    tmp_path: Path, a_tpm: Callable[[str], str]
) -> None:
    vault = vault_at(tmp_path)
    site = vault.secret(SITE)

    seal_with(vault, tmp_path, Hands(way=Way.TPM2, tpm2_device=a_tpm("ours")), Answers())

    assert opened(tmp_path).secret(SITE) == site
    held = sealed_keys(tmp_path)
    assert held is not None
    assert isinstance(held.sealing, ByCredential)
    other = ByCredential(
        bound_to="tpm2", sealed=held.sealing.sealed, tpm2_device=a_tpm("a thief's machine")
    )
    with pytest.raises(VaultTrouble, match="would not do it"):
        credentials.unwrap(other)


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a token in software, and return its label."""
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    words = ["--init-token", "--free", "--label", "standfast", "--so-pin", "12345678"]
    subprocess.run(
        ["softhsm2-util", *words, "--pin", PIN], check=True, capture_output=True, timeout=30
    )
    return "standfast"


@pytest.mark.skipif(not SOFTHSM.exists(), reason="no token in software (softhsm2) here")
def test_a_token_opens_the_keys_with_its_pin_alone(tmp_path: Path, token: str) -> None:
    vault = vault_at(tmp_path)
    site = vault.secret(SITE)
    hands = Hands(way=Way.TOKEN, module=str(SOFTHSM), token=token)

    seal_with(vault, tmp_path, hands, Answers(PIN))

    assert opened(tmp_path, PIN).secret(SITE) == site
    with pytest.raises(VaultTrouble, match="PinIncorrect"):
        opened(tmp_path, "00000000")
    held = sealed_keys(tmp_path)
    assert held is not None
    assert isinstance(held.sealing, ByToken)
    assert same_hands(held.sealing) == hands

    seal_with(opened(tmp_path, PIN), tmp_path, hands, Answers(PIN))
    assert opened(tmp_path, PIN).secret(SITE) == site


@pytest.mark.skipif(not SOFTHSM.exists(), reason="no token in software (softhsm2) here")
def test_a_token_that_is_not_there_is_said_so(tmp_path: Path, token: str) -> None:
    hands = Hands(way=Way.TOKEN, module=str(SOFTHSM), token=f"not {token}")

    with pytest.raises(VaultTrouble, match="plugged in"):
        seal_with(vault_at(tmp_path), tmp_path, hands, Answers(PIN))


def _listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0
