"""What is told to other systems of an opening, and of a refusal."""

from datetime import datetime

from msgspec import Struct

from standfast.access.rows import EntryRow, RefusalRow
from standfast.access.words import spoke_against, theirs


class Told(Struct, frozen=True, kw_only=True):
    """An opening or a refusal, as an AuditEvent tells it."""

    entry_id: str
    at: datetime
    staff_id: str
    staff_name: str
    role: str
    record_kind: str
    record_id: str
    purpose: str
    act: str
    why: str
    way: str
    offline: bool
    broken: bool
    refused: bool
    part: str = ""


def told_opening(entry: EntryRow) -> Told:
    """Return an opening as it is told."""
    return Told(
        entry_id=entry.entry_id,
        at=entry.opened_at,
        staff_id=entry.staff_id,
        staff_name=entry.staff_name,
        role=entry.role,
        record_kind=entry.record_kind,
        record_id=entry.record_id,
        purpose=entry.purpose,
        act=entry.act,
        why=theirs(entry.basis, entry.why, entry.reference),
        way=entry.way,
        offline=entry.offline,
        broken=bool(entry.glass_id),
        refused=False,
        part=entry.part,
    )


def told_refusal(refusal: RefusalRow) -> Told:
    """Return a refusal as it is told."""
    return Told(
        entry_id=refusal.entry_id,
        at=refusal.refused_at,
        staff_id=refusal.staff_id,
        staff_name=refusal.staff_name,
        role=refusal.role,
        record_kind=refusal.record_kind,
        record_id=refusal.record_id,
        purpose="",
        act=refusal.act,
        why=spoke_against(refusal.why),
        way=refusal.way,
        offline=refusal.offline,
        broken=False,
        refused=True,
    )
