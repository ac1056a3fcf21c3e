"""People on screen, from the search to the timeline."""

from datetime import date, timedelta
from html import unescape
from typing import Final

import pytest
from msgspec import structs

from standfast.calls.events import CaseClosed, Patient, PatientIdentified, PatientUnlinked
from standfast.people.events import (
    PERSON as ABOUT,
)
from standfast.people.events import (
    RECENT_CONTACTS,
    AllergyStatus,
    Flag,
    SpecialNote,
)
from standfast.people.model import PERSON, RecordSafety
from standfast.people.model_contact import CONTACT, RecordContact, RecordOutcome
from standfast.people.reactions import REACTIONS
from tests.identity.examples import load_staff
from tests.people.examples import (
    ADA,
    AMIRA,
    FAITH,
    FOREIGNER,
    MARGARET,
    register,
    register_everybody,
)
from tests.people.test_model import METFORMIN, PENICILLIN
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, TRUST, Site, open_site

pytestmark = pytest.mark.anyio

TYPED: Final = {
    "family": "Marsh",
    "given": "Ivy",
    "born": "3 May 1961",
    "sex": "female",
    "nhs_number": "999 000 0042",
    "address": "1 Ferry Road\nQuayside",
    "postcode": "hm34ac",
    "phone": "07700 900111",
    "language": "Welsh",
    "needs_interpreter": "yes",
}


async def count(site: Site) -> int:
    found: int = await site.platform.db.fetch_value("SELECT count(*) FROM people_people")
    return found


async def contact(
    site: Site, case_id: str, person_id: str, problem: str, days: int = 0
) -> None:
    command = RecordContact(
        case_id=case_id,
        org=PROVIDER,
        person_id=person_id,
        problem=problem,
        at=NOON - timedelta(days=days),
    )
    await site.execute(CONTACT, case_id, command)


async def test_a_search_shows_who_fits_and_why(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register_everybody(site)
        page = await site.post("/people/search", {"q": "okonkwo 14/03/1948"})

        assert page.status_code == 200
        for words in ("OKONKWO-BRIGHT, Margaret (Mrs)", "999 000 0018", "14-Mar-1948 (78y)"):
            assert words in page.text
        assert "date of birth" in page.text


async def test_the_call_screen_gets_only_the_list(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register_everybody(site)
        part = await site.post(
            "/people/search", {"part": "matches", "family": "bright", "born": "14/03/1948"}
        )

        assert "<html" not in part.text
        assert 'data-choose-person="p-margaret"' in part.text


async def test_a_search_cannot_be_put_in_an_address(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        assert (await site.get("/people/search?q=bright")).status_code in (404, 405)


async def test_an_nhs_number_with_a_wrong_digit_is_said(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        page = await site.post("/people/search", {"q": "999 000 0019"})

        assert "999 000 0019 is not an NHS number" in page.text


async def test_nobody_found_says_what_to_do(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        assert "Nobody found" in (await site.post("/people/search", {"q": "zzyzx"})).text
        assert "Enter an NHS number" in (await site.post("/people/search", {"q": ""})).text


async def test_somebody_is_registered_and_their_record_opens(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        sent = await site.post("/people/register", TYPED)
        page = await site.get(sent.headers["location"])

        assert sent.status_code == 303
        for words in (
            "MARSH, Ivy",
            "03-May-1961 (65y)",
            "999 000 0042",
            "HM3 4AC",
            "Welsh, needs an interpreter",
            "Allergies not recorded",
            "Medicines not recorded",
        ):
            assert words in page.text


async def test_somebody_is_registered_with_a_name_alone(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        sent = await site.post(
            "/people/register", {"family": "Marsh", "given": "Ivy", "sex": "unknown"}
        )
        page = await site.get(sent.headers["location"])

        assert "Not known" in page.text
        assert "NHS No." in page.text


async def test_everything_wrong_is_said_at_once_and_nothing_typed_is_lost(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        wrong = TYPED | {
            "family": "",
            "born": "31/02/1961",
            "nhs_number": "9990000043",
            "phone": "12",
            "postcode": "nowhere",
            "sex": "",
        }
        page = await site.post("/people/register", wrong)

        assert page.status_code == 422
        for sentence in (
            "Enter the family name",
            "Enter the date of birth as a day, month and year",
            "its check digit is wrong",
            "Enter a telephone number, such as 07700 900417",
            "Enter a full postcode",
            "Select the sex",
        ):
            assert sentence in page.text
        for typed in ("31/02/1961", "9990000043", "nowhere", "1 Ferry Road", "Welsh", "Ivy"):
            assert typed in unescape(page.text)
        assert await count(site) == 0


async def test_two_people_cannot_have_one_nhs_number(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register_everybody(site)
        taken = TYPED | {"nhs_number": "9990000018", "none_of_them": "yes"}
        page = await site.post("/people/register", taken)

        assert page.status_code == 409
        assert "Somebody is registered with this NHS number" in page.text
        assert "1 Ferry Road" in page.text
        assert await count(site) == 4


async def test_two_organisations_may_know_one_nhs_number(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register(site, "p-ours", MARGARET)
        await register(site, "p-theirs", MARGARET, org=TRUST)

        assert await count(site) == 2


async def test_a_twin_is_registered_only_after_somebody_has_looked(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register_everybody(site)
        twin = {
            "family": "Adeyemi",
            "given": "Hope",
            "born": "02/06/2019",
            "sex": "female",
            "phone": "07700 900555",
        }
        first = await site.post("/people/register", twin)
        again = await site.post("/people/register", twin | {"none_of_them": "yes"})

        assert first.status_code == 409
        assert "This may be somebody who is registered already" in first.text
        assert "ADEYEMI, Grace" in first.text
        assert "ADEYEMI, Faith" in first.text
        assert 'value="Hope"' in first.text
        assert again.status_code == 303
        assert await count(site) == 5


async def test_a_form_that_is_sent_twice_registers_once(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        form = TYPED | {"person_id": "01890000-0000-7000-8000-000000000001"}
        first = await site.post("/people/register", form)
        again = await site.post("/people/register", form)

        assert first.headers["location"] == again.headers["location"]
        assert await count(site) == 1


async def test_the_call_screen_registers_without_leaving_the_call(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        form = await site.get("/people/register?part=form")
        sent = await site.post("/people/register", TYPED | {"part": "form"})
        wrong = await site.post("/people/register", {"part": "form", "given": "Ivy"})

        assert "<html" not in form.text
        assert 'name="person_id"' in form.text
        assert sent.status_code == 201
        assert "data-choose-person" in sent.text
        assert wrong.status_code == 422
        assert "<html" not in wrong.text
        assert "Enter the family name" in wrong.text


async def test_details_are_corrected_and_what_was_not_asked_for_stays(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        details = structs.replace(
            MARGARET, phones=(*MARGARET.phones, "07700 900418"), died=date(2026, 11, 1)
        )
        await register(site, "p-margaret", details)
        form = await site.get("/people/p-margaret/correct")
        sent = await site.post(
            "/people/p-margaret/correct",
            {
                "family": "Bright",
                "given": "Margaret",
                "sex": "female",
                "born": "14/03/1948",
                "phone": "07700 900417",
                "other_phone": "01632 960417",
            },
        )
        state = await site.state(PERSON, "p-margaret")

        assert 'value="Okonkwo-Bright"' in form.text
        assert sent.headers["location"] == "/people/p-margaret"
        assert state.details is not None
        assert state.details.family == "Bright"
        assert state.details.nhs_number is None
        assert state.details.died == date(2026, 11, 1)
        assert state.details.phones[2] == "07700 900418"


async def test_the_record_shows_flags_notes_allergies_and_how_old_they_are(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register_everybody(site)
        command = RecordSafety(
            allergy_status=AllergyStatus.KNOWN,
            allergies=(PENICILLIN,),
            medicines=(METFORMIN,),
            flags=(Flag(kind="access", label="Key safe 4 digits", detail="Ask the daughter"),),
            notes=(
                SpecialNote(
                    text="Prefers to stay at home",
                    author="Dr Lowe",
                    written_on=date(2026, 3, 1),
                    review_on=date(2026, 9, 1),
                ),
            ),
            source="GP record",
        )
        await site.execute(PERSON, "p-margaret", command)
        site.clock.move(hours=2)
        page = await site.get("/people/p-margaret")

        for words in (
            "Known allergies",
            "Penicillin",
            "metformin",
            "Key safe 4 digits",
            "Ask the daughter",
            "Prefers to stay at home",
            "Dr Lowe, 01-Mar-2026",
            "Review was due 01-Sep-2026",
            "From GP record",
            "2hr ago",
        ):
            assert words in page.text


async def test_contacts_are_shown_newest_first_and_those_of_96_hours_marked(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register_everybody(site)
        await contact(site, "case-1", "p-margaret", "Cough", days=1)
        await contact(site, "case-2", "p-margaret", "Fall", days=30)
        await contact(site, "case-3", "p-grace", "Rash")
        await site.execute(CONTACT, "case-1", RecordOutcome(outcome="Self care", at=NOON))
        page = await site.get("/people/p-margaret")
        answer = await site.platform.ask(RECENT_CONTACTS, org=PROVIDER, key="p-margaret")
        theirs = await site.platform.ask(RECENT_CONTACTS, org=TRUST, key="p-margaret")

        assert page.text.index("Cough") < page.text.index("Fall")
        assert page.text.count("96 hours") == 1
        assert "Rash" not in page.text
        assert [(each.case_id, each.outcome) for each in answer] == [
            ("case-1", "Self care"),
            ("case-2", ""),
        ]
        assert theirs == ()


async def test_others_may_ask_about_a_person_of_their_own_organisation(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register_everybody(site)
        summary = await site.platform.ask(ABOUT, org=PROVIDER, key="p-faith")

        assert summary is not None
        assert summary.details == FAITH
        assert summary.allergy_status is AllergyStatus.NOT_RECORDED
        assert summary.medicines is None
        assert await site.platform.ask(ABOUT, org=TRUST, key="p-faith") is None


@pytest.mark.parametrize("path", ["", "/timeline", "/correct"])
async def test_another_organisations_person_is_not_there(database: Database, path: str) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register(site, "p-theirs", MARGARET, org=TRUST)
        may_all = structs.replace(AMIRA, permissions=AMIRA.permissions | {"people.correct"})
        site.as_(may_all)

        assert (await site.get(f"/people/p-theirs{path}")).status_code == 404
        assert (await site.get(f"/people/nobody{path}")).status_code == 404


async def test_the_timeline_says_everything_in_order_with_who_and_when(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await load_staff(site)
        await register_everybody(site)
        site.clock.move(minutes=10)
        await contact(site, "case-1", "p-margaret", "Cough")
        site.clock.move(minutes=10)
        late = RecordSafety(allergy_status=AllergyStatus.NONE_KNOWN, source="Caller")
        await site.execute(PERSON, "p-margaret", late, occurred_at=NOON + timedelta(minutes=5))
        page = await site.get("/people/p-margaret/timeline")
        order = [
            page.text.index(words)
            for words in (
                "Registered here",
                "No known allergies",
                "A contact was linked to this person",
            )
        ]

        assert order == sorted(order)
        assert "Amira Khan, Call handler" in page.text
        assert "written down 22-Nov-2026 12:20" in page.text


async def test_a_fact_of_a_newer_program_is_shown_as_such(database: Database) -> None:
    import asyncpg  # noqa: PLC0415

    async with open_site(database, actor=AMIRA) as site:
        await register_everybody(site)
        owner = await asyncpg.connect(database.owner_dsn)
        await owner.execute(
            """
            INSERT INTO journal SELECT 'elsewhere.1.1', 1, stream, 'people.glowed.v9', subject,
                   org, actor, hlc + 1, occurred_at, recorded_at, NULL, '\\x7b7d', prev, hash, sig
              FROM journal WHERE stream = 'people.person/p-margaret' LIMIT 1
            """
        )
        await owner.close()
        page = await site.get("/people/p-margaret/timeline")

        assert "Recorded by a newer version of the program (people.glowed.v9)" in page.text


def test_a_case_becomes_a_contact_only_of_somebody_known() -> None:
    by_event = {reaction.on: reaction for reaction in REACTIONS}
    known = PatientIdentified(
        case_id="case-1",
        org=PROVIDER,
        patient=Patient(person_id="p-grace"),
        problem="Fever",
        opened_at=NOON,
        by="Amira Khan",
    )
    closed = CaseClosed(
        case_id="case-1",
        org=PROVIDER,
        person_id="p-grace",
        summary="Self care",
        message_id="m-1",
        closed_at=NOON,
        by="Amira Khan",
    )
    unlinked = PatientUnlinked(case_id="case-1", org=PROVIDER, person_id="p-grace", by="A")

    for event in (known, closed, unlinked):
        assert by_event[type(event)].key(event) == "case-1"
        assert by_event[type(event)].command(event) is not None
    unknown = structs.replace(known, patient=Patient())
    assert by_event[PatientIdentified].command(unknown) is None
    assert by_event[CaseClosed].command(structs.replace(closed, person_id=None)) is None


async def test_a_foreigner_finds_nobody_of_ours_on_screen(database: Database) -> None:
    async with open_site(database, actor=FOREIGNER) as site:
        await register_everybody(site)

        assert "Nobody found" in (await site.post("/people/search", {"q": "okonkwo"})).text
