"""A device writes onto a case by the same right as a page; nobody is let in by what they wrote."""

from html import unescape
from typing import Any, Final

import pytest

from standfast.calls import device_commands as d
from standfast.calls.commands import CloseCase
from standfast.calls.describing import describe_case
from standfast.calls.model_case import CASE
from standfast.facts.cases import PlaceRecorded
from standfast.facts.contact import Place
from standfast.identity.permissions import Role
from standfast.kernel.ids import uuid7
from standfast.web.platform import Actor
from tests.access.test_gate import entries
from tests.access.test_handing import a_guarded_call
from tests.access.test_linking import a_call
from tests.identity.examples import actor_in
from tests.people.examples import AMIRA
from tests.support.site import NOON, Site

pytestmark = pytest.mark.anyio

JOE: Final = actor_in(Role.CALL_HANDLER, staff_id="joe.tran")
ADA: Final = actor_in(Role.CLINICIAN, staff_id="ada.mensah")
BO: Final = actor_in(Role.CLINICIAN, staff_id="bo.lind")
_made: Final = iter(range(1, 1000))


async def sends(
    site: Site, who: Actor, case_id: str, *said: tuple[str, dict[str, Any]]
) -> list[dict[str, str]]:
    """Let the device of *who* send these entries of one case; return the receipts."""
    entries_sent = [
        {
            "id": uuid7(NOON, b"device" + next(_made).to_bytes(4)),
            "case_id": case_id,
            "kind": f"calls.{kind}",
            "at": site.clock().isoformat(),
            "body": body,
        }
        for kind, body in said
    ]
    answer = await site.as_(who).post_json("/device/entries", entries_sent)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, str]] = answer.json()
    return found


async def refusals(site: Site, who: Actor, case_id: str) -> int:
    found: int = await site.all_orgs.fetch_value(
        "SELECT count(*) FROM access_refusals WHERE staff_id = $1 AND record_id = $2"
        " AND act = 'write'",
        who.staff_id,
        case_id,
    )
    return found


@pytest.mark.parametrize(
    "said",
    [
        ("clinician", {"reason": "Give it to me"}),
        ("note", {"text": "She moved"}),
        ("place", {"place": {"address": "1 Elsewhere"}, "nothing_said": True}),
    ],
)
@pytest.mark.parametrize("over", [False, True], ids=["open", "over"])
async def test_nothing_is_written_onto_a_case_that_is_closed_to_the_writer(
    shared: Site, said: tuple[str, dict[str, Any]], *, over: bool
) -> None:
    case_id = await a_guarded_call(shared)
    if over:
        close = CloseCase(
            case_id=case_id,
            gp_name="Mill Lane",
            action="",
            without_outcome="Rang off",
            staff_name=AMIRA.name,
        )
        await shared.execute(CASE, case_id, close, actor=AMIRA)
    before = await shared.state(CASE, case_id)
    for who in (ADA, JOE):
        (receipt,) = await sends(shared, who, case_id, said)
        assert receipt["outcome"] == "refused"
        assert "Nothing was stored on the case" in receipt["reason"]
        assert await refusals(shared, who, case_id) == 1
    assert await shared.state(CASE, case_id) == before


async def test_whoever_has_the_guarded_case_goes_on(shared: Site) -> None:
    case_id = await a_guarded_call(shared)
    said = ("note", {"text": "She is short of breath"})
    receipts = await sends(shared, AMIRA, case_id, said, said)
    assert [each["outcome"] for each in receipts] == ["stored", "stored"]


async def test_a_case_that_is_opened_in_the_same_batch_takes_what_follows(shared: Site) -> None:
    case_id = uuid7(NOON, b"one batch!")
    receipts = await sends(
        shared, AMIRA, case_id, ("open", {}), ("note", {"text": "Fell"}), ("finish", {})
    )
    assert [each["outcome"] for each in receipts] == ["stored"] * 3


async def test_a_colleague_who_writes_onto_an_open_case_is_written_down(shared: Site) -> None:
    case_id = await a_call(shared, AMIRA)
    for _ in range(2):
        (receipt,) = await sends(shared, JOE, case_id, ("note", {"text": "Rang again"}))
        assert receipt["outcome"] == "stored"
    written = [
        each.act
        for each in await entries(shared)
        if (each.case_id, each.staff_id) == (case_id, "joe.tran")
    ]
    assert written == ["write"]


async def test_the_queue_opens_no_guarded_case_to_whoever_asked_and_closes_it_when_put_back(
    shared: Site,
) -> None:
    case_id = await a_guarded_call(shared)
    wanted = d.AskForClinician(
        case_id=case_id,
        org=AMIRA.org,
        entry_id="asked",
        at=NOON,
        staff_name="Ada Mensah",
        staff_id="ada.mensah",
    )
    await shared.execute(CASE, case_id, wanted, actor=AMIRA)
    await shared.as_(ADA).post("/calls/queue/next")
    assert not (await shared.state(CASE, case_id)).clinical.taken_by
    assert (await shared.get(f"/calls/{case_id}")).status_code == 403

    taken = await shared.as_(BO).post("/calls/queue/next")
    assert taken.headers["location"] == f"/calls/queue?case={case_id}"
    given = [each for each in await entries(shared) if each.case_id == case_id]
    assert "bo.lind" in {each.staff_id for each in given}
    assert (await shared.get(f"/calls/{case_id}")).status_code == 200
    back = await shared.post(f"/calls/{case_id}/put-back", {"reason": "End of shift"})
    assert back.status_code == 303
    assert (await shared.get(f"/calls/{case_id}")).status_code == 403
    assert (await shared.as_(AMIRA).get(f"/calls/{case_id}")).status_code == 200


def test_what_happened_names_who_wrote_a_place() -> None:
    place = Place(address="1 Mill Lane")
    event = PlaceRecorded(case_id="c", entry_id="e", place=place, by="Joe Tran")
    assert "written by Joe Tran" in describe_case(event)


async def test_a_place_keeps_who_wrote_it(shared: Site) -> None:
    case_id = await a_call(shared, AMIRA)
    await sends(shared, JOE, case_id, ("place", {"place": {"address": "1 Mill Lane"}}))
    told = await shared.kept("stream = $1", f"calls.case/{case_id}")
    assert f'"by":"{JOE.name}"' in told[-1]


async def test_the_page_of_a_case_names_who_wrote_what_does_not_say_so(shared: Site) -> None:
    case_id = await a_call(shared, AMIRA)
    await sends(shared, JOE, case_id, ("problem", {"words": "Fell on the stairs"}))
    await sends(shared, JOE, case_id, ("note", {"text": "She is in the kitchen"}))
    page = unescape((await shared.as_(AMIRA).get(f"/calls/{case_id}")).text)
    written = page.partition("Problem: “Fell on the stairs”")[2].partition("</li>")[0]

    assert "joe.tran" in written
    assert f"Note by {JOE.name}: She is in the kitchen" in page
