"""Control 6: with no network a passkey still opens, as far as the signed roster goes.

The sign-in service is an address at which nobody listens: a refused uplink, not a pretended one.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from msgspec import structs

from standfast.identity import rosters
from standfast.identity.model import STAFF
from standfast.identity.model_leaving import DisableStaff
from standfast.identity.model_roster import ROSTERS, Refusal
from standfast.identity.outside import is_cut_off, service
from standfast.identity.pages_oidc import look_after_service
from standfast.identity.roster import seal
from standfast.journal.keys import SiteKey
from standfast.kernel.messages import Refused
from standfast.vault import names
from standfast.vault.names import SITE
from tests.identity.examples import LOADER
from tests.identity.live import Person, live_site, newcomer
from tests.support.database import Database
from tests.support.site import Site

pytestmark = pytest.mark.anyio

NOBODY: Final = "https://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_RSA_BITS", 2048)


@asynccontextmanager
async def a_site(
    database: Database, **settings: Any
) -> AsyncIterator[tuple[Site, Person, Person]]:
    """Run a live site that has a sign-in service, and made its roster while that answered."""
    given = {
        "oidc_issuer": NOBODY,
        "oidc_client_id": "standfast",
        "outbound": f"{NOBODY}=127.0.0.0/8",
        **settings,
    }
    async with live_site(database, **given) as (site, sam, ines):
        party = service(site.platform)
        assert party is not None
        party.missed, party.down_since = 0, None
        yield site, sam, ines


async def cut_off(site: Site) -> None:
    """Let the service be asked twice, in vain."""
    for _ in range(2):
        await look_after_service(site.platform, site.clock())
    assert is_cut_off(site.platform)


async def said(person: Person) -> str:
    """Return what somebody is told who is not let in."""
    answer = await person.sign_in()
    assert answer.status_code != 200
    return str(answer.json()["error"])


async def test_a_passkey_opens_while_cut_off_and_every_fact_of_the_session_says_so(
    database: Database,
) -> None:
    async with a_site(database) as (site, sam, ines):
        await rosters.make(site.platform)
        await cut_off(site)
        assert (await sam.sign_in()).status_code == 200
        page = await sam.get("/identity/staff")
        assert "Signed in while cut off" in page.text
        session = await site.all_orgs.fetch_value(
            "SELECT way || ' ' || offline FROM identity_sessions WHERE staff_id = $1",
            sam.staff_id,
        )
        assert session == "roster true"
        await sam.post(f"/identity/staff/{ines.staff_id}/way-in/end", reason="Left")
        actors = await site.all_orgs.fetch_value(
            """
            SELECT string_agg(DISTINCT actor, ' ')
              FROM journal
             WHERE type IN ('identity.staff_disabled.v1', 'identity.signed_in.v1')
               AND recorded_at >= $1
            """,
            site.clock(),
        )

        assert actors == "sam.whitlock;offline"


async def test_while_the_service_answers_a_passkey_is_no_roster_matter(
    database: Database,
) -> None:
    async with a_site(database) as (site, sam, _):
        rosters.path_of(site.platform).unlink(missing_ok=True)

        assert (await sam.sign_in()).status_code == 200
        assert "Signed in while cut off" not in (await sam.get("/identity/staff")).text


async def test_a_site_without_a_sign_in_service_is_never_cut_off(database: Database) -> None:
    async with live_site(database) as (site, sam, _):
        rosters.path_of(site.platform).unlink(missing_ok=True)

        assert not is_cut_off(site.platform)
        assert (await sam.sign_in()).status_code == 200


async def test_72_hours_later_nobody_comes_in_and_it_is_said_what_to_do(
    database: Database,
) -> None:
    async with a_site(database) as (site, sam, _):
        await rosters.make(site.platform)
        await cut_off(site)
        site.clock.move(hours=71)
        assert (await sam.sign_in()).status_code == 200
        site.clock.move(minutes=59)
        assert (await sam.get("/identity/keys")).status_code != 200  # idle: locked
        site.clock.move(minutes=1)

        assert "standfast roster make" in await said(sam)


async def test_a_session_by_the_roster_ends_when_the_roster_does(database: Database) -> None:
    async with a_site(database, idle_minutes=720) as (site, sam, _):
        await rosters.make(site.platform)
        await cut_off(site)
        site.clock.move(hours=70)
        assert (await sam.sign_in()).status_code == 200
        site.clock.move(hours=1, minutes=59)
        assert await sam.is_in()
        site.clock.move(minutes=1)

        assert not await sam.is_in()


async def test_a_cut_off_site_makes_no_new_one_by_itself_and_a_reachable_one_does(
    database: Database,
) -> None:
    async with a_site(database) as (site, _, __):
        first = await rosters.make(site.platform)
        await rosters.keep(site.platform, site.clock())
        assert (await rosters.current(site.platform)).sequence == first.sequence
        await cut_off(site)
        site.clock.move(hours=2)
        await rosters.keep(site.platform, site.clock())
        assert (await rosters.current(site.platform)).sequence == first.sequence
        party = service(site.platform)
        assert party is not None
        party.missed = 0
        await rosters.keep(site.platform, site.clock())

        assert (await rosters.current(site.platform)).sequence == first.sequence + 1


async def test_the_next_is_made_at_once_when_somebody_leaves(database: Database) -> None:
    async with a_site(database) as (site, sam, ines):
        dev = await newcomer(site, sam, ines, "dev.patel")
        await rosters.make(site.platform)
        gone = DisableStaff(by="sam.whitlock", reason="Left")
        await site.execute(STAFF, dev.staff_id, gone, actor=LOADER)
        await rosters.keep(site.platform, site.clock())
        listed = (await rosters.current(site.platform)).person(dev.staff_id)

        assert listed is not None
        assert listed.disabled


async def test_somebody_whom_the_roster_does_not_know_or_know_as_gone_is_refused(
    database: Database,
) -> None:
    async with a_site(database) as (site, sam, ines):
        await rosters.make(site.platform)
        dev = await newcomer(site, sam, ines, "dev.patel")  # after it was made
        await cut_off(site)

        assert "does not know you or this passkey" in await said(dev)


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("nothing", "There is no roster on this node"),
        ("a changed byte", "was changed after it was signed"),
        ("an older one", "An older roster was put in place of a newer one"),
        ("another site's", "was made for another site"),
        ("another key's", "whom this site does not trust"),
    ],
)
async def test_a_roster_that_is_not_to_be_relied_on_lets_nobody_in_and_says_what_to_do(
    database: Database, what: str, why: str
) -> None:
    async with a_site(database) as (site, sam, _):
        here = site.platform
        path = rosters.path_of(here)
        roster = await rosters.make(here)
        old = path.read_bytes()
        site.clock.move(hours=2)
        roster = await rosters.make(here)
        key = SiteKey.of(here.keys.secret(SITE))
        match what:
            case "nothing":
                path.unlink()
            case "a changed byte":
                path.write_bytes(
                    path.read_bytes().replace(b'"signature":"', b'"signature":"00')
                )
            case "an older one":
                path.write_bytes(old)
            case "another site's":
                other = structs.replace(roster, site="elsewhere")
                path.write_bytes(seal(other, key))
            case _:
                path.write_bytes(seal(roster, SiteKey.generate()))
        await cut_off(site)

        assert why in await said(sam)


async def test_where_a_hub_signs_the_site_makes_none_and_believes_the_hubs_alone(
    database: Database,
) -> None:
    hub = SiteKey.generate()
    async with a_site(database, roster_key=hub.public.hex()) as (site, sam, _):
        here = site.platform
        with pytest.raises(Refused) as refused:
            await rosters.make(here)
        assert refused.value.reason is Refusal.HUB_SIGNS
        roster = await rosters.collected(here, sequence=9, now=site.clock())
        await cut_off(site)
        rosters.path_of(here).write_bytes(seal(roster, SiteKey.of(here.keys.secret(SITE))))
        assert "whom this site does not trust" in await said(sam)
        rosters.path_of(here).write_bytes(seal(roster, hub))

        assert (await sam.sign_in()).status_code == 200


async def test_two_workers_who_make_one_at_once_make_one(database: Database) -> None:
    async with a_site(database) as (site, _, __):
        before = (await site.state(ROSTERS, site.platform.settings.site)).sequence
        await rosters.make(site.platform)

        assert (await site.state(ROSTERS, site.platform.settings.site)).sequence == before + 1
