"""What records say to people: a sentence for each refusal, and for each fact."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

from standfast.facts.records import (
    DestructionConfirmed,
    ErasureEvent,
    ExportAccounted,
    ExportChecked,
    ExportEvent,
    ExportLost,
    ExportPrepared,
    ExportReleased,
    ExportWithdrawn,
    FileEvent,
    HoldLifted,
    HoldPlaced,
    KeptLonger,
    MarkedForDestruction,
    MarkTakenBack,
)
from standfast.records import model, model_erasure, model_export
from standfast.records.model_export import Stage
from standfast.records.schedule import Standing

REFUSALS: Final[Mapping[StrEnum, str]] = {
    model.Refusal.NO_SUCH_HOLD: "There is no such hold on this record. Look at it again.",
    model.Refusal.IS_HELD: (
        "Something holds this record. Lift every hold first, each with its reason."
    ),
    model.Refusal.NOT_DUE: "Its time has not come. Leave it until the day that is shown.",
    model.Refusal.NOT_MARKED: "It is not marked for destruction. Look at it again.",
    model.Refusal.SCHEDULE_NOT_SIGNED: (
        "Nobody has signed the retention schedule. Ask your information governance lead to read "
        "it and sign it; until then nothing can be marked."
    ),
    model.Refusal.SAME_PERSON: (
        "You marked it yourself. Somebody else looks at it and destroys it: ask a colleague."
    ),
    model.Refusal.NOT_SEALED: (
        "Part of this record was written before records were sealed, or nothing of it is here, so "
        "that destroying its keys would not erase it. Keep it longer, and tell your IT officer."
    ),
    model_erasure.Refusal.NOT_DESTROYED: (
        "Nothing was destroyed: not every key of this record could be. Look at it again; if this "
        "comes back, tell your IT officer."
    ),
    model.Refusal.IN_THE_PAST: "Enter a day that is still to come.",
    model_export.Refusal.ALREADY_PREPARED: "This copy is in the ledger already. Open it there.",
    model_export.Refusal.NOT_PREPARED: "There is no such copy. Find it in the ledger.",
    model_export.Refusal.NOT_CHECKED: "Nobody has read this copy yet. Read all of it first.",
    model_export.Refusal.MORE_SINCE: (
        "Something was added to the record since it was read. Read what is new, then release it."
    ),
    model_export.Refusal.ALREADY_RELEASED: (
        "This copy was released already. Prepare another if it is needed again."
    ),
    model_export.Refusal.NOT_RELEASED: "Nobody has this copy yet. Release it first.",
    model_export.Refusal.WITHDRAWN: "This copy was withdrawn. Prepare another.",
    model_export.Refusal.ASKED_LATER: "Enter the day the request came: today or before.",
    model_export.Refusal.EXPIRY_UNFIT: "Enter a day between today and 90 days from now.",
    model_export.Refusal.NUMBER_TAKEN: (
        "Another print has this number, so this one is not in the ledger: do not use the paper. "
        "Destroy it, and print the page again."
    ),
    model_export.Refusal.KNOWN_LATER: "Enter when it became known: now or before.",
}

NOT_YOURS: Final = (
    "You may not open the record on that page, so its print is not in the ledger. Take the paper to "
    "your privacy officer."
)
"""What a browser is told of a print that the ledger does not take."""

STANDINGS: Final[Mapping[Standing, str]] = {
    Standing.KEPT: "Kept",
    Standing.DUE: "Due for review",
    Standing.HELD: "Held",
}

STAGES: Final[Mapping[Stage, str]] = {
    Stage.PREPARED: "To be checked and released",
    Stage.RELEASED: "Out",
    Stage.WITHDRAWN: "Withdrawn",
    Stage.ACCOUNTED: "Accounted for",
    Stage.LOST: "Lost",
}

OUTCOMES: Final[Mapping[str, str]] = {
    "given": "Given to the person",
    "returned": "Returned",
    "destroyed": "Destroyed",
}
"""What becomes of a copy."""

PRINT_OUTCOMES: Final[Mapping[str, str]] = {
    "destroyed": "Destroyed",
    "given": "Handed over",
    "filed": "Filed in the record",
    "not_printed": "Never printed",
}
"""What becomes of something printed or saved."""


def describe_file(event: FileEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case HoldPlaced():
            return f"A hold was placed on this record: {event.reason}"
        case HoldLifted():
            return f"A hold was lifted: {event.reason}"
        case KeptLonger():
            return f"Kept longer, until {event.until:%d-%b-%Y}: {event.reason}"
        case MarkedForDestruction():
            return f"Marked for destruction, due since {event.due_on:%d-%b-%Y}: {event.reason}"
        case MarkTakenBack():
            return f"No longer marked for destruction: {event.reason}"
        case DestructionConfirmed():
            return "A second person confirmed that this record is destroyed"
        case _:
            assert_never(event)


def describe_erasure(event: ErasureEvent) -> str:
    """Return one plain sentence for *event*."""
    return (
        f"Erased under the rule {event.rule_id}, due since {event.due_on:%d-%b-%Y}: "
        f"{event.facts} facts, {len(event.keys)} keys; marked by {event.marked_by}, "
        f"destroyed by {event.by_name}"
    )


def describe_export(event: ExportEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case ExportPrepared():
            return _begun(event)
        case ExportChecked():
            return (
                f"The copy was read by {event.by_name}: {len(event.withheld)} texts stay back"
            )
        case ExportReleased():
            return _released(event)
        case ExportWithdrawn():
            return f"The copy was not made after all: {event.reason}"
        case ExportAccounted():
            return f"What became of it: {_outcome(event.outcome)}"
        case ExportLost():
            return f"It was reported lost: {event.circumstances}"
        case _:
            assert_never(event)


def _begun(event: ExportPrepared) -> str:
    if event.kind == model_export.PRINT:
        return f"Printed or saved: {event.title}, {event.number}"
    return f"A copy of the record was asked for on {event.asked_on:%d-%b-%Y}: {event.number}"


def _released(event: ExportReleased) -> str:
    """Say who has it. A copy is confirmed afresh; a print is in somebody's hands already."""
    if not event.proof_id:
        return f"{event.holder} answers for it until {event.expires_on:%d-%b-%Y}"
    without = f", {event.withheld} texts left out" if event.withheld else ""
    return f"The copy was released to {event.holder}{without}"


def _outcome(outcome: str) -> str:
    return {**PRINT_OUTCOMES, **OUTCOMES}.get(outcome, outcome).lower()


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {
    "records.file": describe_file,
    "records.erasure": describe_erasure,
    "records.export": describe_export,
}
"""By kind of stream: one plain sentence for each of its events."""
