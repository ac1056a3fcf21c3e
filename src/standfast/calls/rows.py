"""The rows that calls and cases make. Pure: the queries say whether a time has passed."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, Final

from standfast.calls.closing import outstanding, summary
from standfast.calls.model_call import Call
from standfast.calls.state import Case
from standfast.facts.contact import NumberToRing, Patient, Place
from standfast.kernel.rows import Row


class CallRow(Row, frozen=True, kw_only=True):
    """One call. ``status``: waiting, connected, answered, abandoned, settled or ended."""

    TABLE: ClassVar[str] = "calls_calls"
    KEY: ClassVar[tuple[str, ...]] = ("org", "call_id")

    org: str
    call_id: str
    number: str
    place: str
    status: str
    rang_at: datetime | None
    hung_up_at: datetime | None
    case_id: str | None
    staff_name: str
    outcome: str
    answered_twice: bool


class CaseRow(Row, frozen=True, kw_only=True):
    """One case, as lists show it. ``status``: open, finished (by the call handler), closed."""

    TABLE: ClassVar[str] = "calls_cases"
    KEY: ClassVar[tuple[str, ...]] = ("org", "case_id")

    org: str
    case_id: str
    reference: str
    source: str
    status: str
    opened_at: datetime | None
    opened_by: str
    keeper_id: str
    closed_at: datetime | None
    person_id: str | None
    patient: Patient
    place: Place
    numbers: tuple[NumberToRing, ...]
    gp_name: str
    needs: tuple[str, ...]
    problem: str
    disposition: str
    kind: str
    priority: int
    due_at: datetime | None
    lost_at: datetime | None
    summary: str
    search: str


class NumberRow(Row, frozen=True, kw_only=True):
    """A number by which the people of a case can be rung, digits only."""

    TABLE: ClassVar[str] = "calls_case_numbers"
    KEY: ClassVar[tuple[str, ...]] = ("org", "case_id", "number")

    org: str
    case_id: str
    number: str


class QueueRow(Row, frozen=True, kw_only=True):
    """A case that waits for a clinician, or is with one."""

    TABLE: ClassVar[str] = "calls_queue"
    KEY: ClassVar[tuple[str, ...]] = ("org", "case_id")

    org: str
    case_id: str
    priority: int
    due_at: datetime
    wanted_at: datetime
    reason: str
    skill: str
    tried: int
    taken_id: str
    taken_by: str
    put_back: str


class AmbulanceRow(Row, frozen=True, kw_only=True):
    """A request for an ambulance that nobody has yet."""

    TABLE: ClassVar[str] = "calls_unaccepted"
    KEY: ClassVar[tuple[str, ...]] = ("org", "case_id")

    org: str
    case_id: str
    category: str
    reason: str
    requested_at: datetime
    accept_by: datetime
    noticed: bool


class OwingRow(Row, frozen=True, kw_only=True):
    """Something that a case still owes somebody."""

    TABLE: ClassVar[str] = "calls_outstanding"
    KEY: ClassVar[tuple[str, ...]] = ("org", "case_id", "owing")

    org: str
    case_id: str
    owing: str
    words: str
    due_at: datetime | None
    whose_id: str
    whose: str


class MessageRow(Row, frozen=True, kw_only=True):
    """A post-event message. ``way`` is empty while no link and no person has taken it."""

    TABLE: ClassVar[str] = "calls_messages"
    KEY: ClassVar[tuple[str, ...]] = ("org", "case_id")

    org: str
    case_id: str
    message_id: str
    gp_name: str
    for_action: bool
    made_at: datetime
    is_correction: bool
    way: str
    passed_on_by: str
    passed_on_at: datetime | None


CALL_TABLES: Final = (CallRow,)
CASE_TABLES: Final = (CaseRow, NumberRow, QueueRow, AmbulanceRow, OwingRow, MessageRow)


def call_rows(call: Call) -> Iterator[Row]:
    """Yield the one row of a call."""
    yield CallRow(
        org=call.org,
        call_id=call.call_id,
        number=call.number,
        place=one_line(call.network_place) if call.network_place else "",
        status=_call_status(call),
        rang_at=call.rang_at,
        hung_up_at=call.hung_up_at,
        case_id=call.answer.case_id if call.answer else None,
        staff_name=call.answer.staff_name if call.answer else "",
        outcome=call.settled.outcome if call.settled else "",
        answered_twice=len(call.answers) > 1,
    )


def case_rows(case: Case) -> Iterator[Row]:
    """Yield all the rows of a case; none while nobody knows whose it is."""
    if not case.org:
        return
    yield _case_row(case)
    numbers = {digits(each.number) for each in case.numbers} | {digits(case.number)}
    for number in sorted(numbers - {""}):
        yield NumberRow(org=case.org, case_id=case.case_id, number=number)
    yield from _queue_rows(case)
    yield from _ambulance_rows(case)
    for each in outstanding(case):
        yield OwingRow(
            org=case.org,
            case_id=case.case_id,
            owing=each.owing,
            words=each.words,
            due_at=each.due_at,
            whose_id=each.whose_id,
            whose=each.whose,
        )
    yield from _message_rows(case)


def digits(number: str) -> str:
    """Return a telephone number as its national digits: one, however it was written."""
    bare = number.strip()
    if bare.startswith(("+44", "0044")):
        bare = f"0{bare.partition('44')[2]}"
    return "".join(filter("0123456789".__contains__, bare))


def one_line(place: Place) -> str:
    """Return a place on one line."""
    return ", ".join(
        part for part in (place.address.replace("\n", ", "), place.postcode) if part
    )


def _call_status(call: Call) -> str:
    if call.answers:
        return "ended" if call.hung_up_at else "answered"
    if call.hung_up_at:
        return "settled" if call.settled else "abandoned"
    return "connected" if call.connected_at else "waiting"


def _case_row(case: Case) -> CaseRow:
    patient, outcome = case.patient, case.disposition
    said = (patient.family, patient.given, patient.nhs_number or "", case.reference)
    return CaseRow(
        org=case.org,
        case_id=case.case_id,
        reference=case.reference,
        source=case.source,
        status="closed" if case.closed else "finished" if case.finished_at else "open",
        opened_at=case.opened_at,
        opened_by=case.opened_by,
        keeper_id=case.keeper_id,
        closed_at=case.closed.closed_at if case.closed else None,
        person_id=patient.person_id,
        patient=patient,
        place=case.place.outline,
        numbers=case.numbers,
        gp_name=case.gp_name,
        needs=outcome.needs if outcome else (),
        problem=case.problem,
        disposition=outcome.label if outcome else "",
        kind=outcome.kind if outcome else "",
        priority=outcome.priority if outcome else 0,
        due_at=outcome.due_at if outcome else None,
        lost_at=case.hung_up_at if case.is_lost else None,
        summary=case.closed.summary if case.closed else summary(case),
        search=" ".join(part.lower() for part in said if part),
    )


def _queue_rows(case: Case) -> Iterator[QueueRow]:
    clinical = case.clinical
    if clinical.wanted is None or not clinical.is_waiting:
        return
    yield QueueRow(
        org=case.org,
        case_id=case.case_id,
        priority=clinical.wanted.priority,
        due_at=clinical.wanted.due_at,
        wanted_at=clinical.wanted.wanted_at,
        reason=clinical.wanted.reason,
        skill=clinical.wanted.skill,
        tried=clinical.tried,
        taken_id=clinical.taken_id,
        taken_by=clinical.taken_by,
        put_back=clinical.put_back,
    )


def _ambulance_rows(case: Case) -> Iterator[AmbulanceRow]:
    wanted = case.ambulance
    if not wanted.is_live or wanted.is_owned or not wanted.requested_at or not wanted.accept_by:
        return
    yield AmbulanceRow(
        org=case.org,
        case_id=case.case_id,
        category=wanted.category,
        reason=wanted.reason,
        requested_at=wanted.requested_at,
        accept_by=wanted.accept_by,
        noticed=wanted.not_accepted_at is not None,
    )


def _message_rows(case: Case) -> Iterator[MessageRow]:
    if case.closed is None:
        return
    passed_on = case.correction if case.is_misdirected else case.passed_on
    yield MessageRow(
        org=case.org,
        case_id=case.case_id,
        message_id=case.closed.message_id,
        gp_name=case.closed.gp_name,
        for_action=bool(case.closed.action),
        made_at=case.closed.closed_at,
        is_correction=case.is_misdirected,
        way=passed_on.way if passed_on else "",
        passed_on_by=passed_on.by if passed_on else "",
        passed_on_at=passed_on.at if passed_on else None,
    )
