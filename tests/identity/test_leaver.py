"""Control 7: who left has no way in, at any worker, by any means; what is done later is listed."""

from datetime import timedelta

import pytest
from msgspec import structs

from standfast.facts.identity import STAFF_NAME
from standfast.identity.ending import end_left_open
from standfast.identity.model import SESSION, STAFF
from standfast.identity.model_leaving import (
    DisableStaff,
    EnableStaff,
    ProposeEnabling,
    Refusal,
)
from standfast.identity.model_support import LOOKS, NoteLook
from standfast.identity.permissions import Role
from standfast.kernel.messages import Refused
from tests.identity.examples import LOADER, RUTH, SAM, actor_in, load_staff
from tests.identity.live import Person, live_site, newcomer
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, Site, open_site, somebody

pytestmark = pytest.mark.anyio

GO = DisableStaff(by="sam.whitlock", reason="Left the service")
AGAIN = ProposeEnabling(by="sam.whitlock", reason="Came back")
WAY_IN = "/identity/staff/ruth.calder/way-in"


async def let_go(site: Site, staff_id: str = "ruth.calder") -> None:
    """Disable somebody and do nothing else: no page, no timer, no sign-out."""
    await site.execute(STAFF, staff_id, GO, actor=LOADER)


async def is_in(site: Site) -> bool:
    return (await site.get("/identity/staff")).status_code in (200, 403)


# --- The rules -----------------------------------------------------------------------------


def test_one_person_ends_it_and_two_give_it_back() -> None:
    registered = STAFF.decide(STAFF.initial, RUTH, NOON)
    known = STAFF.replay([*registered, *STAFF.decide(STAFF.replay(registered), GO, NOON)])

    def refusal(command: object, known: object = known) -> object:
        with pytest.raises(Refused) as refused:
            STAFF.decide(known, command, NOON)  # type: ignore[arg-type]
        return refused.value.reason

    assert STAFF.decide(known, GO, NOON) == ()
    assert refusal(EnableStaff(by="ines.maro")) is Refusal.NOBODY_ASKED
    (asked,) = STAFF.decide(known, AGAIN, NOON)
    waiting = STAFF.evolve(known, asked)
    assert refusal(EnableStaff(by="sam.whitlock"), waiting) is Refusal.SAME_PERSON
    assert refusal(EnableStaff(by="ruth.calder"), waiting) is Refusal.ONESELF
    (enabled,) = STAFF.decide(waiting, EnableStaff(by="ines.maro"), NOON)
    assert STAFF.evolve(waiting, enabled).leaving.disabled is None
    assert refusal(AGAIN, STAFF.evolve(waiting, enabled)) is Refusal.NOT_DISABLED


def test_nobody_ends_their_own_way_in_and_nobody_is_disabled_who_is_not_there() -> None:
    known = STAFF.replay(STAFF.decide(STAFF.initial, RUTH, NOON))
    for state, command, why in (
        (known, DisableStaff(by="ruth.calder", reason="x"), Refusal.ONESELF),
        (STAFF.initial, GO, Refusal.NOT_STAFF),
    ):
        with pytest.raises(Refused) as refused:
            STAFF.decide(state, command, NOON)
        assert refused.value.reason is why


def test_of_two_words_from_two_sites_the_later_counts_in_whatever_order_they_arrive() -> None:
    (registered,) = STAFF.decide(STAFF.initial, RUTH, NOON)
    known = STAFF.replay([registered])
    (gone,) = STAFF.decide(known, GO, NOON)
    (asked,) = STAFF.decide(STAFF.evolve(known, gone), AGAIN, NOON)
    later = NOON + timedelta(hours=1)
    waiting = STAFF.replay([registered, gone, asked])
    (back,) = STAFF.decide(waiting, EnableStaff(by="ines.maro"), later)

    for order in ((gone, asked, back), (back, gone, asked), (asked, back, gone)):
        assert STAFF.replay([registered, *order]).leaving.disabled is None


# --- Online --------------------------------------------------------------------------------


async def test_it_reaches_a_session_at_once_without_waiting_for_anything(
    database: Database,
) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        await site.post("/sign-in", {"staff_id": "ruth.calder"})
        assert await is_in(site)
        await let_go(site)

        assert not await is_in(site)


async def test_it_reaches_another_worker_within_the_trust_window_even_if_the_feed_is_lost(
    database: Database,
) -> None:
    """Sixty seconds are allowed; it is five, and the feed makes it none."""
    async with (
        open_site(database, real_sign_in=True) as one,
        open_site(database, real_sign_in=True) as two,
    ):
        await load_staff(one)
        await two.post("/sign-in", {"staff_id": "ruth.calder"})
        assert await is_in(two)
        await let_go(one)
        two.clock.move(seconds=5)

        assert not await is_in(two)


async def test_no_way_in_is_left(database: Database) -> None:
    async with live_site(database) as (site, sam, ines):
        dev = await newcomer(site, sam, ines, "dev.patel")
        assert await dev.is_in()
        ended = await sam.post("/identity/staff/dev.patel/way-in/end", reason="Left")
        assert ended.status_code == 303, ended.text

        assert not await dev.is_in()
        assert (await dev.sign_in()).status_code != 200
        assert not await dev.is_in()
        opened = await sam.post("/identity/staff/dev.patel/enrol", kind="recovery")
        assert opened.status_code == 404


async def test_the_demonstrations_cards_do_not_offer_who_left(database: Database) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        await let_go(site)

        assert "Ruth Calder" not in (await site.get("/sign-in")).text
        assert (await site.post("/sign-in", {"staff_id": "ruth.calder"})).status_code == 422


async def test_the_end_of_each_session_is_written_down(database: Database) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        await site.post("/sign-in", {"staff_id": "ruth.calder"})
        await let_go(site)
        await end_left_open(site.platform, site.clock())

        assert await site.all_orgs.fetch_value("SELECT count(*) FROM identity_sessions") == 0
        ended = await site.all_orgs.fetch_value(
            "SELECT count(*) FROM journal WHERE type = 'identity.signed_out.v1'"
        )
        assert ended == 1


async def test_two_people_let_somebody_back_in(database: Database) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        await let_go(site)
        sam, ruth = Person(site, "sam.whitlock"), Person(site, "ruth.calder")
        await sam.post("/sign-in", staff_id="sam.whitlock")
        asked = await sam.post(f"{WAY_IN}/again", reason="Came back")
        assert asked.status_code == 303
        alone = await sam.post(f"{WAY_IN}/agree")
        assert alone.status_code == 422
        assert "Ask a second person to agree" in alone.text
        await site.execute(
            STAFF, "ruth.calder", EnableStaff(by="ines.maro"), actor=actor_in(Role.SUPERVISOR)
        )

        assert (await ruth.post("/sign-in", staff_id="ruth.calder")).status_code == 303


async def test_who_left_keeps_their_name_in_what_they_did(database: Database) -> None:
    async with open_site(database) as site:
        await load_staff(site)
        await let_go(site)
        ask = site.read_for(PROVIDER).platform.ask

        assert (
            await ask(STAFF_NAME, org=PROVIDER, key="ruth.calder") == "Ruth Calder, Supervisor"
        )
        assert (
            await ask(STAFF_NAME, org=PROVIDER, key="ruth.calder;offline")
            == "Ruth Calder, Supervisor (signed in while cut off)"
        )


# --- What is done afterwards ---------------------------------------------------------------


async def test_all_that_is_done_in_their_name_afterwards_is_listed_and_nothing_before(
    database: Database,
) -> None:
    """A site that was cut off tells it late; a device kept it for a while."""
    async with open_site(database, actor=actor_in(Role.IT_OFFICER)) as site:
        await load_staff(site)
        ruth = somebody("ruth.calder", "Ruth Calder", "supervisor", PROVIDER)
        cut_off = somebody("ruth.calder", "Ruth Calder", "supervisor", PROVIDER)
        look = NoteLook(grant_id="g", org=PROVIDER, supporter_id="ruth.calder", path="/before")
        await site.execute(LOOKS, "g", look, actor=ruth)
        site.clock.move(minutes=1)
        await let_go(site)
        empty = await site.get(WAY_IN)
        assert "Nothing was written or opened in their name since." in empty.text
        site.clock.move(minutes=1)
        await site.execute(
            LOOKS,
            "g",
            structs.replace(look, path="/after"),
            actor=structs.replace(cut_off, offline=True),
            occurred_at=NOON,
        )
        page = await site.get(WAY_IN)
        acts = page.text.partition("Done in their name after that")[2]

        assert "opened" in acts
        assert "after" in acts
        assert "before" not in acts
        assert "cut off</span>" in acts
        actor = await site.all_orgs.fetch_value(
            "SELECT actor FROM journal WHERE encode(body, 'escape') LIKE '%/after%'"
        )
        assert actor == "ruth.calder;offline"


async def test_only_who_manages_staff_ends_a_way_in(database: Database) -> None:
    async with open_site(database, actor=actor_in(Role.SUPERVISOR)) as site:
        await load_staff(site)

        assert (await site.post(f"{WAY_IN}/end", {"reason": "x"})).status_code == 403
        site.as_(actor_in(Role.IT_OFFICER, staff_id=SAM.staff_id))
        nothing = await site.post(f"{WAY_IN}/end", {})
        assert nothing.status_code == 422
        assert "Enter why their way in ends." in nothing.text
        own = await site.post("/identity/staff/sam.whitlock/way-in/end", {"reason": "x"})
        assert own.status_code == 422
        assert "This is about you" in own.text


async def test_a_session_that_was_told_it_is_over_says_so_in_the_journal_by_whom(
    database: Database,
) -> None:
    async with open_site(database, real_sign_in=True) as site:
        await load_staff(site)
        ruth, sam = Person(site, "ruth.calder"), Person(site, "sam.whitlock")
        await ruth.post("/sign-in", staff_id="ruth.calder")
        await sam.post("/sign-in", staff_id="sam.whitlock")
        await sam.post(f"{WAY_IN}/end", reason="Left the service")
        by = await site.all_orgs.fetch_value(
            "SELECT actor FROM journal WHERE type = 'identity.signed_out.v1'"
        )

        assert by == "sam.whitlock"
        assert SESSION.presence
