"""What was written on paper becomes a case: with its true times, and nothing is done twice."""

import html
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import pytest
from msgspec import structs

from standfast.calls.model_case import CASE
from standfast.continuity.codes import form_id
from standfast.continuity.model_form import FORM, Stage
from standfast.triage.model import ASSESSMENT
from tests.continuity.examples import PACK_ID, SUNITA, make_pack
from tests.continuity.keying import (
    AMIRA,
    CALL,
    CODE_1,
    FORM_1,
    HEART,
    HERE,
    JOSH,
    NO_THREAT,
    NOTHING,
    RUNG,
    SELF_CARE,
    WREN,
    key,
)
from tests.identity.examples import load_staff
from tests.support.database import Database
from tests.support.site import Site, open_site

pytestmark = pytest.mark.anyio

LATER: Final = {"begun": "1325", "code_at": "1330", "ended": "1335"}
TEN_PAST: Final = datetime(2026, 11, 22, 13, 10, tzinfo=UTC)


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    """Open a site whose pack was printed at noon, and whose computers are back at three."""
    async with open_site(database, actor=SUNITA) as opened:
        await load_staff(opened)
        await make_pack(opened)
        opened.clock.move(hours=3)
        yield opened.as_(AMIRA)


async def text(site: Site, path: str) -> str:
    answer = await site.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.text)


async def entered(site: Site, *parts: dict[str, str]) -> Any:
    answer = await key(site, CALL, *parts)
    assert (answer.status_code, answer.headers.get("location")) == (303, "/continuity/"), (
        html.unescape(answer.text)
    )
    return await site.state(CASE, FORM_1)


async def facts(site: Site, kind: str) -> int:
    found: int = await site.all_orgs.fetch_value(
        "SELECT count(*) FROM journal WHERE type = $1", kind
    )
    return found


async def test_a_form_becomes_a_case_with_its_times_and_its_number(site: Site) -> None:
    case = await entered(site, SELF_CARE, NOTHING)

    assert case.opened_at == TEN_PAST
    assert case.finished_at == datetime(2026, 11, 22, 13, 25, tzinfo=UTC)
    assert (case.opened_by, case.paper.taken_by) == ("Amira Khan", "Sam Oduya")
    assert (case.patient.family, case.patient.age_years) == ("Pell", 65)
    assert case.place.address == "4 Quay Street"
    assert case.numbers[0].number == "07700 900321"
    assert case.paper.form_code == CODE_1
    assert case.disposition.code == "SELF"
    assert case.disposition.reached_at == datetime(2026, 11, 22, 13, 20, tzinfo=UTC)


async def test_when_it_happened_and_when_it_was_keyed_are_both_kept(site: Site) -> None:
    await entered(site, SELF_CARE, NOTHING)
    occurred, recorded = [
        await site.all_orgs.fetch_value(
            f"SELECT {column} FROM journal WHERE type = 'calls.case_opened.v1'"  # noqa: S608 - both stand here
        )
        for column in ("occurred_at", "recorded_at")
    ]

    assert occurred == TEN_PAST
    assert recorded == TEN_PAST + timedelta(hours=1, minutes=50)


async def test_figures_count_from_the_true_times(site: Site) -> None:
    """A clinician rings within two hours of what stands on the paper, not of the keys."""
    case = await entered(site, {"code": "CLN2", "code_at": "1320"}, NOTHING)
    wanted = case.clinical.wanted

    assert wanted.wanted_at == datetime(2026, 11, 22, 13, 20, tzinfo=UTC)
    assert wanted.due_at == datetime(2026, 11, 22, 15, 20, tzinfo=UTC)
    site.clock.move(minutes=30)
    supervisor = structs.replace(SUNITA, permissions=SUNITA.permissions | {"calls.oversee"})
    assert case.reference in await text(site.as_(supervisor), "/calls/_oversight")


async def test_the_answers_are_walked_by_the_engine_of_the_screen(site: Site) -> None:
    case = await entered(site, HEART, RUNG, NOTHING)
    assessment = await site.state(ASSESSMENT, FORM_1)

    assert [each.question_id for each in assessment.standing] == [
        name.removeprefix("q.") for name in NO_THREAT
    ]
    assert assessment.disposition is not None
    assert assessment.disposition.code == case.disposition.code == "AMB2"
    assert {each.answered_at for each in assessment.standing} == {TEN_PAST}


async def test_an_ambulance_that_was_rung_through_is_never_asked_for_again(site: Site) -> None:
    case = await entered(site, HEART, RUNG, NOTHING)

    assert await facts(site, "calls.ambulance_requested.v1") == 0
    assert await facts(site, "dispatch.request_received.v1") == 0
    assert await facts(site, "calls.ambulance_rung_through.v1") == 1
    assert case.ambulance.is_owned
    assert case.ambulance.telephoned.incident_number == "HM-4711"
    assert not case.ambulance.is_not_sent(site.clock.now)
    page = await text(site, f"/calls/{FORM_1}")
    assert "HM-4711" in page
    assert "NOT SENT" not in page


async def test_a_life_threat_without_an_ambulance_is_not_entered_in_silence(site: Site) -> None:
    answer = await key(site, CALL, HEART, NOTHING)

    assert answer.status_code == 422
    assert "says of none that it was rung through" in html.unescape(answer.text)
    assert (await site.state(CASE, FORM_1)).opened_at is None


async def test_one_that_is_still_needed_is_asked_for_at_once(site: Site) -> None:
    case = await entered(site, HEART, NOTHING, {"amb_otherwise": "now"})

    assert await facts(site, "calls.ambulance_requested.v1") == 1
    assert case.ambulance.category == "C2"
    assert not case.ambulance.is_owned


async def test_one_that_is_no_longer_needed_says_why_and_is_signed(site: Site) -> None:
    without = await key(site, CALL, HEART, NOTHING, amb_otherwise="not_needed")
    assert "Enter why no ambulance is needed any more" in html.unescape(without.text)
    case = await entered(
        site, HEART, NOTHING, {"amb_otherwise": "not_needed", "amb_why": "Drove in himself"}
    )

    assert await facts(site, "calls.ambulance_requested.v1") == 0
    assert any("Drove in himself" in note.text for note in case.notes)
    assert "An ambulance was not rung through" in (await site.state(FORM, FORM_1)).reasons


async def test_half_an_ambulance_is_no_ambulance(site: Site) -> None:
    answer = await key(site, CALL, HEART, NOTHING, amb_at="1314", amb_name="Beth")
    page = html.unescape(answer.text)

    assert "Enter the incident number" in page
    assert "Select the category" in page


async def test_what_was_booked_by_telephone_is_not_booked_again(site: Site) -> None:
    sent = {"sent_to": "Kingsmoor UTC", "sent_at": "1322", "appointment": "16:40 today"}
    case = await entered(site, {"code": "PC2"}, sent, NOTHING)

    assert case.referred.service_name == "Kingsmoor UTC"
    assert case.referred.at == datetime(2026, 11, 22, 13, 22, tzinfo=UTC)
    assert await facts(site, "calls.service_wanted.v1") == 0
    assert await facts(site, "calls.appointment_requested.v1") == 0


async def test_what_nobody_has_dealt_with_is_asked_for(site: Site) -> None:
    await entered(site, {"code": "PC2"}, NOTHING)

    assert await facts(site, "calls.service_wanted.v1") == 1


@pytest.mark.parametrize(
    ("name", "wrong", "sentence"),
    [
        ("begun", "2510", "Enter a time by the 24-hour clock"),
        ("begun", "1501", "This time is still to come"),
        ("begun", "1159", "This is before the pack was printed"),
        ("begun", "", "Enter when the call began"),
        ("day", "3113", "Enter the day and the month"),
        ("taken_by", "", "Enter who took the call"),
        ("ended", "1630", "This time is still to come"),
        ("nhs_number", "9990000001", "This is no NHS number"),
        ("born", "31022000", "Enter the date of birth as"),
        ("postcode", "nowhere", "Enter a postcode"),
        ("number_1", "ring Dora", "Enter a telephone number"),
        ("code", "XX9", "Enter a code of the list of outcomes"),
        ("q.life-threats.awake", "9", "Enter a number from 1 to 3"),
    ],
)
async def test_what_cannot_be_is_refused_with_words_and_nothing_is_lost(
    site: Site, name: str, wrong: str, sentence: str
) -> None:
    answer = await key(site, CALL, SELF_CARE, NO_THREAT, NOTHING, **{name: wrong})
    page = html.unescape(answer.text)

    assert answer.status_code == 422
    assert sentence in page
    assert "Chest pain since breakfast" in page
    assert (await site.state(CASE, FORM_1)).opened_at is None


async def test_a_form_without_an_outcome_is_not_entered(site: Site) -> None:
    answer = await key(site, CALL, NO_THREAT, NOTHING)

    assert "its boxes lead to none: “Main problem” has no answer" in html.unescape(answer.text)


async def test_each_field_is_saved_as_it_is_keyed_and_is_there_again(site: Site) -> None:
    for name, value in (("words", "Chest pain"), ("words", "Chest pain, and sick")):
        saved = await site.post(f"{HERE}/field", {"field": name, "value": value})
        assert saved.status_code == 204

    assert "Chest pain, and sick" in await text(site.as_(JOSH), HERE)
    assert "Keying begun" in await text(site, "/continuity/")


async def test_whoever_sees_what_was_keyed_of_somebody_is_written_down(site: Site) -> None:
    await site.post(f"{HERE}/field", {"field": "family", "value": "Pell"})
    await text(site.as_(JOSH), HERE)
    noted = await site.all_orgs.fetch_value(
        "SELECT count(*) FROM access_searches WHERE staff_id = $1 AND place = 'paper'",
        JOSH.staff_id,
    )

    assert noted == 1


async def test_a_field_that_the_form_does_not_have_is_not_saved(site: Site) -> None:
    answer = await site.post(f"{HERE}/field", {"field": "anything", "value": "x"})

    assert answer.status_code == 422
    assert (await site.state(FORM, FORM_1)).fields == {}


async def test_how_to_get_in_is_sealed_before_it_is_written(site: Site) -> None:
    await site.post(f"{HERE}/field", {"field": "way_in", "value": "Key safe 4711 by the bin"})
    case = await entered(site, SELF_CARE, NOTHING)
    known = (await site.state(FORM, FORM_1), case, await site.state(ASSESSMENT, FORM_1))

    assert not any("4711" in msgspec.json.encode(each).decode() for each in known)
    assert case.place.way_in is not None
    assert "4711" not in await text(site, HERE)


async def test_a_form_is_entered_once_two_people_have_read_the_same(site: Site) -> None:
    await entered(site, SELF_CARE, {"allergies": "Penicillin: rash.", "medicines": "NONE"})
    before = await text(site.as_(SUNITA), f"/continuity/packs/{PACK_ID}")
    assert "4 = 0 + 0, 4 left" in before

    second = {"allergies": " penicillin  rash", "medicines": "none", "safeguarding": ""}
    assert (await site.as_(JOSH).post(f"{HERE}/second", second)).status_code == 303
    case = await site.state(CASE, FORM_1)

    assert any("Allergies: Penicillin: rash." in note.text for note in case.notes)
    assert any("read by Amira Khan and Josh Adeyemi" in note.text for note in case.notes)
    after = await text(site.as_(SUNITA), f"/continuity/packs/{PACK_ID}")
    assert "4 = 1 + 0, 3 left" in after


async def test_whoever_keyed_it_first_does_not_read_it_a_second_time(site: Site) -> None:
    await entered(site, SELF_CARE, NOTHING)
    answer = await site.post(f"{HERE}/second", NOTHING)

    assert answer.status_code == 422
    assert "Ask a colleague" in html.unescape(answer.text)


async def test_whoever_keyed_the_fields_does_not_read_them_again_whoever_finished(
    site: Site,
) -> None:
    safety = {"allergies": "Penicillin", "medicines": "NONE", "safeguarding": ""}
    await key(site.as_(JOSH), safety, later="1")
    await key(site.as_(AMIRA), CALL, SELF_CARE)

    for one in (JOSH, AMIRA):
        assert "somebody else reads it" in await text(site.as_(one), f"{HERE}/second")
        assert (await site.post(f"{HERE}/second", safety)).status_code == 422
    assert (await site.as_(WREN).post(f"{HERE}/second", safety)).status_code == 303
    case = await site.state(CASE, FORM_1)
    assert any("read by Josh Adeyemi and" in note.text for note in case.notes)


async def test_the_second_reader_sees_nothing_of_the_first_reading(site: Site) -> None:
    await entered(site, SELF_CARE, {"allergies": "Penicillin", "safeguarding": "Bruises"})
    page = await text(site.as_(JOSH), f"{HERE}/second")
    case = await site.state(CASE, FORM_1)

    assert "Penicillin" not in page
    assert "Bruises" not in page
    assert not any("Penicillin" in note.text for note in case.notes)
    assert any("wait for the second reading" in note.text for note in case.notes)


async def test_what_two_people_read_differently_is_shown_and_settled(site: Site) -> None:
    await entered(site, SELF_CARE, {"allergies": "Penicillin", "medicines": "NONE"})
    other = {"allergies": "Peanuts", "medicines": "none", "safeguarding": ""}
    differs = await site.as_(JOSH).post(f"{HERE}/second", other)
    assert differs.headers["location"] == f"{HERE}/second"
    page = await text(site, f"{HERE}/second")
    assert "Penicillin" in page
    assert "Peanuts" in page

    nothing_chosen = await site.post(f"{HERE}/settle", {"medicines": "NONE"})
    assert nothing_chosen.status_code == 422
    chosen = {"allergies": "Penicillin", "medicines": "NONE", "safeguarding": ""}
    alone = await site.post(f"{HERE}/settle", chosen)
    assert alone.headers["location"] == f"{HERE}/second"
    assert "Josh Adeyemi says Allergies: “Penicillin”" in await _plain(site, f"{HERE}/second")
    assert (await site.state(FORM, FORM_1)).stage is Stage.DIFFERS
    assert (await site.as_(AMIRA).post(f"{HERE}/settle", chosen)).status_code == 303
    form = await site.state(FORM, FORM_1)
    assert form.stage is Stage.ENTERED
    assert "Two people read different things" in form.reasons[0]


async def _plain(site: Site, path: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", "", await text(site, path)).split())


async def test_a_clinician_sees_both_readings_and_who_settled_what_neither_had_read(
    site: Site,
) -> None:
    await entered(site, SELF_CARE, {"allergies": "Penicillin", "medicines": "NONE"})
    await site.as_(JOSH).post(f"{HERE}/second", {**NOTHING, "allergies": "Peanuts"})
    typed = {"allergies-again": "Pencil lead", "medicines": "NONE", "safeguarding": ""}
    await site.as_(AMIRA).post(f"{HERE}/settle", typed)
    assert (await site.state(FORM, FORM_1)).settled is None
    offered = await text(site.as_(JOSH), f"{HERE}/second")
    assert 'name="allergies" value="Pencil lead"' in offered
    await site.post(f"{HERE}/settle", {**NOTHING, "allergies": "Pencil lead"})

    signing = await _plain(site.as_(WREN), f"{HERE}/sign")
    for words in (
        "Pencil lead",
        "Amira Khan read: Penicillin",
        "Josh Adeyemi read: Peanuts",
        "Settled by Amira Khan and Josh Adeyemi",
    ):
        assert words in signing


async def test_a_clinician_signs_what_must_be_looked_at_and_nothing_else(site: Site) -> None:
    await entered(site, SELF_CARE, NOTHING)
    await site.as_(JOSH).post(f"{HERE}/second", NOTHING)
    assert "Nothing to sign" in await text(site.as_(WREN), "/continuity/signing")


async def test_allergies_and_ambulances_wait_for_a_clinician(site: Site) -> None:
    safety = {"allergies": "Penicillin", "medicines": "", "safeguarding": ""}
    await entered(site, HEART, RUNG, safety)
    await site.as_(JOSH).post(f"{HERE}/second", safety)
    listed = await text(site.as_(WREN), "/continuity/signing")
    assert "An ambulance, or a threat to life" in listed
    assert "There is something under allergies" in listed

    assert (await site.post(f"{HERE}/sign", {"note": " "})).status_code == 422
    assert (await site.post(f"{HERE}/sign", {"note": "Allergy added"})).status_code == 303
    assert CODE_1 not in await text(site, "/continuity/signing")
    again = await site.post(f"{HERE}/sign", {"note": "Allergy added"})
    assert "Another clinician has signed this form" in html.unescape(again.text)


async def test_the_same_call_twice_is_shown_side_by_side_and_a_person_decides(
    site: Site,
) -> None:
    await entered(site, SELF_CARE, NOTHING)
    second = f"/continuity/forms/{form_id(PACK_ID, 2)}"
    answer = await key(site, CALL, SELF_CARE, NOTHING, here=second, **LATER)
    page = html.unescape(answer.text)
    assert answer.status_code == 422
    assert "Is this the same call as one that is in the record?" in page
    assert "PELL, Arthur" in page

    same = await key(site, CALL, SELF_CARE, NOTHING, here=second, same=FORM_1, **LATER)
    assert same.status_code == 303
    assert await facts(site, "calls.case_opened.v1") == 1
    assert "The same call as C-" in await text(site.as_(SUNITA), f"/continuity/packs/{PACK_ID}")


async def test_another_call_of_the_same_number_is_entered_once_somebody_says_so(
    site: Site,
) -> None:
    await entered(site, SELF_CARE, NOTHING)
    second = f"/continuity/forms/{form_id(PACK_ID, 2)}"
    answer = await key(site, CALL, SELF_CARE, NOTHING, here=second, same="no", **LATER)

    assert answer.status_code == 303
    assert await facts(site, "calls.case_opened.v1") == 2


async def test_a_form_that_was_called_void_makes_no_case(site: Site) -> None:
    void = {"number": "1", "until": "1", "reason": "Spoilt"}
    await site.as_(SUNITA).post(f"/continuity/packs/{PACK_ID}/void", void)
    answer = await key(site.as_(AMIRA), CALL, SELF_CARE, NOTHING)

    assert answer.status_code == 422
    assert "This form was called void: Spoilt" in html.unescape(answer.text)
    assert (await site.state(CASE, FORM_1)).opened_at is None


async def test_a_form_is_in_the_record_once_however_often_it_is_sent(site: Site) -> None:
    await entered(site, SELF_CARE, NOTHING)
    again = await key(site, CALL, SELF_CARE, NOTHING)

    assert again.headers["location"] == HERE
    assert await facts(site, "calls.case_opened.v1") == 1
    assert "In the record as C-" in await text(site, HERE)


async def test_another_organisation_finds_no_form(site: Site) -> None:
    stranger = structs.replace(AMIRA, org="somebody-else")

    assert (await site.as_(stranger).get(HERE)).status_code == 404
    found = await site.post("/continuity/forms", {"code": CODE_1})
    assert "There is no such form" in html.unescape(found.text)
