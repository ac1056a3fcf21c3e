"""What the palette finds among cases."""

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request

from standfast.calls.queries import find_cases
from standfast.calls.rows import CaseRow
from standfast.web.pages import actor, platform
from standfast.web.palette import Finder, Found
from standfast.web.rendering import local_datetime, person_name


async def cases(request: Request, text: str) -> Sequence[Found]:
    """Return the cases that fit *text*, for somebody who may read them."""
    who = actor(request)
    if not who.may("calls.read"):
        return ()
    found = await find_cases(platform(request).db, who.org, text)
    here = platform(request)
    shown = await here.records.showable(here, who, [case.case_id for case in found])
    closed = sum(case.case_id not in shown and _is_named(case, text) for case in found)
    found = [case for case in found if case.case_id in shown]
    await platform(request).records.found(request, "palette", [case.case_id for case in found])
    lines = [
        Found(
            group="Cases",
            label=f"{case.reference} {person_name(case.patient)}",
            hint=f"{local_datetime(case.opened_at)}, {case.status}",
            href=f"/calls/{case.case_id}",
        )
        for case in found
    ]
    if closed:
        words = f"{closed} more {'is' if closed == 1 else 'are'} not shown to you"
        lines.append(
            Found(group="Cases", label=words, hint="guarded: ask a clinician", href="")
        )
    return lines


def _is_named(case: CaseRow, text: str) -> bool:
    """Return whether the name or the reference has all of it: nobody guesses at a number."""
    said = f"{case.patient.family} {case.patient.given} {case.reference}".lower()
    return all(word in said for word in text.lower().split())


FINDERS: Final[tuple[Finder, ...]] = (cases,)
