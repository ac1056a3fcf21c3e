"""The wrapping key as a credential of systemd's, which may be bound to this machine's TPM.

At start systemd decrypts it and hands it to the service alone, in memory
(``LoadCredentialEncrypted=``, systemd.exec(5)). Without systemd whatever starts the node may
put the same file there, as container engines do with their secrets.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct

from standfast.vault.boxes import KEY_BYTES
from standfast.vault.trouble import VaultTrouble

NAME: Final = "standfast-wrapping"
"""The credential's name, in the unit and in what systemd-creds sealed."""

DIRECTORY: Final = "CREDENTIALS_DIRECTORY"
_SECONDS: Final = 60


class ByCredential(Struct, frozen=True, kw_only=True, tag_field="how", tag="credential"):
    """The wrapping key, as systemd-creds sealed it.

    ``bound_to`` is ``host``, ``tpm2`` or ``host+tpm2``; empty when another program keeps it
    and ``sealed`` is empty too.
    """

    bound_to: str = ""
    sealed: str = ""
    tpm2_device: str = ""

    @property
    def says(self) -> str:
        """How the keys are sealed, in a few words."""
        return f"systemd credential ({self.bound_to or 'given at start'})"


def given() -> bytes | None:
    """Return the credential that this process was started with; None when there is none."""
    folder = os.environ.get(DIRECTORY)
    if not folder or not (file := Path(folder) / NAME).is_file():
        return None
    return key_of(file.read_bytes())


def wrap(secret: bytes, *, bound_to: str, tpm2_device: str = "") -> ByCredential:
    """Have systemd-creds seal *secret*, bound to this host, its TPM, or both."""
    if "tpm2" in bound_to and not (tpm2_device or has_tpm2()):
        raise VaultTrouble(
            "This machine shows no TPM 2.0 (systemd-creds has-tpm2). Switch it on in the "
            "firmware, or seal with --with host, or with the passphrases of two people."
        )
    words = ["encrypt", f"--name={NAME}", f"--with-key={bound_to}"]
    sealed = _systemd_creds([*words, *_device(tpm2_device), "-", "-"], secret)
    return ByCredential(
        bound_to=bound_to, sealed=sealed.decode("ascii"), tpm2_device=tpm2_device
    )


def unwrap(sealing: ByCredential) -> bytes:
    """Return the wrapping key: what the service was given, or what systemd-creds opens."""
    if (key := given()) is not None:
        return key
    if not sealing.sealed:
        raise VaultTrouble(
            f"The keys open with the credential {NAME}, and this process was given none. Start "
            f"the node as its service does, or point {DIRECTORY} at the folder that holds it."
        )
    words = ["decrypt", f"--name={NAME}", *_device(sealing.tpm2_device), "-", "-"]
    return key_of(_systemd_creds(words, sealing.sealed.encode("ascii")))


def has_tpm2() -> bool:
    """Return whether systemd finds a TPM 2.0 that it can use."""
    program = shutil.which("systemd-creds")
    if program is None:
        return False
    told = subprocess.run(  # noqa: S603 - a program of the system's, fixed words
        [program, "has-tpm2", "--quiet"], capture_output=True, check=False, timeout=_SECONDS
    )
    return told.returncode == 0


def key_of(secret: bytes) -> bytes:
    """Return the wrapping key that the credential *secret* stands for."""
    if len(secret) < KEY_BYTES:
        raise VaultTrouble(
            f"The credential {NAME} is too short: it needs {KEY_BYTES} random bytes or more."
        )
    kdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"standfast wrapping key")
    return kdf.derive(secret)


def _device(tpm2_device: str) -> list[str]:
    return [f"--tpm2-device={tpm2_device}"] if tpm2_device else []


def _systemd_creds(words: list[str], sent: bytes) -> bytes:
    program = shutil.which("systemd-creds")
    if program is None:
        raise VaultTrouble(
            "systemd-creds is not installed here. Seal the keys with the passphrases of two "
            "people, or on a machine with systemd 250 or newer."
        )
    done = subprocess.run(  # noqa: S603 - as above; what it is sent never is a word of it
        [program, *words], input=sent, capture_output=True, check=False, timeout=_SECONDS
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise VaultTrouble(
            f"systemd-creds would not do it: {said[-1] if said else 'no reason given'}. It needs "
            "root, and opens only what this machine sealed."
        )
    return done.stdout
