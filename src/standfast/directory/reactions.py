"""What the directory does when something happens elsewhere."""

from typing import Final

from standfast.directory.model import NEED, StateNeed, WithdrawNeed
from standfast.facts.cases import DispositionTakenBack
from standfast.facts.directory import NeedDetails
from standfast.facts.requests import ServiceWanted
from standfast.kernel.reactions import Reaction


def _state(event: ServiceWanted) -> StateNeed:
    fields = {name: getattr(event, name) for name in NeedDetails.__struct_fields__}
    return StateNeed(need=NeedDetails(**fields))


def _withdraw(event: DispositionTakenBack) -> WithdrawNeed:
    return WithdrawNeed(case_id=event.case_id, code=event.code, at=event.taken_back_at)


REACTIONS: Final[tuple[Reaction, ...]] = (
    Reaction(on=ServiceWanted, decider=NEED, key=lambda event: event.case_id, command=_state),
    Reaction(
        on=DispositionTakenBack,
        decider=NEED,
        key=lambda event: event.case_id,
        command=_withdraw,
    ),
)
