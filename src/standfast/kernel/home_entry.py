"""How to get into somebody's home: sealed where it comes in, opened for whoever must go in.

Between the two nobody has the text: not a rule, not a row, not a list, not a log, not a backup.
"""

from enum import StrEnum

from msgspec import Struct, structs


class Kept(StrEnum):
    """What became of what was said."""

    SEALED = "sealed"
    NOT_KEPT = "not_kept"
    """The key could not be had when it was said: ask again."""
    OUTLINE = "outline"
    """There is something sealed; this is not it. Rows and lists have no more than this."""
    OLD = "old"
    """Said before it was sealed: it stands in the clear in the facts of the case."""


class HomeEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How to get in, as it may lie anywhere. It opens with its key, for its own case alone."""

    kept: Kept = Kept.SEALED
    key_id: str = ""
    nonce: bytes = b""
    sealed: bytes = b""
    site: str = ""
    """Whose key sealed it. Empty in what was sealed before this was written down."""
    was_elsewhere: bool = False
    """The address was changed after it was said: it may be another door's."""

    @property
    def outline(self) -> "HomeEntry":
        """That there is something, and no more: for rows, which lists are made of."""
        kept = Kept.OUTLINE if self.kept is Kept.SEALED else self.kept
        return HomeEntry(kept=kept, was_elsewhere=self.was_elsewhere)


def elsewhere(entry: HomeEntry) -> HomeEntry:
    """Return *entry* once the address has become another."""
    return structs.replace(entry, was_elsewhere=True)


def about(*, org: str, case_id: str, field: str, site: str = "") -> str:
    """Return what a sealed text is bound to.

    Copied to another case, or said to be another site's, it does not open.
    """
    whose = f"|site/{site}" if site else ""
    return f"standfast home entry|{org}|case/{case_id}|{field}{whose}"
