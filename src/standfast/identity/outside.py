"""Whether what vouches for our people from outside can be reached: the sign-in service."""

from typing import Final

from standfast.identity.oidc import RelyingParty
from standfast.identity.oidc_key import client_key
from standfast.vault.names import OIDC_CLIENT
from standfast.web.platform import Platform

MISSES: Final = 2
"""Never on one slow answer: so often in a row it must not have answered."""


def service(here: Platform) -> RelyingParty | None:
    """Return this worker's view of the sign-in service; None if the site has none."""
    if not here.settings.oidc_issuer:
        return None
    known = here.memory.get("oidc")
    if known is None:
        known = here.memory["oidc"] = RelyingParty(
            here.settings,
            here.outbound,
            key=client_key(here.keys.secret(OIDC_CLIENT)),
            clock=here.clock,
            random=here.random,
        )
    assert isinstance(known, RelyingParty)  # noqa: S101 - nobody else writes there
    return known


def is_cut_off(here: Platform) -> bool:
    """Return whether this site must go by what it last knew of its people.

    A site without a sign-in service knows by itself, and is never cut off. A hub that vouches
    for people will be asked here too.
    """
    party = service(here)
    return party is not None and party.missed >= MISSES
