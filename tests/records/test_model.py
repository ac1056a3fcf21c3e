"""What may be decided about keeping a record, and that a hold outweighs all of it."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Final

import pytest
from msgspec import structs

from standfast.facts.records import FileEvent
from standfast.kernel.messages import Refused
from standfast.records.model import (
    FILE,
    About,
    File,
    FileCommand,
    KeepLonger,
    LiftHold,
    MarkForDestruction,
    PlaceHold,
    Refusal,
    TakeBackMark,
)
from standfast.records.schedule import Standing, Verdict, packaged

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ABOUT: Final = About(
    org="harrowmere-urgent-care",
    record_id="p-margaret",
    person_id="p-margaret",
    title="HALE, Margaret",
)
MIRA: Final = {"by": "mira.sandoval", "by_name": "Mira Sandoval"}
DUE: Final = Verdict(standing=Standing.DUE, due_on=date(2024, 3, 10), rule=packaged().rules[0])
HOLD: Final = PlaceHold(
    about=ABOUT, hold_id="h-1", reason="Claim 2026/17, by the solicitors", **MIRA
)
LIFT: Final = LiftHold(hold_id="h-1", reason="The claim was settled", **MIRA)
MARK: Final = MarkForDestruction(
    about=ABOUT,
    verdict=DUE,
    schedule_version="abc",
    may_mark=True,
    reason="Nothing since 2016, no claim",
    **MIRA,
)
KEEP: Final = KeepLonger(
    about=ABOUT, verdict=DUE, until=date(2027, 11, 22), reason="A cohort study asks", **MIRA
)
TAKE_BACK: Final = TakeBackMark(reason="Marked by mistake", **MIRA)


def after(*commands: FileCommand) -> File:
    """Return what is known after *commands*, a minute apart."""
    file = File()
    for minute, command in enumerate(commands):
        for event in FILE.decide(file, command, NOW + timedelta(minutes=minute)):
            file = FILE.evolve(file, event)
    return file


def refusal_of(file: File, command: FileCommand) -> Refusal:
    with pytest.raises(Refused) as refused:
        FILE.decide(file, command, NOW + timedelta(hours=1))
    return Refusal(refused.value.reason)


def test_a_hold_stands_until_it_is_lifted() -> None:
    assert [each.hold_id for each in after(HOLD).holds] == ["h-1"]
    assert after(HOLD, LIFT).holds == ()


def test_a_second_hold_stands_when_the_first_is_lifted() -> None:
    second = structs.replace(HOLD, hold_id="h-2", reason="The Covid-19 inquiry")

    assert [each.hold_id for each in after(HOLD, second, LIFT).holds] == ["h-2"]


def test_placed_or_lifted_twice_is_once() -> None:
    assert FILE.decide(after(HOLD), HOLD, NOW) == ()
    assert FILE.decide(after(HOLD, LIFT), LIFT, NOW) == ()


def test_what_is_not_held_is_not_lifted() -> None:
    assert refusal_of(File(), LIFT) is Refusal.NO_SUCH_HOLD


def test_what_is_held_is_neither_marked_nor_put_off() -> None:
    assert refusal_of(after(HOLD), MARK) is Refusal.IS_HELD
    assert refusal_of(after(HOLD), KEEP) is Refusal.IS_HELD


def test_a_hold_placed_after_the_mark_outweighs_it() -> None:
    assert after(MARK).is_marked
    assert not after(MARK, HOLD).is_marked
    assert after(MARK, HOLD, LIFT).is_marked


@pytest.mark.parametrize("due_on", [None, date(2026, 11, 23)])
def test_nothing_is_marked_before_its_day(due_on: date | None) -> None:
    early = structs.replace(DUE, due_on=due_on)

    assert refusal_of(File(), structs.replace(MARK, verdict=early)) is Refusal.NOT_DUE
    assert refusal_of(File(), structs.replace(KEEP, verdict=early)) is Refusal.NOT_DUE


def test_nothing_is_marked_by_a_schedule_that_nobody_has_signed() -> None:
    unsigned = structs.replace(MARK, may_mark=False)

    assert refusal_of(File(), unsigned) is Refusal.SCHEDULE_NOT_SIGNED


def test_a_mark_can_be_taken_back_and_made_again() -> None:
    assert not after(MARK, TAKE_BACK).is_marked
    assert after(MARK, TAKE_BACK, MARK).is_marked
    assert FILE.decide(after(MARK), MARK, NOW) == ()
    assert FILE.decide(after(MARK, TAKE_BACK), TAKE_BACK, NOW) == ()
    assert refusal_of(File(), TAKE_BACK) is Refusal.NOT_MARKED


def test_what_is_put_off_is_not_marked_and_says_until_when() -> None:
    assert after(KEEP).kept_until == date(2027, 11, 22)
    assert not after(MARK, KEEP).is_marked
    assert after(KEEP, MARK).kept_until is None


def test_it_is_put_off_to_a_day_that_is_to_come() -> None:
    past = structs.replace(KEEP, until=date(2026, 11, 22))

    assert refusal_of(File(), past) is Refusal.IN_THE_PAST


def test_any_order_of_arrival_ends_the_same() -> None:
    file, events = File(), list[FileEvent]()
    commands: tuple[FileCommand, ...] = (HOLD, LIFT, MARK, TAKE_BACK, KEEP)
    for minute, command in enumerate(commands):
        made = FILE.decide(file, command, NOW + timedelta(minutes=minute))
        events += made
        file = FILE.replay(events)

    assert {FILE.replay(order) for order in permutations(events)} == {file}
