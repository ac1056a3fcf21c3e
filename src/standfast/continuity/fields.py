"""The fields of a form in the order of the paper: what is keyed, under which name. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from standfast.continuity.printing import CHOICE, THREATS, lettered
from standfast.facts.on_paper import PaperContent, PaperProtocol, PaperQuestion

LONGEST: Final = 2000
"""Characters of one field: more than the lines on the paper hold."""

SAFETY: Final = ("allergies", "medicines", "safeguarding")
"""What two people read."""

WAY_IN: Final = "way_in"
"""What is sealed as it is keyed."""


class Field(Struct, frozen=True, kw_only=True):
    """One place to key. ``kind``: text, lines, time, day, tick, digit, choice."""

    name: str
    label: str
    kind: str = "text"
    width: str = ""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()


class Section(Struct, frozen=True, kw_only=True):
    """One numbered part of the paper."""

    number: str
    title: str
    fields: tuple[Field, ...]


def _f(name: str, label: str, kind: str = "text", width: str = "", hint: str = "") -> Field:
    return Field(name=name, label=label, kind=kind, width=width, hint=hint)


WHICH: Final = Field(
    name="which",
    label="Clocks went back: which?",
    kind="choice",
    options=(("first", "First (summer time)"), ("second", "Second (winter time)")),
    hint="Only on the night that they do",
)
SEX: Final = Field(
    name="sex",
    label="Sex",
    kind="choice",
    options=(("female", "Female"), ("male", "Male"), ("other", "Other")),
)
WITH: Final = Field(
    name="with_patient",
    label="With the patient",
    kind="choice",
    options=(("yes", "Yes"), ("no", "No")),
)
CATEGORY: Final = Field(
    name="amb_category",
    label="Category",
    kind="choice",
    options=(("C1", "1"), ("C2", "2"), ("C3", "3"), ("C4", "4")),
)
NOT_RUNG: Final = Field(
    name="amb_otherwise",
    label="If the form asks for one and none was rung",
    kind="choice",
    options=(("now", "Still needed: ask now"), ("not_needed", "No longer needed")),
    hint="Only where the outcome is an ambulance",
)
ACT: Final = Field(
    name="act",
    label="Without a code: who still has to act?",
    kind="choice",
    options=(("nobody", "Nobody"), ("clinician", "A clinician rings back")),
)

CALL: Final = Section(
    number="1",
    title="Call",
    fields=(
        _f("begun", "Begun", "time", "5"),
        _f("day", "Day and month", "day", "5"),
        WHICH,
        _f("taken_by", "Taken by"),
        _f("rang_from", "Rang from", width="10"),
        _f("caller_name", "Caller's name"),
        _f("relationship", "Who is to the patient"),
        WITH,
    ),
)
WHERE: Final = Section(
    number="2",
    title="Where is the patient?",
    fields=(
        _f("address", "Address", "lines"),
        _f("postcode", "Postcode", width="10"),
        _f(WAY_IN, "How to get in", hint="Sealed as soon as it is saved, and not shown again"),
    ),
)
NUMBERS: Final = Section(
    number="3",
    title="Numbers to ring back",
    fields=(
        _f("number_1", "First", width="10"),
        _f("whose_1", "Whose", width="10"),
        _f("number_2", "Second", width="10"),
    ),
)
PATIENT: Final = Section(
    number="4",
    title="Patient",
    fields=(
        _f("family", "Family name"),
        _f("given", "Given name"),
        _f("born", "Born", width="10", hint="Day, month, year: 03021961"),
        _f("age", "or age", width="5"),
        SEX,
        _f("nhs_number", "NHS number", width="10"),
        _f("gp", "GP practice"),
    ),
)
WORDS: Final = Section(
    number="6", title="What is the matter?", fields=(_f("words", "Caller's words", "lines"),)
)
OUTCOME: Final = Section(
    number="8",
    title="Outcome",
    fields=(
        _f("code", "Code", width="5"),
        _f("code_at", "at", "time", "5"),
        _f("outcome_words", "or in words"),
        ACT,
    ),
)
DONE: Final = Section(
    number="9",
    title="What was done",
    fields=(
        _f("amb_at", "Ambulance rung through at", "time", "5"),
        _f("amb_number", "Incident number", width="10"),
        _f("amb_name", "Name at the desk", width="10"),
        CATEGORY,
        NOT_RUNG,
        _f("amb_why", "Why not, if no longer needed"),
        _f("sent_to", "Sent or booked to"),
        _f("sent_at", "Rung at", "time", "5"),
        _f("appointment", "Appointment"),
        _f("clin_name", "Clinician who spoke to them"),
        _f("clin_at", "at", "time", "5"),
        _f("clin_advised", "Advised"),
        _f("rx", "Paper prescription"),
        _f("rx_at", "at", "time", "5"),
        _f("advice", "Advice read out", "tick"),
        _f("worsening", "What to do if it gets worse", "tick"),
    ),
)
TWO_KEYS: Final = Section(
    number="10",
    title="Two people key this part",
    fields=(
        _f("allergies", "Allergies", "lines", hint="As it stands there; NONE if it says so"),
        _f("medicines", "Medicines", "lines"),
        _f("safeguarding", "Safeguarding", "lines"),
    ),
)
NOTES: Final = Section(
    number="11",
    title="Notes",
    fields=(_f("notes", "Notes", "lines"), _f("ended", "Call ended", "time", "5")),
)


def sections(
    content: PaperContent | None, protocol: str, *, twice: bool = False
) -> tuple[Section, ...]:
    """Return the parts of a form for *protocol* (empty: any call), as they stand on paper.

    *twice*: the clocks have changed since it was printed, so an hour may have come twice.
    """
    known = {each.id: each for each in content.protocols} if content else {}
    threats, choice, own = known.get(THREATS), known.get(CHOICE), known.get(protocol)
    asked: list[Section] = []
    if threats is not None:
        asked.append(_boxes("5", "Threats to life", threats.questions))
    asked.append(WORDS)
    if choice is not None:
        asked.append(_boxes("7", "Which questions", choice.questions))
        card = _own(own) if own is not None else _card(content)
        asked.append(Section(number="7", title=own.title if own else "Card", fields=card))
    call = CALL if twice else replace(CALL, fields=_but(WHICH, CALL.fields))
    parts = (call, WHERE, NUMBERS, PATIENT, *asked, OUTCOME, DONE, TWO_KEYS, NOTES)
    if own is None:
        return parts
    before = tuple(each for each in parts if each not in (NOTES, WORDS))
    place = next(n for n, each in enumerate(before) if each.title == "Threats to life") + 1
    return (*before[:place], WORDS, NOTES, *before[place:])


def names(parts: Iterable[Section]) -> frozenset[str]:
    """Return the name of every field."""
    return frozenset(field.name for part in parts for field in part.fields)


def boxes(content: PaperContent, protocol: str, keyed: Mapping[str, str]) -> dict[str, str]:
    """Return what stands in the boxes, by question: of the card, by its letter, as well."""
    answers = {name[2:]: key for name, key in keyed.items() if name.startswith("q.") and key}
    if protocol:
        return answers
    cards = dict(lettered(content))
    card = cards.get(keyed.get("card", "").strip().upper())
    for question in card.questions if card else ():
        key = keyed.get(f"card.{question.number}", "")
        if key:
            answers[question.id] = key
    return answers


def _but(one: Field, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    return tuple(each for each in fields if each is not one)


def _boxes(number: str, title: str, questions: Iterable[PaperQuestion]) -> Section:
    return Section(number=number, title=title, fields=tuple(_box(each) for each in questions))


def _own(own: PaperProtocol) -> tuple[Field, ...]:
    return tuple(_box(each) for each in own.questions)


def _box(question: PaperQuestion) -> Field:
    said = " · ".join(f"{each.key} {each.text}" for each in question.choices)
    return Field(
        name=f"q.{question.id}",
        label=f"{question.number}. {question.short}",
        kind="digit",
        width="1",
        hint=said,
    )


def _card(content: PaperContent | None) -> tuple[Field, ...]:
    cards = lettered(content)
    longest = max((len(card.questions) for _, card in cards), default=0)
    said = " · ".join(f"{letter} {card.title}" for letter, card in cards)
    return (
        Field(name="card", label="Card", kind="digit", width="1", hint=said),
        *(
            Field(name=f"card.{number}", label=str(number), kind="digit", width="1")
            for number in range(1, longest + 1)
        ),
    )
