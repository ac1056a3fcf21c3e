"""A fresh proof that somebody opens one very restricted record: short, and for that alone. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from standfast.access.model_record import entries_of
from standfast.facts.access import OpeningProven, ProofEvent
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Command, Decider

HOLDS: Final = timedelta(minutes=15)
"""Long enough to read a record and act on it; whoever goes on is asked again."""


class NoteProof(Command, frozen=True, kw_only=True):
    """Let a record be open to one session for a short while, since it was just confirmed."""

    org: str
    staff_id: str
    staff_name: str
    role: str
    session_id: str
    record_kind: str
    record_id: str
    person_id: str
    proof_id: str


class Proof(Struct, frozen=True, kw_only=True):
    """What is known of one record in one session. None: nobody has confirmed anything."""

    given: OpeningProven | None = None


def proof_key(org: str, session_id: str, kind: str, record_id: str) -> str:
    """Return the key of the stream of one record in one session."""
    return child_id(record_id, f"access/proof/{org}/{kind}/{session_id}")


def decide(known: Proof, command: NoteProof, now: datetime) -> Sequence[ProofEvent]:
    """Note it, unless this very proof was noted before."""
    if known.given is not None and known.given.proof_id == command.proof_id:
        return ()
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    return (OpeningProven(**fields, proven_at=now, until=now + HOLDS),)


def evolve(known: Proof, event: ProofEvent) -> Proof:
    """Learn one fact: of two the one that holds longer counts."""
    before = known.given
    return known if before is not None and before.until > event.until else Proof(given=event)


PROOF: Final[Decider[Proof, NoteProof, ProofEvent]] = Decider(
    stream="access.proof",
    event_type=ProofEvent,
    initial=Proof(),
    decide=decide,
    evolve=evolve,
    org=lambda known: known.given.org if known.given else "",
    record=lambda known: entries_of(known.given.proven_at) if known.given else "",
    subject=lambda known: (known.given.person_id or None) if known.given else None,
    presence=True,
)
