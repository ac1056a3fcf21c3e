"""How long records are kept: never too short, and not at all while something holds them.

Records Management Code of Practice (2021, updated 7 August 2023), Appendix II.
"""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.facts.kept import KeptRecord
from standfast.records.schedule import (
    Rule,
    Schedule,
    Standing,
    age_on,
    due,
    packaged,
    read,
    years_after,
)

LAST: Final = date(2016, 3, 10)


def a_record(*, born: date | None = date(1960, 5, 17), latest: date = LAST) -> KeptRecord:
    return KeptRecord(
        record_id="p-margaret",
        kind="person",
        title="HALE, Margaret",
        born=born,
        died=None,
        latest_at=datetime.combine(latest, time(23, 30), UTC),
        parts=(),
    )


def due_on(record: KeptRecord, organisation: str = "provider") -> date | None:
    return due(record, packaged(), (), date(2100, 1, 1), organisation=organisation).due_on


def test_an_adults_record_is_kept_for_eight_years() -> None:
    assert due_on(a_record()) == date(2024, 3, 10)


def test_it_is_due_on_that_day_and_not_on_the_day_before() -> None:
    on = date(2024, 3, 10)

    def standing(day: date) -> Standing:
        return due(a_record(), packaged(), (), day, organisation="provider").standing

    assert standing(on - timedelta(days=1)) is Standing.KEPT
    assert standing(on) is Standing.DUE


def test_a_childs_record_is_kept_until_the_25th_birthday() -> None:
    assert due_on(a_record(born=date(2010, 8, 1))) == date(2035, 8, 1)


def test_of_somebody_who_was_17_until_the_26th() -> None:
    assert due_on(a_record(born=date(1998, 8, 1))) == date(2024, 8, 1)


def test_of_somebody_who_turned_18_on_the_day_for_eight_years() -> None:
    assert due_on(a_record(born=date(1998, 3, 10))) == date(2024, 3, 10)


def test_somebody_whose_birth_is_not_known_counts_as_born_that_day() -> None:
    assert due_on(a_record(born=None)) == date(2041, 3, 10)


def test_a_mental_health_record_is_kept_for_twenty_years() -> None:
    assert due_on(a_record(), "mental_health") == date(2036, 3, 10)


def test_of_a_child_in_mental_health_the_longer_of_the_two_counts() -> None:
    assert due_on(a_record(born=date(2000, 1, 1)), "mental_health") == date(2036, 3, 10)
    assert due_on(a_record(born=date(2015, 1, 1)), "mental_health") == date(2040, 1, 1)


def test_an_ambulance_record_is_kept_for_ten_years() -> None:
    assert due_on(a_record(), "ambulance_trust") == date(2026, 3, 10)


def test_a_leap_days_anniversary_is_the_first_of_march() -> None:
    assert years_after(date(2016, 2, 29), 9) == date(2025, 3, 1)
    assert years_after(date(2016, 2, 29), 8) == date(2024, 2, 29)


def test_what_no_rule_fits_is_kept() -> None:
    schedule = Schedule(source="Nowhere", rules=())
    verdict = due(a_record(), schedule, (), date(2100, 1, 1), organisation="provider")

    assert (verdict.standing, verdict.due_on) == (Standing.KEPT, None)


DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2090, 1, 1))
ORGANISATIONS = st.sampled_from(["provider", "mental_health", "ambulance_trust", "pharmacy"])


@st.composite
def records(draw: st.DrawFn) -> KeptRecord:
    latest = draw(DAYS)
    born = draw(st.none() | st.dates(min_value=date(1890, 1, 1), max_value=latest))
    return a_record(born=born, latest=latest)


def longest(record: KeptRecord, organisation: str) -> date:
    """Return the day by the words of the Code, written apart from the program's own way."""
    last = record.latest_at.date()
    born = record.born or last
    years = {"mental_health": 20, "ambulance_trust": 10}.get(organisation, 8)
    day = _anniversary(last, years)
    for turned, until in ((17, 25), (18, 26)):
        if last < _anniversary(born, turned):
            return max(day, _anniversary(born, until))
    return day


def _anniversary(day: date, years: int) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    year = day.year + years
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return date(year, 3, 1) if is_leap_day and not leap else date(year, day.month, day.day)


@given(record=records(), organisation=ORGANISATIONS, today=st.dates(max_value=date(2200, 1, 1)))
def test_nothing_is_due_before_its_time_and_everything_is_after(
    record: KeptRecord, organisation: str, today: date
) -> None:
    verdict = due(record, packaged(), (), today, organisation=organisation)

    assert verdict.due_on == longest(record, organisation)
    expected = Standing.DUE if today >= longest(record, organisation) else Standing.KEPT
    assert verdict.standing is expected


@given(
    record=records(),
    organisation=ORGANISATIONS,
    today=st.dates(),
    holds=st.lists(st.text(), min_size=1),
)
def test_a_hold_always_wins(
    record: KeptRecord, organisation: str, today: date, holds: list[str]
) -> None:
    verdict = due(record, packaged(), holds, today, organisation=organisation)

    assert verdict.standing is Standing.HELD


@given(record=records(), organisation=ORGANISATIONS, years=st.integers(0, 60))
def test_another_rule_never_makes_it_sooner(
    record: KeptRecord, organisation: str, years: int
) -> None:
    more = Rule(id="more", says="More", records=("any",), organisations=("any",), years=years)
    longer = msgspec.structs.replace(packaged(), rules=(*packaged().rules, more))
    today = date(2100, 1, 1)
    before = due(record, packaged(), (), today, organisation=organisation).due_on
    after = due(record, longer, (), today, organisation=organisation).due_on

    assert before is not None
    assert after is not None
    assert after >= before


@given(born=st.dates(max_value=date(2090, 1, 1)), days=st.integers(0, 50_000))
def test_an_age_is_the_number_of_birthdays(born: date, days: int) -> None:
    day = born + timedelta(days=days) if (date.max - born).days > days else born
    age = age_on(born, day)

    assert age >= 0
    assert age <= (day - born).days / 365
    assert (day - born).days < (age + 1) * 366


def test_nobody_has_signed_the_schedule_that_comes_with_the_program() -> None:
    assert not packaged().is_reviewed
    assert packaged().shortest_years == 8


def test_a_site_brings_its_own(tmp_path: Path) -> None:
    own = tmp_path / "retention.yaml"
    own.write_text(
        "source: Our own\nreviewed_by: Mira Sandoval\nreviewed_on: 2026-11-01\n"
        "rules: [{id: all, says: All for 30 years, records: [any], organisations: [any],"
        " years: 30}]\n",
        encoding="utf-8",
    )

    assert read(own).is_reviewed
    assert read(own).version != packaged().version


@pytest.mark.parametrize(
    "rule", ["{id: x, says: x, records: [any], organisations: [any]}", "{id: x, for: ever}"]
)
def test_a_schedule_that_says_nothing_is_refused(tmp_path: Path, rule: str) -> None:
    own = tmp_path / "retention.yaml"
    own.write_text(f"source: Our own\nrules: [{rule}]\n", encoding="utf-8")

    with pytest.raises(msgspec.ValidationError):
        read(own)
