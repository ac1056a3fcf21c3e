"""From what was keyed to what the form tells: every error at once, in words. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, TypeVar

import msgspec

from standfast.continuity.times import (
    SENTENCES,
    WrongTime,
    day_on_paper,
    later_on_paper,
    not_to_come,
    time_on_paper,
)
from standfast.facts.contact import NumberToRing, Patient
from standfast.facts.on_paper import PaperContent, PaperOutcome
from standfast.facts.paper import (
    PaperAmbulance,
    PaperAnswer,
    PaperCall,
    PaperClinician,
    PaperEnding,
    PaperPrescription,
    PaperService,
)
from standfast.kernel.home_entry import HomeEntry
from standfast.kernel.values import PhoneNumber, Postcode, Sex, valid_nhs_number

Value = TypeVar("Value")

OLDEST: Final = 130
RINGS_BACK: Final = 120
"""Minutes within which a clinician rings, when a form says no more than that one should."""


@dataclass
class Reading:
    """One form being read: what was keyed, what is wrong with it."""

    keyed: Mapping[str, str]
    printed_at: datetime
    now: datetime
    errors: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.keyed.get(name, "").strip()

    def typed(self, name: str, kind: Any, sentence: str) -> Any:
        """Return a field as *kind*; None when it is empty, or wrong and said to be."""
        text = self.text(name)
        if not text:
            return None
        try:
            return msgspec.convert(text, kind, strict=False)
        except msgspec.ValidationError:
            self.errors[name] = sentence
            return None

    def timed(self, name: str, read: Callable[[str], Value]) -> Value | None:
        """Return a time or a day, as *read* reads it; None when it is empty, or said to be wrong."""
        text = self.text(name)
        if not text:
            return None
        try:
            return read(text)
        except WrongTime as wrong:
            self.errors[name] = SENTENCES[wrong.why]
            return None

    def later(self, name: str, begun: datetime | None) -> datetime | None:
        """Return a time after the call began."""
        if begun is None:
            return None
        which = self.text("which")
        return self.timed(
            name, lambda text: not_to_come(later_on_paper(text, begun, which), self.now)
        )

    def needs(self, name: str, sentence: str, given: object) -> None:
        """Say that *name* is missing, unless something else is wrong with it."""
        if given is None and name not in self.errors:
            self.errors[name] = sentence


def read_call(
    reading: Reading,
    *,
    content: PaperContent | None,
    boxes: Mapping[str, str],
    way_in: HomeEntry | None,
) -> PaperCall | None:
    """Return what the form tells, but where it leads; None with every error in *reading*."""
    began = _begun(reading)
    reading.needs("begun", "Enter when the call began, as it stands on the paper", began)
    if not reading.text("taken_by"):
        reading.errors["taken_by"] = "Enter who took the call, as it stands on the paper"
    call = PaperCall(
        called_at=began or reading.now,
        taken_by=reading.text("taken_by"),
        ended_at=reading.later("ended", began),
        rang_from=reading.text("rang_from"),
        caller_name=reading.text("caller_name"),
        relationship=reading.text("relationship"),
        with_patient={"yes": True, "no": False}.get(reading.text("with_patient")),
        address=reading.text("address"),
        postcode=_postcode(reading),
        way_in=way_in,
        numbers=_numbers(reading),
        patient=_patient(reading, began),
        gp_name=reading.text("gp"),
        words=reading.text("words"),
        content=content.version if content else "",
        answers=_answers(reading, content, boxes),
        reached_at=reading.later("code_at", began),
        ambulance=_ambulance(reading, began),
        service=_service(reading, began),
        clinician=_clinician(reading, began),
        prescription=_prescription(reading, began),
        advice_read=bool(reading.text("advice")),
        worsening_read=bool(reading.text("worsening")),
        notes=reading.text("notes"),
    )
    return None if reading.errors else call


def ending_of(reading: Reading, content: PaperContent | None) -> PaperEnding | None:
    """Return the outcome that stands on the form, by its code or in words; None: none does."""
    code = reading.text("code").upper()
    outcomes = {each.code: each for each in content.outcomes} if content else {}
    if code in outcomes:
        return _ending(outcomes[code])
    if code:
        reading.errors["code"] = "Enter a code of the list of outcomes, or the outcome in words"
        return None
    words, act = reading.text("outcome_words"), reading.text("act")
    if not words:
        return None
    if act not in ("nobody", "clinician"):
        reading.errors["act"] = "Select who still has to act on this outcome"
        return None
    rings = act == "clinician"
    return PaperEnding(
        code="PAPER",
        label=words[:200],
        detail="In the words of the form",
        kind="clinician" if rings else "self_care",
        minutes=RINGS_BACK if rings else 0,
        priority=3 if rings else 5,
        rank=98,
        category=None,
        needs=(),
    )


def _ending(outcome: PaperOutcome) -> PaperEnding:
    return PaperEnding(
        **{name: getattr(outcome, name) for name in PaperEnding.__struct_fields__}
    )


def _begun(reading: Reading) -> datetime | None:
    day = reading.timed("day", lambda text: day_on_paper(text, reading.now))
    reading.needs("day", "Enter the day and the month of the call", day)
    if day is None:
        return None
    which, since = reading.text("which"), reading.printed_at
    return reading.timed(
        "begun",
        lambda text: not_to_come(
            time_on_paper(text, day, which),
            reading.now,
            since=since.replace(second=0, microsecond=0),
        ),
    )


def _postcode(reading: Reading) -> str:
    found = reading.typed(
        "postcode", Postcode, "Enter a postcode, such as HM1 4AA, or leave it empty"
    )
    return str(found or "").upper()


def _numbers(reading: Reading) -> tuple[NumberToRing, ...]:
    wrong = "Enter a telephone number with its code, or leave it empty"
    first = reading.typed("number_1", PhoneNumber, wrong)
    second = reading.typed("number_2", PhoneNumber, wrong)
    whose = reading.text("whose_1")
    return tuple(
        NumberToRing(number=number, whose=of)
        for number, of in ((first, whose), (second, ""))
        if number
    )


def _patient(reading: Reading, began: datetime | None) -> Patient:
    born = _birthday(reading)
    age = reading.typed("age", int, "Enter the age in whole years, or leave it empty")
    if age is not None and not 0 <= age <= OLDEST:
        reading.errors["age"] = "Enter the age in whole years, or leave it empty"
    nhs_number = reading.text("nhs_number").replace(" ", "") or None
    if nhs_number and not valid_nhs_number(nhs_number):
        reading.errors["nhs_number"] = (
            "This is no NHS number: one digit is wrong. Look again, or leave it empty"
        )
    on = began.date() if began else reading.now.date()
    years = None
    if born is not None:
        years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    sex = reading.text("sex")
    return Patient(
        family=reading.text("family"),
        given=reading.text("given"),
        born=born,
        age_years=years if age is None else age,
        sex=Sex(sex) if sex in set(Sex) else Sex.UNKNOWN,
        nhs_number=nhs_number,
        postcode=_postcode(reading),
    )


def _birthday(reading: Reading) -> date | None:
    digits = "".join(filter(str.isdigit, reading.text("born")))
    if not reading.text("born"):
        return None
    try:
        born = date(int(digits[4:8]), int(digits[2:4]), int(digits[:2]))
    except ValueError:
        born = None
    oldest = reading.now.year - OLDEST
    if born is None or len(digits) != 8 or not oldest < born.year or born > reading.now.date():  # noqa: PLR2004 - ddmmyyyy
        reading.errors["born"] = "Enter the date of birth as 03021961, or leave it empty"
        return None
    return born


def _answers(
    reading: Reading, content: PaperContent | None, boxes: Mapping[str, str]
) -> tuple[PaperAnswer, ...]:
    asked = {
        question.id: question
        for protocol in (content.protocols if content else ())
        for question in protocol.questions
    }
    found: list[PaperAnswer] = []
    for question_id, key in boxes.items():
        question = asked.get(question_id)
        choices = {each.key: each for each in question.choices} if question else {}
        choice = choices.get(key)
        if question is None or choice is None:
            last = len(choices)
            reading.errors[f"q.{question_id}"] = (
                f"Enter a number from 1 to {last} for “{question.short if question else ''}”"
            )
            continue
        found.append(
            PaperAnswer(
                question_id=question_id, key=key, line=f"{question.short}: {choice.text}"
            )
        )
    return tuple(found)


def _ambulance(reading: Reading, began: datetime | None) -> PaperAmbulance | None:
    """Return the ambulance that was rung through, whole: half of it is no ambulance."""
    names = ("amb_at", "amb_number", "amb_name", "amb_category")
    if not any(reading.text(name) for name in names):
        return None
    rung_at = reading.later("amb_at", began)
    reading.needs("amb_at", "Enter when the ambulance was rung through", rung_at)
    if not reading.text("amb_number"):
        reading.errors["amb_number"] = (
            "Enter the incident number. Without one nobody has it: ring the desk and ask, then "
            "write it on the form"
        )
    if not reading.text("amb_category"):
        reading.errors["amb_category"] = "Select the category that was asked for"
    return PaperAmbulance(
        category=reading.text("amb_category"),
        incident_number=reading.text("amb_number"),
        desk_name=reading.text("amb_name"),
        rung_at=rung_at or reading.now,
    )


def _service(reading: Reading, began: datetime | None) -> PaperService | None:
    if not reading.text("sent_to"):
        return None
    at = reading.later("sent_at", began)
    return PaperService(
        name=reading.text("sent_to"),
        appointment=reading.text("appointment"),
        rung_at=at or began or reading.now,
    )


def _clinician(reading: Reading, began: datetime | None) -> PaperClinician | None:
    if not reading.text("clin_name"):
        return None
    at = reading.later("clin_at", began)
    return PaperClinician(
        name=reading.text("clin_name"),
        advised=reading.text("clin_advised"),
        spoke_at=at or began or reading.now,
    )


def _prescription(reading: Reading, began: datetime | None) -> PaperPrescription | None:
    if not reading.text("rx"):
        return None
    at = reading.later("rx_at", began)
    return PaperPrescription(what=reading.text("rx"), written_at=at or began or reading.now)
