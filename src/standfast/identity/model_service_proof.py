"""What the sign-in service confirmed of one act: given once, used once, for exactly that. Pure."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias, assert_never

from msgspec import Struct, structs

from standfast.facts.service import ServiceProofEvent, ServiceProofGiven, ServiceProofUsed
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText


class Refusal(StrEnum):
    """Why a proof by the service is not one."""

    NOT_GIVEN = "not_given"
    USED = "used"


class NoteGiven(Command, frozen=True, kw_only=True):
    """Keep that somebody has just proven there who they are, for this content."""

    proof_id: ShortText
    org: ShortText
    staff_id: ShortText
    session_id: ShortText
    issuer: ShortText
    act: ShortText
    challenge: ShortText


class NoteUsed(Command, frozen=True, kw_only=True):
    """Let the act rest on it, and nothing else ever after."""


ServiceProofCommand: TypeAlias = NoteGiven | NoteUsed


class ServiceProof(Struct, frozen=True):
    """What is known of one question. None: nobody has confirmed it there."""

    given: ServiceProofGiven | None = None
    used: bool = False


def decide(
    known: ServiceProof, command: ServiceProofCommand, now: datetime
) -> Sequence[ServiceProofEvent]:
    """Answer *command* with the events it causes, or raise ``Refused``."""
    if isinstance(command, NoteGiven):
        if known.given is not None:
            return ()
        fields = {name: getattr(command, name) for name in command.__struct_fields__}
        return (ServiceProofGiven(**fields, given_at=now),)
    if known.given is None:
        raise Refused(Refusal.NOT_GIVEN)
    if known.used:
        raise Refused(Refusal.USED)
    proof_id, org = known.given.proof_id, known.given.org
    return (ServiceProofUsed(proof_id=proof_id, org=org, used_at=now),)


def evolve(known: ServiceProof, event: ServiceProofEvent) -> ServiceProof:
    """Learn one fact. What was used anywhere is used everywhere."""
    match event:
        case ServiceProofGiven():
            return structs.replace(known, given=known.given or event)
        case ServiceProofUsed():
            return structs.replace(known, used=True)
        case _:
            assert_never(event)


SERVICE_PROOF: Final[Decider[ServiceProof, ServiceProofCommand, ServiceProofEvent]] = Decider(
    stream="identity.service_proof",
    sealed=False,
    event_type=ServiceProofEvent,
    initial=ServiceProof(),
    decide=decide,
    evolve=evolve,
    org=lambda known: known.given.org if known.given else "",
)
