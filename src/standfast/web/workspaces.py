"""The tabs of the top bar: where somebody's work is."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import Struct

from standfast.journal.database import Reader

Counter: TypeAlias = Callable[[Reader, str], Awaitable[int]]
"""How many things wait in a workspace, for one organisation."""


class Workspace(Struct, frozen=True, kw_only=True):
    """A tab that somebody with the permission ``needs`` sees. ``order`` is left to right."""

    href: str
    label: str
    icon: str
    needs: str
    order: int
    count: Counter | None = None
    alerts: str = ""
    """A live part of every page of whoever has this tab: what they are told at once."""
    topics: str = ""
