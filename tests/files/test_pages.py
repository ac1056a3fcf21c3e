"""Files over HTTP: hostile ones refused, each kept once, opened by whoever may, taken back."""

import asyncio
import hashlib
import html
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import pytest
from msgspec import Struct
from PIL import Image

from standfast.calls import device_commands as d
from standfast.calls.model_case import CASE
from standfast.facts.cases import CASE_SUMMARY
from standfast.facts.files import NAMING
from standfast.files import attaching
from standfast.files.model import FILES, Standing, WithdrawFile
from standfast.files.quarantine import look
from standfast.files.tables import FileRow, bytes_of, files_of
from standfast.identity.permissions import Role
from standfast.journal.contents import prove
from standfast.records.tables_prints import prints
from standfast.web.pdf import rewritten
from standfast.web.platform import Actor
from standfast.web.uploads import LARGEST
from tests.files.clamd import Scanner, scanning
from tests.files.examples import EICAR, PDF, picture
from tests.identity.examples import actor_in
from tests.identity.making import CASE_ID, make_case
from tests.people.examples import MARGARET, register
from tests.support.database import Database, Databases
from tests.support.pdfs import SCRIPT, by_a_predictor, letter
from tests.support.sealed import sealing
from tests.support.site import PROVIDER, Site, make_tables, open_site
from tests.web.test_uploads import huge_png

pytestmark = pytest.mark.anyio

AMIRA: Final = actor_in(Role.CALL_HANDLER, staff_id="amira.khan")
HERE: Final = f"/files/cases/{CASE_ID}"
AS_A_PICTURE: Final = {"accept": "image/avif,image/webp,image/apng,image/*,*/*;q=0.8"}
AS_A_PAGE: Final = {"accept": "text/html,application/xhtml+xml,image/avif,*/*;q=0.8"}
"""How a browser says what it asks for something as."""

SCRIPTS: Final = {"accept": "application/json", "sec-fetch-site": "same-origin"}


async def make_case_alone(database: Database) -> None:
    """Make the tables, and one case of Margaret's."""
    await make_tables(database)
    async with open_site(database, actor=AMIRA) as site:
        await register(site, "p-margaret", MARGARET)
        await make_case(site)


@pytest.fixture
def one_case(postgres: Databases) -> Iterator[Database]:
    database = postgres.fresh(make_case_alone)
    yield database
    postgres.drop(database)


async def send(site: Site, body: bytes, name: str = "rash.jpg", **more: Any) -> httpx.Response:
    """Send a file as the page's script does."""
    return await site.browser.post(
        HERE, files={"file": (name, body, "text/html")}, headers=SCRIPTS, **more
    )


async def kept(site: Site) -> list[FileRow]:
    return await files_of(site.platform.db, PROVIDER, CASE_ID)


class Lane(Struct, frozen=True, kw_only=True):
    """Which chain a fact stands in."""

    origin: str
    is_file: bool


def zipped() -> bytes:
    """Return a small file that unpacks to fifty million bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("letter.docx", bytes(50_000_000))
    return out.getvalue()


HOSTILE: Final = {
    "nothing": (b"", "rash.jpg"),
    "a bomb of a zip": (zipped(), "letters.zip"),
    "a bomb of a picture": (huge_png(), "rash.png"),
    "a drawing with a script": (
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
        "r.svg",
    ),
    "a page called a picture": (b"<!doctype html><script>x()</script>", "rash.jpg"),
    "a program called a letter": (b"MZ\x90\0" + bytes(200), "letter.pdf"),
    "a picture that is cut short": (picture()[:900], "rash.jpg"),
    "a letter with a script": (letter(b"/OpenAction" + SCRIPT), "letter.pdf"),
    "a letter that hides a script": (by_a_predictor(), "letter.pdf"),
    "too much": (b"\xff\xd8\xff" + bytes(LARGEST), "rash.jpg"),
}


async def test_hostile_files_are_refused_and_it_is_said_what_to_do(one_case: Database) -> None:
    async with open_site(one_case, actor=AMIRA) as site:
        said = {what: await send(site, body, name) for what, (body, name) in HOSTILE.items()}
        broken = {
            "no form": await site.browser.post(HERE, content=b"x", headers=SCRIPTS),
            "two files": await site.browser.post(
                HERE, files=[("file", picture()), ("file", picture())], headers=SCRIPTS
            ),
            "many fields": await send(site, picture(), data={f"f{n}": "x" for n in range(9)}),
            "a field that is huge": await send(site, picture(), data={"size": "9" * 5000}),
            "no file": await site.browser.post(
                HERE, files={"other": ("a", b"b")}, headers=SCRIPTS
            ),
            "cut off": await site.browser.post(
                HERE,
                content=b"--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\nb",
                headers={**SCRIPTS, "content-type": "multipart/form-data; boundary=x"},
            ),
            "another's choice": await send(site, picture(), data={"staff": "ada.mensah"}),
            "another length": await send(site, picture(), data={"size": "17"}),
        }
        far_too_much = await send(site, bytes(LARGEST + 200_000))
        elsewhere = await site.browser.post(
            "/calls/telephone", content=bytes(2_000_000), headers=SCRIPTS
        )

        assert await kept(site) == []
    assert {what: answer.status_code for what, answer in {**said, **broken}.items()} == (
        dict.fromkeys([*said, *broken], 422)
    )
    assert all(
        len(answer.json()["error"]) > 15 for answer in (*said.values(), *broken.values())
    )
    assert (far_too_much.status_code, elsewhere.status_code) == (413, 413)


async def test_a_picture_is_drawn_anew_kept_once_and_shown_as_what_it_is(
    one_case: Database,
) -> None:
    async with open_site(one_case, actor=AMIRA) as site:
        sent = picture() + b"<script>alert(1)</script>"
        first = await send(site, sent, 'r\u202ea/..\\"sh;\r\nX: y\u200b.html')
        again = await send(site, sent, "again.jpg")
        (file,) = await kept(site)
        address = f"{HERE}/{file.file_id}"
        opened = await site.browser.get(address, headers=AS_A_PICTURE)
        small = await site.get(f"{address}/small")

    assert b"51.5074" in sent
    assert (first.status_code, again.status_code) == (201, 201)
    assert file.name == "%22sh;%0D%0AX: y.jpg"
    assert b"51.5074" not in opened.content + small.content
    assert b"script" not in opened.content
    assert Image.open(io.BytesIO(opened.content)).size == (640, 480)
    assert max(Image.open(io.BytesIO(small.content)).size) <= 240
    for answer in (opened, small):
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-security-policy"].endswith("sandbox")
        assert answer.headers["content-disposition"] == (
            "inline; filename=\"file.jpg\"; filename*=UTF-8''%2522sh%3B%250D%250AX%3A%20y.jpg"
        )


async def test_a_letter_is_saved_and_never_shown_in_the_page(one_case: Database) -> None:
    async with open_site(one_case, actor=AMIRA) as site:
        await send(site, PDF, "Überweisung.exe")
        (file,) = await kept(site)
        opened = await site.get(f"{HERE}/{file.file_id}")
        small = await site.get(f"{HERE}/{file.file_id}/small")

        (left,) = await prints(site.all_orgs, PROVIDER, site.clock().date())
        case = await site.platform.ask(CASE_SUMMARY, org=PROVIDER, key=CASE_ID)

    assert file.name == "Überweisung.pdf"
    assert opened.content == rewritten(PDF)
    assert case is not None
    assert (left.title, left.size) == (
        f"A letter on case {case.reference}",
        len(rewritten(PDF)),
    )
    assert left.person_id == "p-margaret"
    assert opened.headers["content-disposition"].startswith("attachment; ")
    assert opened.headers["content-disposition"].isascii()
    assert small.status_code == 404


async def test_a_picture_is_looked_at_on_a_page_that_the_ledger_knows_when_it_is_printed(
    one_case: Database,
) -> None:
    async with open_site(one_case, actor=AMIRA) as site:
        await send(site, picture())
        (file,) = await kept(site)
        address = f"{HERE}/{file.file_id}"
        page = await site.browser.get(address, headers=AS_A_PAGE)
        await site.browser.get(address, headers=AS_A_PICTURE)
        assert await prints(site.all_orgs, PROVIDER, site.clock().date()) == []
        told = {
            "print_id": "01890000-0000-4000-8000-00000000d001",
            "number": "P-0A1B2C3D",
            "path": address,
            "at": site.clock().isoformat(),
            "away": "false",
        }
        assert (await site.post("/records/prints", told)).status_code == 204
        (left,) = await prints(site.all_orgs, PROVIDER, site.clock().date())
        looked = await site.as_(actor_in(Role.PRIVACY_OFFICER)).get("/access/people/p-margaret")

    assert looked.text.count("A file of the case") == 1  # the page and its picture are one look
    assert page.headers["content-type"].startswith("text/html")
    assert f'<img src="{address}"' in html.unescape(page.text)
    assert "data-print-slip" in page.text
    assert "A picture on case C-" in page.text
    assert (left.title, left.person_id) == ("Picture on a case", "p-margaret")


@pytest.mark.parametrize(
    ("asked", "headers"),
    [
        ("?save=yes", AS_A_PAGE),
        ("?save=yes", AS_A_PICTURE),
        ("", {}),
        ("", {"accept": "application/json"}),
    ],
)
async def test_a_picture_that_is_saved_is_in_the_ledger_before_it_leaves(
    one_case: Database, asked: str, headers: dict[str, str]
) -> None:
    async with open_site(one_case, actor=AMIRA) as site:
        await send(site, picture())
        (file,) = await kept(site)
        saved = await site.browser.get(f"{HERE}/{file.file_id}{asked}", headers=headers)
        (left,) = await prints(site.all_orgs, PROVIDER, site.clock().date())

    assert saved.headers["content-disposition"].startswith("attachment; ")
    assert left.sha256 == hashlib.sha256(saved.content).hexdigest()
    assert left.title.startswith("A picture on case C-")
    assert left.person_id == "p-margaret"


async def test_it_works_without_scripts_too(one_case: Database) -> None:
    async with open_site(one_case, actor=AMIRA) as site:
        files = {"file": ("rash.jpg", picture(), "image/jpeg")}
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
        sent = await site.browser.post(HERE, files=files, headers=headers)
        wrong = await site.browser.post(HERE, files={"file": ("a", b"GIF89a")}, headers=headers)
        shown = await site.get(HERE)
        (file,) = await kept(site)
        asked = await site.get(f"{HERE}/{file.file_id}/withdraw")
        no_reason = await site.post(f"{HERE}/{file.file_id}/withdraw", {"reason": "no"})

    assert (sent.status_code, sent.headers["location"]) == (303, HERE)
    assert wrong.status_code == 422
    assert "Send a picture" in wrong.text
    assert "rash.jpg" in shown.text
    assert "Not scanned for viruses" in shown.text
    assert "Withdraw rash.jpg" in asked.text
    assert (no_reason.status_code, "at least 5 characters" in no_reason.text) == (422, True)


async def test_a_withdrawn_file_is_hidden_from_everybody_and_says_why(
    one_case: Database,
) -> None:
    async with open_site(one_case, actor=AMIRA) as site:
        await send(site, picture())
        (file,) = await kept(site)
        address = f"{HERE}/{file.file_id}"
        await site.post(f"{address}/withdraw", {"reason": "It shows somebody else"})
        gone = [await site.get(address), await site.get(f"{address}/small")]
        shown = await site.get(HERE)
        told = await site.get(f"/calls/{CASE_ID}")
        bodies = await site.all_orgs.fetch_value("SELECT count(*) FROM journal_contents")

    assert [each.status_code for each in gone] == [404, 404]
    assert "It shows somebody else" in shown.text
    assert "withdrew a file: It shows somebody else" in told.text
    assert bodies == 2


async def test_opening_a_file_is_an_entry_of_its_own_and_who_looked_says_so(
    one_case: Database,
) -> None:
    officer = actor_in(Role.PRIVACY_OFFICER)
    async with open_site(one_case, actor=AMIRA) as site:
        await send(site, picture())
        (file,) = await kept(site)
        await site.get(HERE)
        looked = await site.as_(officer).get("/access/people/p-margaret")
        assert "A file of the case" not in looked.text
        await site.as_(AMIRA).get(f"{HERE}/{file.file_id}")
        looked = await site.as_(officer).get("/access/people/p-margaret")
        statement = await site.get("/access/people/p-margaret/statement")

    assert "A file of the case" in looked.text
    assert "what was written about you, a file too, " in statement.text


async def _bytes(site: Site, who: Actor, file: FileRow) -> object:
    """Ask PostgreSQL itself, as a page whose code an attacker has would."""
    site.as_(who)
    db = site.platform.db
    return await bytes_of(db, file.file_id)


async def test_the_database_gives_no_bytes_without_an_entry_on_disk(
    one_case: Database,
) -> None:
    bo = actor_in(Role.CLINICIAN, staff_id="bo.lind")
    theirs = actor_in(Role.CLINICIAN, "elsewhere-111", staff_id="amira.khan")
    async with open_site(one_case, actor=AMIRA) as site:
        await send(site, picture())
        (file,) = await kept(site)

        assert await _bytes(site, AMIRA, file) is not None
        assert await _bytes(site, bo, file) is None
        assert await _bytes(site, theirs, file) is None
        assert (await site.as_(theirs).get(f"{HERE}/{file.file_id}")).status_code == 404
    reader = await asyncpg.connect(one_case.reader_dsn)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await reader.fetch("SELECT body FROM public.journal_contents")
    await reader.close()


async def test_a_file_waits_for_a_scanner_that_is_away_and_nobody_sees_it_before(
    one_case: Database, tmp_path: Path
) -> None:
    path = tmp_path / "clamd"
    async with open_site(one_case, actor=AMIRA, clamd=f"unix:{path}") as site:
        answer = await send(site, picture())
        assert answer.json()["scan"] == "waiting"
        await send(site, PDF, "letter.pdf")
        first, second = await kept(site)
        assert (await site.get(f"{HERE}/{first.file_id}")).status_code == 404
        assert await _bytes(site, AMIRA, first) is None
        assert "Waits for the virus scanner" in (await site.get(HERE)).text

        await look(site.platform, site.clock())
        assert {each.standing for each in await kept(site)} == {Standing.WAITING}
        async with scanning(Scanner(b"stream: Bad-Letter FOUND\0"), path):
            await look(site.platform, site.clock())
        assert {each.standing for each in await kept(site)} == {Standing.REFUSED}
        shown = (await site.get(HERE)).text
        assert "The virus scanner found Bad-Letter" in shown
        assert (await site.get(f"{HERE}/{second.file_id}")).status_code == 404


async def test_what_waited_is_shown_once_the_scanner_is_back_and_found_nothing(
    one_case: Database, tmp_path: Path
) -> None:
    path = tmp_path / "clamd"
    async with open_site(one_case, actor=AMIRA, clamd=f"unix:{path}") as site:
        await send(site, picture())
        async with scanning(Scanner(), path):
            await look(site.platform, site.clock())
            assert (await send(site, PDF)).json()["scan"] == "clean"
        first, second = await kept(site)
        assert (await site.get(f"{HERE}/{first.file_id}")).status_code == 200
        assert (first.scan, second.scan) == ("clean", "clean")
        assert "Not scanned" not in (await site.get(HERE)).text


async def test_a_virus_is_not_kept_named_on_the_case_and_told_to_the_siem(
    one_case: Database, tmp_path: Path
) -> None:
    path = tmp_path / "clamd"
    scanner = Scanner()
    async with (
        scanning(scanner, path) as address,
        open_site(one_case, actor=AMIRA, clamd=address) as site,
    ):
        answer = await send(site, picture() + EICAR)
        (file,) = await kept(site)
        told = await site.get(f"/calls/{CASE_ID}")
        bodies = await site.all_orgs.fetch_value("SELECT count(*) FROM journal_contents")
        types = await site.all_orgs.fetch_value(
            "SELECT array_agg(type) FROM journal WHERE type LIKE ANY ($1)", ["files.%infected%"]
        )

    assert answer.status_code == 422
    assert "virus scanner found something" in answer.json()["error"]
    assert scanner.heard == [picture() + EICAR]
    assert (file.standing, file.signature, bodies) == (Standing.REFUSED, "Eicar-Signature", 0)
    assert "was refused: the virus scanner found Eicar-Signature" in told.text
    assert types == ["files.infected_file_refused.v1"]


async def test_a_disk_that_is_nearly_full_takes_no_file_and_the_call_goes_on(
    one_case: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attaching, "KEPT_FREE", 10**18)
    async with open_site(one_case, actor=AMIRA) as site:
        answer = await send(site, picture())
        shown = await site.get(f"/calls/{CASE_ID}")
        known = await site.state(CASE, CASE_ID)

    assert answer.status_code == 507
    assert "disk of this site is nearly full" in answer.json()["error"]
    assert (shown.status_code, known.opened_at is not None) == (200, True)


FULL: Final = """
CREATE FUNCTION public.no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON public.journal_contents
   FOR EACH ROW EXECUTE FUNCTION public.no_room();
"""


async def test_a_disk_that_is_full_in_the_middle_leaves_neither_fact_nor_bytes(
    postgres: Databases, one_case: Database
) -> None:
    postgres.server.administer(FULL, one_case.name)
    async with open_site(one_case, actor=AMIRA) as site:
        sending = asyncio.create_task(send(site, picture()))
        await asyncio.gather(*(make_note(site, n) for n in range(20)))
        answer = await sending
        await site.get(f"/calls/{CASE_ID}")

        assert await kept(site) == []
        assert (await site.state(FILES, CASE_ID)).files == ()
        assert len((await site.state(CASE, CASE_ID)).notes) == 20
    assert answer.status_code == 507
    assert "disk of this site" in answer.json()["error"]


async def make_note(site: Site, number: int) -> None:
    """Write a note of the call, as its screen does."""
    note = d.WriteNote(
        case_id=CASE_ID,
        org=PROVIDER,
        entry_id=f"note-{number}",
        staff_name="Amira Khan",
        text=f"Note {number}",
    )
    await site.execute(CASE, CASE_ID, note)


async def test_an_organisation_attaches_so_much_in_a_day(one_case: Database) -> None:
    async with open_site(one_case, actor=AMIRA, files_per_day=0) as site:
        answer = await send(site, picture())

    assert answer.status_code == 422
    assert "24 hours" in answer.json()["error"]


UNGUARDED: Final = (
    "ALTER TABLE journal_contents DISABLE TRIGGER ALL; ALTER TABLE journal_contents "
    "DROP CONSTRAINT IF EXISTS journal_content_is_its_digest; {}"
)
CHANGES: Final = {
    "UPDATE journal_contents SET body = set_bit(body, 99, 1 - get_bit(body, 99));": "changed",
    "DELETE FROM journal_contents;": "missing",
    "INSERT INTO journal_contents VALUES ('o', 'c', '0', 'x', 0, 'x', now(), '');": "no fact",
}


async def test_bytes_and_fact_are_one_commit_and_a_changed_bit_is_found(
    postgres: Databases, one_case: Database
) -> None:
    async with open_site(one_case, actor=AMIRA) as site:
        await send(site, picture())
        versions = len((await site.state(FILES, CASE_ID)).files)
    owner = await asyncpg.connect(one_case.owner_dsn)
    try:
        moments = await owner.fetch(
            "SELECT DISTINCT xmin::text FROM journal_contents UNION "
            "SELECT xmin::text FROM journal WHERE stream LIKE 'files.case/%'"
        )
        assert (versions, len(moments)) == (1, 1)
        assert await prove(owner, NAMING, sealing=sealing()) == (2, None)
        assert await prove(owner, NAMING) == (0, None), "without keys nothing is read"
        for sql, what in CHANGES.items():
            postgres.server.administer(UNGUARDED.format(sql), one_case.name)
            _, lost = await prove(owner, NAMING, sealing=sealing())
            assert lost is not None
            assert what in lost.what
    finally:
        await owner.close()


async def test_a_file_is_written_in_a_lane_of_its_own_so_that_no_call_waits_for_it(
    one_case: Database,
) -> None:
    async with open_site(one_case, actor=AMIRA) as site:
        await send(site, picture())
        lanes = await site.all_orgs.fetch(
            Lane, "SELECT DISTINCT origin, type = ANY($1) AS is_file FROM journal", list(NAMING)
        )
        (file,) = await kept(site)
        gone = WithdrawFile(file_id=file.file_id, reason="By mistake", by="a", by_name="A")
        await site.execute(FILES, CASE_ID, gone)
        again = await send(site, picture())

    files = {each.origin for each in lanes if each.is_file}
    assert len(files) == 1
    assert files.isdisjoint(each.origin for each in lanes if not each.is_file)
    assert again.status_code == 201


async def test_nobody_changes_what_is_kept(one_case: Database) -> None:
    async with open_site(one_case, actor=AMIRA) as site:
        await send(site, picture())
    for dsn in (one_case.app_dsn, one_case.owner_dsn):
        connection = await asyncpg.connect(dsn)
        for sql in (
            "UPDATE journal_contents SET media_type = 'text/html'",
            "DELETE FROM journal_contents",
            "TRUNCATE journal_contents",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(sql)
        await connection.close()
    app = await asyncpg.connect(one_case.app_dsn)
    with pytest.raises(asyncpg.CheckViolationError):
        await app.execute(
            "SELECT tenancy.keep_content("
            "'o', 'c', repeat('0', 64), 'image/jpeg', 1, 'x', now(), 'y', NULL)"
        )
    await app.close()
