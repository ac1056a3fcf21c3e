"""What is known of one need for medicines. Pure.

The facts are kept as a set and read in the order in which they happened, so that neither the
order in which they arrive nor hearing one twice makes a difference.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from typing import Final, assert_never, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from standfast.facts.contact import NumberToRing, Patient
from standfast.facts.prescribing import (
    MedicineSupplied,
    NeedChanged,
    NeedDeclined,
    NeedEvent,
    NeedPutBack,
    NeedReceived,
    NeedTaken,
    PrescriptionCancelled,
    PrescriptionSent,
    PrescriptionSigned,
    PrescriptionWritten,
    SupplyRefused,
    SupplyUndone,
)
from standfast.kernel.geo import Point
from standfast.prescribing.content import content_hash

TICK: Final = timedelta(microseconds=1)
"""What one thing of a stream comes after another, at the least."""


class Stage(StrEnum):
    """What a need waits for."""

    WAITING = "waiting"
    TAKEN = "taken"
    DRAFTED = "drafted"
    SIGNED = "signed"
    SENT = "sent"
    SUPPLIED = "supplied"
    DECLINED = "declined"


class Prescription(Struct, frozen=True, kw_only=True):
    """One prescription, from its draft to its end."""

    prescription_id: str
    drafts: tuple[PrescriptionWritten, ...] = ()
    signatures: tuple[PrescriptionSigned, ...] = ()
    sent: PrescriptionSent | None = None
    supplies: tuple[MedicineSupplied, ...] = ()
    undone: tuple[datetime, ...] = ()
    refused: SupplyRefused | None = None
    cancelled: PrescriptionCancelled | None = None
    abandoned: bool = False
    """Its need was put back before it was signed."""

    @property
    def signature(self) -> PrescriptionSigned | None:
        """The first signature: there is no second."""
        return self.signatures[0] if self.signatures else None

    @property
    def content(self) -> PrescriptionWritten | None:
        """What was signed; before that the latest draft."""
        if self.signature is not None:
            for draft in self.drafts:
                if content_hash(draft) == self.signature.content_hash:
                    return draft
        return self.drafts[-1] if self.drafts else None

    @property
    def is_altered(self) -> bool:
        """Whether it is signed, and what it says is not what was signed."""
        return self.signature is not None and (
            self.content is None or content_hash(self.content) != self.signature.content_hash
        )

    @property
    def supplied(self) -> MedicineSupplied | None:
        """The first supply that was not undone."""
        return next(
            (each for each in self.supplies if each.supplied_at not in self.undone), None
        )

    @property
    def is_draft(self) -> bool:
        return bool(self.drafts) and not self.signatures and not self.abandoned

    @property
    def is_live(self) -> bool:
        """Whether somebody might still supply it."""
        return bool(self.signatures) and not (self.refused or self.cancelled or self.supplied)


class Need(Struct, frozen=True, kw_only=True):
    """One need. Nothing is known of it while ``received`` is None."""

    facts: tuple[NeedEvent, ...] = ()
    """All that happened, oldest first, each once."""
    received: NeedReceived | None = None
    patient: Patient = Patient()
    numbers: tuple[NumberToRing, ...] = ()
    postcode: str = ""
    point: Point | None = None
    holder: NeedTaken | None = None
    put_back: NeedPutBack | None = None
    """Why it is back in the queue, unless somebody has taken it since."""
    prescriptions: tuple[Prescription, ...] = ()
    declined: NeedDeclined | None = None

    @property
    def org(self) -> str:
        return self.received.org if self.received else ""

    @property
    def case_id(self) -> str:
        return self.received.case_id if self.received else ""

    @property
    def draft(self) -> Prescription | None:
        """What is written and not signed."""
        return next((each for each in reversed(self.prescriptions) if each.is_draft), None)

    @property
    def live(self) -> Prescription | None:
        """What is signed and might still be supplied: one at most, unless sites parted."""
        return next((each for each in reversed(self.prescriptions) if each.is_live), None)

    @property
    def mistaken(self) -> Prescription | None:
        """What lies with a pharmacy for somebody else than the patient: never to be supplied."""
        one = self.live
        return one if one and one.sent and self.is_for_another(one) else None

    def is_for_another(self, one: Prescription) -> bool:
        """Whether *one* was written before it was known who the patient is (hazard H02)."""
        return one.content is not None and (
            one.content.patient.person_id != self.patient.person_id
        )

    @property
    def supplied(self) -> tuple[Prescription, ...]:
        return tuple(each for each in self.prescriptions if each.supplied)

    @property
    def returned(self) -> SupplyRefused | None:
        """Why the pharmacy gave the latest prescription back, until another is written."""
        return self.prescriptions[-1].refused if self.prescriptions else None

    @property
    def stage(self) -> Stage:
        """What it waits for."""
        if self.supplied:
            return Stage.SUPPLIED
        if self.live is not None and self.mistaken is None:
            return Stage.SIGNED if self.live.sent is None else Stage.SENT
        if self.declined is not None:
            return Stage.DECLINED
        if self.holder is None:
            return Stage.WAITING
        return Stage.TAKEN if self.draft is None else Stage.DRAFTED

    @property
    def is_ended(self) -> bool:
        return self.stage in (Stage.SUPPLIED, Stage.DECLINED)

    def prescription(self, prescription_id: str) -> Prescription | None:
        return next(
            (one for one in self.prescriptions if one.prescription_id == prescription_id), None
        )


def evolve(need: Need, event: NeedEvent) -> Need:
    """Learn one fact, wherever among the others it belongs."""
    if event in need.facts:
        return need
    facts = tuple(sorted((*need.facts, event), key=_order))
    if facts[-1] is event:
        return replace(_learn(need, event), facts=facts)
    return replace(reduce(_learn, facts, Need()), facts=facts)


def later(need: Need, now: datetime) -> datetime:
    """Return *now*, or just after all that is known: what follows is never before its cause."""
    if not need.facts:
        return now
    return max(now, instant(need.facts[-1]) + TICK)


def instant(event: NeedEvent) -> datetime:  # noqa: C901, PLR0911, PLR0912 - one case each
    """Return when *event* happened."""
    match event:
        case NeedReceived():
            return event.received_at
        case NeedChanged():
            return event.changed_at
        case NeedTaken():
            return event.taken_at
        case NeedPutBack():
            return event.at
        case PrescriptionWritten():
            return event.written_at
        case PrescriptionSigned():
            return event.signed_at
        case PrescriptionSent():
            return event.sent_at
        case PrescriptionCancelled():
            return event.cancelled_at
        case MedicineSupplied():
            return event.supplied_at
        case SupplyUndone():
            return event.undone_at
        case SupplyRefused():
            return event.refused_at
        case NeedDeclined():
            return event.declined_at
        case _:
            assert_never(event)


_RANK: Final = {kind: rank for rank, kind in enumerate(get_args(NeedEvent))}


def _order(event: NeedEvent) -> tuple[datetime, int, bytes]:
    return instant(event), _RANK[type(event)], msgspec.json.encode(event)


def _learn(need: Need, event: NeedEvent) -> Need:  # noqa: PLR0911 - one case each
    match event:
        case NeedReceived():
            return _receive(need, event)
        case NeedChanged():
            return replace(
                need,
                patient=event.patient,
                numbers=event.numbers,
                postcode=event.postcode,
                point=event.point,
            )
        case NeedTaken():
            return replace(need, holder=need.holder or event, put_back=None)
        case NeedPutBack():
            return _let_go(replace(need, put_back=event))
        case NeedDeclined():
            return _let_go(replace(need, declined=event))
        case SupplyRefused():
            return _let_go(_learn_prescription(need, event))
        case _:
            return _learn_prescription(need, event)


def _receive(need: Need, event: NeedReceived) -> Need:
    """Begin, or begin anew after it was declined."""
    return replace(
        need,
        received=event,
        patient=event.patient,
        numbers=event.numbers,
        postcode=event.postcode,
        point=event.point,
        declined=None,
    )


def _let_go(need: Need) -> Need:
    """Nobody has it any more, and a draft of theirs is nobody's."""
    return replace(
        need,
        holder=None,
        prescriptions=tuple(
            replace(each, abandoned=True) if each.is_draft else each
            for each in need.prescriptions
        ),
    )


_OfPrescription = (
    PrescriptionWritten
    | PrescriptionSigned
    | PrescriptionSent
    | PrescriptionCancelled
    | MedicineSupplied
    | SupplyUndone
    | SupplyRefused
)


def _learn_prescription(need: Need, event: _OfPrescription) -> Need:
    known = need.prescription(event.prescription_id)
    before = known or Prescription(prescription_id=event.prescription_id)
    after = _write_on(before, event)
    if known is None:
        return replace(need, prescriptions=(*need.prescriptions, after))
    others = (after if each is known else each for each in need.prescriptions)
    return replace(need, prescriptions=tuple(others))


def _write_on(  # noqa: PLR0911 - one case each
    one: Prescription, event: _OfPrescription
) -> Prescription:
    match event:
        case PrescriptionWritten():
            return replace(one, drafts=(*one.drafts, event))
        case PrescriptionSigned():
            return replace(one, signatures=(*one.signatures, event))
        case PrescriptionSent():
            return replace(one, sent=event)
        case PrescriptionCancelled():
            return replace(one, cancelled=event)
        case MedicineSupplied():
            return replace(one, supplies=(*one.supplies, event))
        case SupplyUndone():
            return replace(one, undone=(*one.undone, event.supplied_at))
        case SupplyRefused():
            return replace(one, refused=event)
        case _:
            assert_never(event)
