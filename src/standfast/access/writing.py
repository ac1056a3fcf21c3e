"""Whose device may write onto a case: who has it, or had it in the session they are in.

That stands in facts, so every worker says the same. Entries come often: what was found is
believed for a moment.
"""

from datetime import datetime, timedelta
from typing import Final

from standfast.access.asking import Act, Decision
from standfast.access.record import Record
from standfast.access.words import refused_sentence
from standfast.web.platform import Actor

A_MOMENT: Final = timedelta(minutes=1)
"""For so long a right to write is not looked at again."""

A_SHIFT: Final = timedelta(hours=14)
"""For so long at the most whoever had the case sends what their device still holds of it."""

REMEMBERED: Final = 20_000

NOT_STORED: Final = (
    "Nothing was stored on the case: it is closed to you. {why} Once it is open to you, write "
    "this again; if it cannot wait, tell whoever has the case."
)


class Writers:
    """Who may write onto which case, in which session, as was found a moment ago."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, ...], datetime] = {}

    def goes_on(self, who: Actor, case_id: str, now: datetime) -> bool:
        """Return whether *who* was found a moment ago to be allowed to write."""
        until = self._until.get(_key(who, case_id))
        return until is not None and now < until

    def remember(self, who: Actor, case_id: str, now: datetime) -> None:
        """Remember that *who* may write."""
        self._until[_key(who, case_id)] = now + A_MOMENT
        if len(self._until) > REMEMBERED:
            self._until = {key: until for key, until in self._until.items() if now < until}


def works_on(record: Record, who: Actor, now: datetime) -> bool:
    """Return whether this case is the work of *who*, was when it ended, or was in this session.

    Whoever left it before they signed in has nothing more to send.
    """
    since = max(now - A_SHIFT, who.signed_in_at or now - A_SHIFT)
    return any(
        who.staff_id in tie.staff
        or any(each.staff_id == who.staff_id and each.left_at >= since for each in tie.leavers)
        for tie in record.ties
        if tie.case_id == record.case_id
    )


def not_stored(record: Record, decision: Decision) -> str:
    """Return what a device shows of an entry for a case that is closed to who wrote it."""
    why = refused_sentence(decision, Act.WRITE, guarded_here=record.is_guarded_here)
    return NOT_STORED.format(why=why)


def _key(who: Actor, case_id: str) -> tuple[str, ...]:
    return (who.org, who.staff_id, who.session_id, case_id)
