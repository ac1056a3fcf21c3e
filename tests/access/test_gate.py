"""Nothing of a record is shown before it is on disk who opens it, and why they may."""

from datetime import timedelta
from typing import Any, Final

import asyncpg
import pytest
from msgspec.structs import replace

from standfast.access.model_record import RECORD, record_key
from standfast.access.rows import EntryRow, SearchRow
from standfast.calls import commands as c
from standfast.calls import device_commands as d
from standfast.calls.model_case import CASE
from standfast.facts.contact import Patient
from standfast.identity.permissions import Role
from standfast.journal.writer import Unavailable
from standfast.kernel.access import Assurance
from standfast.people.model import PERSON, RegisterPerson
from standfast.web.platform import Actor
from tests.identity.examples import actor_in
from tests.identity.making import CASE_ID
from tests.people.examples import AMIRA, FOREIGNER, GRACE, MARGARET
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio

ADA: Final = actor_in(Role.CLINICIAN, staff_id="ada.mensah")
RUTH: Final = actor_in(Role.SUPERVISOR, staff_id="ruth.calder")
SAM: Final = replace(
    actor_in(Role.IT_OFFICER, staff_id="sam.whitlock"),
    permissions=frozenset({"people.read"}),
)

OPEN: Final = "You may see this because your organisation has an open case: C-"
CLOSED: Final = "Neither you nor your organisation is dealing with this person"


async def known(site: Site, person_id: str = "p-margaret", details: Any = MARGARET) -> None:
    """Let somebody be in the record whom a list brought, and nobody deals with."""
    command = RegisterPerson(person_id=person_id, org=PROVIDER, details=details)
    await site.execute(PERSON, person_id, command, actor=AMIRA)


async def a_case(site: Site, *, of: str = "p-margaret", actor: Actor = AMIRA) -> None:
    """Let Amira take a call for somebody, and confirm who it is."""
    entry: dict[str, Any] = {"case_id": CASE_ID, "org": PROVIDER, "staff_name": actor.name}
    opened = d.OpenCase(
        **entry, entry_id="e-1", at=site.clock(), staff_id=actor.staff_id, number=""
    )
    await site.execute(CASE, CASE_ID, opened, actor=actor)
    await site.execute(CASE, CASE_ID, identify(of), actor=actor)


def identify(person_id: str) -> c.IdentifyPatient:
    return c.IdentifyPatient(
        case_id=CASE_ID,
        patient=Patient(person_id=person_id, family="Okonkwo-Bright", given="Margaret"),
        gp_name="",
        language="English",
        needs_interpreter=False,
        staff_name="Amira Khan",
    )


async def entries(site: Site) -> list[EntryRow]:
    """Return every entry, oldest first."""
    return await site.platform.db.fetch(
        EntryRow,
        """
          SELECT org, entry_id, staff_id, staff_name, role, session_id, record_kind, record_id,
                 person_id, case_id, basis, reference, why, glass_id, purpose, sensitivity, act, way,
                 offline, marks, opened_at, proof_id
            FROM access_entries
        ORDER BY opened_at, entry_id
        """,
    )


async def test_who_has_a_case_of_somebody_opens_their_record_and_reads_why(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await known(site)
        await a_case(site)
        page = await site.get("/people/p-margaret")
        (entry,) = await entries(site)

    assert page.status_code == 200
    assert OPEN in page.text
    assert (entry.staff_id, entry.org, entry.person_id) == (
        "amira.khan",
        PROVIDER,
        "p-margaret",
    )
    assert (entry.basis, entry.purpose, entry.glass_id) == ("case", "direct_care", "")
    assert (entry.record_kind, entry.record_id, entry.act) == ("person", "p-margaret", "read")
    assert entry.why.startswith("your organisation has an open case: C-")
    assert entry.opened_at == NOON


async def test_who_has_nothing_to_do_with_somebody_is_shown_nothing_of_them(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await known(site)
        for path in ("", "/timeline"):
            page = await site.get(f"/people/p-margaret{path}")
            assert page.status_code == 403
            assert CLOSED in page.text
            assert "Okonkwo" not in page.text
            assert "9990000018" not in page.text
        assert await entries(site) == []


async def test_a_role_without_records_is_told_whom_to_ask(database: Database) -> None:
    async with open_site(database, actor=SAM) as site:
        await known(site)
        await a_case(site)
        page = await site.get("/people/p-margaret")

    assert page.status_code == 403
    assert "Your role opens no patient&#x27;s record" in page.text
    assert "break-glass" not in page.text


async def test_another_organisations_record_is_not_there_rather_than_refused(
    database: Database,
) -> None:
    async with open_site(database, actor=FOREIGNER) as site:
        await known(site)
        await a_case(site)
        assert (await site.get("/people/p-margaret")).status_code == 404
        assert (await site.get(f"/calls/{CASE_ID}")).status_code == 404
        assert await entries(site) == []


async def test_the_whole_organisation_has_the_case_and_one_of_them_by_themselves(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        await known(site)
        await a_case(site)
        assert (await site.get(f"/calls/{CASE_ID}")).status_code == 200
        assert (await site.as_(RUTH).get("/people/p-margaret")).status_code == 200
        assert {each.staff_id for each in await entries(site)} == {"ada.mensah", "ruth.calder"}


async def test_when_the_case_is_closed_it_stays_open_for_so_long_and_then_not(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await known(site)
        await a_case(site)
        form = {"gp_name": "Mill Lane", "for_action": "no", "without_outcome": "Rang off"}
        closed = await site.post(f"/calls/{CASE_ID}/close", form)
        assert closed.status_code == 303
        after = await site.get("/people/p-margaret")
        assert "your organisation closed the case C-" in after.text
        site.clock.move(hours=95, minutes=59)
        assert (await site.get("/people/p-margaret")).status_code == 200
        site.clock.move(minutes=2)
        assert (await site.get("/people/p-margaret")).status_code == 403
        assert (await site.get(f"/calls/{CASE_ID}")).status_code == 403
        oversight = await site.as_(RUTH).get(f"/calls/{CASE_ID}")
        assert oversight.status_code == 200
        assert (await entries(site))[-1].purpose == "oversight"


async def test_somebody_who_turned_out_not_to_be_the_patient_is_nobodys_business_again(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await known(site)
        await known(site, "p-grace", GRACE)
        await a_case(site)
        assert (await site.get("/people/p-margaret")).status_code == 200
        unlink = c.UnlinkPatient(case_id=CASE_ID, staff_name="Amira Khan")
        await site.execute(CASE, CASE_ID, unlink)
        assert (await site.get("/people/p-margaret")).status_code == 403
        await site.execute(CASE, CASE_ID, identify("p-grace"))
        assert (await site.get("/people/p-grace")).status_code == 200
        assert (await site.get("/people/p-margaret")).status_code == 403


async def test_opened_again_within_a_quarter_of_an_hour_is_one_entry(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await known(site)
        await a_case(site)
        for minutes in (0, 5, 9.9):
            site.clock.move(minutes=minutes)
            assert (await site.get("/people/p-margaret")).status_code == 200
        assert len(await entries(site)) == 1
        site.clock.move(seconds=7)
        await site.get("/people/p-margaret")
        assert len(await entries(site)) == 2
        await site.as_(replace(AMIRA, session_id="another")).get("/people/p-margaret")
        assert len(await entries(site)) == 3


async def test_two_workers_write_one_entry_too(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as one, open_site(database, actor=AMIRA) as two:
        await known(one)
        await a_case(one)
        assert (await one.get("/people/p-margaret")).status_code == 200
        assert (await two.get("/people/p-margaret")).status_code == 200
        assert len(await entries(one)) == 1


async def test_who_is_on_the_case_now_is_in_the_entry(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await known(site)
        await known(site, "p-grace", GRACE)
        await a_case(site)
        await site.get(f"/calls/{CASE_ID}/_context")
        unlink = c.UnlinkPatient(case_id=CASE_ID, staff_name="Amira Khan")
        await site.execute(CASE, CASE_ID, unlink)
        await site.execute(CASE, CASE_ID, identify("p-grace"))
        await site.get(f"/calls/{CASE_ID}/_context")
        assert {each.person_id for each in await entries(site)} == {"p-margaret", "p-grace"}


async def test_no_record_is_shown_when_the_entry_cannot_be_written(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await known(site)
        await a_case(site)

        async def away(*_: object, **__: object) -> int:
            raise Unavailable

        with monkeypatch.context() as patch:
            patch.setattr(site.platform.journal._writer, "append", away)  # noqa: SLF001
            page = await site.get("/people/p-margaret")
            case = await site.get(f"/calls/{CASE_ID}/resume")
        assert page.status_code == case.status_code == 503
        assert "Okonkwo" not in page.text + case.text
        assert "could not be written down that you open it" in page.text
        assert (await site.get("/people/p-margaret")).status_code == 200


async def test_the_entry_is_there_before_the_handler_runs(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    async with open_site(database, actor=AMIRA) as site:
        await known(site)
        await a_case(site)
        key = record_key(PROVIDER, "person", "p-margaret", NOON)
        real = site.platform.ask

        async def asked(*args: Any, **more: Any) -> Any:
            seen.append(len((await site.state(RECORD, key)).entries))
            return await real(*args, **more)

        monkeypatch.setattr(type(site.platform), "ask", lambda _, *a, **m: asked(*a, **m))
        monkeypatch.setattr(
            "standfast.people.pages.contacts", _watch(site, key, seen, "contacts")
        )
        assert (await site.get("/people/p-margaret")).status_code == 200

    assert seen
    assert set(seen) == {1}


def _watch(site: Site, key: str, seen: list[int], name: str) -> Any:
    from standfast.people import tables  # noqa: PLC0415 - the one that is watched

    real = getattr(tables, name)

    async def watched(*args: Any, **more: Any) -> Any:
        seen.append(len((await site.state(RECORD, key)).entries))
        return await real(*args, **more)

    return watched


async def test_a_search_is_written_down_by_whom_it_showed_and_not_by_what_was_typed(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await known(site)
        await known(site, "p-grace", GRACE)
        page = await site.post("/people/search", {"q": "okonkwo 14/03/1948"})
        await site.post_json("/palette", {"q": "adeyemi"})
        await site.post("/people/search", {"q": "nobody at all"})
        rows = await site.platform.db.fetch(
            SearchRow,
            "SELECT org, entry_id, staff_id, staff_name, role, place, shown, offline, found_at"
            "  FROM access_searches ORDER BY entry_id",
        )
    owner = await asyncpg.connect(database.owner_dsn)
    bodies = await owner.fetchval(
        "SELECT string_agg(encode(body, 'escape'), ' ') FROM journal"
        " WHERE stream LIKE 'access.%'"
    )
    await owner.close()

    assert "OKONKWO-BRIGHT" in page.text
    assert {(row.place, row.shown) for row in rows} == {
        ("people", ("p-margaret",)),
        ("palette", ("p-grace",)),
    }
    assert "okonkwo" not in bodies.lower()
    assert "adeyemi" not in bodies.lower()


async def test_in_earnest_whoever_only_chose_a_name_opens_nothing(database: Database) -> None:
    async with open_site(database, actor=AMIRA, demonstration=False) as site:
        await known(site)
        await a_case(site)
        assert (await site.get("/people/p-margaret")).status_code == 403
        site.as_(replace(AMIRA, assurance=Assurance.PRESENT, way="passkey"))
        assert (await site.get("/people/p-margaret")).status_code == 200
        assert [each.way for each in await entries(site)] == ["passkey"]


async def test_whoever_registered_somebody_reads_it_for_a_day(database: Database) -> None:
    typed = {"family": "Marsh", "given": "Ivy", "sex": "female", "born": "02/02/1980"}
    async with open_site(database, actor=AMIRA) as site:
        sent = await site.post("/people/register", typed)
        path = sent.headers["location"]
        assert (await site.get(path)).status_code == 200
        site.clock.move(hours=24, seconds=1)
        assert (await site.get(path)).status_code == 403


async def test_no_entry_is_told_in_a_persons_own_timeline(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await known(site)
        await a_case(site)
        await site.get("/people/p-margaret")
        site.clock.move(hours=1)
        page = await site.get("/people/p-margaret/timeline")

    assert page.status_code == 200
    assert "opened the record" not in page.text
    assert "May be read because" not in page.text


def test_a_quarter_of_an_hour_is_what_it_says() -> None:
    from standfast.access.model_record import AGAIN  # noqa: PLC0415

    assert timedelta(minutes=15) == AGAIN
