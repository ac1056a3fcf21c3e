"""The invented county: the same from the same seed, nobody real in it, never a dead end."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.demo import known
from standfast.demo.clinical import LOCAL_CODES
from standfast.demo.dice import dice
from standfast.demo.hours import bank_holidays, is_open
from standfast.demo.services import HORIZON, NEEDS, sessions
from standfast.demo.structs import Service, World
from standfast.demo.world import make_world
from standfast.facts.people import AllergyStatus
from standfast.kernel.values import Sex, valid_nhs_number

NOW: Final = datetime(2026, 11, 22, 14, 7, tzinfo=UTC)
WORLD: Final = make_world(111, NOW)
INSTANTS: Final = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 -- Hypothesis adds the zone
    max_value=datetime(2028, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)

PERSONAS: Final = {
    "amira.khan": "harrowmere-urgent-care",
    "joe.tran": "harrowmere-urgent-care",
    "ada.mensah": "harrowmere-urgent-care",
    "ruth.calder": "harrowmere-urgent-care",
    "sam.whitlock": "harrowmere-urgent-care",
    "nadia.brook": "harrowmere-ambulance",
    "piotr.lis": "harrowmere-ambulance",
    "owen.price": "kingsmoor-utc",
    "leila.haddad": "quayside-pharmacy",
}


def test_the_same_seed_and_instant_give_the_same_world() -> None:
    assert make_world(111, NOW) == WORLD


def test_another_seed_gives_other_people_in_the_same_place() -> None:
    other = make_world(112, NOW)
    assert other.place == WORLD.place
    assert other.people != WORLD.people


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(min_value=0, max_value=10_000), now=INSTANTS)
def test_every_seed_has_two_thousand_people_with_unique_valid_test_numbers(
    seed: int, now: datetime
) -> None:
    world = make_world(seed, now)
    numbers = [person.nhs_number for person in world.people if person.nhs_number]
    assert len(world.people) == 2000
    assert len({person.id for person in world.people}) == 2000
    assert len(set(numbers)) == len(numbers)
    assert all(number.startswith("999") and valid_nhs_number(number) for number in numbers)
    assert all(person.birth_date <= now.date() for person in world.people)


def test_every_telephone_number_is_one_kept_for_drama() -> None:
    numbers = {phone for person in WORLD.people for phone in person.phones}
    numbers |= _offices()
    numbers |= {each.number for each in WORLD.waiting_calls}
    assert all(len(each) == 11 for each in numbers)
    assert all(each.startswith(("07700900", "01632960")) for each in numbers)


def test_no_number_of_a_service_is_also_a_persons() -> None:
    private = {phone for person in WORLD.people for phone in person.phones}
    assert not private & _offices()


def test_ids_and_codes_are_unique_and_refer_to_what_is_there() -> None:
    organisations = {each.id for each in WORLD.organisations}
    people = {each.id for each in WORLD.people}
    for things in (WORLD.organisations, WORLD.staff, WORLD.services, WORLD.sessions):
        assert max(Counter(each.id for each in things).values()) == 1
    slots = [slot.id for session in WORLD.sessions for slot in session.slots]
    assert len(set(slots)) == len(slots)
    assert len({each.ods_code for each in WORLD.organisations}) == len(organisations)
    assert all(each.ods_code.startswith("ZZ9") for each in WORLD.organisations)
    assert {each.org for each in WORLD.staff} | {each.org for each in WORLD.services} <= (
        organisations
    )
    assert {each.gp_practice for each in WORLD.people} <= organisations
    assert {each.person_id for each in WORLD.contacts} <= people
    assert {one for each in WORLD.waiting_calls for one in each.person_ids} <= people
    assert {each.service_id for each in WORLD.sessions} <= {each.id for each in WORLD.services}


def test_every_organisation_that_works_has_somebody_to_sign_in_as() -> None:
    staffed = {member.org for member in WORLD.staff}
    assert staffed == {each.id for each in WORLD.organisations}
    assert {each.id: each.org for each in WORLD.staff}.items() >= PERSONAS.items()


def test_people_live_at_postcodes_of_the_county_and_near_them() -> None:
    for person in WORLD.people:
        assert person.postcode in WORLD.place.postcodes
        assert person.address[-1] in {town.name for town in WORLD.place.towns}


def test_families_share_a_home_and_a_telephone() -> None:
    homes = Counter(person.address for person in WORLD.people)
    assert sum(count > 2 for count in homes.values()) > 150
    birthdays = Counter((person.address, person.birth_date) for person in WORLD.people)
    assert sum(count > 1 for count in birthdays.values()) > 5


def test_names_are_as_various_as_a_real_list() -> None:
    names = [person.family_name for person in WORLD.people]
    assert any("'" in name for name in names)
    assert sum("-" in name for name in names) > 20
    assert any(not name.isascii() for name in names)
    assert len(set(names)) > 250


def test_ages_look_like_a_populations() -> None:
    ages = Counter((NOW.date() - person.birth_date).days // 3653 for person in WORLD.people)
    assert all(ages[decade] >= 40 for decade in range(9))
    assert max(ages.values()) < 450
    assert {person.sex for person in WORLD.people} >= {Sex.FEMALE, Sex.MALE, Sex.UNKNOWN}


def test_every_kind_of_allergy_record_occurs() -> None:
    assert {person.allergy_status for person in WORLD.people} == set(AllergyStatus)
    for person in WORLD.people:
        assert bool(person.allergies) == (person.allergy_status is AllergyStatus.KNOWN)


def test_some_have_died_some_have_no_number_some_need_an_interpreter() -> None:
    assert 5 < sum(person.death_date is not None for person in WORLD.people) < 20
    assert 10 < sum(person.nhs_number is None for person in WORLD.people) < 50
    assert sum(person.needs_interpreter for person in WORLD.people) > 20
    kinds = {flag.kind for person in WORLD.people for flag in person.flags}
    assert kinds >= {"safeguarding_child", "violence", "hearing", "end_of_life", "adrenal"}


def test_margaret_is_who_the_documents_say() -> None:
    margaret = WORLD.people[0]
    assert margaret.id == known.MARGARET_OKONKWO_BRIGHT
    assert (margaret.given_name, margaret.family_name) == ("Margaret", "Okonkwo-Bright")
    assert margaret.birth_date == date(1948, 3, 14)
    assert margaret.nhs_number == "9990123454"
    assert [allergy.substance for allergy in margaret.allergies] == ["penicillin"]
    assert "apixaban" in {medicine.generic_name for medicine in margaret.medicines}


def test_the_people_known_by_name_are_all_there() -> None:
    assert {person.id for person in WORLD.people} >= known.KNOWN_BY_NAME


def test_thomas_has_called_twice_within_four_days() -> None:
    calls = [each for each in WORLD.contacts if each.person_id == known.THOMAS_ADEYEMI]
    assert len(calls) == 2
    assert all(timedelta() < NOW - each.at < timedelta(hours=96) for each in WORLD.contacts)


def test_a_waiting_call_names_all_whose_number_it_is() -> None:
    assert WORLD.waiting_calls == tuple(
        sorted(WORLD.waiting_calls, key=lambda each: (each.waiting_since, each.id))
    )
    morgans = {known.SAMUEL_MORGAN, known.BETHAN_MORGAN}
    assert any(set(each.person_ids) == morgans for each in WORLD.waiting_calls)
    assert any(not each.person_ids for each in WORLD.waiting_calls)


@settings(max_examples=200, deadline=None)
@given(at=INSTANTS)
def test_at_any_hour_of_any_day_two_pharmacies_are_open(at: datetime) -> None:
    """What the first cannot supply goes to a second, also at night."""
    holidays = frozenset(bank_holidays(at.year))
    opened = [each for each in _pharmacies(WORLD) if is_open(each.hours, at, holidays)]
    assert sum(each.accepting for each in opened) >= 2


def test_pharmacies_keep_different_hours() -> None:
    assert len({repr(each.hours) for each in _pharmacies(WORLD)}) == 5
    assert sum(each.hours.all_hours for each in _pharmacies(WORLD)) == 2


@settings(max_examples=100, deadline=None)
@given(now=INSTANTS, later=st.integers(min_value=0, max_value=45 * 60))
def test_a_face_to_face_slot_is_free_within_two_hours_of_any_instant(
    now: datetime, later: int
) -> None:
    at = now + timedelta(minutes=later)
    offered = sessions(dice(1, "sessions"), WORLD.services, now=now)
    assert any(
        slot.free and at <= slot.starts_at <= at + timedelta(hours=2)
        for session in offered
        if session.channel == "face_to_face"
        for slot in session.slots
    )


def test_slots_are_quarters_of_an_hour_ahead_of_us() -> None:
    for session in WORLD.sessions:
        for slot in session.slots:
            assert NOW <= slot.starts_at < NOW + HORIZON
            assert slot.starts_at.minute % 15 == 0
            assert slot.ends_at - slot.starts_at == timedelta(minutes=15)
            assert session.starts_at <= slot.starts_at
            assert slot.ends_at <= session.ends_at


@pytest.mark.parametrize("hour", range(0, 168, 7))
def test_at_any_hour_some_services_would_be_left_out(hour: int) -> None:
    at = NOW + timedelta(hours=hour)
    holidays = frozenset(WORLD.bank_holidays)
    closed = [each for each in WORLD.services if not is_open(each.hours, at, holidays)]
    assert closed
    assert {"green", "amber", "red"} == {each.capacity for each in WORLD.services}
    assert any(not each.accepting for each in WORLD.services)
    assert any(each.within_metres for each in WORLD.services)


def test_every_need_of_a_service_has_its_words() -> None:
    assert {need for each in WORLD.services for need in each.needs} == set(NEEDS)


def test_bank_holidays_are_englands() -> None:
    assert bank_holidays(2027) == (
        date(2027, 1, 1),
        date(2027, 3, 26),
        date(2027, 3, 29),
        date(2027, 5, 3),
        date(2027, 5, 31),
        date(2027, 8, 30),
        date(2027, 12, 27),
        date(2027, 12, 28),
    )
    assert date(2026, 12, 28) in bank_holidays(2026)
    assert date(2026, 4, 6) in bank_holidays(2026)


def test_the_formulary_names_a_source_for_each_real_code_and_a_reason_for_each_maximum() -> (
    None
):
    assert len({each.code for each in WORLD.formulary}) == len(WORLD.formulary) >= 40
    for medicine in WORLD.formulary:
        assert medicine.maximum_reason
        assert medicine.doses
        assert medicine.ingredients
        assert medicine.code.isdigit() == (medicine.system != LOCAL_CODES)
        assert bool(medicine.code_source) == medicine.code.isdigit()


def test_an_allergy_to_penicillin_meets_the_penicillins() -> None:
    met = {
        medicine.generic_name
        for medicine in WORLD.formulary
        for ingredient in medicine.ingredients
        if "penicillin" in ingredient.classes
    }
    assert met == {
        "amoxicillin",
        "phenoxymethylpenicillin",
        "flucloxacillin",
        "co-amoxiclav 500/125",
    }


def test_vehicles_stand_on_the_road() -> None:
    assert len(WORLD.vehicles) == 12
    assert {each.kind for each in WORLD.vehicles} == {"ambulance", "rapid_response"}
    for each in WORLD.vehicles:
        assert WORLD.place.road_map.nodes[each.node] == each.point


def _pharmacies(world: World) -> list[Service]:
    return [each for each in world.services if each.kind == "Pharmacy"]


def _offices() -> set[str]:
    return {each.phone for each in WORLD.organisations} | {
        each.phone for each in WORLD.services
    }
