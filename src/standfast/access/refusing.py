"""Who was refused a record is written down too, and several refusals are asked about."""

from datetime import datetime
from typing import Final

import structlog

from standfast.access import queries_refused as queries
from standfast.access.asking import Act, Why
from standfast.access.marks import HOUR, MOST_REFUSED, WEIGHTS
from standfast.access.model_record import ONCE_AN_HOUR, RECORD, NoteRefusal, record_key
from standfast.access.model_review import REVIEW, RaiseSignal
from standfast.access.record import Record, who_and_what
from standfast.facts.access import RecordRefused, SignalRaised
from standfast.journal.writer import Conflict, Unavailable
from standfast.kernel.ids import child_id, uuid7
from standfast.web.platform import Actor, Platform

OFTEN: Final = "refused_often"

REMEMBERED: Final = 20_000
"""Refusals that this worker keeps in mind; beyond that it forgets those of an hour ago."""

_log = structlog.get_logger()


class Refusals:
    """The refusals of one worker: one fact for each session, record and hour."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, ...], datetime] = {}

    async def note(
        self, here: Platform, who: Actor, record: Record, why: Why, act: Act
    ) -> None:
        """Return once the refusal is on disk. It stands even when it cannot be written."""
        now = here.clock()
        told = (who.org, who.staff_id, who.session_id, record.kind, record.record_id)
        since = self._told.get(told)
        if since is not None and now - since < ONCE_AN_HOUR:
            return
        if why is Why.NO_RELATIONSHIP and record.is_guarded_here:
            why = Why.TOO_GUARDED  # the organisation deals with the person
        refused = _refusal(here, who, record, why, act)
        key = record_key(who.org, record.kind, record.record_id, now)
        try:
            written = await here.execute(RECORD, key, NoteRefusal(refused=refused), actor=who)
            if written:
                await _ask_why(here, who, refused)
        except (Unavailable, Conflict) as error:
            _log.warning("refusal.not_written", error=type(error).__name__)
            return
        self._remember(told, now)

    def _remember(self, told: tuple[str, ...], now: datetime) -> None:
        self._told[told] = now
        if len(self._told) > REMEMBERED:
            self._told = {
                each: at for each, at in self._told.items() if now - at < ONCE_AN_HOUR
            }


def _refusal(here: Platform, who: Actor, record: Record, why: Why, act: Act) -> RecordRefused:
    now = here.clock()
    return RecordRefused(
        entry_id=uuid7(now, here.random(10)),
        **who_and_what(who, record),
        case_id=record.case_id,
        why=why.value,
        sensitivity=record.sensitivity,
        act=act.value,
        way=who.way,
        offline=who.offline,
        refused_at=now,
    )


async def _ask_why(here: Platform, who: Actor, refused: RecordRefused) -> None:
    """Put it before a reviewer, once an hour, when somebody goes from record to record."""
    now = refused.refused_at
    count = await queries.refused_since(here.db, who.org, who.staff_id, now - HOUR)
    if count <= MOST_REFUSED:
        return
    hour = now.replace(minute=0, second=0, microsecond=0).isoformat()
    review_id = child_id(f"{who.org}/{who.staff_id}", f"access/refused/{hour}")
    raised = SignalRaised(
        review_id=review_id,
        org=who.org,
        staff_id=who.staff_id,
        staff_name=who.name,
        entry_id=refused.entry_id,
        record_kind=refused.record_kind,
        record_id=refused.record_id,
        person_id=refused.person_id,
        marks=(OFTEN,),
        score=WEIGHTS[OFTEN],
        opened_at=now,
        raised_at=now,
    )
    await here.execute(REVIEW, review_id, RaiseSignal(raised=raised), actor=who)
