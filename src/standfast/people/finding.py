"""What the palette finds among people."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from starlette.requests import Request

from standfast.people.tables import Guards, Hit, find
from standfast.people.wanted import understand
from standfast.web.pages import actor, platform
from standfast.web.palette import Finder, Found
from standfast.web.rendering import UK, local_date, nhs_number, person_name

MOST: Final = 6
"""Lines in the palette; the People page shows more."""


async def people(request: Request, text: str) -> Sequence[Found]:
    """Return the people who fit *text*, for somebody who may look for them."""
    who, here = actor(request), platform(request)
    if not (who.may("people.find") and who.may("people.read")):
        return ()
    wanted = understand(text, here.clock().astimezone(UK).date())
    hits = await find(here.db, who.org, wanted, guarded=guards(request), most=MOST)
    await here.records.found(request, "palette", [hit.person_id for hit in hits])
    return [
        Found(
            group="People",
            label=person_name(hit.details),
            hint=_hint(hit),
            href=f"/people/{hit.person_id}",
        )
        for hit in hits
    ]


def guards(request: Request) -> Guards:
    """Return what says of whom a list shows no more than the name and the year of birth."""
    return partial(platform(request).records.guarded, request)


def _hint(hit: Hit) -> str:
    if hit.guarded:
        return f"Born {hit.year or 'not known'}, guarded"
    return f"{local_date(hit.details.born)}, {nhs_number(hit.details.nhs_number)}"


FINDERS: Final[tuple[Finder, ...]] = (people,)
