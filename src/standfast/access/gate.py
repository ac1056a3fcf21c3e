"""Nothing of a record is read before it is on disk who opens it, and why they may.

The guard of every page that opens a record asks here first. What is decided is in
:mod:`standfast.access.policy`; here it is found out what speaks for somebody, and written down.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Final

from msgspec import Struct, structs
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.access import queries
from standfast.access.asking import Act, Answer, Decision, Relationship
from standfast.access.labels import labels, sensitivity_of
from standfast.access.marks import HOUR, Known, marks_of
from standfast.access.model_record import (
    AGAIN,
    RECORD,
    SEARCH,
    NoteOpening,
    NoteSearch,
    record_key,
    search_key,
    ticket_of,
)
from standfast.access.queries import Glass
from standfast.access.rows import LabelRow, RelationshipRow
from standfast.access.signals import raise_signal, with_details
from standfast.access.weighing import Viewer, Weighed, grounds_of, weigh
from standfast.access.words import REASONS, RECORDS, refused_sentence
from standfast.facts.access import PeopleFound, RecordOpened
from standfast.facts.people import PERSON
from standfast.journal.writer import Unavailable
from standfast.kernel.access import Assurance, Purpose, Sensitivity
from standfast.kernel.ids import uuid7
from standfast.web.pages import actor, html, not_found, platform, problem, wants_json
from standfast.web.platform import Actor, Platform

REMEMBERED: Final = 20_000
"""Tickets that this worker keeps; beyond that it forgets those that have run out."""

NOT_WRITTEN: Final = (
    "The record was not opened, because it could not be written down that you open it: the "
    "database cannot be reached. Wait a few seconds, then open it again. The call in hand "
    "goes on without it."
)


class Record(Struct, frozen=True, kw_only=True):
    """A record that somebody wants to open, and what there is to say about it."""

    kind: str
    record_id: str
    person_id: str
    case_id: str
    sensitivity: Sensitivity
    person_label: LabelRow | None
    ties: tuple[RelationshipRow, ...]
    glasses: tuple[Glass, ...]


class RecordGate:
    """The gate of one worker: it decides, writes down, and remembers for a quarter of an hour."""

    def __init__(self) -> None:
        self._tickets: dict[tuple[str, ...], datetime] = {}

    async def open(
        self,
        request: Request,
        kind: str,
        record_id: str,
        *,
        needs: str,
        writes: bool,
        signs: bool = False,
    ) -> Response | None:
        """Return None once it is on disk that the record is opened, else what to answer."""
        here, who = platform(request), actor(request)
        if "\0" in record_id:  # PostgreSQL has none
            return await not_found(request)
        record = await look_up(here, who, kind, record_id)
        if record is None:
            return await not_found(request)
        act = Act.READ
        if writes and not needs.startswith("access."):  # about a record, and nothing in it
            act = Act.PRESCRIBE if signs else Act.WRITE
        weighed = weigh_for(here, who, record, act)
        if weighed.decision.answer is not Answer.ALLOW:
            return await _refused(request, record, weighed)
        try:
            await self._write_down(here, who, record, weighed, act)
        except Unavailable:
            return await _say(request, HTTPStatus.SERVICE_UNAVAILABLE, NOT_WRITTEN)
        request.state.opened_because = weighed.ground.says
        request.state.reach = weighed
        return None

    async def found(self, request: Request, place: str, shown: Sequence[str]) -> None:
        """Return once it is on disk that a search at *place* shows the records *shown*."""
        if not shown:
            return
        here, who = platform(request), actor(request)
        now = here.clock()
        found = PeopleFound(
            entry_id=uuid7(now, here.random(10)),
            org=who.org,
            staff_id=who.staff_id,
            staff_name=who.name,
            role=who.role,
            session_id=who.session_id,
            place=place,
            shown=tuple(dict.fromkeys(shown)),
            offline=who.offline,
            found_at=now,
        )
        key = search_key(f"{who.org}/{who.staff_id}", now)
        await here.execute(SEARCH, key, NoteSearch(found=found), actor=who)

    async def showable(
        self, here: Platform, who: Actor, record_ids: Sequence[str]
    ) -> frozenset[str]:
        """Return which of these cases *who* may be shown a line of, inside another record."""
        guarded = await labels(here.db, who.org, record_ids)
        hidden = {each for each in guarded if not await _may_see(here, who, each)}
        return frozenset(record_ids) - hidden

    async def warnings(self, request: Request) -> Sequence[Glass]:
        """Return the glass that the visitor has broken, while it is open."""
        here, who = platform(request), actor(request)
        if not who.may("access.break_glass"):
            return ()
        return await queries.glasses(
            here.db, who.org, who.staff_id, who.session_id, here.clock()
        )

    async def _write_down(
        self, here: Platform, who: Actor, record: Record, weighed: Weighed, act: Act
    ) -> None:
        """Return once the entry is on disk, or was within the quarter of an hour."""
        now = here.clock()
        opened = _entry(here, who, record, weighed, now, act=act)
        ticket = ticket_of(opened)
        since = self._tickets.get(ticket)
        if since is not None and now - since < AGAIN:
            return
        known = await _known(here, who, record, weighed, now)
        opened = structs.replace(opened, marks=marks_of(known))  # nothing of the record is read
        key = record_key(who.org, record.kind, record.record_id, now)
        await here.execute(RECORD, key, NoteOpening(opened=opened), actor=who)
        marks = marks_of(await with_details(here, who.org, known, record.person_id))
        await raise_signal(here, who, structs.replace(opened, marks=marks))
        self._remember(ticket, now)

    def _remember(self, ticket: tuple[str, ...], now: datetime) -> None:
        self._tickets[ticket] = now
        if len(self._tickets) > REMEMBERED:
            self._tickets = {each: at for each, at in self._tickets.items() if now - at < AGAIN}


async def _may_see(here: Platform, who: Actor, case_id: str) -> bool:
    record = await look_up(here, who, "case", case_id)
    return record is not None and (
        weigh_for(here, who, record, Act.READ).decision.answer is Answer.ALLOW
    )


async def look_up(here: Platform, who: Actor, kind: str, record_id: str) -> Record | None:
    """Return what speaks for opening a record; None when the organisation has no such one."""
    ties = await queries.ties(here.db, who.org, record_id)
    own = [tie for tie in ties if record_id in (tie.case_id, tie.thing_id)]
    if kind == "person":
        known = bool(ties) or await here.ask(PERSON, org=who.org, key=record_id) is not None
        person_id, case_id = record_id, ""
    else:
        known = bool(own)
        person_id = next((tie.person_id for tie in own if tie.person_id), "")
        case_id = own[0].case_id if own else ""
    if not known:
        return None
    glasses = await queries.glasses(
        here.db, who.org, who.staff_id, who.session_id, here.clock()
    )
    said = await labels(here.db, who.org, [each for each in (person_id, case_id) if each])
    return Record(
        kind=kind,
        record_id=record_id,
        person_id=person_id,
        case_id=case_id,
        sensitivity=sensitivity_of(list(said.values())),
        person_label=said.get(person_id),
        ties=tuple(ties),
        glasses=tuple(
            each
            for each in glasses
            if record_id == each.record_id or (person_id and person_id == each.person_id)
        ),
    )


def weigh_for(here: Platform, who: Actor, record: Record, act: Act) -> Weighed:
    """Return what is decided for *who* on *record*."""
    viewer = viewer_of(here, who)
    grounds = grounds_of(
        viewer, record.ties, record.glasses, here.clock(), case_id=record.case_id
    )
    return weigh(viewer, grounds, record.sensitivity, act)


def viewer_of(here: Platform, who: Actor) -> Viewer:
    """Return *who* as the policy knows them; a demonstration asks nobody for a proof."""
    assurance = who.assurance
    if here.settings.demonstration and assurance is Assurance.CHOSEN:
        assurance = Assurance.FRESH
    return Viewer(
        staff_id=who.staff_id,
        roles=who.roles or (who.role,),
        assurance=assurance,
        offline=who.offline,
        on_shift=who.until is None or here.clock() < who.until,
    )


async def _known(
    here: Platform, who: Actor, record: Record, weighed: Weighed, now: datetime
) -> Known:
    """Return what an opening is judged by; whoever oversees is not a nosy neighbour."""
    label = record.person_label
    overseen = weighed.purpose is Purpose.OVERSIGHT
    return Known(
        staff_id=who.staff_id,
        staff_name=who.name,
        of_staff=label.of_staff if label else "",
        well_known=bool(label and (label.well_known or label.hides_address) and not overseen),
        relationship=Relationship.PERSONAL if overseen else weighed.ground.relationship,
        people_in_the_hour=await queries.people_since(
            here.db, who.org, who.staff_id, now - HOUR
        ),
    )


def _entry(
    here: Platform, who: Actor, record: Record, weighed: Weighed, now: datetime, *, act: Act
) -> RecordOpened:
    return RecordOpened(
        entry_id=uuid7(now, here.random(10)),
        org=who.org,
        staff_id=who.staff_id,
        staff_name=who.name,
        role=who.role,
        session_id=who.session_id,
        record_kind=record.kind,
        record_id=record.record_id,
        person_id=record.person_id,
        case_id=record.case_id,
        basis=weighed.ground.basis,
        why=weighed.ground.says,
        glass_id=weighed.ground.glass_id,
        reference=weighed.ground.reference,
        purpose=weighed.purpose,
        sensitivity=record.sensitivity,
        assurance=who.assurance,
        way=who.way,
        offline=who.offline,
        marks=(),
        opened_at=now,
        act=act.value,
    )


async def _refused(request: Request, record: Record, weighed: Weighed) -> Response:
    """Say why it is refused, and what opens it."""
    if wants_json(request):
        sentence = refused_sentence(weighed.decision)
        return JSONResponse({"error": sentence}, HTTPStatus.FORBIDDEN)
    back = request.url.path if request.method == "GET" else ""
    return await closed_page(request, record, weighed.decision, back=back)


async def closed_page(
    request: Request,
    record: Record,
    decision: Decision,
    *,
    back: str,
    sent: Mapping[str, str] | None = None,
    wrong: str = "",
) -> Response:
    """Answer with why a record is closed, and the form that opens it if a reason does."""
    is_part = request.url.path.rpartition("/")[2].startswith("_")
    may_break = actor(request).may("access.break_glass")
    return await html(
        request,
        "access/_refused.html" if is_part else "access/refused.html",
        {
            "sentence": refused_sentence(decision),
            "record": RECORDS.get(record.kind, "record"),
            "kind": record.kind,
            "record_id": record.record_id,
            "may_break": decision.answer is Answer.BREAK_GLASS and may_break,
            "reasons_shown": [(each, each) for each in REASONS],
            "back": back,
            "errors": {"chosen": wrong} if wrong else {},
            "sent": sent or {},
        },
        status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.FORBIDDEN,
    )


async def _say(request: Request, status: HTTPStatus, sentence: str) -> Response:
    if wants_json(request):
        return JSONResponse({"error": sentence}, status)
    return await problem(request, status, sentence)
