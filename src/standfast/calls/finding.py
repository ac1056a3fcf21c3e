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
    closed = [
        case.case_id for case in found if case.case_id not in shown and _is_whole(case, text)
    ]
    found = [case for case in found if case.case_id in shown]
    await here.records.found(request, "palette", [case.case_id for case in found])
    await here.records.found(request, "palette_hidden", closed)
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
        words = f"{len(closed)} more {'is' if len(closed) == 1 else 'are'} not shown to you"
        lines.append(
            Found(group="Cases", label=words, hint="guarded: ask a clinician", href="")
        )
    return lines


def _is_whole(case: CaseRow, text: str) -> bool:
    """Return whether it is the reference, all of it and nothing else.

    A count by name, or by how a reference begins, would tell that somebody guarded has called.
    """
    return text.strip().lower() == case.reference.lower()


FINDERS: Final[tuple[Finder, ...]] = (cases,)
