"""Whose rows this request reads: the token that its guard was given, carried to the pool."""

from contextvars import ContextVar
from typing import Final

_TOKEN: Final[ContextVar[str]] = ContextVar("tenant", default="")
_WHO: Final[ContextVar[str]] = ContextVar("who", default="")


class NoTenant(RuntimeError):
    """Something read an organisation's rows before it was known whose. A fault of ours.

    What is everybody's is read through ``platform.public``; what the site does by itself
    through ``platform.all_orgs``. docs/security/database.md says which is for whom.
    """


class NotEntitled(Exception):
    """PostgreSQL does not take the token: ended, or signed with a key that is gone."""


def read_as(token: str, who: str = "") -> None:
    """Let the rest of this request read the rows that *token* opens; empty: none.

    *who* proves which member of staff reads: what needs their own entry in the access log,
    already on disk, is shown to nobody else.
    """
    _TOKEN.set(token)
    _WHO.set(who)


def reading_as() -> str:
    """Return the token of this request. Raises :class:`NoTenant`: an empty list would lie."""
    token = _TOKEN.get()
    if not token:
        raise NoTenant
    return token


def reader() -> str:
    """Return what proves which member of staff reads; empty: nobody's request."""
    return _WHO.get()


def nobody() -> str:
    """Return the token of whoever has none."""
    return ""
