"""The gazetteer as a table: one row a postcode."""

from collections.abc import Iterable
from typing import ClassVar, Final

from standfast.directory.model_gazetteer import GAZETTEER, Sector, as_written
from standfast.facts.directory import PlacedPostcode
from standfast.journal.database import Reader
from standfast.kernel.geo import Point
from standfast.kernel.rows import Projection, Row

SCHEMA: Final = """
CREATE TABLE directory_postcodes (
    org      text  NOT NULL,
    postcode text  NOT NULL,
    sector   text  NOT NULL,
    point    jsonb NOT NULL,
    town     text  NOT NULL,
    PRIMARY KEY (org, sector, postcode)
);
CREATE INDEX directory_postcodes_by_postcode ON directory_postcodes (postcode);
"""


class PostcodeRow(Row, frozen=True, kw_only=True):
    """Where one postcode lies."""

    TABLE: ClassVar[str] = "directory_postcodes"
    KEY: ClassVar[tuple[str, ...]] = ("org", "sector", "postcode")
    READ_BY: ClassVar[tuple[str, ...]] = ()

    org: str
    postcode: str
    sector: str
    point: Point
    town: str


def rows(known: Sector) -> Iterable[Row]:
    """Return a row for each postcode of a sector."""
    if known.listed is not None:
        for each in known.listed.postcodes:
            yield PostcodeRow(
                org=known.listed.org,
                postcode=each.postcode,
                sector=known.listed.sector,
                point=each.point,
                town=each.town,
            )


async def where_is(db: Reader, _: str, postcode: str) -> PlacedPostcode | None:
    """Return where *postcode* lies. The gazetteer is one for all, like the directory."""
    return await db.fetch_one(
        PlacedPostcode,
        """
          SELECT postcode, point, town
            FROM directory_postcodes
           WHERE postcode = $1
        ORDER BY org
           LIMIT 1
        """,
        as_written(postcode),
    )


PROJECTION: Final = Projection(GAZETTEER, rows, (PostcodeRow,))
