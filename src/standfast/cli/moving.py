"""Moving into the vault what an older version kept in a file or in the environment."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from standfast.cli import site_file
from standfast.settings import DEMONSTRATION_SECRET
from standfast.vault.certificates import Certificates
from standfast.vault.names import TELEPHONY, TLS_API
from standfast.vault.shared import newest_first, with_newer
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Vault

EXCHANGE: Final = "STANDFAST_TELEPHONY_SECRET"
SHARED_KEY: Final = "STANDFAST_RECEIVE_KEY"
API_BUNDLE: Final = "STANDFAST_API_CERTIFICATE"

ENVIRONMENT: Final = "the environment"


class Stray(Struct, frozen=True):
    """A secret, or the way to one, that lies where none should."""

    name: str
    where: str
    value: str


def strays(data: Path) -> Iterator[Stray]:
    """Yield what an older version kept outside the vault, and where it lies."""
    for where, known in (
        (str(data / site_file.NAME), site_file.read_all(data)),
        (ENVIRONMENT, dict(os.environ)),
    ):
        for name in (EXCHANGE, SHARED_KEY, API_BUNDLE):
            if known.get(name):
                yield Stray(name, where, known[name])


def move_in(data: Path, vault: Vault) -> list[str]:
    """Take every stray secret into *vault* and out of the site's file; say what became of each.

    What the vault has already stays as it is. What another program sets can only be told.
    """
    said = []
    for stray in strays(data):
        said.append(_moved(stray, data, vault))
        if stray.where == ENVIRONMENT:
            said.append(f"Take {stray.name} out of whatever sets it for this service.")
            del os.environ[stray.name]
    if site_file.forget(data, {EXCHANGE, SHARED_KEY, API_BUNDLE}):
        said.append(
            f"{data / site_file.NAME} holds no secret any more; what stood there was overwritten. "
            "Backups made before hold it still: standfast keys rotate telephony"
        )
    return said


def _moved(stray: Stray, data: Path, vault: Vault) -> str:
    if stray.name == EXCHANGE:
        return _exchange(stray, vault)
    if stray.name == API_BUNDLE:
        return _certificate(stray, data, vault)
    return f"{SHARED_KEY} opens nothing any more: other systems have keys of their own."


def _exchange(stray: Stray, vault: Vault) -> str:
    held = vault.find(TELEPHONY)
    if held is not None:
        known = stray.value in newest_first(held)
        which = "It is there" if known else "Another one is there, which counts"
        return f"{EXCHANGE} of {stray.where} was not taken into the vault. {which}."
    if stray.value == DEMONSTRATION_SECRET:
        return f"{EXCHANGE} is the demonstration's: standfast keys rotate telephony makes one."
    try:
        vault.put(TELEPHONY, with_newer(None, stray.value))
    except VaultTrouble:
        return f"{EXCHANGE} can be guessed. Make another: standfast keys rotate telephony"
    return f"{EXCHANGE} of {stray.where} is in the vault now: the exchange goes on as before."


def _certificate(stray: Stray, data: Path, vault: Vault) -> str:
    if vault.find(TLS_API) is not None:
        return f"{API_BUNDLE} was not taken in: the vault has a certificate of the API's."
    try:
        Certificates(data, vault).use(Path(stray.value).read_bytes(), of=TLS_API)
    except (OSError, VaultTrouble) as error:
        return f"{stray.value} was not taken in: {error}"
    return (
        f"The API's certificate and its key are in the vault now. Delete {stray.value}; whatever "
        "renews it says from now on: standfast tls use CERTIFICATE KEY --api"
    )
