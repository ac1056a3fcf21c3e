"""Hazard H02: what is written about one person never ends up with another.

The people are those who are most easily taken for one another: twins with one address, one
telephone and one date of birth.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from standfast.calls import commands as c
from standfast.calls import device_commands as d
from standfast.calls.model_case import CASE
from standfast.facts.contact import Patient
from standfast.facts.people import RECENT_CONTACTS, Allergy, AllergyStatus, Flag
from standfast.kernel.messages import Command, Decider
from standfast.people.model import PERSON, CorrectDetails, RecordSafety, RegisterPerson
from standfast.people.model_contact import (
    CONTACT,
    RecordContact,
    RecordOutcome,
    UnlinkContact,
)
from standfast.people.tables import ContactRow, PersonRow, contact_rows, find, person_rows
from standfast.people.wanted import understand
from tests.people.examples import AMIRA, FAITH, GRACE, nobody_guarded, register_everybody
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, Site, open_site

TWINS: Final = {"p-grace": GRACE, "p-faith": FAITH}
ONE: Final = "01890000-0000-7000-8000-000000000001"
TWO: Final = "01890000-0000-7000-8000-000000000002"
CASES: Final = (ONE, TWO, "01890000-0000-7000-8000-000000000003")

steps: Final = st.lists(
    st.tuples(
        st.sampled_from(["allergy", "flag", "move", "link", "unlink", "close"]),
        st.sampled_from(sorted(TWINS)),
        st.sampled_from(CASES),
    ),
    max_size=25,
)


class Desk:
    """Streams in memory, worked on as the journal works on them."""

    def __init__(self) -> None:
        self.states: dict[tuple[str, str], Any] = {}

    def do(self, decider: Decider[Any, Any, Any], key: str, command: Command, at: int) -> None:
        state = self.states.get((decider.stream, key), decider.initial)
        for event in decider.decide(state, command, NOON + timedelta(minutes=at)):
            state = decider.evolve(state, event)
        self.states[decider.stream, key] = state


def carry_out(desk: Desk, step: tuple[str, str, str], at: int) -> None:
    """Do one thing for one twin; everything that is written carries the twin's id."""
    what, twin, case_id = step
    match what:
        case "allergy":
            allergy = Allergy(
                substance=f"{twin} {at}",
                display=twin,
                code="",
                system="",
                reaction="",
                severity="",
            )
            known = RecordSafety(
                allergy_status=AllergyStatus.KNOWN, allergies=(allergy,), source="Caller"
            )
            desk.do(PERSON, twin, known, at)
        case "flag":
            flag = Flag(kind="scene", label=twin, detail=str(at))
            flagged = RecordSafety(
                allergy_status=AllergyStatus.NOT_RECORDED, flags=(flag,), source="Crew"
            )
            desk.do(PERSON, twin, flagged, at)
        case "move":
            moved = structs.replace(TWINS[twin], address=(f"{at} {twin}",))
            desk.do(PERSON, twin, CorrectDetails(details=moved), at)
        case "link":
            linked = RecordContact(
                case_id=case_id, org=PROVIDER, person_id=twin, problem=f"of {twin}", at=NOON
            )
            desk.do(CONTACT, case_id, linked, at)
        case "unlink":
            desk.do(CONTACT, case_id, UnlinkContact(person_id=twin), at)
        case _:
            desk.do(CONTACT, case_id, RecordOutcome(outcome="Self care", at=NOON), at)


def expected_links(done: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """Return which twin each case is about, told the simplest way."""
    links: dict[str, str] = {}
    for what, twin, case_id in done:
        if what == "link":
            links[case_id] = twin
        elif what == "unlink" and links.get(case_id) == twin:
            del links[case_id]
    return links


@given(steps)
def test_whatever_is_done_for_twins_nothing_crosses(done: list[tuple[str, str, str]]) -> None:
    desk = Desk()
    for twin, details in TWINS.items():
        command = RegisterPerson(person_id=twin, org=PROVIDER, details=details)
        desk.do(PERSON, twin, command, 0)
    for at, step in enumerate(done, start=1):
        carry_out(desk, step, at)
    rows = {key: state for (kind, key), state in desk.states.items() if kind == "people.person"}
    links = {
        row.case_id: row
        for (kind, _), state in desk.states.items()
        if kind == "people.contact"
        for row in contact_rows(state)
        if isinstance(row, ContactRow)
    }

    for twin, state in rows.items():
        (row,) = person_rows(state)
        assert isinstance(row, PersonRow)
        other = next(each for each in TWINS if each != twin)
        assert row.person_id == twin
        assert row.nhs_number == TWINS[twin].nhs_number
        assert row.details.given == TWINS[twin].given
        assert other not in repr(row)
    assert {case_id: row.person_id for case_id, row in links.items()} == expected_links(done)
    assert all(row.problem == f"of {row.person_id}" for row in links.values())


def identified_as(case_id: str, person_id: str) -> c.IdentifyPatient:
    details = TWINS[person_id]
    return c.IdentifyPatient(
        case_id=case_id,
        patient=Patient(
            person_id=person_id,
            family=details.family,
            given=details.given,
            born=details.born,
            nhs_number=details.nhs_number,
        ),
        gp_name="",
        language="English",
        needs_interpreter=False,
        staff_name="Amira Khan",
    )


async def begin(site: Site, case_id: str) -> None:
    opened = d.OpenCase(
        entry_id=f"{case_id}-open",
        case_id=case_id,
        org=PROVIDER,
        number="07700 900555",
        at=NOON,
        staff_id="amira.khan",
        staff_name="Amira Khan",
    )
    await site.execute(CASE, case_id, opened)


async def note(site: Site, case_id: str, text: str) -> None:
    command = d.WriteNote(
        entry_id=f"{case_id}-{text}",
        case_id=case_id,
        org=PROVIDER,
        text=text,
        staff_name="Amira Khan",
    )
    await site.execute(CASE, case_id, command)


@pytest.mark.anyio
async def test_a_shared_telephone_offers_both_twins_and_chooses_neither(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register_everybody(site)
        wanted = understand("07700 900555", NOON.date())
        hits = await find(site.platform.db, PROVIDER, wanted, guarded=nobody_guarded)

        assert {hit.person_id for hit in hits} == set(TWINS)
        assert not any(hit.fit.exact for hit in hits)


@pytest.mark.anyio
async def test_a_case_taken_for_the_wrong_twin_leaves_her_record_when_it_is_put_right(
    database: Database,
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register_everybody(site)
        await begin(site, ONE)
        await site.execute(CASE, ONE, identified_as(ONE, "p-grace"))
        await note(site, ONE, "Swallowed a battery")
        wrong = await site.get("/people/p-grace/timeline")
        await site.execute(CASE, ONE, c.UnlinkPatient(case_id=ONE, staff_name="Amira Khan"))
        await site.execute(CASE, ONE, identified_as(ONE, "p-faith"))
        await note(site, ONE, "Ambulance waits outside")
        grace = (await site.get("/people/p-grace/timeline")).text
        faith = (await site.get("/people/p-faith/timeline")).text
        record = (await site.get("/people/p-grace")).text

        assert "Swallowed a battery" in wrong.text
        assert "Swallowed a battery" not in grace
        assert "Ambulance waits outside" not in grace
        assert ONE not in grace + record
        assert "it was about somebody else" in grace
        assert "Swallowed a battery" in faith
        assert "Ambulance waits outside" in faith
        assert "Somebody else was taken for the patient" in faith
        assert "Grace" not in faith
        assert "p-grace" not in faith
        ask = site.platform.ask
        assert await ask(RECENT_CONTACTS, org=PROVIDER, key="p-grace") == ()
        (contact,) = await ask(RECENT_CONTACTS, org=PROVIDER, key="p-faith")
        assert contact.case_id == ONE


@pytest.mark.anyio
async def test_two_calls_from_one_telephone_keep_their_own_twin(database: Database) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await register_everybody(site)
        for case_id, person_id in ((ONE, "p-grace"), (TWO, "p-faith")):
            await begin(site, case_id)
            await site.execute(CASE, case_id, identified_as(case_id, person_id))
            await note(site, case_id, f"Note about {person_id}")
        grace = (await site.get("/people/p-grace/timeline")).text
        faith = (await site.get("/people/p-faith/timeline")).text

        assert "Note about p-grace" in grace
        assert "Note about p-faith" not in grace
        assert "Note about p-faith" in faith
        assert "Note about p-grace" not in faith
