"""What triage does when something happens elsewhere."""

from typing import Final

from standfast.facts.paper import FormKeyed
from standfast.kernel.reactions import Reaction
from standfast.triage.model import ASSESSMENT, TakeFromPaper


def _take(event: FormKeyed) -> TakeFromPaper | None:
    return TakeFromPaper(keyed=event) if event.call.answers else None


REACTIONS: Final[tuple[Reaction, ...]] = (
    Reaction(FormKeyed, ASSESSMENT, lambda event: event.form_id, _take),
)
