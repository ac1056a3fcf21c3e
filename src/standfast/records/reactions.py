"""What records do when something happens: what is left of a record is written with its end."""

from typing import Final

from standfast.facts.records import DestructionConfirmed
from standfast.kernel.reactions import Reaction
from standfast.records.model_erasure import ERASURE, NoteErasure

REACTIONS: Final[tuple[Reaction, ...]] = (
    Reaction(
        on=DestructionConfirmed,
        decider=ERASURE,
        key=lambda confirmed: confirmed.record_id,
        command=lambda confirmed: NoteErasure(erased=confirmed.erased),
    ),
)
