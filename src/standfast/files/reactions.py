"""Nothing that happens elsewhere changes a file."""

from typing import Final

from standfast.kernel.reactions import Reaction

REACTIONS: Final[tuple[Reaction, ...]] = ()
