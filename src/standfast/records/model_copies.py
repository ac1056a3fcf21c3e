"""What can be asked about a copy or a print that leaves."""

from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from standfast.kernel.messages import Command
from standfast.kernel.values import ShortText, whole
from standfast.records.model import Reason

Sha256: TypeAlias = Annotated[str, Meta(pattern=whole(r"[0-9a-f]{64}"))]
PrintNumber: TypeAlias = Annotated[str, Meta(pattern=whole(r"P-[0-9A-F]{8}"))]


class PrepareExport(Command, frozen=True, kw_only=True):
    """Begin a copy of somebody's record, for themselves."""

    export_id: str
    org: str
    number: ShortText
    person_id: str
    title: str
    asked_on: date
    reason: Reason
    by: ShortText
    by_name: ShortText


class PrintOut(Command, frozen=True, kw_only=True):
    """Put something that was printed or saved in the ledger, in the hands of whoever did so.

    ``sha256`` is empty where a browser printed a page: only it knows what was on the paper.
    """

    export_id: str
    org: str
    number: PrintNumber
    person_id: str
    what: ShortText
    way: ShortText
    sha256: str
    size: int
    away: bool
    looking: bool = False
    """Whoever printed it may only look: supplier support."""
    printed_at: datetime
    expires_on: date
    by: ShortText
    by_name: ShortText


class CheckExport(Command, frozen=True, kw_only=True):
    """Say that all of it was read, and what stays back."""

    withheld: tuple[Sha256, ...]
    seen: Sha256
    texts: int
    harm_checked_by: ShortText
    by: ShortText
    by_name: ShortText


class ReleaseExport(Command, frozen=True, kw_only=True):
    """Hand the copy out. ``seen`` is what it holds now."""

    sha256: Sha256
    size: int
    seen: Sha256
    holder: ShortText
    way: ShortText
    expires_on: date
    proof_id: str
    by: ShortText
    by_name: ShortText


class WithdrawExport(Command, frozen=True, kw_only=True):
    """Do not make it after all."""

    reason: Reason
    by: ShortText
    by_name: ShortText


class AccountForExport(Command, frozen=True, kw_only=True):
    """Say what became of the copy."""

    outcome: Literal["given", "returned", "destroyed", "filed", "not_printed"]
    note: Annotated[str, Meta(max_length=2000)]
    by: ShortText
    by_name: ShortText


class ReportLoss(Command, frozen=True, kw_only=True):
    """Say that nobody knows where the copy is, or that the wrong person has it."""

    circumstances: Reason
    known_at: datetime
    by: ShortText
    by_name: ShortText


ExportCommand: TypeAlias = (
    PrepareExport
    | PrintOut
    | CheckExport
    | ReleaseExport
    | WithdrawExport
    | AccountForExport
    | ReportLoss
)
