"""Read models of triage, and the queries on them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from standfast.kernel.rows import Projection
from standfast.web.platform import Answerer

SCHEMA: Final = ""
PROJECTIONS: Final[tuple[Projection, ...]] = ()
CONSTRAINTS: Final[Mapping[str, StrEnum]] = {}
ANSWERS: Final[Mapping[str, Answerer]] = {}
