"""Read models of records: what is held and decided, which copies are out."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final

from msgspec import Struct

from standfast.facts.records import ERASED
from standfast.journal.database import Reader
from standfast.journal.tenant import reader
from standfast.journal.timeline import Fact
from standfast.journal.timeline import facts as timeline_of
from standfast.kernel.rows import Projection, Row
from standfast.records import tables_erasure
from standfast.records.model import FILE, File
from standfast.records.model_export import EXPORT, TO_ANSWER, TO_TELL, Export, Refusal, Stage
from standfast.web.platform import Answerer

COPIES_SCHEMA: Final = """
CREATE TABLE records_files (
    org        text    NOT NULL,
    record_id  text    NOT NULL,
    person_id  text    NOT NULL,  -- empty: about nobody who is registered
    title      text    NOT NULL,
    holds      jsonb   NOT NULL,  -- what holds it now
    held       boolean NOT NULL,
    kept_until date,              -- NULL: nobody has put it off
    marked_at  timestamptz,       -- NULL: not marked for destruction
    marked_by  text    NOT NULL,
    due_on     date,              -- NULL: as marked_at
    reason     text    NOT NULL,
    PRIMARY KEY (org, record_id)
);

CREATE TABLE records_exports (
    org         text   NOT NULL,
    export_id   text   NOT NULL,
    number      text   NOT NULL,
    kind        text   NOT NULL,
    stage       text   NOT NULL,
    person_id   text   NOT NULL,
    title       text   NOT NULL,
    asked_on    date   NOT NULL,
    answer_by   date   NOT NULL,
    reason      text   NOT NULL,
    prepared_at timestamptz NOT NULL,
    prepared_by text   NOT NULL,
    staff_id    text   NOT NULL,   -- of prepared_by
    released_at timestamptz,       -- NULL: nobody has it yet
    released_by text   NOT NULL,
    holder      text   NOT NULL,
    way         text   NOT NULL,
    expires_on  date,              -- NULL: as released_at
    sha256      text   NOT NULL,
    size        bigint NOT NULL,   -- bytes
    checked_at  timestamptz,       -- NULL: nobody has read it yet
    withheld    jsonb  NOT NULL,   -- SHA-256 of what is left out
    harm_checked_by text NOT NULL,
    outcome     text   NOT NULL,   -- given, returned, destroyed; withdrawn; empty: none yet
    note        text   NOT NULL,
    known_at    timestamptz,       -- NULL: not lost
    tell_by     timestamptz,       -- NULL: as known_at
    PRIMARY KEY (org, export_id)
);
CREATE UNIQUE INDEX records_exports_number ON records_exports (org, number);
CREATE INDEX records_exports_person ON records_exports (org, person_id);

-- What goes into a copy: all that the reader's organisation wrote about one person, and what stands
-- under these keys where it is a party. For whoever has opened the record, which is on disk.
CREATE FUNCTION records_facts_about(asked_person_id text, keys text[], who text)
    RETURNS SETOF public.journal
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF read.access_opened(asked_person_id, who) THEN
        RETURN QUERY
              SELECT * FROM public.journal_facts
               WHERE subject = asked_person_id AND org = (SELECT tenancy.org())
               UNION
              SELECT * FROM tenancy.contact_facts(keys);
    END IF;
END
$$;
"""
SCHEMA: Final = COPIES_SCHEMA + tables_erasure.SCHEMA


class Hold(Struct, frozen=True, kw_only=True):
    """Something that holds a record."""

    hold_id: str
    reason: str
    by_name: str
    placed_at: datetime


class FileRow(Row, frozen=True, kw_only=True):
    """One record whose keeping somebody has decided about."""

    TABLE: ClassVar[str] = "records_files"
    KEY: ClassVar[tuple[str, ...]] = ("org", "record_id")

    org: str
    record_id: str
    person_id: str
    title: str
    holds: tuple[Hold, ...]
    held: bool
    kept_until: date | None
    marked_at: datetime | None
    marked_by: str
    due_on: date | None
    reason: str


class ExportRow(Row, frozen=True, kw_only=True):
    """One copy: who has it, until when, and what became of it."""

    TABLE: ClassVar[str] = "records_exports"
    KEY: ClassVar[tuple[str, ...]] = ("org", "export_id")

    org: str
    export_id: str
    number: str
    kind: str
    stage: Stage
    person_id: str
    title: str
    asked_on: date
    answer_by: date
    reason: str
    prepared_at: datetime
    prepared_by: str
    staff_id: str
    released_at: datetime | None
    released_by: str
    holder: str
    way: str
    expires_on: date | None
    sha256: str
    size: int
    checked_at: datetime | None
    withheld: tuple[str, ...]
    harm_checked_by: str
    outcome: str
    note: str
    known_at: datetime | None
    tell_by: datetime | None

    def is_overdue(self, today: date) -> bool:
        """Whether it is out past its day, and nobody has said what became of it."""
        return (
            self.stage is Stage.RELEASED
            and self.expires_on is not None
            and self.expires_on < today
        )


def file_rows(file: File) -> Iterable[Row]:
    """Return the row of one record that is held, put off or marked, or was; none once erased."""
    if not file.org or file.erased is not None:
        return
    mark = file.marked if file.is_marked else None
    longer = file.longer if file.kept_until else None
    yield FileRow(
        org=file.org,
        record_id=file.record_id,
        person_id=file.person_id,
        title=file.title,
        holds=tuple(
            Hold(
                hold_id=each.hold_id,
                reason=each.reason,
                by_name=each.by_name,
                placed_at=each.placed_at,
            )
            for each in file.holds
        ),
        held=bool(file.holds),
        kept_until=file.kept_until,
        marked_at=mark.decided_at if mark else None,
        marked_by=mark.by_name if mark else "",
        due_on=mark.due_on if mark else None,
        reason=mark.reason if mark else longer.reason if longer else "",
    )


def export_rows(export: Export) -> Iterable[Row]:
    """Return the row of one copy, once it was prepared."""
    made, read = export.prepared, export.checked
    out, lost = export.released, export.lost
    if made is None:
        return
    lost = lost if export.stage is Stage.LOST else None
    yield ExportRow(
        org=made.org,
        export_id=made.export_id,
        number=made.number,
        kind=made.kind,
        stage=export.stage,
        person_id=made.person_id,
        title=made.title,
        asked_on=made.asked_on,
        answer_by=made.asked_on + TO_ANSWER,
        reason=made.reason,
        prepared_at=made.prepared_at,
        prepared_by=made.by_name,
        staff_id=made.by,
        released_at=out.released_at if out else None,
        released_by=out.by_name if out else "",
        holder=out.holder if out else "",
        way=out.way if out else "",
        expires_on=out.expires_on if out else None,
        sha256=out.sha256 if out else "",
        size=out.size if out else 0,
        checked_at=read.checked_at if read else None,
        withheld=read.withheld if read else (),
        harm_checked_by=read.harm_checked_by if read else "",
        outcome=_outcome(export),
        note=_note(export),
        known_at=lost.known_at if lost else None,
        tell_by=lost.known_at + TO_TELL if lost else None,
    )


def _outcome(export: Export) -> str:
    if export.stage is Stage.ACCOUNTED and export.accounted:
        return export.accounted.outcome
    return ""


def _note(export: Export) -> str:
    match export.stage:
        case Stage.LOST if export.lost:
            return export.lost.circumstances
        case Stage.ACCOUNTED if export.accounted:
            return export.accounted.note
        case Stage.WITHDRAWN if export.withdrawn:
            return export.withdrawn.reason
        case _:
            return ""


_FILES: Final = """
  SELECT org, record_id, person_id, title, holds, held, kept_until, marked_at, marked_by,
         due_on, reason
    FROM records_files
"""
EXPORTS: Final = """
  SELECT org, export_id, number, kind, stage, person_id, title, asked_on, answer_by, reason,
         prepared_at, prepared_by, staff_id, released_at, released_by, holder, way, expires_on,
         sha256, size, checked_at, withheld, harm_checked_by, outcome, note, known_at, tell_by
    FROM records_exports
"""


async def files(db: Reader, org: str, record_ids: list[str]) -> dict[str, FileRow]:
    """Return what is decided about these records of *org*, by their ids."""
    found = await db.fetch(
        FileRow, _FILES + "WHERE org = $1 AND record_id = ANY($2::text[])", org, record_ids
    )
    return {each.record_id: each for each in found}


async def held(db: Reader, org: str) -> list[FileRow]:
    """Return every record of *org* that something holds, by name."""
    return await db.fetch(
        FileRow, _FILES + "WHERE org = $1 AND held ORDER BY title, record_id", org
    )


async def marked(db: Reader, org: str) -> list[FileRow]:
    """Return every record of *org* that is marked for destruction, longest marked first."""
    return await db.fetch(
        FileRow,
        _FILES + "WHERE org = $1 AND marked_at IS NOT NULL ORDER BY marked_at, record_id",
        org,
    )


async def export(db: Reader, org: str, export_id: str) -> ExportRow | None:
    """Return one copy of *org*'s ledger."""
    return await db.fetch_one(
        ExportRow, EXPORTS + "WHERE org = $1 AND export_id = $2", org, export_id
    )


async def exports(db: Reader, org: str) -> list[ExportRow]:
    """Return the copies in *org*'s ledger: what needs somebody first, then the newest."""
    return await db.fetch(
        ExportRow,
        EXPORTS
        + """
   WHERE org = $1 AND kind <> 'print'
ORDER BY array_position(ARRAY['lost', 'prepared', 'released'], stage) NULLS LAST,
         coalesce(expires_on, answer_by), prepared_at DESC, export_id
   LIMIT 500
        """,
        org,
    )


async def copies_of(db: Reader, org: str, person_id: str) -> list[ExportRow]:
    """Return the copies of one person's record, newest first."""
    return await db.fetch(
        ExportRow,
        EXPORTS + "WHERE org = $1 AND person_id = $2 ORDER BY prepared_at DESC, export_id",
        org,
        person_id,
    )


async def facts_about(db: Reader, person_id: str, keys: list[str]) -> list[Fact]:
    """Return what the reader's organisation knows of one person and these keys, oldest first.

    Nothing is shown to somebody of whom it is not on disk that they opened the record.
    """
    return await timeline_of(db, "records_facts_about($1, $2, $3)", person_id, keys, reader())


async def needing_somebody(db: Reader, org: str) -> int:
    """Return how many copies are lost or still to be answered."""
    found: int = await db.fetch_value(
        "SELECT count(*) FROM records_exports WHERE org = $1 AND stage IN ('lost', 'prepared')",
        org,
    )
    return found


PROJECTIONS: Final[tuple[Projection, ...]] = (
    Projection(FILE, file_rows, (FileRow,)),
    Projection(EXPORT, export_rows, (ExportRow,)),
    tables_erasure.PROJECTION,
)
CONSTRAINTS: Final[Mapping[str, StrEnum]] = {
    "records_exports_number": Refusal.NUMBER_TAKEN,
    **tables_erasure.CONSTRAINTS,
}
ANSWERS: Final[Mapping[str, Answerer]] = {ERASED.name: tables_erasure.answer}
