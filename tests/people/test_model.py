"""The rules of a person's record, one sentence each."""

from datetime import date, datetime, timedelta
from itertools import permutations
from typing import Final

import pytest
from msgspec import structs

from standfast.facts.people import (
    Allergy,
    AllergyStatus,
    ContactOutcome,
    ContactRecorded,
    ContactUnlinked,
    CurrentMedicine,
    Flag,
    PersonEvent,
    PersonRegistered,
    RecentContact,
    SafetyRecorded,
    recent,
)
from standfast.kernel.messages import Refused
from standfast.people.model import (
    PERSON,
    CorrectDetails,
    Person,
    PersonCommand,
    RecordSafety,
    Refusal,
    RegisterPerson,
    RuleOutAllergy,
    Safety,
    safety_of,
)
from standfast.people.model_contact import (
    CONTACT,
    Contact,
    RecordContact,
    RecordOutcome,
    UnlinkContact,
)
from standfast.people.words import DESCRIBES, REFUSALS
from tests.people.examples import MARGARET, SEAN
from tests.support.site import NOON, PROVIDER

PENICILLIN: Final = Allergy(
    substance="penicillin",
    display="Penicillin",
    code="91936005",
    system="http://snomed.info/sct",
    reaction="Rash",
    severity="moderate",
)
LATEX: Final = structs.replace(PENICILLIN, substance="latex", display="Latex", code="111088007")
METFORMIN: Final = CurrentMedicine(
    generic_name="metformin",
    form="tablets",
    strength="500 mg",
    dose="500 mg twice a day",
    ingredients=("metformin",),
)
REGISTERED: Final = PersonRegistered(
    person_id="p-margaret", org=PROVIDER, details=MARGARET, registered_at=NOON
)


def after(*commands: PersonCommand, start: datetime = NOON) -> Person:
    """Return what is known after *commands*, an hour apart, of somebody registered."""
    person = PERSON.replay([REGISTERED])
    for hours, command in enumerate(commands, start=1):
        for event in PERSON.decide(person, command, start + timedelta(hours=hours)):
            person = PERSON.evolve(person, event)
    return person


def refused(person: Person, command: PersonCommand) -> object:
    with pytest.raises(Refused) as caught:
        PERSON.decide(person, command, NOON)
    return caught.value.reason


def known(*allergies: Allergy, source: str = "GP record") -> RecordSafety:
    return RecordSafety(allergy_status=AllergyStatus.KNOWN, allergies=allergies, source=source)


NONE_KNOWN: Final = RecordSafety(allergy_status=AllergyStatus.NONE_KNOWN, source="Caller")
SILENT: Final = RecordSafety(allergy_status=AllergyStatus.NOT_RECORDED, source="GP record")


def register(**changed: object) -> RegisterPerson:
    given = {"person_id": "p-margaret", "org": PROVIDER, "details": MARGARET, **changed}
    return RegisterPerson(**given)  # type: ignore[arg-type]


def test_somebody_is_registered_with_or_without_an_nhs_number() -> None:
    for details in (MARGARET, SEAN):
        (event,) = PERSON.decide(Person(), register(details=details), NOON)

        assert isinstance(event, PersonRegistered)
        assert event.details == details


def test_a_wrong_check_digit_is_refused() -> None:
    wrong = structs.replace(MARGARET, nhs_number="9990000019")

    assert refused(Person(), register(details=wrong)) is Refusal.INVALID_NHS_NUMBER
    assert refused(after(), CorrectDetails(details=wrong)) is Refusal.INVALID_NHS_NUMBER


@pytest.mark.parametrize("born", [date(2026, 11, 24), date(1880, 1, 1)])
def test_nobody_is_born_in_the_future_or_two_lifetimes_ago(born: date) -> None:
    details = structs.replace(MARGARET, born=born)

    assert refused(Person(), register(details=details)) is Refusal.IMPOSSIBLE_BIRTH


def test_whoever_registers_must_look_at_near_matches_first() -> None:
    near = register(near_matches=("p-other",))

    assert refused(Person(), near) is Refusal.LIKELY_DUPLICATE
    assert PERSON.decide(Person(), structs.replace(near, none_of_them=True), NOON)


def test_nobody_is_registered_twice() -> None:
    assert refused(after(), register()) is Refusal.ALREADY_REGISTERED


@pytest.mark.parametrize(
    "command",
    [
        CorrectDetails(details=MARGARET),
        SILENT,
        RuleOutAllergy(substance="x", reason="y", by="z"),
    ],
)
def test_nothing_is_written_about_somebody_who_is_not_registered(
    command: PersonCommand,
) -> None:
    assert refused(Person(), command) is Refusal.NOT_REGISTERED


def test_not_recorded_is_never_none() -> None:
    assert safety_of(after()) == Safety()
    assert safety_of(after()).allergy_status is AllergyStatus.NOT_RECORDED
    assert safety_of(after()).medicines is None
    assert safety_of(after(SILENT)).allergy_status is AllergyStatus.NOT_RECORDED
    assert safety_of(after(SILENT)).medicines is None


def test_no_medicines_is_something_that_a_source_says() -> None:
    nothing_taken = structs.replace(SILENT, medicines=())

    assert safety_of(after(nothing_taken)).medicines == ()


def test_allergies_of_all_sources_are_put_together() -> None:
    safety = safety_of(after(known(PENICILLIN), known(LATEX, source="Caller")))

    assert safety.allergies == (LATEX, PENICILLIN)
    assert safety.source == "Caller"


@pytest.mark.parametrize("later", [NONE_KNOWN, SILENT, known(LATEX)])
def test_no_source_can_take_an_allergy_away(later: RecordSafety) -> None:
    safety = safety_of(after(known(PENICILLIN), later))

    assert PENICILLIN in safety.allergies
    assert safety.allergy_status is AllergyStatus.KNOWN


def test_a_clinician_can_rule_an_allergy_out_and_that_leaves_no_claim_of_none() -> None:
    ruled_out = RuleOutAllergy(substance="Penicillin", reason="Challenge negative", by="Ada")
    safety = safety_of(after(known(PENICILLIN), ruled_out))

    assert safety.allergies == ()
    assert safety.allergy_status is AllergyStatus.NOT_RECORDED


def test_an_allergy_that_is_recorded_again_after_it_was_ruled_out_counts_again() -> None:
    ruled_out = RuleOutAllergy(substance="penicillin", reason="Challenge negative", by="Ada")
    safety = safety_of(after(known(PENICILLIN), ruled_out, known(PENICILLIN, source="A&E")))

    assert safety.allergies == (PENICILLIN,)


def test_an_allergy_that_is_not_there_cannot_be_ruled_out() -> None:
    command = RuleOutAllergy(substance="latex", reason="x", by="Ada")

    assert refused(after(known(PENICILLIN)), command) is Refusal.NO_SUCH_ALLERGY


def test_an_allergy_status_and_its_names_must_agree() -> None:
    contradicts = structs.replace(NONE_KNOWN, allergies=(LATEX,))

    assert refused(after(), known()) is Refusal.ALLERGIES_NOT_NAMED
    assert refused(after(), contradicts) is Refusal.ALLERGIES_CONTRADICT


def test_a_source_replaces_its_own_flags_and_no_other_sources() -> None:
    dog = Flag(kind="scene", label="Dangerous dog", detail="")
    key = Flag(kind="access", label="Key safe", detail="")
    safety = safety_of(
        after(
            structs.replace(SILENT, flags=(dog,)),
            structs.replace(SILENT, flags=(key,), source="District nurse"),
            structs.replace(SILENT, flags=()),
        )
    )

    assert safety.flags == (key,)


def test_medicines_stay_until_a_source_says_otherwise() -> None:
    takes = structs.replace(SILENT, medicines=(METFORMIN,))

    assert safety_of(after(takes, NONE_KNOWN)).medicines == (METFORMIN,)


def test_the_same_said_again_by_the_same_source_changes_nothing() -> None:
    assert PERSON.decide(after(known(PENICILLIN)), known(PENICILLIN), NOON) == ()
    assert PERSON.decide(after(), CorrectDetails(details=MARGARET), NOON) == ()


def test_a_record_ends_the_same_in_whatever_order_its_facts_arrive() -> None:
    facts: list[PersonEvent] = [REGISTERED]
    person = PERSON.replay(facts)
    married = structs.replace(MARGARET, family="Bright")
    commands: tuple[PersonCommand, ...] = (
        known(PENICILLIN),
        CorrectDetails(details=married),
        NONE_KNOWN,
    )
    for hours, command in enumerate(commands, start=1):
        facts += PERSON.decide(person, command, NOON + timedelta(hours=hours))

    assert len({PERSON.replay(order) for order in permutations(facts)}) == 1


CASE: Final = RecordContact(
    case_id="case-1", org=PROVIDER, person_id="p-grace", problem="Fever", at=NOON
)
LINKED: Final = ContactRecorded(
    case_id="case-1", org=PROVIDER, person_id="p-grace", problem="Fever", at=NOON
)
UNLINKED: Final = ContactUnlinked(
    case_id="case-1", org=PROVIDER, person_id="p-grace", unlinked_at=NOON
)


def test_a_case_is_linked_once() -> None:
    assert CONTACT.decide(Contact(), CASE, NOON) == (LINKED,)
    assert CONTACT.decide(CONTACT.replay([LINKED]), CASE, NOON) == ()


def test_a_case_that_moves_to_a_twin_lets_the_first_one_go() -> None:
    twin = structs.replace(CASE, person_id="p-faith")
    events = CONTACT.decide(CONTACT.replay([LINKED]), twin, NOON)

    assert events == (UNLINKED, structs.replace(LINKED, person_id="p-faith"))


def test_only_the_person_who_is_linked_is_unlinked() -> None:
    contact = CONTACT.replay([LINKED])

    assert CONTACT.decide(contact, UnlinkContact(person_id="p-grace"), NOON) == (UNLINKED,)
    assert CONTACT.decide(contact, UnlinkContact(person_id="p-faith"), NOON) == ()
    assert CONTACT.decide(Contact(), UnlinkContact(person_id="p-grace"), NOON) == ()


def test_an_outcome_is_kept_of_somebody_known() -> None:
    outcome = RecordOutcome(outcome="Self care", at=NOON)
    event = ContactOutcome(case_id="case-1", org=PROVIDER, outcome="Self care", at=NOON)

    assert CONTACT.decide(CONTACT.replay([LINKED]), outcome, NOON) == (event,)
    assert CONTACT.decide(CONTACT.replay([LINKED, event]), outcome, NOON) == ()
    assert CONTACT.decide(Contact(), outcome, NOON) == ()


def test_a_repeat_caller_is_known_by_the_contacts_of_96_hours() -> None:
    def contact(case_id: str, hours: float) -> RecentContact:
        at = NOON - timedelta(hours=hours)
        return RecentContact(case_id=case_id, at=at, problem="", outcome="")

    found = [contact("now", 0), contact("yesterday", 20), contact("last week", 97)]

    assert [each.case_id for each in recent(found, NOON, other_than="now")] == ["yesterday"]


def test_every_refusal_has_its_sentence() -> None:
    assert set(REFUSALS) == set(Refusal)


def test_every_fact_has_its_sentence() -> None:
    say = DESCRIBES["people.person"]
    contact = DESCRIBES["people.contact"]
    (safety,) = PERSON.decide(after(), known(PENICILLIN), NOON)
    assert isinstance(safety, SafetyRecorded)

    assert say(REGISTERED) == "Registered here"
    assert say(safety) == "Known allergies: Penicillin; medicines not recorded (from GP record)"
    assert "Fever" not in contact(LINKED)
    assert contact(UNLINKED) == "A contact was unlinked: it was about somebody else"
