"""Supplier support on screen: a site lets one named person look, for hours, and sees what at."""

from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.facts.identity import STAFF_NAME
from standfast.identity.model_support import (
    SUPPORT,
    EndSupport,
    GrantSupport,
)
from standfast.identity.tables_support import SupportRow, grant, grants, looks
from standfast.kernel.ids import uuid7
from standfast.web.forms import Form, FormErrors, sent_form
from standfast.web.pages import Page, actor, html, not_found, platform, see_other
from standfast.web.workspaces import Workspace

MANAGE: Final = "identity.manage"

GRANT: Final = Form(
    GrantSupport,
    {
        "name": "Enter the name of the one person who is to look.",
        "company": "Enter the company they work for.",
        "purpose": "Enter what they are to look at, and why.",
        "ticket": "Enter the number of the ticket, yours or theirs.",
        "hours": "Select how long: four hours at most.",
        "records": "Select whether they may open a patient's record.",
    },
)
ANSWERS: Final = {"yes": "true", "no": "false"}


async def support(request: Request) -> Response:
    """Show who may look now, who could, and the form that lets somebody."""
    return await _page(request)


async def give(request: Request) -> Response:
    """Let somebody look."""
    here, who = platform(request), actor(request)
    sent = await sent_form(request)
    grant_id = uuid7(here.clock(), here.random(10))
    command = GRANT.read(
        {**sent, "records": ANSWERS.get(sent.get("records", ""), "")},
        grant_id=grant_id,
        org=who.org,
        supporter_id=f"support-{grant_id[-12:]}",
        by=who.staff_id,
    )
    if isinstance(command, FormErrors):
        return await _page(request, command, sent)
    await here.execute(SUPPORT, grant_id, command, actor=who)
    return see_other(f"/identity/support/{grant_id}")


async def show(request: Request) -> Response:
    """Show one grant: what it is for, how its person gets in, and all that they opened."""
    here, org = platform(request), actor(request).org
    found = await grant(here.db, org, request.path_params["grant_id"])
    if found is None:
        return await not_found(request)
    given = {
        "grant": found,
        "open": _is_open(request, found),
        "looks": await looks(here.db, org, found.grant_id),
        "granted_by": await _name(request, found.granted_by),
        "ended_by": await _name(request, found.ended_by) if found.ended_by else "",
    }
    return await html(request, "identity/support_grant.html", given)


async def end(request: Request) -> Response:
    """End it now: every session of the supporter is over with this commit."""
    here, who = platform(request), actor(request)
    grant_id = request.path_params["grant_id"]
    if await grant(here.db, who.org, grant_id) is None:
        return await not_found(request)
    await here.execute(SUPPORT, grant_id, EndSupport(by=who.staff_id), actor=who)
    return see_other(f"/identity/support/{grant_id}")


async def _page(
    request: Request, errors: FormErrors | None = None, sent: dict[str, str] | None = None
) -> Response:
    found = await grants(platform(request).db, actor(request).org)
    given = {
        "open": [each for each in found if _is_open(request, each)],
        "over": [each for each in found if not _is_open(request, each)],
        "errors": errors.messages if errors else {},
        "sent": sent or {},
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return await html(request, "identity/support.html", given, status=status)


def _is_open(request: Request, found: SupportRow) -> bool:
    return found.ended_at is None and platform(request).clock() < found.until


async def _name(request: Request, staff_id: str) -> str:
    return await platform(request).ask(STAFF_NAME, org=actor(request).org, key=staff_id)


PAGES: Final[tuple[Page, ...]] = (
    Page("/identity/support", support, needs=MANAGE),
    Page("/identity/support", give, needs=MANAGE, method="POST"),
    Page("/identity/support/{grant_id}", show, needs=MANAGE),
    Page("/identity/support/{grant_id}/end", end, needs=MANAGE, method="POST"),
)
WORKSPACES: Final[tuple[Workspace, ...]] = (
    Workspace(href="/identity/support", label="Support", icon="shield", needs=MANAGE, order=91),
)
