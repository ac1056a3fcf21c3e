"""Two call handlers who want the same slot at the same moment."""

import asyncio
from typing import Final

PATIENCE: Final = 1.5
"""Seconds for which the first waits for a second."""


class Rivals:
    """Brings callers together in pairs: both leave with the slot that the first of them saw."""

    def __init__(self) -> None:
        self._waiting: tuple[str, asyncio.Event] | None = None
        self.races = 0

    async def meet(self, slot_id: str) -> str:
        """Return the slot to go for, at the moment at which the other goes for it too."""
        if self._waiting is not None:
            (slot_id, other), self._waiting = self._waiting, None
            self.races += 1
            other.set()
            return slot_id
        met = asyncio.Event()
        self._waiting = (slot_id, met)
        try:
            await asyncio.wait_for(met.wait(), PATIENCE)
        except TimeoutError:
            self._waiting = None  # nobody else came: whoever comes would have woken us
        return slot_id
