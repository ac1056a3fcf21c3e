"""Read models of packs and of their forms, and the queries on them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from msgspec import Struct

from standfast.continuity.codes import form_code, form_id
from standfast.continuity.commands import Fate, Refusal
from standfast.continuity.model_form import FORM
from standfast.continuity.model_pack import PACK, Form, Pack, counted
from standfast.continuity.rows_form import FormRow, PictureRow, form_rows
from standfast.facts.continuity import PackPrinted
from standfast.journal.database import Reader
from standfast.kernel.rows import Projection, Row
from standfast.web.platform import Answerer

SCHEMA: Final = """
CREATE TABLE continuity_packs (
    org         text        NOT NULL,
    pack_id     text        NOT NULL,
    number      text        NOT NULL,
    content     text        NOT NULL,  -- version of the questions; empty: none on this site
    by_name     text        NOT NULL,
    printed_at  timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    standing    boolean     NOT NULL,  -- the site wrote it by itself
    grew_old    boolean     NOT NULL,
    issued      bigint      NOT NULL,
    entered     bigint      NOT NULL,
    void        bigint      NOT NULL,
    missing     bigint      NOT NULL,
    closed_at   timestamptz,           -- NULL: not every form is accounted for
    closed_by   text        NOT NULL,
    PRIMARY KEY (org, pack_id),
    CONSTRAINT continuity_one_pack_a_number UNIQUE (org, number)
);
CREATE INDEX continuity_packs_newest ON continuity_packs (org, printed_at DESC);

CREATE TABLE continuity_issued (
    org      text   NOT NULL,
    form_id  text   NOT NULL,
    pack_id  text   NOT NULL,
    number   bigint NOT NULL,
    code     text   NOT NULL,
    protocol text   NOT NULL,  -- empty: it fits any call
    title    text   NOT NULL,
    fate     text   NOT NULL,  -- out, begun, keyed, entered, void, missing
    said     text   NOT NULL,  -- why it is void, or what is known of a missing one
    PRIMARY KEY (org, form_id)
);
CREATE INDEX continuity_issued_pack ON continuity_issued (org, pack_id, number);

CREATE TABLE continuity_forms (
    org       text        NOT NULL,
    form_id   text        NOT NULL,
    stage     text        NOT NULL,  -- begun, keyed, differs, entered
    begun_at  timestamptz NOT NULL,
    begun_by  text        NOT NULL,
    keyed_by  text        NOT NULL,  -- staff id; empty: nobody has finished
    keyed_at  timestamptz,           -- NULL: as keyed_by
    to_sign   boolean     NOT NULL,
    reasons   jsonb       NOT NULL,
    signed_at timestamptz,           -- NULL: nobody has, or need
    signed_by text        NOT NULL,
    PRIMARY KEY (org, form_id)
);
CREATE INDEX continuity_forms_waiting ON continuity_forms (org, stage, begun_at)
    WHERE stage <> 'entered' OR to_sign;

CREATE TABLE continuity_pictures (
    org     text        NOT NULL,
    form_id text        NOT NULL,
    picture_id text     NOT NULL,
    sha256  text        NOT NULL,
    kept_at timestamptz NOT NULL,
    PRIMARY KEY (org, form_id, picture_id)
);

-- The bytes of a form's picture: for the reader's own organisation; once the form is a case, for
-- whoever it is on disk of that they opened it.
CREATE FUNCTION continuity_picture(asked_form_id text, asked_picture_id text, who text)
    RETURNS SETOF public.journal_contents
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    digest text;
BEGIN
    SELECT sha256 INTO digest
      FROM read.continuity_pictures
     WHERE org = tenancy.org() AND form_id = asked_form_id AND picture_id = asked_picture_id;
    IF FOUND
       AND EXISTS (SELECT FROM read.continuity_forms
                    WHERE org = tenancy.org() AND form_id = asked_form_id
                          AND (stage = 'begun'
                               OR read.access_opened_case(asked_form_id, who))) THEN
        RETURN QUERY
              SELECT c.* FROM public.journal_contents AS c
               WHERE c.org = tenancy.org() AND c.contact = asked_form_id
                     AND c.sha256 = digest;
    END IF;
END
$$;
"""


class PackRow(Row, frozen=True, kw_only=True):
    """One pack: how old it is, and how many of its forms came to what. Nobody's patient."""

    TABLE: ClassVar[str] = "continuity_packs"
    KEY: ClassVar[tuple[str, ...]] = ("org", "pack_id")
    AT_THE_DOOR: ClassVar[bool] = True

    org: str
    pack_id: str
    number: str
    content: str
    by_name: str
    printed_at: datetime
    valid_until: datetime
    standing: bool
    grew_old: bool
    issued: int
    entered: int
    void: int
    missing: int
    closed_at: datetime | None
    closed_by: str

    @property
    def left(self) -> int:
        """How many forms nobody has accounted for."""
        return self.issued - self.entered - self.void


class IssuedRow(Row, frozen=True, kw_only=True):
    """One numbered form of a pack, and what became of it."""

    TABLE: ClassVar[str] = "continuity_issued"
    KEY: ClassVar[tuple[str, ...]] = ("org", "form_id")

    org: str
    form_id: str
    pack_id: str
    number: int
    code: str
    protocol: str
    title: str
    fate: Fate
    said: str


class OldPack(Struct, frozen=True, kw_only=True):
    """A pack that was the newest of its organisation and is too old, as the timer needs it."""

    org: str
    pack_id: str


def pack_rows(pack: Pack) -> Iterable[Row]:
    """Return the row of a pack, and one for each form that was issued with it."""
    printed, closed = pack.printed, pack.closed
    if printed is None:
        return
    forms = pack.forms
    count = counted(forms)
    yield PackRow(
        org=printed.org,
        pack_id=printed.pack_id,
        number=printed.number,
        content=printed.content,
        by_name=printed.by_name,
        printed_at=printed.printed_at,
        valid_until=printed.valid_until,
        standing=printed.standing,
        grew_old=pack.grew_old is not None,
        issued=len(printed.forms),
        entered=count[Fate.ENTERED],
        void=count[Fate.VOID],
        missing=count[Fate.MISSING],
        closed_at=closed.closed_at if closed else None,
        closed_by=closed.by_name if closed else "",
    )
    for form in forms:
        yield _issued_row(printed, form)


def _issued_row(printed: PackPrinted, form: Form) -> IssuedRow:
    said = ""
    if form.fate is Fate.VOID and form.void:
        said = form.void.reason
    elif form.fate is Fate.MISSING and form.missed:
        said = form.missed.note
    return IssuedRow(
        org=printed.org,
        form_id=form_id(printed.pack_id, form.issued.number),
        pack_id=printed.pack_id,
        number=form.issued.number,
        code=form_code(printed.number, form.issued.number),
        protocol=form.issued.protocol,
        title=form.issued.title,
        fate=form.fate,
        said=said,
    )


_PACKS: Final = """
  SELECT org, pack_id, number, content, by_name, printed_at, valid_until, standing, grew_old,
         issued, entered, void, missing, closed_at, closed_by
    FROM continuity_packs
"""
_ISSUED: Final = """
  SELECT org, form_id, pack_id, number, code, protocol, title, fate, said
    FROM continuity_issued
"""


async def packs(db: Reader, org: str) -> list[PackRow]:
    """Return the packs of *org*: those that are not closed first, then the newest."""
    return await db.fetch(
        PackRow,
        _PACKS
        + """
   WHERE org = $1
ORDER BY closed_at IS NOT NULL, printed_at DESC, pack_id
   LIMIT 60
        """,
        org,
    )


async def newest_pack(db: Reader, org: str) -> PackRow | None:
    """Return the pack that somebody printed last: what the site wrote by itself has no lists."""
    return await db.fetch_one(
        PackRow,
        _PACKS + "WHERE org = $1 AND NOT standing ORDER BY printed_at DESC, pack_id LIMIT 1",
        org,
    )


async def pack(db: Reader, org: str, pack_id: str) -> PackRow | None:
    """Return one pack."""
    return await db.fetch_one(PackRow, _PACKS + "WHERE org = $1 AND pack_id = $2", org, pack_id)


async def pack_numbered(db: Reader, org: str, number: str) -> PackRow | None:
    """Return the pack with this number."""
    return await db.fetch_one(PackRow, _PACKS + "WHERE org = $1 AND number = $2", org, number)


async def forms_of(db: Reader, org: str, pack_id: str) -> list[IssuedRow]:
    """Return every form of a pack, by number."""
    return await db.fetch(
        IssuedRow,
        _ISSUED + "WHERE org = $1 AND pack_id = $2 ORDER BY number, form_id",
        org,
        pack_id,
    )


async def issued(db: Reader, org: str, form_id: str) -> IssuedRow | None:
    """Return one form of whichever pack."""
    return await db.fetch_one(
        IssuedRow, _ISSUED + "WHERE org = $1 AND form_id = $2", org, form_id
    )


async def old_packs(all_orgs: Reader, before: datetime) -> list[OldPack]:
    """Return the newest pack of each organisation that was printed before, and nobody noticed."""
    return await all_orgs.fetch(
        OldPack,
        """
          SELECT p.org, p.pack_id
            FROM continuity_packs AS p
           WHERE NOT p.grew_old AND NOT p.standing AND p.printed_at <= $1
                 AND NOT EXISTS (SELECT FROM continuity_packs AS n
                                  WHERE n.org = p.org AND NOT n.standing
                                        AND n.printed_at > p.printed_at)
        ORDER BY p.org, p.pack_id
        """,
        before,
    )


async def standing_packs(all_orgs: Reader, org: str, content: str) -> list[str]:
    """Return the packs that the site wrote by itself with these questions, newest first."""
    found = await all_orgs.fetch(
        OldPack,
        """
          SELECT org, pack_id
            FROM continuity_packs
           WHERE org = $1 AND standing AND closed_at IS NULL AND content = $2
        ORDER BY printed_at DESC, pack_id
           LIMIT 3
        """,
        org,
        content,
    )
    return [each.pack_id for each in found]


PROJECTIONS: Final[tuple[Projection, ...]] = (
    Projection(PACK, pack_rows, (PackRow, IssuedRow)),
    Projection(FORM, form_rows, (FormRow, PictureRow)),
)
CONSTRAINTS: Final[Mapping[str, StrEnum]] = {
    "continuity_one_pack_a_number": Refusal.NUMBER_TAKEN
}
ANSWERS: Final[Mapping[str, Answerer]] = {}
