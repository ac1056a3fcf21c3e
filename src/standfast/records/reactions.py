"""What records do when something happens elsewhere: nothing. People decide here."""

from typing import Final

from standfast.kernel.reactions import Reaction

REACTIONS: Final[tuple[Reaction, ...]] = ()
