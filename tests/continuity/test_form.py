"""What is known of a form is the same in whatever order it was learnt."""

from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.continuity.commands_form import (
    AnyFormCommand,
    FormRefusal,
    KeepPicture,
    KeyField,
    KeyForm,
    ReadSecond,
    SettleSafety,
    SignForm,
)
from standfast.continuity.model_form import FORM, PaperForm, Stage
from standfast.facts.paper import FormEvent, PaperCall, PictureBytes
from standfast.kernel.messages import Refused
from tests.continuity.examples import PACK_ID
from tests.continuity.keying import CODE_1, FORM_1
from tests.support.site import NOON, PROVIDER


def about(by: str) -> dict[str, Any]:
    return {
        "form_id": FORM_1,
        "pack_id": PACK_ID,
        "org": PROVIDER,
        "number": 1,
        "by": by,
        "by_name": by.title(),
    }


def said(field: str, value: str, by: str = "amira") -> KeyField:
    return KeyField(field=field, value=value, **about(by))


CALL: Final = PaperCall(called_at=NOON, taken_by="Sam Oduya")
KEYED: Final = KeyForm(code=CODE_1, call=CALL, reasons=("An ambulance",), **about("amira"))
PICTURE: Final = KeepPicture(
    contents=(PictureBytes(sha256="ab" * 32, size=9),), **about("amira")
)


def read(by: str, allergies: str) -> ReadSecond:
    return ReadSecond(
        code=CODE_1, allergies=allergies, medicines="", safeguarding="", **about(by)
    )


def settling(by: str, allergies: str) -> SettleSafety:
    return SettleSafety(
        code=CODE_1, allergies=allergies, medicines="", safeguarding="", **about(by)
    )


READ_BY_JOSH: Final = said("allergies", "Peanuts", by="josh")
CORRECTED: Final = said("allergies", "Nuts")
SETTLE: Final = settling("wren", "Peanuts")
SIGN: Final = SignForm(note="Rang back", **about("wren"))
WHOLE: Final = (
    PICTURE,
    said("words", "Chest"),
    said("words", "Chest pain"),
    said("allergies", "Penicillin"),
    KEYED,
    read("josh", "Nuts"),
    settling("amira", "Eggs"),
    settling("amira", "Peanuts"),
    SETTLE,
    SIGN,
)


def history(*commands: AnyFormCommand) -> list[FormEvent]:
    form = PaperForm()
    written: list[FormEvent] = []
    for minute, command in enumerate(commands):
        written += FORM.decide(form, command, NOON + timedelta(minutes=minute))
        form = FORM.replay(written)
    return written


def refusal(so_far: tuple[AnyFormCommand, ...], command: AnyFormCommand) -> object:
    with pytest.raises(Refused) as refused:
        FORM.decide(FORM.replay(history(*so_far)), command, NOON + timedelta(hours=1))
    return refused.value.reason


@given(st.permutations(history(*WHOLE)))
def test_the_same_facts_in_any_order_come_to_the_same(facts: list[FormEvent]) -> None:
    assert FORM.replay(facts) == FORM.replay(history(*WHOLE))


def test_the_latest_word_of_a_field_counts() -> None:
    form = FORM.replay(history(*WHOLE[:3]))

    assert form.values == {"words": "Chest pain"}
    assert form.stage is Stage.BEGUN


def test_the_same_word_twice_is_written_once() -> None:
    assert len(history(said("words", "Chest"), said("words", "Chest"), PICTURE, PICTURE)) == 2


@pytest.mark.parametrize(
    ("so_far", "command", "reason"),
    [
        ((KEYED,), said("words", "x"), FormRefusal.ALREADY_KEYED),
        ((KEYED,), KEYED, FormRefusal.ALREADY_KEYED),
        ((PICTURE,), read("josh", ""), FormRefusal.NOT_KEYED),
        ((KEYED,), read("amira", ""), FormRefusal.SAME_PERSON),
        ((READ_BY_JOSH, KEYED), read("josh", "Peanuts"), FormRefusal.SAME_PERSON),
        ((READ_BY_JOSH, KEYED), read("amira", "Peanuts"), FormRefusal.SAME_PERSON),
        ((READ_BY_JOSH, CORRECTED, KEYED), read("josh", "Nuts"), FormRefusal.SAME_PERSON),
        ((KEYED, read("josh", "")), read("wren", ""), FormRefusal.ALREADY_READ),
        ((KEYED,), SETTLE, FormRefusal.NOT_READ),
        ((KEYED, read("josh", "")), SETTLE, FormRefusal.NOTHING_DIFFERS),
        ((KEYED,), SIGN, FormRefusal.NOTHING_TO_SIGN),
        (WHOLE, SIGN, FormRefusal.ALREADY_SIGNED),
    ],
)
def test_what_cannot_be_done_now_is_refused(
    so_far: tuple[AnyFormCommand, ...], command: AnyFormCommand, reason: FormRefusal
) -> None:
    assert refusal(so_far, command) is reason


DIFFERENT: Final = (KEYED, read("josh", "Peanuts"))


@pytest.mark.parametrize(
    ("words", "settled_by"),
    [
        ([("amira", "Eggs")], None),
        ([("amira", "")], None),
        ([("amira", "Peanuts")], None),
        ([("josh", "Peanuts")], None),
        ([("josh", "Eggs"), ("josh", "eggs.")], None),
        ([("amira", "Eggs"), ("josh", "Peanuts")], None),
        ([("amira", "Eggs"), ("amira", "Peanuts"), ("josh", "Eggs")], None),
        ([("wren", "Eggs")], None),
        ([("wren", "Eggs"), ("wren", "Eggs")], None),
        ([("wren", "Peanuts")], ("Wren",)),
        ([("wren", "")], ("Wren",)),
        ([("amira", "Eggs"), ("josh", "eggs")], ("Amira", "Josh")),
        ([("josh", "Peanuts"), ("amira", "Peanuts")], ("Josh", "Amira")),
        ([("amira", "Eggs"), ("wren", "Eggs")], ("Amira", "Wren")),
    ],
)
def test_two_readings_are_settled_by_a_third_person_or_by_two_who_say_the_same(
    words: list[tuple[str, str]], settled_by: tuple[str, ...] | None
) -> None:
    form = FORM.replay(history(*DIFFERENT, *(settling(*each) for each in words)))

    assert (form.settled and form.settled.settled_by) == settled_by
    assert form.stage is (Stage.ENTERED if settled_by else Stage.DIFFERS)


def test_whoever_keyed_and_whoever_finished_do_not_settle_it_between_them() -> None:
    both = (settling("sunita", "Eggs"), settling("amira", "Eggs"))
    begun = (said("allergies", "Nuts", by="sunita"), *DIFFERENT)

    assert FORM.replay(history(*begun, *both)).settled is None


def test_a_seventh_picture_is_refused() -> None:
    six = tuple(
        KeepPicture(contents=(PictureBytes(sha256=f"{n:064d}", size=9),), **about("amira"))
        for n in range(7)
    )

    assert refusal(six[:6], six[6]) is FormRefusal.TOO_MANY_PICTURES
