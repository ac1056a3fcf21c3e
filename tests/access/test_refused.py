"""Who was refused a record is written down, told to whoever asks, and weighed."""

import asyncio
import csv
import io
from itertools import count
from typing import Any, Final

import pytest
from msgspec.structs import replace

from standfast.access.marks import MOST_REFUSED
from standfast.access.rows import RefusalRow, ReviewRow
from standfast.identity.permissions import Role
from standfast.journal.writer import Unavailable
from standfast.web.platform import Actor
from tests.access.test_gate import known
from tests.access.test_glass import reviews
from tests.identity.examples import actor_in
from tests.people.examples import AMIRA, FOREIGNER, GRACE
from tests.support.site import PROVIDER, Site

pytestmark = pytest.mark.anyio

MIRA: Final = actor_in(Role.PRIVACY_OFFICER, staff_id="mira.sandoval")
OWEN: Final = actor_in(Role.RECEPTIONIST, staff_id="owen.price")
_NUMBERS: Final = count(1)


@pytest.fixture
def who() -> Actor:
    """Somebody whom no other test has had at the desk."""
    return replace(AMIRA, staff_id=f"handler.{next(_NUMBERS)}", session_id="one desk")


async def somebody(site: Site) -> str:
    """Let somebody be in the record whom nobody deals with; return their id."""
    person_id = f"p-{next(_NUMBERS)}"
    await known(site, person_id, replace(GRACE, nhs_number=None, family=f"Odd{person_id}"))
    return person_id


async def refusals(site: Site, person_id: str) -> list[RefusalRow]:
    return await site.platform.db.fetch(
        RefusalRow,
        """
          SELECT org, entry_id, staff_id, staff_name, role, session_id, record_kind, record_id,
                 person_id, case_id, why, sensitivity, act, way, offline, refused_at
            FROM access_refusals
           WHERE person_id = $1
        ORDER BY refused_at, entry_id
        """,
        person_id,
    )


async def ask_for(site: Site, who: Actor, person_id: str, more: str = "") -> int:
    return (await site.as_(who).get(f"/people/{person_id}{more}")).status_code


async def test_a_refusal_is_on_disk_once_for_a_session_a_record_and_an_hour(
    shared: Site, who: Actor
) -> None:
    person_id = await somebody(shared)
    assert await ask_for(shared, who, person_id) == 403
    answers = [ask_for(shared, who, person_id, more) for more in ("", "/timeline") * 10]
    assert set(await asyncio.gather(*answers)) == {403}
    (refused,) = await refusals(shared, person_id)
    assert (refused.staff_id, refused.record_kind, refused.why) == (
        who.staff_id,
        "person",
        "no_relationship",
    )
    assert await ask_for(shared, replace(who, session_id="another desk"), person_id) == 403
    assert len(await refusals(shared, person_id)) == 2
    shared.clock.move(minutes=59)
    assert await ask_for(shared, who, person_id) == 403
    assert len(await refusals(shared, person_id)) == 2
    shared.clock.move(minutes=2)
    assert await ask_for(shared, who, person_id) == 403
    assert len(await refusals(shared, person_id)) == 3


async def test_a_flood_that_another_worker_takes_is_one_fact_too(
    shared: Site, who: Actor
) -> None:
    person_id = await somebody(shared)
    for _ in range(3):
        assert await ask_for(shared, who, person_id) == 403
        shared.platform.records._refusals._told.clear()  # type: ignore[attr-defined]  # noqa: SLF001 - as another worker
    assert len(await refusals(shared, person_id)) == 1


async def test_a_page_that_a_role_does_not_have_is_a_refusal_of_the_record(
    shared: Site,
) -> None:
    person_id = await somebody(shared)
    assert await ask_for(shared, OWEN, person_id) == 403
    (refused,) = await refusals(shared, person_id)
    assert (refused.staff_id, refused.why) == ("owen.price", "role")


async def test_another_organisations_record_is_not_there_and_nothing_is_written(
    shared: Site,
) -> None:
    person_id = await somebody(shared)
    assert await ask_for(shared, FOREIGNER, person_id) == 404
    assert await refusals(shared.as_(AMIRA), person_id) == []


async def test_it_stays_refused_when_that_cannot_be_written(
    shared: Site, who: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> int:
        raise Unavailable

    person_id = await somebody(shared)
    with monkeypatch.context() as patch:
        patch.setattr(shared.platform.journal._writer, "append", away)  # noqa: SLF001
        assert await ask_for(shared, who, person_id) == 403
    assert await refusals(shared, person_id) == []
    assert await ask_for(shared, who, person_id) == 403
    assert len(await refusals(shared, person_id)) == 1


async def test_the_page_the_spreadsheet_and_the_feed_tell_who_was_refused(
    shared: Site, who: Actor
) -> None:
    person_id = await somebody(shared)
    await ask_for(shared, who, person_id)
    (refused,) = await refusals(shared, person_id)
    shared.as_(MIRA)
    page = (await shared.get(f"/access/people/{person_id}")).text
    assert refused.entry_id in page
    assert "neither they nor their organisation dealt with the person" in page
    sheet = (await shared.get(f"/access/people/{person_id}/looked.csv")).content.decode(
        "utf-8-sig"
    )
    rows = {row["Entry"]: row for row in csv.DictReader(io.StringIO(sheet))}
    assert rows[refused.entry_id]["Came to"] == "refused"
    assert {row["Came to"] for row in rows.values()} == {"refused", "opened"}
    asked = {"patient": person_id}
    feed: Any = (await shared.browser.get("/access/fhir/AuditEvent", params=asked)).json()
    events = {each["resource"]["id"]: each["resource"] for each in feed["entry"]}
    told = events[refused.entry_id]
    assert (told["outcome"], told["agent"][0]["who"]["display"]) == ("4", who.name)
    assert told["outcomeDesc"].startswith("neither they nor their organisation")
    assert {each["outcome"] for each in events.values()} == {"0", "4"}
    statement = (await shared.get(f"/access/people/{person_id}/statement")).text
    assert "asked for 1 time by somebody to whom it was not shown" in statement


async def test_one_refusal_after_another_is_put_before_a_reviewer_once(
    shared: Site, who: Actor
) -> None:
    signals: list[ReviewRow] = []
    for number in range(MOST_REFUSED + 3):
        person_id = await somebody(shared)
        for _ in range(3):
            await ask_for(shared, who, person_id)
        signals = [each for each in await reviews(shared) if each.staff_id == who.staff_id]
        assert len(signals) == (1 if number >= MOST_REFUSED else 0)
    (signal,) = signals
    assert (signal.marks, signal.org) == (("refused_often",), PROVIDER)
    page = (await shared.as_(MIRA).get(f"/access/reviews/{signal.review_id}")).text
    assert "They were refused one record after another" in page
    assert page.count("neither they nor their organisation dealt with the person") == (
        MOST_REFUSED + 3
    )
