"""What an organisation keeps, and how each record stands: asked of every context, then judged."""

from datetime import date, timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

from msgspec import Struct, structs

from standfast.facts.identity import ORGANISATION
from standfast.facts.kept import EVERYTHING_KEPT, KeptRecord
from standfast.journal.timeline import latest_entries
from standfast.records import tables
from standfast.records.schedule import Schedule, Standing, Verdict, due, packaged, read
from standfast.records.tables import FileRow
from standfast.web.platform import Platform

NOT_ENTRIES: Final = ("access.", "records.", "identity.")
"""Kinds of stream that add nothing to a record: that somebody looked does not keep it longer."""


class Kept(Struct, frozen=True, kw_only=True):
    """One record, how it stands, and what was decided about it (None: nothing)."""

    record: KeptRecord
    verdict: Verdict
    file: FileRow | None


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
    decided = await tables.files(platform.db, org, [each.record_id for each in records])
    kind = await _kind(platform, org)
    listed = [
        Kept(record=each, verdict=_verdict(each, schedule, file, today, kind), file=file)
        for each in records
        for file in [decided.get(each.record_id)]
    ]
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
    file = await tables.file(platform.db, org, record_id)
    today = platform.clock().date()
    verdict = _verdict(record, schedule_of(platform), file, today, await _kind(platform, org))
    return Kept(record=record, verdict=verdict, file=file)


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


def _verdict(
    record: KeptRecord, schedule: Schedule, file: FileRow | None, today: date, kind: str
) -> Verdict:
    holds = file.holds if file else ()
    return due(record, schedule, holds, today, organisation=kind)


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
