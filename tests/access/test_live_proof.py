"""In earnest, with real passkeys: whoever meets a guarded record gets in, or is told what to do."""

from collections.abc import AsyncIterator, Mapping
from html import unescape
from typing import Any, Final

import httpx
import pytest
from lxml import html as lxml_html
from msgspec.structs import replace

from standfast.access.lasting import Basis
from standfast.access.model import RELATIONSHIP, Begin, Finish, Join
from standfast.access.model_proof import HOLDS
from standfast.access.reactions import of_case
from standfast.access.words import WHYS
from standfast.identity.permissions import Role
from standfast.journal.tenant import read_as
from standfast.kernel.access import Sensitivity
from standfast.kernel.ids import child_id
from tests.access.giving import REVIEW_ID, make_review
from tests.access.living import REASON, WORKERS, field, hire, walk
from tests.access.test_gate import entries, known
from tests.access.test_labels import CANARY, SECOND, label, two_cases
from tests.identity.examples import LOADER
from tests.identity.live import Person
from tests.identity.making import CASE_ID
from tests.people.examples import SEAN
from tests.support.database import Database, Databases
from tests.support.site import NOON, PROVIDER, Site, make_tables, open_site

pytestmark = pytest.mark.anyio

LABELS: Final[Mapping[str, Mapping[str, Any]]] = {
    "N": {},
    "R": {"sensitivity": Sensitivity.RESTRICTED},
    "V": {"sensitivity": Sensitivity.VERY_RESTRICTED},
    "S": {"hides_address": True},
}
TIES: Final = ("none", "past", "live", "own")

EXPECTED: Final[Mapping[Role, Mapping[str, str]]] = {
    Role.CALL_HANDLER: {"N": "go go o o", "R": "go go go o", "V": "x x x o"},
    Role.CLINICIAN: {"N": "go go o o", "R": "go go o o", "V": "go go go o"},
    Role.SUPERVISOR: {"N": "go o o o", "R": "go go o o", "V": "go go go o"},
    Role.DISPATCHER: {"N": "go go o o", "R": "go go o o", "V": "x x o o"},
    Role.RECEPTIONIST: {"N": "go go o o", "R": "x x o o", "V": "x x o o"},
    Role.PHARMACIST: {"N": "go go o o", "R": "go go o o", "V": "x x o o"},
    Role.IT_OFFICER: {"N": "x x x x", "R": "x x x x", "V": "x x x x"},
    Role.PRIVACY_OFFICER: {"N": "o o o o", "R": "o o o o", "V": "po po po o"},
}
"""How each role gets in, by how guarded the record is and what they have to do with it (TIES):
``o`` it opens, ``p`` after a fresh proof, ``g`` after a reason with a proof, ``x`` refused. An
S-flagged record is as guarded as a restricted one."""

PLACES: Final[Mapping[Role, str]] = {
    Role.CALL_HANDLER: "/people/{}",
    Role.CLINICIAN: "/people/{}",
    Role.SUPERVISOR: "/people/{}",
    Role.PRIVACY_OFFICER: "/access/people/{}",
}
"""Where a role opens a person's record; the others have no such page and ask at the door."""

DOOR: Final = "/access/closed?kind=person&record_id={}&back=%2F"


@pytest.fixture(scope="module")
async def database_of_all(postgres: Databases) -> AsyncIterator[Database]:
    database = postgres.fresh(make_tables)
    yield database
    postgres.drop(database)


@pytest.fixture(scope="module")
async def site(database_of_all: Database) -> AsyncIterator[Site]:
    """One live site, with a person for each label and each tie, and two cases of one more."""
    async with open_site(database_of_all, real_sign_in=True, demonstration=False) as live:
        for said in LABELS:
            for tie in TIES:
                await _person(live, said, tie)
        await two_cases(live)
        for record_id, kind in (("p-margaret", "person"), (CASE_ID, "case"), (SECOND, "case")):
            await label(live, record_id, kind, **LABELS["V"])
        yield live


async def _person(site: Site, said: str, tie: str) -> None:
    """Let somebody be so guarded, and everybody have this to do with them."""
    person_id = f"p-{said}-{tie}".lower()
    await known(site, person_id, replace(SEAN, given=f"Seán {said} {tie}"))
    await label(site, person_id, **LABELS[said])
    if tie == "none":
        return
    case_id = child_id(person_id, "case")
    began = Begin(
        relationship_id=of_case(case_id),
        org=PROVIDER,
        basis=Basis.CASE,
        thing_id=case_id,
        case_id=case_id,
        reference="C-7F3K2",
        person_id=person_id,
        at=NOON,
    )
    more: list[Any] = [began]
    if tie == "own":
        more += [Join(staff_id=each) for each in WORKERS.values()]
    if tie == "past":
        more.append(Finish(at=NOON.replace(year=2025)))
    for command in more:
        await site.execute(RELATIONSHIP, of_case(case_id), command, actor=LOADER)


async def opens_at_the_door(person: Person, path: str) -> httpx.Response:
    """Ask for *path*, confirm what is asked, and follow to where it leads."""
    asked = await person.get(path)
    led = await person.confirm(asked)
    assert led.headers["location"] == path, led.text
    return await person.get(path)


def reading(site: Site) -> Site:
    """Let the test itself read the provider's rows."""
    return site.read_for(PROVIDER)


@pytest.mark.parametrize("role", WORKERS)
async def test_every_role_gets_in_or_is_told_what_to_do(site: Site, role: Role) -> None:
    person = await hire(site, role)
    went: dict[str, str] = {}
    for said in LABELS:
        for tie in TIES:
            record_id = f"p-{said}-{tie}".lower()
            way = await walk(person, PLACES.get(role, DOOR).format(record_id), record_id)
            went[f"{said} {tie}"], _, told = way.partition(" ")
            assert not told or told in WHYS.values(), told
    table = dict(EXPECTED[role]) | {"S": EXPECTED[role]["R"]}

    expected = {
        f"{said} {tie}": how
        for said, hows in table.items()
        for tie, how in zip(TIES, hows.split(), strict=True)
    }
    assert went == expected


async def test_a_proof_opens_that_record_in_that_session_for_a_quarter_of_an_hour(
    site: Site, database_of_all: Database
) -> None:
    mira = await hire(site, Role.PRIVACY_OFFICER, "mira.one")
    path, other = "/access/people/p-v-none", "/access/people/p-v-past"
    page = await opens_at_the_door(mira, path)
    assert "Confirmed just then" in page.text
    assert (await mira.get(f"{path}/statement")).status_code == 200
    assert (await mira.get(other)).status_code == 428
    elsewhere = Person(site, "mira.one", mira.key)
    await elsewhere.sign_in()
    assert (await elsewhere.get(path)).status_code == 428
    async with open_site(database_of_all, real_sign_in=True, demonstration=False) as restarted:
        again = Person(restarted, "mira.one", mira.key)
        again.browser.cookies = mira.browser.cookies
        assert (await again.get(path)).status_code == 200
        restarted.clock.move(minutes=10)  # at the screen all the time, or it locks
        assert (await again.get(path)).status_code == 200
        restarted.clock.now = site.clock() + HOLDS
        assert (await again.get(path)).status_code == 428
    (entry,) = [each for each in await entries(reading(site)) if each.staff_id == "mira.one"]
    assert (entry.record_id, entry.sensitivity, len(entry.proof_id)) == ("p-v-none", 3, 32)


async def test_what_was_confirmed_for_one_record_opens_no_other(site: Site) -> None:
    mira = await hire(site, Role.PRIVACY_OFFICER, "mira.two")
    asked = await mira.get("/access/people/p-v-none")
    swapped = await mira.confirm(asked, altered={"record_id": "p-v-past"})
    assert swapped.status_code == 428
    assert "is not this" in swapped.text
    unanswered = {"kind": "person", "record_id": "p-v-past", "back": "/"}
    assert (await mira.post("/access/closed", **unanswered)).status_code == 428
    for path in ("/access/people/p-v-none", "/access/people/p-v-past"):
        assert (await mira.get(path)).status_code == 428


async def test_a_form_that_meets_a_closed_record_is_sent_again_as_it_was(site: Site) -> None:
    mira = await hire(site, Role.PRIVACY_OFFICER, "mira.three")
    path = "/access/people/p-v-live/label"
    form = {"sensitivity": "3", "topic Mental health": "yes", "reason": "The refuge & co asked"}
    asked = await mira.post(path, **form)
    assert field(asked, "reason") == "The refuge & co asked"
    done = await mira.confirm(asked)
    assert done.status_code == 303, done.text
    assert "The refuge &amp; co asked" in (await mira.get(path)).text


async def test_a_file_is_chosen_again_once_the_record_is_open(site: Site) -> None:
    mira = await hire(site, Role.PRIVACY_OFFICER, "mira.four")
    path = "/access/people/p-v-live/label"
    asked = await mira.browser.post(
        path,
        files={"file": ("a.png", b"x")},
        headers={
            "accept": "text/html",
            "referer": f"http://site{path}",
            "sec-fetch-site": "same-origin",
        },
    )
    assert asked.status_code == 428
    assert "choose the file again" in asked.text
    assert (await mira.confirm(asked)).headers["location"] == path


async def test_a_review_and_who_looked_open_for_whoever_reviews(site: Site) -> None:
    await make_review(site.as_(LOADER), person_id="p-v-none")
    mira = await hire(site, Role.PRIVACY_OFFICER, "mira.five")
    path = f"/access/reviews/{REVIEW_ID}"
    assert "What happened" in (await opens_at_the_door(mira, path)).text
    wrong = await mira.post(path, outcome="look_into")
    assert wrong.status_code == 409
    for closed in ("/access/people/p-v-live", "/access/people/p-v-live/looked.csv"):
        assert (await walk(mira, closed, "p-v-live")).endswith("o")
    machine = "/access/fhir/AuditEvent?patient=p-v-past"
    refused = await mira.get(machine)
    assert (refused.status_code, "confirm that it is you" in refused.text) == (403, True)
    await opens_at_the_door(mira, "/access/people/p-v-past")
    assert (await mira.get(machine)).status_code == 200


async def test_a_part_of_a_page_and_a_script_are_told_where_it_is_asked(site: Site) -> None:
    """The clinician broke the glass over one case; another of the same person stays closed."""
    ada = await hire(site, Role.CLINICIAN, "ada.two")
    assert await walk(ada, f"/calls/{CASE_ID}", CASE_ID, "case") == "go"
    assert (await ada.get("/people/p-margaret")).status_code == 200
    here = {"accept": "text/html", "referer": f"http://site/calls/{SECOND}"}
    part = await ada.browser.get(f"/calls/{SECOND}/_context", headers=here)
    assert (part.status_code, part.headers["standfast-record"]) == (428, "closed")
    (link,) = lxml_html.fromstring(part.text).xpath("//a/@href")
    asked = await ada.get(link)
    led = await ada.confirm(asked)
    assert led.headers["location"] == f"/calls/{SECOND}"
    again = await ada.browser.get(f"/calls/{SECOND}/_context", headers=here)
    assert (again.status_code, "standfast-record" in again.headers) == (200, False)

    bea = await hire(site, Role.CLINICIAN, "bea.two")
    part = await bea.browser.get(f"/calls/{CASE_ID}/_context", headers=here)
    (link,) = lxml_html.fromstring(part.text).xpath("//a/@href")
    assert 'action="/access/break-glass"' in (await bea.get(link)).text
    assert CANARY not in part.text
    script = {"accept": "application/json"}
    await walk(bea, f"/calls/{CASE_ID}", CASE_ID, "case")
    told = await bea.browser.get(f"/calls/{SECOND}/resume", headers=script)
    assert told.status_code == 428
    assert (await bea.get(told.json()["confirm"])).status_code == 428


async def test_a_glass_with_a_proof_opens_what_it_was_for_without_another(site: Site) -> None:
    ruth = await hire(site, Role.SUPERVISOR, "ruth.two")
    assert await walk(ruth, f"/calls/{SECOND}", SECOND, "case") == "go"
    assert (await ruth.get("/people/p-margaret")).status_code == 200
    assert (await ruth.get(f"/calls/{CASE_ID}")).status_code == 428
    leah = await hire(site, Role.SUPERVISOR, "leah.two")
    assert await walk(leah, "/people/p-margaret", "p-margaret") == "go"
    for case_id in (CASE_ID, SECOND):
        assert (await leah.get(f"/calls/{case_id}")).status_code == 200
    looked = await hire(site, Role.PRIVACY_OFFICER, "mira.six")
    page = unescape((await opens_at_the_door(looked, "/access/people/p-margaret")).text)
    assert f"gave a reason: {REASON}" in page


async def test_where_nothing_is_closed_the_door_leads_back_and_nowhere_else(site: Site) -> None:
    joe = await hire(site, Role.CALL_HANDLER, "joe.two")
    door = "/access/closed?kind=person&record_id=p-n-live&back="
    assert (await joe.get(f"{door}%2Fpeople")).headers["location"] == "/people"
    for back in ("//evil.example/", "https://evil.example", "/%5Cevil"):
        assert (await joe.get(door + back)).headers["location"] == "/"
    for wrong in (
        "kind=person&record_id=p-nobody",
        "kind=x&record_id=p-n-live",
        "",
        "kind=%00",
    ):
        assert (await joe.get(f"/access/closed?{wrong}")).status_code == 404
    read_as("")
