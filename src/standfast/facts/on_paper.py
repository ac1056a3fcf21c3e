"""What contexts say of themselves for a pack of paper. This file only ever grows.

A pack is printed before it is needed: forms with the questions of the screen, whom to ring, and
apart from those, with names, what is open now.
"""

from datetime import date, datetime
from typing import Final

from msgspec import Struct

from standfast.facts.contact import NumberToRing, Patient, Place
from standfast.kernel.questions import Question
from standfast.kernel.values import Sex


class PaperChoice(Struct, frozen=True, kw_only=True):
    """One answer of a question on paper: the box's number, and where it leads."""

    key: str
    text: str
    code: str = ""
    """The outcome that it leads to; empty: none yet."""
    urgent: bool = False
    """That outcome is an ambulance, and ends the questions."""
    onward: str = ""
    """What to ask next, where that is not the question below."""


class PaperQuestion(Struct, frozen=True, kw_only=True):
    """One question as it stands on paper, with the same answer numbers as on the screen."""

    id: str
    number: int
    ask: str
    short: str
    help: str
    asked_of: str
    choices: tuple[PaperChoice, ...]


class PaperProtocol(Struct, frozen=True, kw_only=True):
    """One presentation as it stands on paper. ``care`` and ``worsening`` are read out at its end."""

    id: str
    title: str
    questions: tuple[PaperQuestion, ...]
    otherwise: str
    """Where it leads when no answer did."""
    care: tuple[str, ...]
    worsening: tuple[str, ...]


class PaperOutcome(Struct, frozen=True, kw_only=True):
    """A disposition: its code, what it says, and who has to act."""

    code: str
    label: str
    detail: str
    kind: str
    minutes: int = 0
    priority: int = 5
    rank: int = 99
    """0 is the most urgent."""
    category: str | None = None
    needs: tuple[str, ...] = ()


class WalkAsked(Struct, frozen=True, kw_only=True):
    """Which boxes are filled in, by question, on a form with the questions of this version."""

    version: str
    answers: dict[str, str]
    age_years: int | None
    sex: Sex | None


class PaperWalk(Struct, frozen=True, kw_only=True):
    """Where the boxes of a form lead. ``used`` are the questions that were on the way.

    ``outcome`` is None while ``next_question`` is still to be asked.
    """

    used: tuple[str, ...]
    next_question: str
    outcome: PaperOutcome | None
    life_threat: bool


class PaperContent(Struct, frozen=True, kw_only=True):
    """All that can be asked, for printing: the threats to life first, then the choice."""

    version: str
    watermark: str
    protocols: tuple[PaperProtocol, ...]
    outcomes: tuple[PaperOutcome, ...]
    """Most urgent first."""


class PaperCase(Struct, frozen=True, kw_only=True):
    """An open case as the confidential list of a pack shows it: what it owes, whom to ring."""

    case_id: str
    reference: str
    patient: Patient
    place: Place
    numbers: tuple[NumberToRing, ...]
    problem: str
    disposition: str
    priority: int
    due_at: datetime | None
    owes: tuple[str, ...]
    opened_by: str
    opened_at: datetime


class LikeAsked(Struct, frozen=True, kw_only=True):
    """Whom a form is about, to find whether the call is in the record already."""

    besides: str
    """The form's own id."""
    numbers: tuple[str, ...]
    family: str
    born: date | None
    since: datetime
    until: datetime


class PaperTwin(Struct, frozen=True, kw_only=True):
    """A case that may be the same call as a form's."""

    case_id: str
    reference: str
    patient: Patient
    numbers: tuple[NumberToRing, ...]
    problem: str
    disposition: str
    opened_at: datetime
    source: str


class PaperCallBack(Struct, frozen=True, kw_only=True):
    """A caller who was cut off and must be rung back. ``case_id`` may be empty: no case yet."""

    case_id: str
    reference: str
    number: str
    lost_at: datetime
    problem: str


class PaperBooking(Struct, frozen=True, kw_only=True):
    """A booking as a printed list of a day shows it."""

    booking_id: str
    case_id: str
    reference: str
    service_name: str
    starts_at: datetime
    patient: Patient
    numbers: tuple[NumberToRing, ...]
    problem: str
    state: str


class Telephone(Struct, frozen=True, kw_only=True):
    """A service by its telephone."""

    kind: str
    name: str
    phone: str
    always_open: bool


PAPER_CONTENT: Final[Question[PaperContent]] = Question("triage.paper_content")
"""The key is empty, whoever asks. Only for a site that has content to use."""

PAPER_WALK: Final[Question[PaperWalk | None]] = Question("triage.paper_walk")
"""The key is a :class:`WalkAsked` as JSON. None when this site has other questions by now."""

CASES_ON_PAPER: Final[Question[tuple[PaperCase, ...]]] = Question("calls.on_paper")
"""The key is empty: every case of the organisation that is not closed, most urgent first."""

CASES_LIKE: Final[Question[tuple[PaperTwin, ...]]] = Question("calls.like")
"""The key is a :class:`LikeAsked` as JSON: cases of the organisation that were opened between these
times for the same number, or for the same family name and no other date of birth."""

CALL_BACKS_ON_PAPER: Final[Question[tuple[PaperCallBack, ...]]] = Question(
    "calls.call_backs_on_paper"
)
"""The key is empty: the organisation's callers to be rung back, longest waiting first."""

BOOKINGS_ON_PAPER: Final[Question[tuple[PaperBooking, ...]]] = Question("booking.on_paper")
"""The key is ``from|until``, the instants in ISO 8601: the organisation's bookings that begin from
then until then, at its own clinics and where it has booked, by service and time."""

AMBULANCE_DESK: Final[Question[Telephone]] = Question("calls.ambulance_desk")
"""The key is empty: the ambulance desk that this provider asks, by its own line."""

TELEPHONES: Final[Question[tuple[Telephone, ...]]] = Question("directory.telephones")
"""The key is empty, whoever asks: every service that has a telephone, by kind and name."""
