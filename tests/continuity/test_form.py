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


READ_BY_JOSH: Final = said("allergies", "Peanuts", by="josh")
CORRECTED: Final = said("allergies", "Nuts")
SETTLE: Final = SettleSafety(
    code=CODE_1, allergies="Peanuts", medicines="", safeguarding="", **about("wren")
)
SIGN: Final = SignForm(note="Rang back", **about("wren"))
WHOLE: Final = (
    PICTURE,
    said("words", "Chest"),
    said("words", "Chest pain"),
    said("allergies", "Penicillin"),
    KEYED,
    read("josh", "Peanuts"),
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


def test_a_seventh_picture_is_refused() -> None:
    six = tuple(
        KeepPicture(contents=(PictureBytes(sha256=f"{n:064d}", size=9),), **about("amira"))
        for n in range(7)
    )

    assert refusal(six[:6], six[6]) is FormRefusal.TOO_MANY_PICTURES
