"""A newcomer finds records that are guarded, and a review that waits."""

from typing import Any

import pytest

from standfast.access.labels import labels
from standfast.demo import guarding, known, mapping
from standfast.demo.load import _Loader
from standfast.demo.world import PROVIDER, make_world
from standfast.identity.permissions import Role
from standfast.kernel.access import Sensitivity
from standfast.people.model import PERSON
from tests.identity.examples import actor_in
from tests.support.database import Database
from tests.support.site import NOON, open_site

pytestmark = pytest.mark.anyio

WORLD = make_world(1, NOON)


def test_three_people_are_guarded_whom_no_story_needs() -> None:
    people = guarding.guarded_people(WORLD)
    ids = {each.id for each in people}
    assert len(ids) == 3
    assert not ids & set(known.KNOWN_BY_NAME)
    assert not ids & {each.person_id for each in WORLD.contacts}
    assert not ids & {one for call in WORLD.waiting_calls for one in call.person_ids}


async def test_the_privacy_officer_finds_them_and_what_waits(database: Database) -> None:
    mira = actor_in(Role.PRIVACY_OFFICER, staff_id="mira.sandoval")
    names = dict(WORLD.organisation_names())
    async with open_site(database, actor=mira) as site:
        people = guarding.guarded_people(WORLD)
        for each in people:
            command: Any = mapping.person(each, org=PROVIDER, practices=names)
            await site.execute(PERSON, each.id, command)
        loader = _Loader(site.platform, WORLD, lambda _: None)
        for _ in range(2):  # as after a load that was interrupted
            await loader._carry_out("labels", loader._guarded())  # noqa: SLF001
            await loader._carry_out("glass", loader._opened(), ago=guarding.AGO)  # noqa: SLF001
        said = await labels(site.platform.db, PROVIDER, people=[each.id for each in people])
        assert [
            (said[each.id].sensitivity, said[each.id].hides_address) for each in people
        ] == [
            (Sensitivity.RESTRICTED.value, False),
            (Sensitivity.VERY_RESTRICTED.value, False),
            (Sensitivity.NORMAL.value, True),
        ]
        queue = (await site.get("/access/reviews")).text
        assert guarding.REASON in queue
        review = (await site.get(f"/access/reviews/{guarding.GLASS}")).text
        assert f"gave a reason: {guarding.REASON}" in review
        looked = (await site.get(f"/access/people/{people[0].id}")).text
        assert "Joe Tran" in looked
        joe = actor_in(Role.CALL_HANDLER, staff_id="joe.tran")
        found = await site.as_(joe).post("/people/search", {"q": people[0].family_name})
        assert "Guarded: no more is shown here" in found.text
        assert people[0].address[0] not in found.text
