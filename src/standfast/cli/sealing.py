"""Putting the wrapping key into safe hands: people's, systemd's, a token's."""

import os
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeAlias

from msgspec import Struct

from standfast.vault import credentials, custodians, tokens
from standfast.vault.asking import Ask
from standfast.vault.credentials import ByCredential
from standfast.vault.custodians import ByCustodians
from standfast.vault.files import replace
from standfast.vault.tokens import ByToken
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Sealing, Vault

CREDENTIAL_FILE: Final = "wrapping.cred"
"""In the data folder: what the service's LoadCredentialEncrypted= names."""

Wrap: TypeAlias = Callable[[bytes], Sealing]


class Way(StrEnum):
    """Who keeps the wrapping key."""

    CUSTODIANS = "custodians"
    HOST = "host"
    TPM2 = "tpm2"
    BOTH = "host+tpm2"
    CREDENTIAL = "credential"
    TOKEN = "token"  # noqa: S105 - a kind of device


class Hands(Struct, frozen=True, kw_only=True):
    """Into whose hands the wrapping key goes."""

    way: Way
    people: tuple[str, ...] = ()
    module: str = ""
    token: str = ""
    tpm2_device: str = ""


def seal_with(vault: Vault, data: Path, hands: Hands, ask: Ask) -> None:
    """Seal every key of *vault* anew, the wrapping key in *hands*. Raises VaultTrouble."""
    match hands.way:
        case Way.CUSTODIANS:
            passphrases = ask_passphrases(hands.people, ask)
            vault.seal(lambda key: custodians.wrap(key, passphrases))
        case Way.TOKEN:
            pin = ask(f"PIN of the token '{hands.token}':", secret=True)
            vault.seal(
                lambda key: tokens.wrap(key, module=hands.module, token=hands.token, pin=pin)
            )
        case Way.CREDENTIAL:
            vault.seal(lambda _: ByCredential(), wrapping=_given())
        case Way.HOST | Way.TPM2 | Way.BOTH:
            _seal_with_systemd(vault, data, hands)


def same_hands(sealing: Sealing) -> Hands:
    """Return the hands that hold the wrapping key now."""
    match sealing:
        case ByCustodians():
            people = tuple(each.name for each in sealing.custodians)
            return Hands(way=Way.CUSTODIANS, people=people)
        case ByToken():
            return Hands(way=Way.TOKEN, module=sealing.module, token=sealing.token)
        case ByCredential():
            way = Way(sealing.bound_to) if sealing.bound_to else Way.CREDENTIAL
            return Hands(way=way, tpm2_device=sealing.tpm2_device)


def ask_passphrases(people: Sequence[str], ask: Ask) -> dict[str, str]:
    """Have each of *people* choose a passphrase and type it twice, unseen by the others."""
    chosen: dict[str, str] = {}
    for name in people:
        words = ask(f"{name}, choose your passphrase:", secret=True)
        if ask(f"{name}, type it once more:", secret=True) != words:
            raise VaultTrouble(f"{name} typed two different passphrases. Start again.")
        chosen[name] = words
    return chosen


def _seal_with_systemd(vault: Vault, data: Path, hands: Hands) -> None:
    secret = os.urandom(32)
    sealing = credentials.wrap(secret, bound_to=hands.way.value, tpm2_device=hands.tpm2_device)
    vault.seal(lambda _: sealing, wrapping=credentials.key_of(secret))
    replace(data / CREDENTIAL_FILE, sealing.sealed.encode("ascii"))


def _given() -> bytes:
    key = credentials.given()
    if key is None:
        raise VaultTrouble(
            f"No credential was given. Put 32 random bytes or more in a file called "
            f"{credentials.NAME}, point {credentials.DIRECTORY} at its folder, and say it again."
        )
    return key
