"""A copy for the person a record is about: all of it, nobody else in it, and known where it is."""

import hashlib
import html
import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any, Final

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.app import PROJECTIONS
from standfast.calls import device_commands as d
from standfast.calls.model_case import CASE
from standfast.identity.permissions import Role
from standfast.records import tables
from standfast.records.gathering import gather, knows_people
from standfast.records.redaction import WITHHELD, texts, without
from tests.files.examples import make_file, picture
from tests.identity.examples import LOADER, actor_in, load_staff
from tests.identity.making import (
    CASE_ID,
    make_booking,
    make_case,
    make_need,
    make_prescription,
    make_vehicle,
)
from tests.people.examples import AMIRA, MARGARET, SEAN, register
from tests.support.database import Database
from tests.support.sealed import bodies
from tests.support.site import PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio

MIRA: Final = actor_in(Role.PRIVACY_OFFICER, staff_id="mira.sandoval")
ASKED: Final = {
    "person_id": "p-margaret",
    "asked_on": "2026-11-20",
    "reason": "Showed her passport at the desk",
}
OUT: Final = {"holder": "Margaret herself", "way": "in person", "expires_on": "2026-12-01"}
NEIGHBOUR: Final = "Wilhelmina Featherstonehaugh"


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    """Margaret has a case, an ambulance, a booking and a prescription; a neighbour rang."""
    async with open_site(database, actor=AMIRA) as opened:
        await load_staff(opened)
        await register(opened, "p-margaret", MARGARET)
        await register(opened, "p-sean", SEAN)
        opened.as_(LOADER)
        await make_case(opened)
        caller = d.RecordCaller(
            case_id=CASE_ID,
            org=PROVIDER,
            entry_id="e-9",
            name=NEIGHBOUR,
            relationship="Neighbour from over the road",
            with_patient=True,
        )
        await opened.execute(CASE, CASE_ID, caller)
        await make_need(opened)
        await make_vehicle(opened)
        await make_booking(opened)
        await make_prescription(opened)
        yield opened.as_(MIRA)


async def prepared(site: Site) -> str:
    """Ask for a copy; return its page."""
    answer = await site.post("/records/exports", ASKED)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def read_through(site: Site, page: str, *leave_out: str) -> None:
    shown = html.unescape((await site.get(page)).text)
    ticked = {f"out-{hashlib.sha256(text.encode()).hexdigest()}": "yes" for text in leave_out}
    assert all(name in shown for name in ticked)
    sent = {"read": "yes", "harm_checked_by": "Dr Ada Mensah", **ticked}
    answer = await site.post(f"{page}/check", sent)
    assert answer.status_code == 303, answer.text


async def released(site: Site, page: str) -> zipfile.ZipFile:
    answer = await site.post(f"{page}/release", OUT)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.content))


def whole(archive: zipfile.ZipFile) -> str:
    """Return every text of the copy; the PDF's own letters are in its own form."""
    return "\n".join(
        archive.read(name).decode() for name in archive.namelist() if not name.endswith(".pdf")
    )


async def test_the_copy_holds_the_record_as_page_summary_data_and_fhir(site: Site) -> None:
    page = await prepared(site)
    await read_through(site, page)
    archive = await released(site, page)
    record = json.loads(archive.read("record.json"))
    fhir = json.loads(archive.read("fhir.json"))

    assert set(archive.namelist()) == {
        "SHA256SUMS",
        "fhir.json",
        "read-me-first.html",
        "record.json",
        "summary.pdf",
    }
    assert archive.read("summary.pdf").startswith(b"%PDF")
    assert {"people_people", "people_contacts", "calls_cases", "triage_answers"} <= set(
        record["rows"]
    )
    assert {"prescribing_needs", "booking_bookings"} <= set(record["rows"])
    assert fhir["entry"][0]["resource"]["identifier"][0]["value"] == MARGARET.nhs_number
    assert "Harrowmere Ambulance" in record["elsewhere"]


async def test_every_row_and_every_fact_that_knows_the_person_is_in_it(
    site: Site, database: Database
) -> None:
    """Whatever table or stream is added: if it holds her name or her id, it is in the copy."""
    gathered = await _margaret(site)
    copied = json.dumps(gathered.rows, default=str)
    owner = await asyncpg.connect(database.owner_dsn)
    try:
        missed = []
        for table in {t.TABLE: t for p in PROJECTIONS for t in p.tables}.values():
            readers = " OR ".join(f"{column} = $1" for column in table.READ_BY) or "true"
            rows = await owner.fetch(
                f"SELECT * FROM read.{table.TABLE} AS r "  # noqa: S608 - our own names
                f"WHERE ({readers}) AND r::text ~ 'p-margaret|Okonkwo|{CASE_ID}'",
                *([PROVIDER] if table.READ_BY else []),
            )
            found = gathered.rows.get(table.TABLE, [])
            if len(rows) > len(found):
                missed.append((table.TABLE, len(rows), len(found)))
        written = await bodies(owner, "org = $1", PROVIDER)
        facts = [each for each in written if "p-margaret" in each or "Okonkwo" in each]
    finally:
        await owner.close()

    assert missed == []
    assert copied
    tags = {str(json.loads(fact)["type"]) for fact in facts}
    assert tags - {each.tag for each in gathered.entries} == set()
    assert len(gathered.entries) >= len(facts)


def test_a_table_that_can_know_somebody_says_so_by_its_columns() -> None:
    """A new table names people by ``person_id`` or ``case_id``, or is found to be missed here."""
    tables_ = {table.TABLE: table for each in PROJECTIONS for table in each.tables}
    suspicious = {
        name
        for name, table in tables_.items()
        if not knows_people(table)
        and {"patient", "numbers", "nhs_number", "born"} & set(table.__struct_fields__)
    }

    assert suspicious == set()


async def test_files_are_in_it_but_those_that_stay_back_and_those_that_nobody_may_open(
    site: Site,
) -> None:
    for number, standing in enumerate(("not_scanned", "not_scanned", "waiting")):
        await make_file(
            site.as_(LOADER),
            CASE_ID,
            colour=(number * 90, 0, 0),
            file_id=f"f-{number}",
            scan=standing,
        )
    page = await prepared(site.as_(MIRA))
    shown = html.unescape((await site.get(page)).text)
    assert f"/files/cases/{CASE_ID}/f-1" in shown
    assert (await site.get(f"/files/cases/{CASE_ID}/f-1")).status_code == 200
    kept_back = picture((90, 0, 0))
    await site.post(
        f"{page}/check",
        {
            "read": "yes",
            "harm_checked_by": "Dr Ada Mensah",
            f"out-{hashlib.sha256(kept_back).hexdigest()}": "yes",
        },
    )
    archive = await released(site, page)

    assert [name for name in archive.namelist() if name.startswith("files/")] == [
        "files/001.jpg"
    ]
    assert archive.read("files/001.jpg") == picture((0, 0, 0))


async def test_nobody_else_is_in_it(site: Site) -> None:
    page = await prepared(site)
    await read_through(site, page)

    assert "Neíll" not in whole(await released(site, page))


async def test_what_is_left_out_stands_nowhere(site: Site) -> None:
    page = await prepared(site)
    shown = html.unescape((await site.get(page)).text)
    await read_through(site, page, NEIGHBOUR, "Neighbour from over the road")
    archive = await released(site, page)

    assert NEIGHBOUR in shown
    assert NEIGHBOUR not in whole(archive)
    assert WITHHELD in whole(archive)
    assert "2 texts were left out" in archive.read("read-me-first.html").decode()


async def test_nothing_leaves_before_somebody_has_read_it(site: Site) -> None:
    page = await prepared(site)
    early = await site.post(f"{page}/release", OUT)
    unread = await site.post(f"{page}/check", {"harm_checked_by": "Dr Ada Mensah"})
    unseen = await site.post(f"{page}/check", {"read": "yes"})

    assert early.status_code == unread.status_code == unseen.status_code == 422
    assert "Read all of it first" in early.text
    assert "then tick that you have" in unread.text
    assert "which health professional" in unseen.text


async def test_what_was_added_since_is_read_before_it_leaves(site: Site) -> None:
    page = await prepared(site)
    await read_through(site, page)
    note = d.WriteNote(
        case_id=CASE_ID,
        org=PROVIDER,
        staff_name="Amira Khan",
        entry_id="e-10",
        text="Her son says she drinks more than she lets on",
    )
    await site.as_(LOADER).execute(CASE, CASE_ID, note)
    answer = await site.as_(MIRA).post(f"{page}/release", OUT)

    assert answer.status_code == 422
    assert "Read what is new" in html.unescape(answer.text)


async def test_the_ledger_knows_who_has_it_until_when_and_by_which_hash(site: Site) -> None:
    page = await prepared(site)
    await read_through(site, page)
    answer = await site.post(f"{page}/release", OUT)
    shown = html.unescape((await site.get("/records/exports")).text)
    row = await tables.export(site.platform.db, PROVIDER, page.rpartition("/")[2])

    assert "Margaret herself, in person" in shown
    assert "01-Dec-2026" in shown
    assert row is None or row.sha256 == hashlib.sha256(answer.content).hexdigest()
    assert hashlib.sha256(answer.content).hexdigest()[:32] in (await site.get(page)).text
    again = await site.post(f"{page}/release", OUT)
    assert again.status_code == 422


async def test_a_copy_past_its_day_is_shown_until_somebody_says_what_became_of_it(
    site: Site,
) -> None:
    page = await prepared(site)
    await read_through(site, page)
    await released(site, page)
    site.clock.move(days=14)
    late = (await site.get("/records/exports")).text
    await site.post(f"{page}/account", {"outcome": "given", "note": "Signed for"})
    done = (await site.get("/records/exports")).text

    assert "Not accounted for" in late
    assert "Not accounted for" not in done
    assert "Given to the person" in done


async def test_a_loss_is_recorded_and_says_by_when_the_ico_is_told(site: Site) -> None:
    page = await prepared(site)
    await read_through(site, page)
    await released(site, page)
    site.clock.move(hours=3)
    lost = {"circumstances": "Left on the number 9 bus", "known_at": "2026-11-22T13:00"}
    await site.post(f"{page}/loss", lost)
    shown = html.unescape((await site.get("/records/exports")).text)

    assert "Lost: tell the ICO by 25-Nov-2026 13:00" in shown


async def test_who_copied_it_is_in_the_record_itself(site: Site) -> None:
    page = await prepared(site)
    await read_through(site, page)
    archive = await released(site, page)
    record = json.loads(archive.read("record.json"))

    assert any(each["staff_id"] == "mira.sandoval" for each in record["rows"]["access_entries"])
    assert any(each["tag"] == "records.export_prepared.v1" for each in record["entries"])


async def test_somebody_without_the_right_to_disclose_gets_nothing(site: Site) -> None:
    page = await prepared(site)
    site.as_(actor_in(Role.SUPERVISOR))

    assert (await site.get(page)).status_code == 403
    assert (await site.post(f"{page}/release", OUT)).status_code == 403


LEAVES: Final = st.text(max_size=20) | st.integers() | st.none()


@given(
    value=st.recursive(
        LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner)
    ),
    withheld=st.sets(st.text(alphabet="abcdefgh ", min_size=4, max_size=12), max_size=4),
)
def test_whatever_is_withheld_is_in_no_text_that_is_left(
    value: Any, withheld: set[str]
) -> None:
    def leaves(part: Any) -> list[str]:
        if isinstance(part, str):
            return [part.replace(WITHHELD, "")]
        if isinstance(part, dict):
            return [each for inner in part.values() for each in leaves(inner)]
        return (
            [each for inner in part for each in leaves(inner)] if isinstance(part, list) else []
        )

    left = leaves(without(value, withheld))

    assert not any(each in text for each in withheld for text in left)


async def test_somebody_elses_telephone_is_to_be_read_and_the_programs_words_are_not(
    site: Site,
) -> None:
    to_read = {each.text for each in texts(await _margaret(site))}

    assert "07700 900417" in to_read
    assert "rang from" not in to_read


async def test_the_same_text_is_read_once(site: Site) -> None:
    assert len({each.text_id for each in texts(await _margaret(site))}) == len(
        texts(await _margaret(site))
    )


async def _margaret(site: Site) -> Any:
    opened = await site.as_(MIRA).get("/records/people/p-margaret")
    assert opened.status_code == 200
    found = await gather(site.platform, PROVIDER, "p-margaret")
    assert found is not None
    return found
