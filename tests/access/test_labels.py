"""What is guarded is shown to nobody whom it is guarded from: on no page, by no search."""

from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from standfast.access.asking import Act, Answer
from standfast.access.lasting import Basis
from standfast.access.model_label import LABEL, RecordOptOut, SayHowGuarded, label_key
from standfast.access.policy import RULES
from standfast.access.queries import Glass
from standfast.access.rows import RelationshipRow
from standfast.access.weighing import Viewer, grounds_of, weigh
from standfast.calls import device_commands as d
from standfast.calls.model_case import CASE
from standfast.facts.access import GUARDED, may_leave
from standfast.identity.permissions import Role
from standfast.kernel.access import Assurance, Purpose, Sensitivity
from standfast.kernel.messages import Refused
from standfast.people.model import PERSON as PERSON_STREAM
from standfast.people.model import CorrectDetails
from tests.access.giving import give_case
from tests.access.test_gate import ADA, a_case, identify, known
from tests.identity.examples import actor_in
from tests.identity.making import CASE_ID
from tests.people.examples import AMIRA, MARGARET
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio

MIRA: Final = actor_in(Role.PRIVACY_OFFICER, staff_id="mira.sandoval")
JOE: Final = actor_in(Role.CALL_HANDLER, staff_id="joe.tran")
RUTH: Final = actor_in(Role.SUPERVISOR, staff_id="ruth.calder")
SECOND: Final = "01890000-0000-7000-8000-00000000a002"
CANARY: Final = "Heard of the quokka clinic"


async def label(site: Site, record_id: str, kind: str = "person", **said: Any) -> None:
    """Say how guarded a record is."""
    command = SayHowGuarded(
        org=PROVIDER,
        record_kind=kind,
        record_id=record_id,
        **{"sensitivity": Sensitivity.NORMAL, **said},
        reason="She asked for it in writing",
        staff_id="mira.sandoval",
        staff_name="Mira Sandoval",
    )
    await site.execute(LABEL, label_key(PROVIDER, record_id), command, actor=MIRA)


async def two_cases(site: Site) -> None:
    """Let Amira take two calls for Margaret: what the first was about must stay with her."""
    await known(site)
    first = d.OpenCase(
        case_id=CASE_ID,
        org=PROVIDER,
        staff_name="Amira Khan",
        entry_id="e-1",
        at=site.clock(),
        staff_id="amira.khan",
        number="",
    )
    problem = d.ReportProblem(case_id=CASE_ID, org=PROVIDER, entry_id="e-2", words=CANARY)
    for command in (first, problem, identify("p-margaret")):
        await site.execute(CASE, CASE_ID, command, actor=AMIRA)
    opened = d.OpenCase(
        case_id=SECOND,
        org=PROVIDER,
        staff_name="Joe Tran",
        entry_id="e-3",
        at=site.clock(),
        staff_id="joe.tran",
        number="",
    )
    await site.execute(CASE, SECOND, opened, actor=JOE)
    second = replace(identify("p-margaret"), case_id=SECOND)
    await site.execute(CASE, SECOND, second, actor=JOE)


EVERYWHERE: Final = (
    "/people/p-margaret",
    "/people/p-margaret/timeline",
    f"/calls/{CASE_ID}",
    f"/calls/{CASE_ID}/_context",
    f"/calls/{CASE_ID}/resume",
    f"/calls/{CASE_ID}/message",
    f"/calls/{CASE_ID}/message.pdf",
    f"/calls/{SECOND}",
    f"/calls/{SECOND}/_context",
    f"/calls/{SECOND}/_summary",
    f"/calls/{SECOND}/message",
    "/access/people/p-margaret/statement",
)


@pytest.mark.parametrize("who", [JOE, RUTH, ADA, MIRA], ids=lambda who: who.staff_id)
async def test_a_very_restricted_case_is_on_no_page_of_whoever_does_not_work_on_it(
    database: Database, who: Any
) -> None:
    async with open_site(database, actor=who) as site:
        await two_cases(site)
        await label(site, CASE_ID, "case", sensitivity=Sensitivity.VERY_RESTRICTED)
        seen = [path for path in EVERYWHERE if CANARY in (await site.get(path)).text]
        found = await site.post_json("/palette", {"q": "okonkwo"})
        assert seen == []
        assert CASE_ID not in found.text


async def test_whoever_works_on_it_goes_on_without_a_word(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await two_cases(site)
        await label(site, CASE_ID, "case", sensitivity=Sensitivity.VERY_RESTRICTED)
        assert CANARY in (await site.get(f"/calls/{CASE_ID}/resume")).text
        assert CANARY in (await site.get("/people/p-margaret")).text


async def test_the_same_pages_show_it_while_it_is_normal(database: Database) -> None:
    async with open_site(database, actor=JOE) as site:
        await two_cases(site)
        seen = [path for path in EVERYWHERE if CANARY in (await site.get(path)).text]
        assert {"/people/p-margaret", f"/calls/{CASE_ID}/resume"} <= set(seen)
        assert f"/calls/{SECOND}/_context" in seen


async def test_nobody_finds_or_sees_where_somebody_lives_whose_address_is_hidden(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await known(site)
        await a_case(site)
        assert "Mill Lane" in (await site.get("/people/p-margaret")).text
        await label(site, "p-margaret", hides_address=True)
        for asked in ("HM3 4AB", "07700 900417"):
            assert "Nobody found" in (await site.post("/people/search", {"q": asked})).text
        by_name = await site.post("/people/search", {"q": "okonkwo 14/03/1948"})
        record = await site.get("/people/p-margaret")
        looked = await site.as_(MIRA).get("/access/people/p-margaret/label")
        pages = by_name.text + record.text + looked.text
        assert "OKONKWO-BRIGHT" in by_name.text
        assert record.status_code == 200
        for word in ("4 Mill Lane", "HM3 4AB", "900417", "900 417", "960417"):
            assert word not in pages
        details = MARGARET
        corrected = CorrectDetails(details=replace(details, address=(), phones=(), title="Ms"))
        await site.execute(PERSON_STREAM, "p-margaret", corrected, actor=ADA)
        await label(site, "p-margaret", hides_address=False)
        again = (await site.as_(AMIRA).get("/people/p-margaret")).text
        assert "4 Mill Lane" in again


async def test_a_colleagues_record_is_for_those_who_deal_with_it_themselves(
    database: Database,
) -> None:
    async with open_site(database, actor=JOE) as site:
        await known(site)
        await a_case(site)
        assert (await site.get("/people/p-margaret")).status_code == 200
        await label(site, "p-margaret", of_staff="ada.mensah")
        site.as_(replace(JOE, session_id="later"))
        assert (await site.get("/people/p-margaret")).status_code == 403
        assert (await site.as_(AMIRA).get("/people/p-margaret")).status_code == 200


async def test_a_label_is_set_on_its_page_with_a_reason_that_is_kept(
    database: Database,
) -> None:
    form = {"sensitivity": "2", "topic Mental health": "yes", "hides_address": "yes"}
    path = "/access/people/p-margaret/label"
    async with open_site(database, actor=MIRA) as site:
        await known(site)
        bare = await site.post(path, form)
        assert bare.status_code == 422
        assert "Enter the reason" in bare.text
        kept = await site.post(path, form | {"reason": "The refuge asked us to"})
        assert kept.status_code == 303
        page = await site.get(path)
        assert "The refuge asked us to" in page.text
        guarded = await site.platform.ask(GUARDED, org=PROVIDER, key="p-margaret")
        assert guarded.topics == ("Mental health",)
        assert guarded.sensitivity is Sensitivity.RESTRICTED
        assert guarded.hides_address


def test_a_topic_that_is_not_in_the_list_is_refused() -> None:
    command = SayHowGuarded(
        org=PROVIDER,
        record_kind="case",
        record_id="c",
        sensitivity=Sensitivity.RESTRICTED,
        topics=("Gossip",),
        reason="Long enough a reason",
        staff_id="m",
        staff_name="M",
    )
    with pytest.raises(Refused):
        LABEL.decide(LABEL.initial, command, NOON)


async def test_an_objection_is_honoured_for_anything_but_their_own_care(
    database: Database,
) -> None:
    async with open_site(database, actor=MIRA) as site:
        await known(site)
        before = await site.platform.ask(GUARDED, org=PROVIDER, key="p-margaret")
        assert may_leave(Purpose.SECONDARY_USE, before)
        sent = await site.post(
            "/access/people/p-margaret/opt-out", {"opted_out": "yes", "source": "A letter"}
        )
        assert sent.status_code == 303
        after = await site.platform.ask(GUARDED, org=PROVIDER, key="p-margaret")
        allowed = {purpose for purpose in Purpose if may_leave(purpose, after)}
        assert allowed == {Purpose.DIRECT_CARE, Purpose.SUBJECT_ACCESS}
        back = RecordOptOut(
            org=PROVIDER,
            person_id="p-margaret",
            opted_out=False,
            source="Her own word",
            staff_id="mira.sandoval",
            staff_name="Mira Sandoval",
        )
        await site.execute(LABEL, label_key(PROVIDER, "p-margaret"), back)
        again = await site.platform.ask(GUARDED, org=PROVIDER, key="p-margaret")
        assert may_leave(Purpose.SECONDARY_USE, again)


TIES: Final = st.builds(
    RelationshipRow,
    org=st.just(PROVIDER),
    relationship_id=st.uuids().map(str),
    basis=st.sampled_from([each.value for each in Basis]),
    thing_id=st.just("c-1"),
    case_id=st.just("c-1"),
    reference=st.just("C-1"),
    person_id=st.just("p-1"),
    staff=st.sampled_from([(), ("me",), ("somebody",)]),
    began_at=st.just(NOON - timedelta(days=9)),
    ended_at=st.none(),
    until=st.sampled_from([None, NOON - timedelta(1), NOON + timedelta(1)]),
)
GLASSES: Final = st.builds(
    Glass,
    review_id=st.just("r-1"),
    record_kind=st.just("case"),
    record_id=st.just("c-1"),
    person_id=st.just("p-1"),
    case_id=st.just("c-1"),
    reason=st.just("A reason of ten letters"),
    until=st.just(NOON + timedelta(minutes=9)),
)


@settings(deadline=None)
@given(
    roles=st.lists(st.sampled_from([*RULES, "stranger"]), min_size=1, max_size=3),
    ties=st.lists(TIES, max_size=4),
    glasses=st.lists(GLASSES, max_size=1),
    assurance=st.sampled_from(Assurance),
    offline=st.booleans(),
    act=st.sampled_from(Act),
)
def test_whatever_speaks_for_somebody_more_guarded_is_never_easier(  # noqa: PLR0917
    roles: list[str],
    ties: list[RelationshipRow],
    glasses: list[Glass],
    assurance: Assurance,
    offline: bool,  # noqa: FBT001 - Hypothesis names it
    act: Act,
) -> None:
    viewer = Viewer(staff_id="me", roles=tuple(roles), assurance=assurance, offline=offline)
    answers = [
        weigh(
            viewer, tuple(grounds_of(viewer, ties, glasses, NOON)), sensitivity, act
        ).decision.answer
        for sensitivity in Sensitivity
    ]

    assert answers == sorted(answers, reverse=True)
    if not ties and not glasses and "privacy_officer" not in roles:
        assert Answer.ALLOW not in answers


async def test_a_case_without_a_person_is_guarded_too(database: Database) -> None:
    async with open_site(database, actor=JOE) as site:
        await give_case(site, CASE_ID, staff_id="amira.khan")
        await label(site, CASE_ID, "case", sensitivity=Sensitivity.RESTRICTED)
        assert (await site.get(f"/calls/{CASE_ID}")).status_code == 403
