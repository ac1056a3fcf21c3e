"""The tabs of the top bar: where somebody's work is."""

from functools import cache

from msgspec import Struct

from standfast.journal.database import Reader


class Workspace(Struct, frozen=True, kw_only=True):
    """A tab that somebody with the permission ``needs`` sees. ``order`` is left to right."""

    href: str
    label: str
    icon: str
    needs: str
    order: int
    count: str = ""
    """The query that counts what waits there for the organisation ``$1``; empty: nothing is."""
    alerts: str = ""
    """A live part of every page of whoever has this tab: what they are told at once."""
    topics: str = ""


async def counts(db: Reader, org: str, workspaces: tuple[Workspace, ...]) -> dict[str, int]:
    """Return how much waits in each of these, by its address: asked in one journey."""
    counted = [each for each in workspaces if each.count]
    if not counted:
        return {}
    found = await db.fetch_value(_together(tuple(each.count for each in counted)), org)
    return dict(zip((each.href for each in counted), found, strict=True))


@cache
def _together(queries: tuple[str, ...]) -> str:
    """Return one query for the answers of all, in their order."""
    return f"SELECT ARRAY[{', '.join(f'({each})' for each in queries)}]"
