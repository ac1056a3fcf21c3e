"""H13: where the patient is comes from what the caller said, not from where the line ends."""

from typing import Any

import pytest

from standfast.calls.model_case import CASE
from standfast.directory.model_gazetteer import GAZETTEER, ListPostcodes
from standfast.facts.directory import PlacedPostcode
from standfast.kernel.geo import Point
from tests.support.database import Database
from tests.support.site import PROVIDER, Site, open_site, somebody

AMIRA = somebody("amira.khan", "Amira Khan", "call_handler", PROVIDER, "calls.take")
CASE_ID = "01900000-0000-7000-8000-000000000001"
NETWORK = {"x": 1.0, "y": 1.0}
KNOWN = Point(4000, 5000)


async def place_after(site: Site, place: dict[str, Any]) -> Any:
    """Open a case, say *place*, and return what the case then has."""
    listed = ListPostcodes(
        sector="HM1 4",
        org=PROVIDER,
        postcodes=(PlacedPostcode(postcode="HM1 4QT", point=KNOWN, town="Northbridge"),),
        by="test",
    )
    await site.execute(GAZETTEER, "HM1 4", listed)
    entries = [("calls.open", {}), ("calls.place", {"place": place})]
    answer = await site.post_json(
        "/device/entries",
        [
            {
                "id": f"01900000-0000-7000-8000-00000000001{n}",
                "case_id": CASE_ID,
                "kind": kind,
                "at": site.clock.now.isoformat(),
                "body": body,
            }
            for n, (kind, body) in enumerate(entries)
        ],
    )
    assert [receipt["outcome"] for receipt in answer.json()] == ["stored", "stored"], (
        answer.text
    )
    return (await site.state(CASE, CASE_ID)).place


@pytest.mark.parametrize("postcode", ["HM1 4QT", "hm14qt", " hm1 4qt "])
async def test_a_typed_postcode_says_where_and_the_line_no_longer_does(
    database: Database, postcode: str
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        place = await place_after(
            site,
            {
                "address": "3 Mill Lane",
                "postcode": postcode,
                "point": NETWORK,
                "source": "caller, point from the network",
            },
        )
        assert (place.point, place.source) == (KNOWN, "caller, by postcode")


async def test_a_point_from_a_record_stays(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        place = await place_after(
            site,
            {"address": "x", "postcode": "HM1 4QT", "point": NETWORK, "source": "record"},
        )
        assert place.point == Point(1, 1)


async def test_a_postcode_that_nobody_knows_changes_nothing(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        place = await place_after(site, {"address": "x", "postcode": "ZZ9 9ZZ"})
        assert place.point is None
        assert place.postcode == "ZZ9 9ZZ"
