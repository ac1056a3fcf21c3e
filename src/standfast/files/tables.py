"""Read models of files, the queries on them, and the one function that gives out bytes."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from standfast.facts.files import CASE_FILES, FILE_BYTES, KeptFile
from standfast.files.model import FILES, CaseFiles, File, Standing
from standfast.journal.contents import Sealed, opened
from standfast.journal.database import Reader
from standfast.journal.tenant import reader
from standfast.kernel.rows import Projection, Row
from standfast.web.platform import Answerer

DAY: Final = timedelta(hours=24)

SCHEMA: Final = """
CREATE TABLE files_files (
    org          text        NOT NULL,
    file_id      text        NOT NULL,
    case_id      text        NOT NULL,
    name         text        NOT NULL,
    media_type   text        NOT NULL, -- empty: refused before it was kept
    size         bigint      NOT NULL, -- bytes
    on_disk      bigint      NOT NULL, -- bytes, with the small picture; 0: none were kept
    sha256       text        NOT NULL,
    thumb        text        NOT NULL, -- SHA-256 of the small picture; empty: there is none
    standing     text        NOT NULL, -- kept, waiting, refused, withdrawn
    scan         text        NOT NULL, -- clean, not_scanned, waiting
    signature    text        NOT NULL, -- what the scanner found; empty: nothing
    by_name      text        NOT NULL,
    attached_at  timestamptz NOT NULL,
    reason       text        NOT NULL, -- why it was withdrawn; empty: it was not
    withdrawn_by text        NOT NULL,
    withdrawn_at timestamptz,          -- NULL: it was not
    PRIMARY KEY (org, file_id)
);
CREATE INDEX files_files_case ON files_files (org, case_id, attached_at);
CREATE INDEX files_files_day ON files_files (org, attached_at);
CREATE INDEX files_files_waiting ON files_files (attached_at) WHERE standing = 'waiting';

-- The bytes of a file, or of its small picture: for the reader's own organisation, of a file that
-- may be opened, once it is on disk that this member of staff opened its case (or the record of
-- its patient, to copy it for them).
CREATE FUNCTION files_bytes(asked_file_id text, small boolean, who text)
    RETURNS SETOF public.journal_contents
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    it record;
BEGIN
    SELECT org, case_id, CASE WHEN small THEN thumb ELSE sha256 END AS digest INTO it
      FROM read.files_files
     WHERE org = tenancy.org() AND file_id = asked_file_id AND standing = 'kept';
    IF NOT FOUND OR NOT read.access_opened_case(it.case_id, who) THEN
        RETURN;
    END IF;
    RETURN QUERY
          SELECT c.* FROM public.journal_contents AS c
           WHERE c.org = it.org AND c.contact = it.case_id AND c.sha256 = it.digest;
END
$$;

-- The file that has waited longest for the scanner, but for these: what its timer asks for.
CREATE FUNCTION files_waiting(besides text[])
    RETURNS TABLE (org text, file_id text, contact text, body bytea, sha256 text, key_id text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT f.org, f.file_id, f.case_id, c.body, c.sha256, c.key_id
        FROM read.files_files AS f
        JOIN public.journal_contents AS c
          ON c.org = f.org AND c.contact = f.case_id AND c.sha256 = f.sha256
       WHERE f.standing = 'waiting' AND NOT f.file_id = ANY (besides)
         AND f.org NOT IN (SELECT e.org FROM public.journal_elsewhere AS e)
    ORDER BY f.attached_at, f.file_id
       LIMIT 1
$$;
REVOKE ALL ON FUNCTION files_waiting(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION files_waiting(text[]) TO standfast_app;
"""


class FileRow(Row, frozen=True, kw_only=True):
    """One file of a case, as its line shows it."""

    TABLE: ClassVar[str] = "files_files"
    KEY: ClassVar[tuple[str, ...]] = ("org", "file_id")

    org: str
    file_id: str
    case_id: str
    name: str
    media_type: str
    size: int
    on_disk: int
    sha256: str
    thumb: str
    standing: Standing
    scan: str
    signature: str
    by_name: str
    attached_at: datetime
    reason: str
    withdrawn_by: str
    withdrawn_at: datetime | None


class Waits(Sealed, frozen=True, kw_only=True):
    """A file that waits for the scanner, of whichever organisation."""

    file_id: str


def rows(known: CaseFiles) -> Iterable[Row]:
    """Return a row for each file that was attached, and for each that was refused at once."""
    for file_id, file in known.files:
        row = _refused_row(file) or _attached_row(file_id, file)
        if row is not None:
            yield row


def _attached_row(file_id: str, file: File) -> Row | None:
    attached, gone = file.attached, file.withdrawn
    if attached is None:
        return None
    body, *small = attached.contents
    return FileRow(
        org=attached.org,
        file_id=file_id,
        case_id=attached.case_id,
        name=attached.file_name,
        media_type=attached.media_type,
        size=body.size,
        on_disk=sum(each.size for each in attached.contents),
        sha256=body.sha256,
        thumb=small[0].sha256 if small else "",
        standing=file.standing,
        scan="clean" if file.cleared else attached.scan,
        signature=file.infected.signature if file.infected else "",
        by_name=attached.by_name,
        attached_at=attached.attached_at,
        reason=gone.reason if gone else "",
        withdrawn_by=gone.by_name if gone else "",
        withdrawn_at=gone.withdrawn_at if gone else None,
    )


def _refused_row(file: File) -> Row | None:
    refused = file.refused
    if refused is None:
        return None
    return FileRow(
        org=refused.org,
        file_id=refused.file_id,
        case_id=refused.case_id,
        name=refused.file_name,
        media_type="",
        size=refused.size,
        on_disk=0,
        sha256=refused.sha256,
        thumb="",
        standing=Standing.REFUSED,
        scan="infected",
        signature=refused.signature,
        by_name=refused.by_name,
        attached_at=refused.refused_at,
        reason="",
        withdrawn_by="",
        withdrawn_at=None,
    )


_FILES: Final = """
  SELECT org, file_id, case_id, name, media_type, size, on_disk, sha256, thumb, standing, scan,
         signature, by_name, attached_at, reason, withdrawn_by, withdrawn_at
    FROM files_files
"""


async def files_of(db: Reader, org: str, case_id: str) -> list[FileRow]:
    """Return every file of a case, earliest first."""
    return await db.fetch(
        FileRow,
        _FILES + "WHERE org = $1 AND case_id = $2 ORDER BY attached_at, file_id",
        org,
        case_id,
    )


async def one_file(db: Reader, org: str, case_id: str, file_id: str) -> FileRow | None:
    """Return one file of a case."""
    return await db.fetch_one(
        FileRow,
        _FILES + "WHERE org = $1 AND case_id = $2 AND file_id = $3",
        org,
        case_id,
        file_id,
    )


async def bytes_of(db: Reader, file_id: str, *, small: bool = False) -> bytes | None:
    """Return a file's bytes; None where it may not be opened, or nobody is known to have."""
    found = await db.fetch_one(
        Sealed,
        "SELECT org, contact, sha256, key_id, body FROM files_bytes($1, $2, $3)",
        file_id,
        small,
        reader(),
    )
    return None if found is None else await opened(db, found)


async def sent_since(db: Reader, org: str, since: datetime) -> int:
    """Return how many bytes *org* has put on the disk since then."""
    found: int = await db.fetch_value(
        "SELECT coalesce(sum(on_disk), 0)::bigint FROM files_files"
        " WHERE org = $1 AND attached_at > $2",
        org,
        since,
    )
    return found


async def waiting(all_orgs: Reader, besides: list[str]) -> Waits | None:
    """Return the file that has waited longest for the scanner, of any organisation."""
    return await all_orgs.fetch_one(
        Waits,
        "SELECT org, file_id, contact, body, sha256, key_id FROM files_waiting($1)",
        besides,
    )


async def _case_files(db: Reader, org: str, key: str) -> tuple[KeptFile, ...]:
    return tuple(
        KeptFile(
            file_id=each.file_id,
            case_id=each.case_id,
            name=each.name,
            media_type=each.media_type,
            size=each.size,
            sha256=each.sha256,
            attached_at=each.attached_at,
        )
        for each in await files_of(db, org, key)
        if each.standing is Standing.KEPT
    )


async def _file_bytes(db: Reader, _: str, key: str) -> bytes | None:
    return await bytes_of(db, key)


PROJECTIONS: Final[tuple[Projection, ...]] = (Projection(FILES, rows, (FileRow,)),)
CONSTRAINTS: Final[Mapping[str, StrEnum]] = {}
ANSWERS: Final[Mapping[str, Answerer]] = {
    CASE_FILES.name: _case_files,
    FILE_BYTES.name: _file_bytes,
}
