"""The exchange tells of calls; whatever order it tells in, no caller is lost."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.calls.model_call import (
    CALL,
    AnswerCall,
    Call,
    CallCommand,
    Connect,
    HangUp,
    Ring,
)
from standfast.calls.pages_telephony import SIGNATURE, sign
from standfast.calls.queries import call_back_list, waiting_calls
from standfast.kernel.messages import Refused
from standfast.settings import DEMONSTRATION_SECRET
from tests.calls.examples import AMIRA, CALL_ID, CASE_ID, JOE, NUMBER, OPEN, entry, tell, write
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, open_site

pytestmark = pytest.mark.anyio


async def test_a_call_that_rings_waits_with_its_number_and_the_longest_wait_comes_first(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await tell(site, "ring", call_id="second", at=(NOON + timedelta(seconds=9)).isoformat())
        await tell(site, "ring")

        waiting = await waiting_calls(site.all_orgs, PROVIDER)
        assert [each.call_id for each in waiting] == [CALL_ID, "second"]
        assert waiting[0].number == NUMBER


@pytest.mark.parametrize("signature", ["", "sha256=00", "sha1=x", "sha256=\u00e9"])
async def test_an_event_with_a_wrong_signature_is_refused_and_changes_nothing(
    database: Database, signature: str
) -> None:
    async with open_site(database) as site:
        body = b'{"event":"ring","call_id":"1","number":"","at":"2026-11-22T12:00:00Z"}'
        headers = {SIGNATURE: signature.encode("utf-8"), "content-type": "application/json"}
        answer = await site.browser.post("/telephony/events", content=body, headers=headers)  # type: ignore[arg-type]

        assert answer.status_code == 401
        assert await waiting_calls(site.all_orgs, PROVIDER) == []


async def test_an_event_signed_with_another_secret_is_refused(database: Database) -> None:
    async with open_site(database) as site:
        assert (await tell(site, "ring", signed_with="guessed")).status_code == 401


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_an_event_that_is_old_or_of_the_future_is_refused(
    database: Database, minutes: int
) -> None:
    async with open_site(database) as site:
        at = (NOON + timedelta(minutes=minutes)).isoformat()
        assert (await tell(site, "ring", at=at)).status_code == 401


async def test_an_event_delivered_late_after_a_fault_is_taken_by_when_it_was_sent(
    database: Database,
) -> None:
    async with open_site(database) as site:
        at = (NOON - timedelta(minutes=20)).isoformat()
        assert (await tell(site, "ring", at=at, sent_at=NOON.isoformat())).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'{"event":"ring","event":"ring"}', 400),
        (b'{"event":"sing","call_id":"1","at":"2026-11-22T12:00:00Z"}', 422),
        (b'{"event":"ring","call_id":"1","at":"noon"}', 422),
        (b'{"event":"ring","call_id":"1","at":"2026-11-22T12:00:00"}', 422),
        (b'{"event":"ring","call_id":"../x","at":"2026-11-22T12:00:00Z"}', 422),
        (b'{"event":"ring","call_id":"1","number":"<b>","at":"2026-11-22T12:00:00Z"}', 422),
        (b'{"event":"ring","call_id":"1","at":NaN}', 400),
        (b"[" * 100, 400),
        (b" " * 20_000, 413),
    ],
)
async def test_rubbish_from_the_exchange_is_named_and_refused(
    database: Database, body: bytes, status: int
) -> None:
    async with open_site(database) as site:
        headers = {
            SIGNATURE: sign(body, DEMONSTRATION_SECRET),
            "content-type": "application/json",
        }
        answer = await site.browser.post("/telephony/events", content=body, headers=headers)

        assert answer.status_code == status, answer.text
        assert answer.json()["error"]


async def test_the_same_event_again_changes_nothing(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        for event in ("ring", "ring", "hangup", "hangup", "ring"):
            assert (await tell(site, event)).status_code == 200

        assert len(await call_back_list(site.all_orgs, PROVIDER)) == 1


async def test_a_caller_who_hangs_up_while_waiting_is_to_be_rung_back(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await tell(site, "ring")
        site.clock.move(seconds=40)
        await tell(site, "hangup")

        assert await waiting_calls(site.all_orgs, PROVIDER) == []
        (lost,) = await call_back_list(site.all_orgs, PROVIDER)
        assert (lost.call_id, lost.number) == (CALL_ID, NUMBER)


async def test_a_caller_who_hangs_up_in_the_middle_of_a_case_is_to_be_rung_back(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await tell(site, "ring")
        await write(site, OPEN)
        await tell(site, "hangup")

        (lost,) = await call_back_list(site.all_orgs, PROVIDER)
        assert (lost.case_id, lost.number) == (CASE_ID, NUMBER)


async def test_an_answer_told_by_the_device_after_the_exchange_told_of_the_end_loses_nobody(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await tell(site, "ring")
        site.clock.move(seconds=30)
        await tell(site, "hangup")
        await write(site, OPEN)  # the device was cut off; it answered at noon

        (lost,) = await call_back_list(site.all_orgs, PROVIDER)
        assert lost.case_id == CASE_ID


async def test_opening_a_case_for_an_abandoned_call_is_ringing_back(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await tell(site, "ring")
        await tell(site, "hangup")
        site.clock.move(minutes=3)
        await write(site, OPEN | {"at": site.clock().isoformat()})

        assert await call_back_list(site.all_orgs, PROVIDER) == []


async def test_the_second_handler_is_told_who_has_the_call(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await tell(site, "ring")
        await write(site, OPEN)
        another = entry("calls.open", "018f9d2e-7c1a-7000-8000-0000000000b2", call_id=CALL_ID)
        (receipt,) = await write(site.as_(JOE), another)

        assert receipt["outcome"] == "refused"
        assert receipt["reason"] == "Amira Khan has answered this call. Take the next one."


async def test_where_the_line_is_becomes_the_place_until_somebody_says_better(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        place = {"address": "Near Quayside mast 3", "postcode": "HM1 2QQ"}
        await tell(site, "ring", place=place)
        await write(site, OPEN)
        summary = await site.all_orgs.fetch_value(
            "SELECT place->>'source' FROM calls_cases WHERE case_id = $1", CASE_ID
        )
        assert summary == "network"


def _told() -> list[CallCommand]:
    given: Any = {"call_id": CALL_ID, "org": PROVIDER}
    return [
        Ring(**given, number=NUMBER, network_place=None, at=NOON),
        Connect(**given, at=NOON + timedelta(seconds=5)),
        AnswerCall(
            **given,
            case_id=CASE_ID,
            staff_id="amira.khan",
            staff_name="Amira Khan",
            at=NOON + timedelta(seconds=6),
        ),
        HangUp(**given, at=NOON + timedelta(minutes=9)),
    ]


def _after(commands: tuple[CallCommand, ...]) -> Call:
    call = CALL.initial
    for command in commands:
        for event in CALL.decide(call, command, NOON):
            call = CALL.evolve(call, event)
    return call


def test_whatever_order_the_exchange_and_the_device_tell_in_the_call_ends_the_same() -> None:
    ends = {
        (call.number, call.rang_at, call.answer and call.answer.case_id, call.hung_up_at)
        for call in map(_after, permutations(_told()))
    }
    assert len(ends) == 1


@given(st.lists(st.sampled_from(_told()), max_size=12))
def test_telling_anything_twice_changes_nothing(commands: list[CallCommand]) -> None:
    once = tuple(dict.fromkeys(commands))
    assert _after(tuple(commands)) == _after(once)


def test_another_organisations_call_cannot_be_answered() -> None:
    call = _after(tuple(_told()[:1]))
    foreign = AnswerCall(
        call_id=CALL_ID,
        org="another-111",
        case_id=CASE_ID,
        staff_id="una.frost",
        staff_name="Una Frost",
        at=NOON,
    )
    with pytest.raises(Refused, match="no_such_call"):
        CALL.decide(call, foreign, NOON)
