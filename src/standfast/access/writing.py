"""Whose device may write onto a case: entries come often, so what was found is remembered."""

from datetime import datetime, timedelta
from typing import Final

from standfast.access.asking import Act, Decision
from standfast.access.record import Record
from standfast.access.words import refused_sentence
from standfast.web.platform import Actor

A_MOMENT: Final = timedelta(minutes=1)
"""For so long a colleague's right to write is not looked at again."""

A_SHIFT: Final = timedelta(hours=14)
"""For so long whoever had the case in a session sends what their device still holds of it."""

REMEMBERED: Final = 20_000

NOT_STORED: Final = (
    "Nothing was stored on the case: it is closed to you. {why} Once it is open to you, write "
    "this again; if it cannot wait, tell whoever has the case."
)


class Writers:
    """Who may write onto which case, in which session, as this worker last found it."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, ...], datetime] = {}

    def goes_on(self, who: Actor, case_id: str, now: datetime) -> bool:
        """Return whether *who* was found to have the case, or found a moment ago to write."""
        until = self._until.get(_key(who, case_id))
        return until is not None and now < until

    def remember(self, who: Actor, case_id: str, now: datetime, *, own: bool) -> None:
        """Remember that *who* may write; for long if they have the case themselves."""
        self._until[_key(who, case_id)] = now + (A_SHIFT if own else A_MOMENT)
        if len(self._until) > REMEMBERED:
            self._until = {key: until for key, until in self._until.items() if now < until}


def works_on(record: Record, who: Actor) -> bool:
    """Return whether this case is the work of *who*, or was when it ended."""
    return any(
        tie.case_id == record.case_id and who.staff_id in tie.staff for tie in record.ties
    )


def not_stored(record: Record, decision: Decision) -> str:
    """Return what a device shows of an entry for a case that is closed to who wrote it."""
    why = refused_sentence(decision, Act.WRITE, guarded_here=record.is_guarded_here)
    return NOT_STORED.format(why=why)


def _key(who: Actor, case_id: str) -> tuple[str, ...]:
    return (who.org, who.staff_id, who.session_id, case_id)
