"""Nothing of another context concerns who exchanges journals."""

from typing import Final

from standfast.kernel.reactions import Reaction

REACTIONS: Final[tuple[Reaction, ...]] = ()
