"""Finding a medicine however it is spelt, on PostgreSQL."""

import pytest

from standfast.prescribing.queries import search
from tests.identity.examples import LOADER
from tests.prescribing.examples import ADA
from tests.prescribing.place import furnish
from tests.support.database import Database
from tests.support.site import PROVIDER, TRUST, open_site

pytestmark = pytest.mark.anyio

SPELT = {
    "amoxicillin": "amoxicillin",
    "AMOX": "amoxicillin",
    "amoxycilin": "amoxicillin",
    "flucloxacilin": "flucloxacillin",
    "paracetmol": "paracetamol",
    "ibuprofin": "ibuprofen",
    "salbutomol": "salbutamol",
    "prednisalone": "prednisolone",
    "trimethaprim": "trimethoprim",
    "clarithromicin": "clarithromycin",
    "nitrofurantion": "nitrofurantoin",
    "levonorgestral": "levonorgestrel",
    "codamol": "co-codamol 30/500",
}


async def test_a_medicine_is_found_however_it_is_spelt(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        for typed, name in SPELT.items():
            found = await search(site.platform.db, PROVIDER, typed)
            assert found, f"nothing found for {typed}"
            assert found[0].generic_name == name, typed


async def test_every_word_counts_and_a_strength_must_be_right(database: Database) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        db = site.platform.db
        (only,) = await search(db, PROVIDER, "amoxicilin 500")
        assert only.strength_value == 500
        assert await search(db, PROVIDER, "amoxicillin 750") == []
        (syrup,) = await search(db, PROVIDER, "amoxicillin suspension")
        assert syrup.form == "oral suspension"


async def test_nothing_is_found_for_nothing_rubbish_or_another_organisation(
    database: Database,
) -> None:
    async with open_site(database, actor=LOADER) as site:
        await furnish(site)
        db = site.platform.db
        for typed in ("", "   ", "zzzzqqq", "%", "_", "'; DROP TABLE x"):
            assert await search(db, PROVIDER, typed) == []
        assert await search(db, TRUST, "amoxicillin") == []
