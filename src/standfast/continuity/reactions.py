"""What a pack learns of its forms, in the same commit."""

from typing import Final

from standfast.continuity.commands import Fate, NoteForm
from standfast.continuity.model_pack import PACK
from standfast.facts.paper import FormKeyed, SafetySettled
from standfast.kernel.reactions import Reaction


def _keyed(event: FormKeyed) -> NoteForm:
    return NoteForm(number=event.number, step=Fate.KEYED)


def _entered(event: SafetySettled) -> NoteForm:
    return NoteForm(number=event.number, step=Fate.ENTERED)


REACTIONS: Final[tuple[Reaction, ...]] = (
    Reaction(FormKeyed, PACK, lambda event: event.pack_id, _keyed),
    Reaction(SafetySettled, PACK, lambda event: event.pack_id, _entered),
)
"""A pack that calls a form void refuses the whole: no case of it comes into being."""
