"""What paper says to people: a sentence for each refusal, and for each fact."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

from standfast.continuity import commands
from standfast.continuity.commands import Fate
from standfast.continuity.commands_form import FormRefusal
from standfast.facts.continuity import (
    FormFound,
    FormNoted,
    FormsMissed,
    FormsVoided,
    PackClosed,
    PackEvent,
    PackGrewOld,
    PackPrinted,
)
from standfast.facts.paper import (
    FieldKeyed,
    FormEvent,
    FormKeyed,
    FormSigned,
    PictureKept,
    SafetySettled,
    SafetyWord,
    SecondReading,
)

PACK_REFUSALS: Final[Mapping[StrEnum, str]] = {
    commands.Refusal.NO_SUCH_PACK: "There is no such pack. Look in the list of packs.",
    commands.Refusal.ALREADY_PRINTED: "This pack exists already. Open it in the list.",
    commands.Refusal.NUMBER_TAKEN: (
        "Another pack has this number. Go back and make the pack once more."
    ),
    commands.Refusal.NO_SUCH_FORM: (
        "This pack has no form with that number. Look at the number on the paper again."
    ),
    commands.Refusal.PACK_CLOSED: (
        "This pack is closed: every form of it was accounted for. Ask the shift lead who closed "
        "it whether two papers carry the same number."
    ),
    commands.Refusal.FORM_ENTERED: (
        "This form is in the record already, so it is neither void nor missing. Open it in the "
        "list."
    ),
    commands.Refusal.FORM_BEGUN: (
        "Somebody has begun to key this form. Open it, and finish it or call it void there."
    ),
    commands.Refusal.FORM_VOID: (
        "This form was called void: {why}. Ask the shift lead before you key it; write down the "
        "call under another number if it was a mistake."
    ),
    commands.Refusal.NOT_MISSING: "This form is not missing. Look at the list again.",
    commands.Refusal.NOT_ALL_ACCOUNTED: (
        "{left} of {issued} forms are neither entered nor void. Key each, call it void with the "
        "reason, or find it; then close the pack."
    ),
}

FORM_REFUSALS: Final[Mapping[StrEnum, str]] = {
    FormRefusal.ALREADY_KEYED: (
        "This form is in the record already. Open its case; if the paper in your hand tells of "
        "another call, ask the shift lead for a form with a number of its own."
    ),
    FormRefusal.NOT_KEYED: "Nobody has finished keying this form. Open it and finish it first.",
    FormRefusal.SAME_PERSON: (
        "You keyed this form, or some of what is to be read again. Ask a colleague who did not "
        "to read allergies, medicines and safeguarding from the paper."
    ),
    FormRefusal.ALREADY_READ: "Somebody has read this form a second time. Look at the list again.",
    FormRefusal.NOT_READ: "Nobody has read this form a second time yet. Ask a colleague to do so.",
    FormRefusal.NOTHING_DIFFERS: "Both readings say the same. Go on with the next form.",
    FormRefusal.TOO_MANY_PICTURES: (
        "This form has six pictures, which is all that it can have. Go on with those."
    ),
    FormRefusal.ALREADY_SIGNED: "Another clinician has signed this form. Go on with the next.",
    FormRefusal.NOTHING_TO_SIGN: "Nobody need sign this form. Look at the list again.",
}
REFUSALS: Final[Mapping[StrEnum, str]] = {**PACK_REFUSALS, **FORM_REFUSALS}

FATES: Final[Mapping[Fate, str]] = {
    Fate.OUT: "Out",
    Fate.BEGUN: "Keying begun",
    Fate.KEYED: "Waits for the second reading",
    Fate.ENTERED: "Entered",
    Fate.VOID: "Void",
    Fate.MISSING: "Missing",
}


def describe_pack(event: PackEvent) -> str:  # noqa: PLR0911 - one for each fact
    """Return one plain sentence for *event*."""
    match event:
        case PackPrinted():
            by = "The site wrote" if event.standing else f"{event.by_name} printed"
            return f"{by} the paper pack {event.number} with {len(event.forms)} forms"
        case PackGrewOld():
            return "The newest paper pack grew too old"
        case FormNoted():
            step = {"begun": "begun", "keyed": "keyed", "entered": "entered"}
            return f"Form {event.number}: {step.get(event.step, event.step)}"
        case FormsVoided():
            return f"{event.by_name} called {_forms(event.numbers)} void: {event.reason}"
        case FormsMissed():
            return f"{event.by_name} cannot find {_forms(event.numbers)}: {event.note}"
        case FormFound():
            return f"{event.by_name} found form {event.number}"
        case PackClosed():
            return (
                f"{event.by_name} closed the pack: {event.issued} forms, {event.entered} entered, "
                f"{event.voided} void"
            )
        case _:
            assert_never(event)


def _forms(numbers: tuple[int, ...]) -> str:
    said = ", ".join(str(each) for each in numbers)
    return f"form {said}" if len(numbers) == 1 else f"forms {said}"


def describe_form(event: FormEvent) -> str:  # noqa: PLR0911 - one for each fact
    """Return one plain sentence for *event*. What was keyed stands with the case."""
    match event:
        case PictureKept():
            return f"{event.by_name} kept a picture of the paper form"
        case FieldKeyed():
            return f"{event.by_name} keyed a field of the paper form: {event.field}"
        case FormKeyed():
            return f"{event.by_name} keyed the paper form {event.code}"
        case SecondReading():
            how = "the same" if event.agrees else "something else"
            return f"{event.by_name} read the paper a second time, and read {how}"
        case SafetyWord():
            return f"{event.by_name} said which of two readings stands on the paper form"
        case SafetySettled():
            return (
                f"{event.by_name} settled what stands on the paper form {event.code} of "
                "allergies, medicines and safeguarding"
            )
        case FormSigned():
            return f"{event.by_name} signed the paper form: {event.note}"
        case _:
            assert_never(event)


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {
    "continuity.pack": describe_pack,
    "continuity.form": describe_form,
}
