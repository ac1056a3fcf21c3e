"""How much of what comes from elsewhere is taken in with one commit."""

from collections.abc import Sequence
from typing import Final

from standfast.journal.entries import Entry

LARGEST: Final = 500
"""Rows that are taken in with one commit: others wait for no longer than that."""


def commits(entries: Sequence[Entry], most: int = LARGEST) -> list[Sequence[Entry]]:
    """Return *entries* in parts of at most *most*, each of which ends with a signed row.

    A part is longer where one commit of its site was.
    """
    parts: list[Sequence[Entry]] = []
    begin = signed = 0
    for number, entry in enumerate(entries, start=1):
        if entry.sig is None:
            continue
        if number - begin > most and signed > begin:
            parts.append(entries[begin:signed])
            begin = signed
        signed = number
    if signed > begin:
        parts.append(entries[begin:signed])
    return parts
