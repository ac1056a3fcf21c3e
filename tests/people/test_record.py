"""A person's record and timeline on screen, and what others may ask about them."""

from datetime import date, timedelta

import asyncpg
import pytest
from msgspec import structs

from standfast.facts.cases import CaseClosed, PatientIdentified, PatientUnlinked
from standfast.facts.contact import Patient
from standfast.facts.people import (
    PERSON as ABOUT,
)
from standfast.facts.people import (
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
            "Ask how to get in",
            "Prefers to stay at home",
            "Dr Lowe, 01-Mar-2026",
            "Review was due 01-Sep-2026",
            "From GP record",
            "2hr ago",
        ):
            assert words in page.text
        for words in ("Key safe 4 digits", "Ask the daughter"):  # it is sealed with a case
            assert words not in page.text


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
        assert page.text.count("Within 96 hours") == 1
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
