"""What clients do when something happens elsewhere: nothing."""

from typing import Final

from standfast.kernel.reactions import Reaction

REACTIONS: Final[tuple[Reaction, ...]] = ()
