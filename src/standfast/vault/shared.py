"""A secret that this site shares with another machine, such as the telephone exchange.

While the other side changes over, the newest and the older ones are good beside each other.
The secret as it is kept is all of them, a line each, the newest first.
"""

import secrets
from typing import Final

from standfast.vault.trouble import VaultTrouble

SHORTEST: Final = 32
LONGEST: Final = 500
"""Characters. Nobody has to remember one."""


def made_up() -> str:
    """Return a shared secret that nobody has seen."""
    return secrets.token_hex(32)


def newest_first(secret: bytes) -> tuple[str, ...]:
    """Return every one that is good now."""
    return tuple(secret.decode().splitlines())


def with_newer(secret: bytes | None, newer: str) -> bytes:
    """Return *secret* with one more, which the other side uses from now on.

    Raises VaultTrouble for one that anybody could guess, or that is no secret.
    """
    if not SHORTEST <= len(newer) <= LONGEST or not newer.isascii() or not newer.isprintable():
        raise VaultTrouble(
            f"A shared secret is {SHORTEST} to {LONGEST} letters, digits and signs on one line. "
            "Leave --given out, and one is made up."
        )
    older = () if secret is None else newest_first(secret)
    return "\n".join((newer, *(each for each in older if each != newer))).encode()


def only_newest(secret: bytes) -> bytes:
    """Return *secret* without the older ones."""
    return newest_first(secret)[0].encode()
