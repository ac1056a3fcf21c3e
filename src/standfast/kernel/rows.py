"""Read models come from state: what a table's row is, and which stream's state makes it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from msgspec import Struct

from standfast.kernel.messages import Decider


class Row(Struct, frozen=True, kw_only=True):
    """One row of a read model. The fields are the columns, in the table's own names.

    ``KEY`` begins with ``org`` and holds an id that only one stream writes, so that two
    streams never make the same row. ``READ_BY`` are the columns that name the organisations
    whose pages may read the row; empty: everybody's, and ``tests/test_isolation.py`` says why.
    ``AT_THE_DOOR``: by it the program finds whose key, token or code somebody shows, before it
    can say for which organisation it asks. Never anything of a patient.
    """

    TABLE: ClassVar[str]
    KEY: ClassVar[tuple[str, ...]]
    READ_BY: ClassVar[tuple[str, ...]] = ("org",)
    AT_THE_DOOR: ClassVar[bool] = False


@dataclass(frozen=True)
class Projection:
    """The rows that one kind of stream makes: ``rows`` is pure and says them all, every time.

    ``tables`` are the row types it may yield; a rebuild empties exactly those.
    """

    decider: Decider[Any, Any, Any]
    rows: Callable[[Any], Iterable[Row]]
    tables: tuple[type[Row], ...]
