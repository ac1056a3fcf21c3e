"""What an organisation keeps, and how each record stands: asked of every context, then judged."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

from msgspec import Struct, structs

from standfast.facts.cases import CASE_SUMMARY
from standfast.facts.identity import ORGANISATION
from standfast.facts.kept import EVERYTHING_KEPT, KeptRecord
from standfast.journal.timeline import latest_entries
from standfast.records import tables
from standfast.records.schedule import Schedule, Standing, Verdict, due, packaged, read
from standfast.records.tables import FileRow, Hold
from standfast.web.platform import Platform

NOT_ENTRIES: Final = ("access.", "records.", "identity.")
"""Kinds of stream that add nothing to a record: that somebody looked does not keep it longer."""


class Kept(Struct, frozen=True, kw_only=True):
    """One record, how it stands, and what was decided about it (None: nothing).

    ``parts`` is what was decided about the contacts that belong to it: a hold on one holds it all.
    """

    record: KeptRecord
    verdict: Verdict
    file: FileRow | None
    parts: tuple[FileRow, ...] = ()

    @property
    def holds(self) -> tuple[Hold, ...]:
        """What holds it, or any part of it."""
        return tuple(hold for each in self._files for hold in each.holds)

    def held_as(self, hold_id: str) -> str:
        """Return the id of the record that this hold was placed on: its own, or a part's."""
        for each in self._files:
            if any(hold.hold_id == hold_id for hold in each.holds):
                return each.record_id
        return self.record.record_id

    @property
    def _files(self) -> tuple[FileRow, ...]:
        return (*((self.file,) if self.file else ()), *self.parts)


def schedule_of(platform: Platform) -> Schedule:
    """Return the site's own schedule if it has one, else the one that comes with the program."""
    own = platform.settings.retention_schedule
    return _read(Path(own)) if own else packaged()


def may_mark(platform: Platform, schedule: Schedule) -> bool:
    """Return whether anything may be marked: somebody signed it, or everybody is invented."""
    return schedule.is_reviewed or platform.settings.demonstration


async def to_review(platform: Platform, org: str) -> list[Kept]:
    """Return what is due and what is due but held, those left alone longest first.

    What somebody put off or marked is not listed again.
    """
    schedule, today = schedule_of(platform), platform.clock().date()
    before = _years_before(today, schedule.shortest_years) + timedelta(days=1)
    found = [
        await platform.ask(question, org=org, key=before.isoformat())
        for question in EVERYTHING_KEPT
    ]
    records = sorted(
        await _with_latest_entries(platform, list(chain(*found))),
        key=lambda each: (each.latest_at, each.record_id),
    )
    decided = await _decided(platform, org, records)
    kind = await _kind(platform, org)
    listed = [_judged(each, schedule, decided, today, kind) for each in records]
    return [each for each in listed if _is_open(each, today)]


async def kept(platform: Platform, org: str, record_id: str) -> Kept | None:
    """Return one record of *org*, judged by the latest entry that the journal has of it."""
    found = [
        each
        for question in EVERYTHING_KEPT
        for each in await platform.ask(question, org=org, key=record_id)
    ]
    if not found:
        return None
    (record,) = await _with_latest_entries(platform, found[:1])
    decided = await _decided(platform, org, [record])
    today, kind = platform.clock().date(), await _kind(platform, org)
    return _judged(record, schedule_of(platform), decided, today, kind)


async def whole_of(platform: Platform, org: str, record_id: str) -> str | None:
    """Return the person whom the contact *record_id* belongs to; None: it belongs to nobody."""
    case = await platform.ask(CASE_SUMMARY, org=org, key=record_id)
    return case.patient.person_id if case else None


async def _with_latest_entries(
    platform: Platform, records: list[KeptRecord]
) -> list[KeptRecord]:
    """Return *records*, each with the latest entry that the journal has of any part of it."""
    keys = {key for each in records for key in (each.record_id, *each.parts)}
    latest = await latest_entries(platform.db, sorted(keys), besides=NOT_ENTRIES)
    return [
        structs.replace(
            each,
            latest_at=max(
                each.latest_at,
                *(latest.get(key, each.latest_at) for key in (each.record_id, *each.parts)),
            ),
        )
        for each in records
    ]


async def _decided(
    platform: Platform, org: str, records: list[KeptRecord]
) -> dict[str, FileRow]:
    """Return what was decided about *records* and about every part of them, by their ids."""
    ids = {key for each in records for key in (each.record_id, *each.parts)}
    return await tables.files(platform.db, org, sorted(ids))


def _judged(
    record: KeptRecord,
    schedule: Schedule,
    decided: Mapping[str, FileRow],
    today: date,
    kind: str,
) -> Kept:
    """Return how *record* stands. What holds a part of it holds it: they go together."""
    parts = sorted({*record.parts} - {record.record_id})
    found = Kept(
        record=record,
        verdict=due(record, schedule, (), today, organisation=kind),
        file=decided.get(record.record_id),
        parts=tuple(decided[each] for each in parts if each in decided),
    )
    verdict = due(record, schedule, found.holds, today, organisation=kind)
    return structs.replace(found, verdict=verdict)


def _is_open(each: Kept, today: date) -> bool:
    """Whether somebody has to look at it: due, or due if it were not held."""
    if each.verdict.due_on is None or each.verdict.due_on > today:
        return False
    if each.verdict.standing is Standing.HELD or each.file is None:
        return True
    put_off = each.file.kept_until is not None and each.file.kept_until > today
    return not put_off and each.file.marked_at is None


async def _kind(platform: Platform, org: str) -> str:
    found = await platform.ask(ORGANISATION, org=org, key=org)
    return found.kind if found else ""


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)


@cache
def _read(path: Path) -> Schedule:
    return read(path)
