"""What the keyring says to people: a sentence for each refusal, and for each fact."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

from standfast.facts.keyring import (
    CertificateIssued,
    CertificateRevoked,
    KeyringEvent,
    KeysSealed,
    SiteKeySucceeded,
)
from standfast.keyring.model import Refusal

REFUSALS: Final[Mapping[StrEnum, str]] = {
    Refusal.NOT_THE_KEY: (
        "The key in this folder is not the one that signs for this site. Find the folder that "
        "holds the present key; do not start this one."
    ),
}


def describe(event: KeyringEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case SiteKeySucceeded():
            lost = "" if event.old_signature else ", which was lost"
            return f"A new signing key took over from {event.old_public[:8]}{lost}"
        case KeysSealed():
            return f"The site's keys were sealed with {event.how}"
        case CertificateIssued():
            return f"A certificate for {', '.join(event.names) or 'nobody'} was given"
        case CertificateRevoked():
            return f"Certificate {event.serial[:8]} was taken back: {event.reason}"
        case _:
            assert_never(event)


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {"keyring.site": describe}
"""By kind of stream: one plain sentence for each of its events."""
