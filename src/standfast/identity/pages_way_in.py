"""Somebody's way in: ended by one person, given back by two; and their account at the service."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from standfast.facts.identity import STAFF_NAME
from standfast.identity import sessions
from standfast.identity.model import STAFF
from standfast.identity.model_leaving import DisableStaff, EnableStaff, ProposeEnabling
from standfast.identity.model_service import LINK, AgreeLink, ProposeLink, Unlink
from standfast.identity.tables import Persona, member
from standfast.identity.tables_acts import acts
from standfast.journal.timeline import Fact
from standfast.kernel.access import written_actor
from standfast.kernel.messages import Refused
from standfast.web.forms import Form, FormErrors, sent_form
from standfast.web.pages import Page, actor, html, not_found, platform, refusal, see_other
from standfast.web.platform import Platform

READ: Final = "identity.read"
MANAGE: Final = "identity.manage"
CONFIRM: Final = "identity.confirm"

MOST: Final = 500
"""Acts after the end that one page lists; more than none is already somebody's concern."""

DISABLE: Final = Form(DisableStaff, {"reason": "Enter why their way in ends."})
PROPOSE: Final = Form(ProposeEnabling, {"reason": "Enter why they are let in again."})
ACCOUNT: Final = Form(
    ProposeLink, {"subject": "Enter the id that the sign-in service showed them."}
)


class Act(Struct, frozen=True):
    """Something that was done in this person's name after their way in had ended."""

    fact: Fact
    words: str
    cut_off: bool


async def show(request: Request) -> Response:
    """Show whether somebody may come in, by what, and what was done after that ended."""
    return await _page(request)


async def disable(request: Request) -> Response:
    """End somebody's way in: from this commit on no session of theirs opens anything."""

    async def work(here: Platform, found: Persona, sent: dict[str, str]) -> FormErrors | None:
        who = actor(request)
        command = DISABLE.read(sent, by=who.staff_id)
        if isinstance(command, FormErrors):
            return command
        await here.execute(STAFF, found.staff_id, command, actor=who)
        await sessions.end_all(here, found.staff_id, actor=who)
        return None

    return await _done(request, work)


async def propose(request: Request) -> Response:
    """Ask that somebody be let in again."""

    async def work(here: Platform, found: Persona, sent: dict[str, str]) -> FormErrors | None:
        command = PROPOSE.read(sent, by=actor(request).staff_id)
        if isinstance(command, FormErrors):
            return command
        await here.execute(STAFF, found.staff_id, command, actor=actor(request))
        return None

    return await _done(request, work)


async def enable(request: Request) -> Response:
    """Agree that somebody be let in again: the second of two."""

    async def work(here: Platform, found: Persona, _: dict[str, str]) -> None:
        command = EnableStaff(by=actor(request).staff_id)
        await here.execute(STAFF, found.staff_id, command, actor=actor(request))

    return await _done(request, work)


async def enter_account(request: Request) -> Response:
    """Say which account of the sign-in service is this person's."""

    async def work(here: Platform, found: Persona, sent: dict[str, str]) -> FormErrors | None:
        who = actor(request)
        command = ACCOUNT.read(
            sent,
            staff_id=found.staff_id,
            org=found.org,
            issuer=here.settings.oidc_issuer or "none",
            by=who.staff_id,
        )
        if isinstance(command, FormErrors):
            return command
        await here.execute(LINK, found.staff_id, command, actor=who)
        return None

    return await _done(request, work)


async def agree_account(request: Request) -> Response:
    """Agree that it is theirs: the second of two."""

    async def work(here: Platform, found: Persona, _: dict[str, str]) -> None:
        command = AgreeLink(by=actor(request).staff_id)
        await here.execute(LINK, found.staff_id, command, actor=actor(request))

    return await _done(request, work)


async def unlink(request: Request) -> Response:
    """Take the account away, and end the sessions that it began."""

    async def work(here: Platform, found: Persona, _: dict[str, str]) -> None:
        who = actor(request)
        await here.execute(LINK, found.staff_id, Unlink(by=who.staff_id), actor=who)
        await sessions.end_all(here, found.staff_id, actor=who)

    return await _done(request, work)


async def _done(
    request: Request,
    work: Callable[[Platform, Persona, dict[str, str]], Awaitable[FormErrors | None]],
) -> Response:
    """Do *work* for the member of staff in the path; show what was wrong, or the page anew."""
    here = platform(request)
    found = await _member(request)
    if found is None:
        return await not_found(request)
    sent = await sent_form(request)
    try:
        errors = await work(here, found, sent)
    except Refused as refused:
        errors = FormErrors({"": refusal(request, refused)})
    if errors is not None:
        return await _page(request, errors, sent)
    return see_other(f"/identity/staff/{found.staff_id}/way-in")


async def _page(
    request: Request, errors: FormErrors | None = None, sent: dict[str, str] | None = None
) -> Response:
    here, who = platform(request), actor(request)
    found = await _member(request)
    if found is None:
        return await not_found(request)
    leaving = (await here.state(STAFF, found.staff_id)).leaving
    link = await here.state(LINK, found.staff_id)
    given = {
        "person": found,
        "leaving": leaving,
        "names": {
            each.by: await here.ask(STAFF_NAME, org=who.org, key=each.by)
            for each in (leaving.disabled, leaving.proposed, link.proposed)
            if each is not None
        },
        "acts": await acts_after(here, found),
        "link": link,
        "service": here.settings.oidc_name if here.settings.oidc_issuer else "",
        "may_manage": who.may(MANAGE),
        "may_confirm": who.may(CONFIRM),
        "is_self": found.staff_id == who.staff_id,
        "errors": errors.messages if errors else {},
        "sent": sent or {},
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return await html(request, "identity/way_in.html", given, status=status)


async def acts_after(here: Platform, found: Persona) -> list[Act]:
    """Return all that was written down in somebody's name after their way in had ended.

    What they opened is among it, where opening is written down. The end of a session is not
    theirs to be asked about.
    """
    if found.disabled_at is None:
        return []
    names = [written_actor(found.staff_id, offline=offline) for offline in (False, True)]
    facts = await acts(here.db, names, found.disabled_at, most=MOST)
    return [Act(fact, here.describe(fact), fact.actor != found.staff_id) for fact in facts]


async def _member(request: Request) -> Persona | None:
    """Return the member of staff in the path, if they are of this organisation."""
    found = await member(platform(request).public, request.path_params["staff_id"])
    return found if found is not None and found.org == actor(request).org else None


PATH: Final = "/identity/staff/{staff_id}/way-in"
PAGES: Final[tuple[Page, ...]] = (
    Page(PATH, show, needs=READ),
    Page(PATH + "/end", disable, needs=MANAGE, method="POST"),
    Page(PATH + "/again", propose, needs=MANAGE, method="POST"),
    Page(PATH + "/agree", enable, needs=CONFIRM, method="POST"),
    Page(PATH + "/account", enter_account, needs=MANAGE, method="POST"),
    Page(PATH + "/account/agree", agree_account, needs=CONFIRM, method="POST"),
    Page(PATH + "/account/unlink", unlink, needs=MANAGE, method="POST"),
)
