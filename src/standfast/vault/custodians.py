"""The wrapping key in the hands of people: any two of those named open it, no one alone does.

For each pair the key is split into two random halves, each sealed under one person's
passphrase. So a third custodian covers for somebody who is on leave, or has left.
"""

import os
from collections.abc import Mapping
from itertools import combinations
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from msgspec import Struct

from standfast.vault.asking import Ask
from standfast.vault.boxes import KEY_BYTES, Box, WrongKey, new_key, seal, unseal
from standfast.vault.trouble import VaultTrouble

FEWEST: Final = 2
MOST: Final = 6
SHORTEST: Final = 16
"""Characters in a passphrase: four or five words by dice."""

COST: Final = 2**17
"""Scrypt's N, with r = 8 and p = 1: 128 MiB and about 0.4 s a guess (OWASP, 2024)."""
_CHEAPEST: Final = 2
_DEAREST: Final = 2**20
_TRIES: Final = 3


class Custodian(Struct, frozen=True):
    """Somebody who holds a passphrase. ``proof`` opens with it and holds nothing."""

    name: str
    salt: bytes
    proof: Box


class Pair(Struct, frozen=True):
    """Two custodians and the half of the wrapping key that each can open."""

    first: str
    second: str
    first_half: Box
    second_half: Box


class ByCustodians(Struct, frozen=True, kw_only=True, tag_field="how", tag="custodians"):
    """The wrapping key, split among people."""

    cost: int
    custodians: tuple[Custodian, ...]
    pairs: tuple[Pair, ...]

    @property
    def says(self) -> str:
        """How the keys are sealed, in a few words."""
        names = ", ".join(each.name for each in self.custodians)
        return f"passphrases: any two of {names}"


def wrap(key: bytes, passphrases: Mapping[str, str], *, cost: int = COST) -> ByCustodians:
    """Seal the wrapping *key* so that any two of the people in *passphrases* open it."""
    _check(passphrases)
    salts = {name: os.urandom(16) for name in passphrases}
    own = {name: _derive(words, salts[name], cost) for name, words in passphrases.items()}
    pairs = []
    for first, second in combinations(passphrases, 2):
        half = new_key()
        pairs.append(
            Pair(
                first,
                second,
                seal(own[first], half, _about(first, second, first)),
                seal(own[second], _xor(half, key), _about(first, second, second)),
            )
        )
    return ByCustodians(
        cost=cost,
        custodians=tuple(
            Custodian(name, salts[name], seal(own[name], b"", f"proof|{name}"))
            for name in passphrases
        ),
        pairs=tuple(pairs),
    )


def unwrap(sealing: ByCustodians, ask: Ask) -> bytes:
    """Ask two custodians for their passphrases and return the wrapping key."""
    if not _CHEAPEST <= sealing.cost <= _DEAREST or sealing.cost.bit_count() != 1:
        raise VaultTrouble("keys.sealed asks for an absurd amount of work: it is not ours.")
    left = {each.name: each for each in sealing.custodians}
    own: dict[str, bytes] = {}
    for turn in ("first", "second"):
        name = _whose_turn(left, ask, turn)
        own[name] = _their_key(left.pop(name), sealing.cost, ask)
    for pair in sealing.pairs:
        if {pair.first, pair.second} == own.keys():
            return _join(pair, own)
    raise VaultTrouble("keys.sealed is damaged: fetch it from the last backup.")


def _whose_turn(left: Mapping[str, Custodian], ask: Ask, turn: str) -> str:
    names = list(left)
    if len(names) <= (FEWEST if turn == "first" else 1):
        return names[0]
    for _ in range(_TRIES):
        said = ask(f"Who is the {turn} custodian here ({', '.join(names)})?", secret=False)
        for name in names:
            if name.casefold() == said.strip().casefold():
                return name
    raise VaultTrouble(f"Two of these people open the keys: {', '.join(names)}.")


def _their_key(custodian: Custodian, cost: int, ask: Ask) -> bytes:
    for _ in range(_TRIES):
        words = ask(f"Passphrase of {custodian.name}:", secret=True)
        key = _derive(words, custodian.salt, cost)
        try:
            unseal(key, custodian.proof, f"proof|{custodian.name}")
        except WrongKey:
            continue
        return key
    raise VaultTrouble(
        f"That is not the passphrase of {custodian.name}. Look for Caps Lock, then start again. "
        "If it is lost, two other custodians replace it: standfast keys custodian replace"
    )


def _join(pair: Pair, own: Mapping[str, bytes]) -> bytes:
    names = pair.first, pair.second
    try:
        first = unseal(own[pair.first], pair.first_half, _about(*names, pair.first))
        second = unseal(own[pair.second], pair.second_half, _about(*names, pair.second))
    except WrongKey as error:
        raise VaultTrouble("keys.sealed is damaged: fetch it from the last backup.") from error
    return _xor(first, second)


def _check(passphrases: Mapping[str, str]) -> None:
    if not FEWEST <= len(passphrases) <= MOST:
        raise VaultTrouble(f"Name {FEWEST} to {MOST} custodians.")
    if len({name.strip().casefold() for name in passphrases}) < len(passphrases):
        raise VaultTrouble("Two custodians have the same name: tell them apart.")
    for name, words in passphrases.items():
        if len(words) < SHORTEST:
            raise VaultTrouble(
                f"The passphrase of {name} is too short: choose at least {SHORTEST} characters, "
                "such as five words drawn by dice."
            )
    if len(set(passphrases.values())) < len(passphrases):
        raise VaultTrouble("Two custodians chose the same passphrase: each needs their own.")


def _derive(words: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=KEY_BYTES, n=cost, r=8, p=1).derive(words.encode())


def _about(first: str, second: str, whose: str) -> str:
    return f"half|{first}|{second}|{whose}"


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
