"""What went wrong, as one sentence for whoever started us; and how progress is told."""

from collections.abc import Callable

Say = Callable[[str], None]
"""Receives plain words about what is being done, for the terminal."""


class PostgresTrouble(RuntimeError):
    """PostgreSQL cannot be used as things are. The message says what to do next."""


def nothing(_: str) -> None:
    """Say nothing."""
