"""A pack is printed, and cannot be closed before each of its forms is accounted for."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.continuity.commands import (
    ClosePack,
    Fate,
    FindForm,
    MissForms,
    NoteForm,
    NoteOld,
    PackCommand,
    Refusal,
    VoidForms,
)
from standfast.continuity.model_pack import OLD_AFTER, PACK, Pack
from standfast.facts.continuity import PackClosed, PackEvent
from standfast.kernel.messages import Refused
from tests.continuity.examples import PRINT
from tests.support.site import NOON

BY: Final = {"by": "sunita.rao", "by_name": "Sunita Rao"}
UNUSED: Final = "Not used, counted back"
CLOSE: Final = ClosePack(**BY)


def void(*numbers: int, begun_too: bool = False) -> VoidForms:
    return VoidForms(numbers=numbers, reason=UNUSED, begun_too=begun_too, **BY)


def miss(*numbers: int) -> MissForms:
    return MissForms(numbers=numbers, note="Not in the box", **BY)


def history(*commands: PackCommand) -> list[PackEvent]:
    pack = Pack()
    written: list[PackEvent] = []
    for minute, command in enumerate((PRINT, *commands)):
        events = PACK.decide(pack, command, NOON + timedelta(minutes=minute))
        written += events
        pack = PACK.replay(written)
    return written


def after(*commands: PackCommand) -> Pack:
    return PACK.replay(history(*commands))


def fates(pack: Pack) -> list[Fate]:
    return [form.fate for form in pack.forms]


def refusal_of(pack: Pack, command: PackCommand) -> Refused:
    with pytest.raises(Refused) as refused:
        PACK.decide(pack, command, NOON + timedelta(hours=1))
    return refused.value


ENTERED: Final = (NoteForm(number=1, step=Fate.BEGUN), NoteForm(number=1, step=Fate.KEYED))


def test_a_new_packs_forms_are_all_out() -> None:
    assert fates(after()) == [Fate.OUT] * 4


def test_a_pack_closes_once_issued_is_entered_plus_void() -> None:
    pack = after(NoteForm(number=1, step=Fate.ENTERED), void(2, 3, 4))

    (closed,) = PACK.decide(pack, CLOSE, NOON)
    assert isinstance(closed, PackClosed)
    assert (closed.issued, closed.entered, closed.voided) == (4, 1, 3)


@pytest.mark.parametrize(
    "so_far",
    [
        (),
        (void(2, 3, 4),),
        (void(2, 3, 4), miss(1)),
        (void(2, 3, 4), NoteForm(number=1, step=Fate.BEGUN)),
        (void(2, 3, 4), *ENTERED),
    ],
    ids=["nothing", "one out", "one missing", "one begun", "one read once"],
)
def test_a_pack_with_one_form_unaccounted_for_does_not_close(
    so_far: Sequence[PackCommand],
) -> None:
    refused = refusal_of(after(*so_far), CLOSE)

    assert refused.reason is Refusal.NOT_ALL_ACCOUNTED
    assert refused.details["issued"] == "4"


def test_what_is_entered_is_neither_void_nor_missing() -> None:
    pack = after(NoteForm(number=1, step=Fate.ENTERED))

    assert refusal_of(pack, void(1)).reason is Refusal.FORM_ENTERED
    assert refusal_of(pack, miss(1)).reason is Refusal.FORM_ENTERED


def test_what_somebody_is_keying_is_called_void_only_by_name() -> None:
    pack = after(NoteForm(number=1, step=Fate.BEGUN))

    assert refusal_of(pack, void(1, 2, 3, 4)).reason is Refusal.FORM_BEGUN
    assert fates(after(NoteForm(number=1, step=Fate.BEGUN), void(1, begun_too=True)))[0] is (
        Fate.VOID
    )


def test_a_void_form_is_not_keyed_all_the_same() -> None:
    refused = refusal_of(after(void(2)), NoteForm(number=2, step=Fate.BEGUN))

    assert refused.reason is Refusal.FORM_VOID
    assert refused.details == {"why": UNUSED}


def test_a_missing_form_is_found_again_and_may_be_keyed() -> None:
    pack = after(miss(3), FindForm(number=3, **BY))

    assert fates(pack)[2] is Fate.OUT
    assert refusal_of(pack, FindForm(number=3, **BY)).reason is Refusal.NOT_MISSING
    assert fates(after(miss(3), NoteForm(number=3, step=Fate.ENTERED)))[2] is Fate.ENTERED


def test_a_form_that_was_not_issued_is_none_of_this_pack() -> None:
    assert refusal_of(after(), void(5)).reason is Refusal.NO_SUCH_FORM


def test_nothing_of_a_closed_pack_changes() -> None:
    pack = after(void(1, 2, 3, 4), CLOSE)

    assert PACK.decide(pack, CLOSE, NOON) == ()
    assert refusal_of(pack, void(1)).reason is Refusal.PACK_CLOSED
    assert refusal_of(pack, miss(1)).reason is Refusal.PACK_CLOSED


def test_a_pack_grows_old_after_four_hours_and_that_is_said_once() -> None:
    pack = after()

    assert PACK.decide(pack, NoteOld(), NOON + OLD_AFTER - timedelta(seconds=1)) == ()
    (old,) = PACK.decide(pack, NoteOld(), NOON + OLD_AFTER)
    assert PACK.decide(PACK.evolve(pack, old), NoteOld(), NOON + OLD_AFTER) == ()


@given(
    st.permutations(
        history(
            miss(3),
            FindForm(number=3, **BY),
            *ENTERED,
            void(2),
            NoteForm(number=4, step=Fate.ENTERED),
        )
    )
)
def test_the_same_facts_in_any_order_come_to_the_same(facts: list[PackEvent]) -> None:
    assert fates(PACK.replay(facts)) == [Fate.KEYED, Fate.VOID, Fate.OUT, Fate.ENTERED]
