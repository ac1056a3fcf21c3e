"""What a clinician gave back or was refused is left to a colleague; two workers say the same."""

from datetime import timedelta
from typing import Final

import pytest
from msgspec.structs import replace

from standfast.calls import device_commands as d
from standfast.calls.model_case import CASE
from standfast.identity.model import SESSION, STAFF, RegisterStaff, SignIn, SignOut
from standfast.identity.permissions import Role
from standfast.web.platform import Actor
from tests.access.test_device_entries import ADA, BO, sends
from tests.access.test_handing import a_guarded_call
from tests.identity.examples import LOADER
from tests.people.examples import AMIRA
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio

NEXT: Final = "/calls/queue/next"
NOTE: Final = ("note", {"text": "She rang again"})


async def queued(site: Site) -> str:
    """Let a guarded case wait for a clinician."""
    case_id = await a_guarded_call(site)
    wanted = d.AskForClinician(
        case_id=case_id,
        org=AMIRA.org,
        entry_id="asked",
        at=NOON,
        staff_name="Amira Khan",
        staff_id="amira.khan",
    )
    await site.execute(CASE, case_id, wanted, actor=AMIRA)
    return case_id


async def sit_down(site: Site, who: Actor) -> None:
    """Let a clinician be at a screen."""
    member = RegisterStaff(
        staff_id=who.staff_id,
        name=who.name,
        title="Clinician",
        org=PROVIDER,
        roles=(Role.CLINICIAN,),
    )
    await site.execute(STAFF, who.staff_id, member, actor=LOADER)
    session = SignIn(
        session_id=f"s-{who.staff_id}",
        org=PROVIDER,
        staff_id=who.staff_id,
        token_hash=f"{len(who.staff_id):064x}",
        roles=(Role.CLINICIAN,),
    )
    await site.execute(SESSION, session.session_id, session, actor=who)


async def has(site: Site, case_id: str) -> str:
    return (await site.state(CASE, case_id)).clinical.taken_id


async def give_back(site: Site, who: Actor, case_id: str) -> None:
    form = {"reason": "Another one is worse"}
    back = await site.as_(who).post(f"/calls/{case_id}/put-back", form)
    assert back.status_code == 303


async def test_what_was_given_back_is_left_to_a_colleague_for_an_hour(
    database: Database,
) -> None:
    async with open_site(database) as site:
        case_id = await queued(site)
        await site.as_(BO).post(NEXT)
        await give_back(site, BO, case_id)
        await site.as_(BO).post(NEXT)
        assert await has(site, case_id) == "bo.lind", "there is nobody else"
        await give_back(site, BO, case_id)
        await sit_down(site, ADA)
        answer = await site.as_(BO).post(NEXT)
        assert await has(site, case_id) == ""
        assert answer.headers["location"] == "/calls/queue?left=1"
        page = (await site.get(answer.headers["location"])).text
        assert "A colleague who is at work takes it" in page
        await site.as_(ADA).post(NEXT)
        assert await has(site, case_id) == "ada.mensah"
        await give_back(site, ADA, case_id)
        site.clock.move(minutes=61)
        await sit_down(site, replace(ADA, staff_id="cai.oduya"))
        await site.as_(BO).post(NEXT)
        assert await has(site, case_id) == "bo.lind"


async def test_what_somebody_was_refused_the_queue_does_not_give_them_next(
    database: Database,
) -> None:
    async with open_site(database) as site:
        case_id = await queued(site)
        assert (await site.as_(ADA).get(f"/calls/{case_id}")).status_code == 403
        await sit_down(site, BO)
        await site.as_(ADA).post(NEXT)
        assert await has(site, case_id) == ""
        await site.execute(SESSION, "s-bo.lind", SignOut(), actor=BO)
        await site.as_(ADA).post(NEXT)

        assert await has(site, case_id) == "ada.mensah", "somebody must ring"


async def test_whoever_had_the_case_in_this_session_sends_the_rest_at_any_worker(
    database: Database,
) -> None:
    here = replace(BO, signed_in_at=NOON)
    async with open_site(database) as one, open_site(database) as other:
        case_id = await queued(one)
        await one.as_(here).post(NEXT)
        one.clock.move(minutes=10)
        await give_back(one, here, case_id)
        other.clock.now = one.clock.move(hours=2)
        late = replace(BO, signed_in_at=one.clock.now - timedelta(minutes=5))
        said = {
            who: [
                (await sends(site, who, case_id, NOTE))[0]["outcome"] for site in (one, other)
            ]
            for who in (late, here, ADA)
        }

        assert said == {late: ["refused"] * 2, here: ["stored"] * 2, ADA: ["refused"] * 2}
