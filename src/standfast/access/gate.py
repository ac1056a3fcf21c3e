"""Nothing of a record is read before it is on disk who opens it, and why they may.

The guard of every page that opens a record asks here first. What is decided is in
:mod:`standfast.access.policy`; here it is found out what speaks for somebody, and written down.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from msgspec import structs
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.access import queries, queries_refused
from standfast.access.asking import Act, Answer, Relationship, Why
from standfast.access.closed import (
    ask_proof,
    can_prove,
    opens_if_asked,
    place_of,
    proven,
    refuse,
)
from standfast.access.entering import ENTER, ENTERING, weigh_entering
from standfast.access.gone import gone
from standfast.access.implied import write_for
from standfast.access.labels import guarded_cases, guarded_people
from standfast.access.linking import note_link, note_unlink
from standfast.access.marks import Known, marks_of
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
from standfast.access.record import (
    Record,
    look_up,
    opening_of,
    viewer_of,
    weigh_for,
)
from standfast.access.refusing import Refusals
from standfast.access.signals import raise_signal, with_details
from standfast.access.weighing import Weighed
from standfast.access.writing import Writers, not_stored, works_on
from standfast.facts.access import PeopleFound
from standfast.journal.writer import Unavailable
from standfast.kernel.access import Purpose, Said
from standfast.kernel.ids import uuid7
from standfast.web.pages import actor, not_found, platform, problem, wants_json
from standfast.web.platform import Actor, Platform
from standfast.web.step_up import ask, confirmed

REMEMBERED: Final = 20_000
"""Tickets that this worker keeps; beyond that it forgets those that have run out."""

LATELY: Final = timedelta(days=30)
"""How long a device may keep what was printed of a record while the site was away."""

PERSON: Final = "person"
"""The one kind of record that is known without anybody's work on it."""

NOT_WRITTEN: Final = (
    "The record was not opened, because it could not be written down that you open it: the "
    "database cannot be reached. Wait a few seconds, then open it again. The call in hand "
    "goes on without it."
)


class RecordGate:
    """The gate of one worker: it decides, writes down, and remembers for a quarter of an hour."""

    def __init__(self) -> None:
        self._tickets: dict[tuple[str, ...], datetime] = {}
        self._refusals = Refusals()
        self._writers = Writers()

    async def open(
        self,
        request: Request,
        kind: str,
        record_id: str,
        *,
        needs: str,
        writes: bool,
        signs: bool = False,
        part: str = "",
    ) -> Response | None:
        """Return None once it is on disk that the record is opened, else what to answer."""
        here, who = platform(request), actor(request)
        record = await look_up(here, who, kind, record_id)
        if record is None and kind != PERSON and await write_for(here, record_id):  # of old
            record = await look_up(here, who, kind, record_id)
        if record is None:
            return await gone(request, record_id)
        record = structs.replace(record, part=part)
        act = Act.READ
        if writes and not needs.startswith("access."):  # about a record, and nothing in it
            act = Act.PRESCRIBE if signs else Act.WRITE
        try:
            weighed = weigh_for(here, who, record, act)
            if can_prove(weighed.decision, who):
                proof_id = await proven(request, record)
                if not proof_id:
                    return await ask_proof(request, record)
                record = structs.replace(record, proof_id=proof_id)
                weighed = weigh_for(here, who, record, act)
            if weighed.decision.answer is not Answer.ALLOW:
                await self._refusals.note(here, who, record, weighed.decision.why, act)
                return await refuse(request, record, weighed.decision)
            await self._write_down(here, who, record, weighed, act)
        except Unavailable:
            return await _say(request, HTTPStatus.SERVICE_UNAVAILABLE, NOT_WRITTEN)
        _tell(request, record, weighed)
        return None

    async def enter(self, request: Request, case_id: str, *, back: str) -> Response | None:
        """Return None once it is on disk that somebody reads how to get in, else the answer."""
        here, who = platform(request), actor(request)
        record = await look_up(here, who, "case", case_id)
        if record is None:
            return await not_found(request)
        record, now = structs.replace(record, proof_id=""), here.clock()
        viewer = viewer_of(here, who)
        weighed = weigh_entering(viewer, record, now)
        try:
            if weighed.decision.answer is Answer.STEP_UP:
                about = f"home entry\0{case_id}".encode()
                proof = await confirmed(request, act=ENTER, content=about)
                if proof is None:
                    return await ask(request, act=ENTER, content=about, says=ENTERING)
                record = structs.replace(record, proof_id=proof.proof_id)
                weighed = weigh_entering(viewer, record, now)
            if weighed.decision.answer is not Answer.ALLOW:
                await self._refusals.note(here, who, record, weighed.decision.why, Act.ENTER)
                return await refuse(request, record, weighed.decision, back=back)
            told = structs.replace(weighed, purpose=Purpose.HOME_ENTRY)
            await self._write_down(here, who, record, told, Act.ENTER)
        except Unavailable:
            return await _say(request, HTTPStatus.SERVICE_UNAVAILABLE, NOT_WRITTEN)
        return None

    async def refused(self, request: Request, kind: str, record_id: str) -> None:
        """Return once it is on disk that a page of a record was not for the visitor."""
        here, who = platform(request), actor(request)
        record = await look_up(here, who, kind, record_id)
        if record is not None:
            await self._refusals.note(here, who, record, Why.ROLE, Act.READ)

    async def entry(self, request: Request, case_id: str) -> str:
        """Return nothing once a device's entry may go onto a case, else why it may not.

        Whoever has the case, or had it in this session, goes on: what they write late is kept.
        """
        here, who = platform(request), actor(request)
        if self._writers.goes_on(who, case_id, here.clock()):
            return ""
        record = await look_up(here, who, "case", case_id)
        if record is None and await write_for(here, case_id):
            record = await look_up(here, who, "case", case_id)
        if (
            record is None
        ):  # nobody opened it, or it is another organisation's: the rules say so
            return ""
        if not works_on(record, who, here.clock()):
            weighed = weigh_for(here, who, record, Act.WRITE)
            if weighed.decision.answer is not Answer.ALLOW:
                await self._refusals.note(here, who, record, weighed.decision.why, Act.WRITE)
                return not_stored(record, weighed.decision)
            await self._write_down(here, who, record, weighed, Act.WRITE)
        self._writers.remember(who, case_id, here.clock())
        return ""

    async def may_enter(self, request: Request, case_id: str) -> bool:
        """Return whether the visitor may be told how to get in without a further proof."""
        here, who = platform(request), actor(request)
        record = await look_up(here, who, "case", case_id)
        if record is None:
            return False
        record = structs.replace(record, proof_id="")
        weighed = weigh_entering(viewer_of(here, who), record, here.clock())
        return weighed.decision.answer is Answer.ALLOW

    async def guarded_cases(self, request: Request, case_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these cases are guarded, by a label of theirs or of their person."""
        return await guarded_cases(platform(request).db, actor(request).org, case_ids)

    async def turned_away(
        self, request: Request, case_ids: Sequence[str], since: datetime
    ) -> frozenset[str]:
        """Return which of these cases the visitor was refused since then."""
        here, who = platform(request), actor(request)
        return await queries_refused.cases_refused(
            here.db, who.org, who.staff_id, case_ids, since
        )

    async def linking(self, request: Request, person_id: str, said: Said) -> Response | None:
        """Return None once it is on disk that a person is linked to a call, else the answer.

        It is never refused: whoever takes a call must be able to say who is calling.
        """
        here, who = platform(request), actor(request)
        record = await look_up(here, who, PERSON, person_id)
        if record is None:
            return await not_found(request)
        try:
            await note_link(here, who, record, said)
        except Unavailable:
            return await _say(request, HTTPStatus.SERVICE_UNAVAILABLE, NOT_WRITTEN)
        return None

    async def unlinking(self, request: Request, case_id: str, person_id: str) -> None:
        """Return once it is on disk that a person was taken off a call soon, if it was soon."""
        await note_unlink(platform(request), actor(request), case_id, person_id)

    async def guarded(self, request: Request, person_ids: Sequence[str]) -> frozenset[str]:
        """Return of whom a list may show no more than the name and the year of birth."""
        return await guarded_people(platform(request).db, actor(request).org, person_ids)

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
        guarded = await guarded_cases(here.db, who.org, record_ids)
        hidden = {each for each in guarded if not await _may_see(here, who, each)}
        return frozenset(record_ids) - hidden

    async def whose(self, request: Request, kind: str, record_id: str) -> str | None:
        """Return whom a record is about; empty: nobody is known, or there is no such record.

        None: the visitor may not open it, and did not within :data:`LATELY`.
        """
        here, who = platform(request), actor(request)
        record = await look_up(here, who, kind, record_id)
        if record is None:
            return ""
        weighed, since = weigh_for(here, who, record, Act.READ), here.clock() - LATELY
        if weighed.decision.answer is Answer.ALLOW or await queries.has_opened(
            here.db, who.org, who.staff_id, record_id, since
        ):
            return record.person_id
        return None

    async def openers(
        self, here: Platform, who: Actor, case_ids: Iterable[str], *, back: str
    ) -> Sequence[str]:
        """Return where *who* can ask for those of these cases that a reason or a proof opens."""
        records = [await look_up(here, who, "case", each) for each in sorted(case_ids)]
        return [
            place_of(record, back)
            for record in records
            if record is not None
            and opens_if_asked(weigh_for(here, who, record, Act.READ).decision, who)
        ]

    async def warnings(self, request: Request) -> Sequence[Glass]:
        """Return the glass that the visitor has broken, while it is open."""
        here, who = platform(request), actor(request)
        if not who.may("access.break_glass"):
            return ()
        broken: Sequence[Glass] | None = getattr(request.state, "broken", None)
        if broken is None:  # else it was asked for a moment ago, to open a record
            now = here.clock()
            return await queries.glasses(here.db, who.org, who.staff_id, who.session_id, now)
        return broken

    async def _write_down(
        self, here: Platform, who: Actor, record: Record, weighed: Weighed, act: Act
    ) -> None:
        """Return once the entry is on disk, or was within the quarter of an hour."""
        now = here.clock()
        opened = opening_of(here, who, record, weighed, now, act=act)
        ticket = ticket_of(opened)
        if (since := self._tickets.get(ticket)) is not None and now - since < AGAIN:
            return
        known = _known(who, record, weighed)
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


def _tell(request: Request, record: Record, weighed: Weighed) -> None:
    """Let the page know why it is open, and which glass is broken, without asking again."""
    request.state.opened_because = weighed.ground.says
    request.state.reach = weighed
    request.state.broken = record.broken


async def _may_see(here: Platform, who: Actor, case_id: str) -> bool:
    record = await look_up(here, who, "case", case_id)
    return record is not None and (
        weigh_for(here, who, record, Act.READ).decision.answer is Answer.ALLOW
    )


def _known(who: Actor, record: Record, weighed: Weighed) -> Known:
    """Return what an opening is judged by; whoever oversees is not a nosy neighbour."""
    label = record.person_label
    overseen = weighed.purpose is Purpose.OVERSIGHT
    return Known(
        staff_id=who.staff_id,
        staff_name=who.name,
        of_staff=label.of_staff if label else "",
        well_known=bool(label and (label.well_known or label.hides_address) and not overseen),
        relationship=Relationship.PERSONAL if overseen else weighed.ground.relationship,
        people_in_the_hour=record.people_in_the_hour,
    )


async def _say(request: Request, status: HTTPStatus, sentence: str) -> Response:
    if wants_json(request):
        return JSONResponse({"error": sentence}, status)
    return await problem(request, status, sentence)
