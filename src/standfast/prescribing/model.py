"""The rules of one need for medicines. Pure: no clock, no database, no web."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, assert_never

from standfast.facts.prescribing import (
    NeedChanged,
    NeedDeclined,
    NeedEvent,
    NeedPutBack,
    NeedReceived,
    NeedTaken,
)
from standfast.kernel.messages import Decider, Refused
from standfast.prescribing.commands import (
    CancelPrescription,
    ChangeDetails,
    DeclineNeed,
    NeedCommand,
    PutBackNeed,
    ReceiveNeed,
    RefuseSupply,
    SendPrescription,
    SignPrescription,
    SupplyMedicine,
    TakeNeed,
    UndoSupply,
    WritePrescription,
)
from standfast.prescribing.refusals import Refusal
from standfast.prescribing.signing import cancel, must_hold, send, sign
from standfast.prescribing.state import TICK, Need, Stage, evolve, later
from standfast.prescribing.supplying import refuse_supply, supply, undo_supply
from standfast.prescribing.writing import write


def decide(  # noqa: C901, PLR0911, PLR0912 - one case each
    need: Need, command: NeedCommand, now: datetime
) -> Sequence[NeedEvent]:
    """Answer *command* with the events it causes, or raise ``Refused``."""
    at = later(need, now)
    match command:
        case ReceiveNeed():
            return _receive(need, command, at)
        case ChangeDetails():
            return _change_details(need, command, at)
        case TakeNeed():
            return _take(need, command, at)
        case PutBackNeed():
            return (_put_back(need, command, at),)
        case WritePrescription():
            return write(need, command, at)
        case SignPrescription():
            return (sign(need, command, at),)
        case SendPrescription():
            return send(need, command, at)
        case CancelPrescription():
            return cancel(need, command, at)
        case DeclineNeed():
            return (_decline(need, command, at),)
        case SupplyMedicine():
            return supply(need, command, at)
        case UndoSupply():
            return undo_supply(need, command, at)
        case RefuseSupply():
            return refuse_supply(need, command, at)
        case _:
            assert_never(command)


def _receive(need: Need, command: ReceiveNeed, at: datetime) -> tuple[NeedEvent, ...]:
    """Begin, or begin anew what was declined. What goes on already goes on."""
    if need.received is not None and need.declined is None:
        return ()
    return (
        NeedReceived(
            case_id=command.case_id,
            org=command.org,
            reference=command.reference,
            patient=command.patient,
            numbers=command.numbers,
            postcode=command.postcode,
            point=command.point,
            problem=command.problem,
            findings=command.findings,
            priority=command.priority,
            due_at=command.due_at,
            received_at=at,
        ),
    )


def _change_details(need: Need, command: ChangeDetails, at: datetime) -> tuple[NeedEvent, ...]:
    if need.received is None:
        return ()
    known = (need.patient, need.numbers, need.postcode, need.point)
    if known == (command.patient, command.numbers, command.postcode, command.point):
        return ()
    changed = NeedChanged(
        case_id=need.case_id,
        patient=command.patient,
        numbers=command.numbers,
        postcode=command.postcode,
        point=command.point,
        changed_at=at,
    )
    after = evolve(need, changed)
    if after.mistaken is None or need.mistaken is not None:
        return (changed,)
    return (changed, _stop(need, at + TICK))


def _stop(need: Need, at: datetime) -> NeedPutBack:
    """Put it back in the queue: what lies with the pharmacy is for somebody else."""
    return NeedPutBack(
        case_id=need.case_id,
        reason="The patient has changed. Cancel the prescription that was sent.",
        by="Standfast",
        at=at,
    )


def _take(need: Need, command: TakeNeed, at: datetime) -> tuple[NeedEvent, ...]:
    """Give it to the first who takes it. Taken twice by one person it is theirs once."""
    _must_go_on(need)
    if need.holder is not None:
        if need.holder.staff_id == command.staff_id:
            return ()
        raise Refused(Refusal.TAKEN_BY_ANOTHER, who=need.holder.staff_name)
    return (
        NeedTaken(
            case_id=need.case_id,
            staff_id=command.staff_id,
            staff_name=command.staff_name,
            taken_at=at,
        ),
    )


def _put_back(need: Need, command: PutBackNeed, at: datetime) -> NeedPutBack:
    """Put it back, whoever had it: the next may do so for one who has gone home."""
    _must_go_on(need)
    if need.holder is None:
        raise Refused(Refusal.NOT_YOURS)
    must_have_none_live(need)
    return NeedPutBack(
        case_id=need.case_id, reason=command.reason, by=command.staff_name, at=at
    )


def _decline(need: Need, command: DeclineNeed, at: datetime) -> NeedDeclined:
    _must_go_on(need)
    must_hold(need, command.staff_id)
    must_have_none_live(need)
    return NeedDeclined(
        case_id=need.case_id, advice=command.advice, by=command.staff_name, declined_at=at
    )


def _must_go_on(need: Need) -> None:
    if need.received is None:
        raise Refused(Refusal.UNKNOWN_NEED)
    if need.is_ended or need.stage is Stage.SENT:
        raise Refused(Refusal.NEED_ENDED)


def must_have_none_live(need: Need) -> None:
    """Nothing that a pharmacy could supply may be left behind unowned."""
    if need.live is not None and need.live.content is not None:
        raise Refused(Refusal.PRESCRIPTION_LIVE, number=need.live.content.number)


NEED: Final[Decider[Need, NeedCommand, NeedEvent]] = Decider(
    stream="prescribing.need",
    event_type=NeedEvent,
    initial=Need(),
    decide=decide,
    evolve=evolve,
    org=lambda need: need.org,
    subject=lambda need: need.patient.person_id,
)
