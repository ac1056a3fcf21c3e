"""What the pages of calls share: finding a case of one's own organisation, and machines."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request

from standfast.calls.model_case import CASE
from standfast.calls.state import Case
from standfast.web.pages import actor, platform
from standfast.web.platform import Actor, Platform

TAKE: Final = "calls.take"
READ: Final = "calls.read"
CLOSE: Final = "calls.close"
QUEUE: Final = "calls.queue"
ASSESS: Final = "calls.assess"
OVERSEE: Final = "calls.oversee"


@dataclass(frozen=True)
class Asked:
    """A request about one case: the platform, who asks, and what is known of the case."""

    here: Platform
    who: Actor
    case_id: str
    case: Case


async def asked(request: Request) -> Asked:
    """Return what a request about a case needs. Another organisation's case is not there."""
    here, who = platform(request), actor(request)
    case_id: str = request.path_params["case_id"]
    case = await here.state(CASE, case_id)
    if case.opened_at is None or case.org != who.org:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return Asked(here, who, case_id, case)


def machine(staff_id: str, name: str, org: str) -> Actor:
    """Return a part of the platform as the one who did something."""
    return Actor(
        staff_id=staff_id,
        name=name,
        role="machine",
        role_label="Machine",
        org=org,
        org_name=org,
        permissions=frozenset(),
    )
