"""The rules of a copy that leaves: asked for, made, handed to somebody, accounted for. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from msgspec import Struct, structs

from standfast.facts.records import (
    ExportAccounted,
    ExportChecked,
    ExportEvent,
    ExportLost,
    ExportPrepared,
    ExportReleased,
    ExportWithdrawn,
)
from standfast.kernel.messages import Decider, Refused
from standfast.records.model_copies import (
    AccountForExport,
    CheckExport,
    ExportCommand,
    PrepareExport,
    PrintOut,
    ReleaseExport,
    ReportLoss,
    WithdrawExport,
)

TO_ANSWER: Final = timedelta(days=28)
"""A request is answered within one month (UK GDPR Art. 12(3)); the shortest month has 28 days."""

TO_TELL: Final = timedelta(hours=72)
"""A breach is told to the ICO within 72 hours of being known (UK GDPR Art. 33)."""

LONGEST: Final = timedelta(days=90)
"""How long a copy may be out before somebody says what became of it."""


PRINT: Final = "print"
"""The kind of what somebody printed or saved, beside ``subject_access``."""

AWAY: Final = "Printed while this site could not be reached: it may have been out of date."


LOOKING: Final = "Printed by supplier support, who may only look."


class Refusal(StrEnum):
    """Every way the ledger of copies can say no."""

    ALREADY_PREPARED = "already_prepared"
    NOT_PREPARED = "not_prepared"
    NOT_CHECKED = "not_checked"
    MORE_SINCE = "more_since"
    ALREADY_RELEASED = "already_released"
    NOT_RELEASED = "not_released"
    WITHDRAWN = "withdrawn"
    ASKED_LATER = "asked_later"
    EXPIRY_UNFIT = "expiry_unfit"
    KNOWN_LATER = "known_later"
    NUMBER_TAKEN = "number_taken"


class Stage(StrEnum):
    """Where a copy is."""

    PREPARED = "prepared"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"
    ACCOUNTED = "accounted"
    LOST = "lost"


class Export(Struct, frozen=True):
    """What is known of one copy."""

    prepared: ExportPrepared | None = None
    checked: ExportChecked | None = None
    released: ExportReleased | None = None
    withdrawn: ExportWithdrawn | None = None
    accounted: ExportAccounted | None = None
    lost: ExportLost | None = None

    @property
    def stage(self) -> Stage:
        """Where it is. What is lost stays lost until somebody has found it since."""
        if self.lost is not None and (
            self.accounted is None or self.accounted.accounted_at < self.lost.reported_at
        ):
            return Stage.LOST
        if self.accounted is not None:
            return Stage.ACCOUNTED
        if self.released is not None:
            return Stage.RELEASED
        return Stage.WITHDRAWN if self.withdrawn is not None else Stage.PREPARED


def decide(export: Export, command: ExportCommand, now: datetime) -> Sequence[ExportEvent]:
    """Answer *command* with the events it causes, or raise ``Refused``."""
    match command:
        case PrepareExport() | PrintOut():
            return _begin(export, command, now)
        case CheckExport():
            return _check(export, command, now)
        case ReleaseExport():
            return _release(export, command, now)
        case WithdrawExport():
            return _withdraw(export, command, now)
        case AccountForExport():
            return _account(export, command, now)
        case ReportLoss():
            return _report(export, command, now)
        case _:
            assert_never(command)


def _of_print(export: Export, command: ExportCommand, now: datetime) -> Sequence[ExportEvent]:
    """Answer what may be said of a print; of anything else there is nothing to say here."""
    is_print = export.prepared is None or export.prepared.kind == PRINT
    if not is_print or not isinstance(command, PrintOut | AccountForExport | ReportLoss):
        raise Refused(Refusal.NOT_RELEASED)
    return decide(export, command, now)


def evolve(export: Export, event: ExportEvent) -> Export:
    """Learn one fact, in whatever order they come."""
    match event:
        case ExportPrepared():
            return structs.replace(export, prepared=event)
        case ExportChecked():
            checked = export.checked
            later = checked is None or event.checked_at >= checked.checked_at
            return structs.replace(export, checked=event if later else checked)
        case ExportReleased():
            return structs.replace(export, released=event)
        case ExportWithdrawn():
            return structs.replace(export, withdrawn=event)
        case ExportAccounted():
            known = export.accounted
            newer = known is None or event.accounted_at >= known.accounted_at
            return structs.replace(export, accounted=event if newer else known)
        case ExportLost():
            before = export.lost
            newer = before is None or event.reported_at >= before.reported_at
            return structs.replace(export, lost=event if newer else before)
        case _:
            assert_never(event)


def _begin(
    export: Export, command: PrepareExport | PrintOut, now: datetime
) -> tuple[ExportEvent, ...]:
    if isinstance(command, PrintOut):
        return _print(export, command, now)
    return _prepare(export, command, now)


def _prepare(export: Export, command: PrepareExport, now: datetime) -> tuple[ExportEvent, ...]:
    if export.prepared is not None:
        raise Refused(Refusal.ALREADY_PREPARED)
    if command.asked_on > now.date():
        raise Refused(Refusal.ASKED_LATER)
    return (
        ExportPrepared(
            export_id=command.export_id,
            org=command.org,
            number=command.number,
            kind="subject_access",
            person_id=command.person_id,
            title=command.title,
            asked_on=command.asked_on,
            reason=command.reason,
            by=command.by,
            by_name=command.by_name,
            prepared_at=now,
        ),
    )


def _print(export: Export, command: PrintOut, now: datetime) -> tuple[ExportEvent, ...]:
    """Put what was printed in the ledger; told twice, once. A device's own time is believed."""
    if export.prepared is not None:
        known = (export.prepared.kind, export.prepared.number, export.prepared.by)
        if known != (PRINT, command.number, command.by):
            raise Refused(Refusal.NUMBER_TAKEN)
        return ()
    at = min(command.printed_at, now)
    begun = ExportPrepared(
        export_id=command.export_id,
        org=command.org,
        number=command.number,
        kind=PRINT,
        person_id=command.person_id,
        title=command.what,
        asked_on=at.date(),
        reason=" ".join([AWAY] * command.away + [LOOKING] * command.looking),
        by=command.by,
        by_name=command.by_name,
        prepared_at=at,
    )
    out = ExportReleased(
        export_id=command.export_id,
        org=command.org,
        sha256=command.sha256,
        size=command.size,
        withheld=0,
        holder=command.by_name,
        way=command.way,
        expires_on=command.expires_on,
        proof_id="",
        by=command.by,
        by_name=command.by_name,
        released_at=at,
    )
    return (begun, out)


def _check(export: Export, command: CheckExport, now: datetime) -> tuple[ExportEvent, ...]:
    made = _prepared(export)
    if export.withdrawn is not None:
        raise Refused(Refusal.WITHDRAWN)
    if export.released is not None:
        raise Refused(Refusal.ALREADY_RELEASED)
    return (
        ExportChecked(
            export_id=made.export_id,
            org=made.org,
            withheld=command.withheld,
            seen=command.seen,
            texts=command.texts,
            harm_checked_by=command.harm_checked_by,
            by=command.by,
            by_name=command.by_name,
            checked_at=now,
        ),
    )


def _release(export: Export, command: ReleaseExport, now: datetime) -> tuple[ExportEvent, ...]:
    made = _prepared(export)
    if export.withdrawn is not None:
        raise Refused(Refusal.WITHDRAWN)
    if export.released is not None:
        raise Refused(Refusal.ALREADY_RELEASED)
    if export.checked is None:
        raise Refused(Refusal.NOT_CHECKED)
    if export.checked.seen != command.seen:
        raise Refused(Refusal.MORE_SINCE)
    if not now.date() <= command.expires_on <= (now + LONGEST).date():
        raise Refused(Refusal.EXPIRY_UNFIT)
    return (
        ExportReleased(
            export_id=made.export_id,
            org=made.org,
            sha256=command.sha256,
            size=command.size,
            withheld=len(export.checked.withheld),
            holder=command.holder,
            way=command.way,
            expires_on=command.expires_on,
            proof_id=command.proof_id,
            by=command.by,
            by_name=command.by_name,
            released_at=now,
        ),
    )


def _withdraw(
    export: Export, command: WithdrawExport, now: datetime
) -> tuple[ExportEvent, ...]:
    made = _prepared(export)
    if export.released is not None:
        raise Refused(Refusal.ALREADY_RELEASED)
    if export.withdrawn is not None:
        return ()
    return (
        ExportWithdrawn(
            export_id=made.export_id,
            org=made.org,
            reason=command.reason,
            by=command.by,
            by_name=command.by_name,
            withdrawn_at=now,
        ),
    )


def _account(
    export: Export, command: AccountForExport, now: datetime
) -> tuple[ExportEvent, ...]:
    out = _released(export)
    return (
        ExportAccounted(
            export_id=out.export_id,
            org=out.org,
            outcome=command.outcome,
            note=command.note,
            by=command.by,
            by_name=command.by_name,
            accounted_at=now,
        ),
    )


def _report(export: Export, command: ReportLoss, now: datetime) -> tuple[ExportEvent, ...]:
    out = _released(export)
    if command.known_at > now:
        raise Refused(Refusal.KNOWN_LATER)
    return (
        ExportLost(
            export_id=out.export_id,
            org=out.org,
            circumstances=command.circumstances,
            known_at=command.known_at,
            by=command.by,
            by_name=command.by_name,
            reported_at=now,
        ),
    )


def _prepared(export: Export) -> ExportPrepared:
    if export.prepared is None:
        raise Refused(Refusal.NOT_PREPARED)
    return export.prepared


def _released(export: Export) -> ExportReleased:
    if export.released is None:
        raise Refused(Refusal.NOT_RELEASED)
    return export.released


EXPORT: Final[Decider[Export, ExportCommand, ExportEvent]] = Decider(
    stream="records.export",
    event_type=ExportEvent,
    initial=Export(),
    decide=decide,
    evolve=evolve,
    org=lambda export: export.prepared.org if export.prepared else "",
    subject=lambda export: (export.prepared.person_id or None) if export.prepared else None,
    record=lambda export: export.prepared.person_id if export.prepared else "",
)
PRINTED: Final = replace(EXPORT, decide=_of_print, presence=True)
"""What whoever prints says of it. It has left: who may change nothing else says so as well."""
