"""What triage says to people: a sentence for each refusal, and for each fact."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

REFUSALS: Final[Mapping[StrEnum, str]] = {}
DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {}
"""By kind of stream: one plain sentence for each of its events."""
