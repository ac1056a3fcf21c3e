"""What triage says to people: a sentence for each refusal, and for each fact."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

from standfast.facts.triage import (
    AnswerGiven,
    AnswersWithdrawn,
    DispositionReached,
    DispositionWithdrawn,
    TriageEvent,
)
from standfast.triage.model import ASSESSMENT, Refusal

REFUSALS: Final[Mapping[StrEnum, str]] = {
    Refusal.ANOTHER_ORGANISATION: (
        "This assessment belongs to another organisation. Open a case of your own"
    ),
    Refusal.NO_CONTENT: (
        "No triage content is installed here; the reference set cannot be used live. Take the "
        "call, write the problem in the notes, and ask for a clinician or an ambulance"
    ),
    Refusal.UNKNOWN_CONTENT: (
        "This answer was given to another version of the questions. Load the page again and "
        "go on from the last answer that was stored"
    ),
    Refusal.CONTENT_CHANGED: (
        "The questions have changed since this assessment began. Go back to the first "
        "question and ask again"
    ),
    Refusal.ANSWERED_TWICE: (
        "Two people have answered the same question. Go back to it and answer again"
    ),
    Refusal.OUT_OF_STEP: (
        "This answer does not follow from those before it. Go back to the last question that "
        "fits and go on from there"
    ),
    Refusal.FINISHED: "This assessment has ended. Go back to change an answer",
    Refusal.UNKNOWN_ANSWER: "This is not an answer to the question. Choose one of those shown",
}


def describe(event: TriageEvent) -> str:
    """Return one plain sentence for the timeline."""
    match event:
        case AnswerGiven():
            said = f", “{event.words}”" if event.words else ""
            return f"{event.short}: {event.answer}{said}"
        case AnswersWithdrawn():
            return (
                f"Went back to question {event.n + 1} ({_count(len(event.answers))} taken back)"
            )
        case DispositionReached():
            return f"Assessment came to: {event.label} ({event.problem_title})"
        case DispositionWithdrawn():
            return f"Disposition {event.code} no longer stands: an answer was changed"
        case _:
            assert_never(event)


def _count(answers: int) -> str:
    return "1 answer" if answers == 1 else f"{answers} answers"


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {ASSESSMENT.stream: describe}
