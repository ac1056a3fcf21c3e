"""Nothing of another context concerns the keys."""

from typing import Final

from standfast.kernel.reactions import Reaction

REACTIONS: Final[tuple[Reaction, ...]] = ()
