"""What a route is, who may use it, and how it answers."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final, TypeAlias, cast

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from standfast.journal.tenant import read_as
from standfast.kernel.messages import Refused
from standfast.observability.requests import ROUTE
from standfast.observability.siem import note
from standfast.observability.tracing import span
from standfast.web.leaving import numbered
from standfast.web.platform import Actor, Platform
from standfast.web.workspaces import counts

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

ANYONE: Final = "anyone"
"""The page needs nobody signed in: the way in, health, and what holds no data."""

SIGNED_IN: Final = "signed in"
"""The page needs somebody signed in, whatever their role."""


class Page(Route):
    """A route that only somebody with the permission ``needs`` may use.

    The platform takes no other kind of route, so a page cannot be left open by mistake. While
    a screen is locked only what is ``while_locked`` answers: it shows nothing of anybody.
    ``opens`` names the kind of record that the path's ``{KIND_id}`` is of: who opens it is on
    disk before the handler reads anything. ``signs`` a prescription: whoever does so must
    be dealing with the patient, and no reason given in place of that will do.
    """

    def __init__(
        self,
        path: str,
        handler: Handler,
        *,
        needs: str,
        method: str = "GET",
        while_locked: bool = False,
        opens: str | None = None,
        signs: bool = False,
    ) -> None:
        async def guarded(request: Request) -> Response:
            read_as("")
            who = await platform(request).authenticate(request)
            if who is not None and who.locked and not while_locked:
                if needs != ANYONE:
                    return await _unlock_first(request, who)
                who = None
            request.state.actor = who
            if needs != ANYONE:
                if who is None:
                    return _sign_in_first(request)
                if needs != SIGNED_IN and needs not in who.permissions:
                    await _note_refused(request, who, self)
                    return await problem(request, HTTPStatus.FORBIDDEN)
            if opens is not None:
                record_id = request.path_params[f"{opens}_id"]
                refused = await open_record(request, opens, record_id, needs=needs, signs=signs)
                if refused is not None:
                    return refused
            return await (numbered(handler) if method == "GET" else handler)(request)

        name = f"{method} {path}"
        super().__init__(path, _measured(name, guarded), methods=[method], name=name)
        self.needs = needs
        self.while_locked = while_locked
        self.method = method
        self.opens = opens
        self._begins = path.partition("{")[0]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Look at how the address begins before anything dearer: there are many pages."""
        if not scope["path"].startswith(self._begins):
            return Match.NONE, {}
        match, child = super().matches(scope)
        return match, {**child, "page": self}


def _measured(name: str, handler: Handler) -> Handler:
    """Return *handler*, with its line, figures and span under the page's *name*."""

    async def measured(request: Request) -> Response:
        request.scope[ROUTE] = name
        with span(name):
            return await handler(request)

    return measured


def platform(request: Request) -> Platform:
    """Return the platform that serves *request*."""
    own = request.scope.get("state", {}).get("platform")  # asked often: not by a failed getattr
    return cast("Platform", own or request.app.state.platform)


def actor(request: Request) -> Actor:
    """Return who is asking. Only behind a page that needs somebody signed in."""
    who = visitor(request)
    assert who is not None  # noqa: S101 - Page let nobody else through
    return who


def visitor(request: Request) -> Actor | None:
    """Return who is asking, or None."""
    return cast("Actor | None", getattr(request.state, "actor", None))


async def open_record(
    request: Request,
    kind: str,
    record_id: str,
    *,
    needs: str = "",
    signs: bool = False,
    part: str = "",
) -> Response | None:
    """Return None once it is written down who opens the record, else what to answer instead.

    For a page that shows a record which its path does not name; others say ``opens``. And for
    one thing of a record, its *part*, which is an entry of its own: ``file/`` and its id.
    """
    writes = request.method not in ("GET", "HEAD")
    return await platform(request).records.open(
        request, kind, record_id, needs=needs, writes=writes, signs=signs, part=part
    )


async def html(
    request: Request,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HTMLResponse:
    """Answer with *template*, filled in with *context* and what every page is given."""
    name = template.rpartition("/")[2]
    shared = {} if name.startswith("_") else await _around(request)
    return HTMLResponse(
        platform(request).templates.render(
            template, {**_surroundings(request), **shared, **(context or {})}
        ),
        status,
    )


async def problem(
    request: Request, status: HTTPStatus, sentence: str | None = None
) -> HTMLResponse:
    """Answer with the page for *status*, which says what to do next."""
    return await html(
        request, "error.html", {"status": int(status), "sentence": sentence}, status=status
    )


async def not_found(request: Request) -> HTMLResponse:
    """Answer that there is no such thing, whether there is none or it is another's."""
    return await problem(request, HTTPStatus.NOT_FOUND)


def see_other(path: str) -> RedirectResponse:
    """Send the browser on to *path*, as after every form that was carried out."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def refusal(request: Request, refused: Refused) -> str:
    """Return the sentence for what was refused."""
    return platform(request).sentence(refused.reason, refused.details)


def wants_json(request: Request) -> bool:
    """Return whether a script asks, and not a person."""
    return "application/json" in request.headers.get("accept", "")


async def _unlock_first(request: Request, who: Actor) -> Response:
    """Answer that the screen is locked, and how whoever sits there goes on."""
    request.state.actor = None
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        given = {"locked": who, "full_page": True}
        return await html(request, "locked.html", given, status=HTTPStatus.LOCKED)
    return Response(status_code=HTTPStatus.LOCKED)


async def _note_refused(request: Request, who: Actor, page: Page) -> None:
    """Write down whose record it was, and have the SIEM know, if there is one."""
    here = platform(request)
    if page.opens is not None:
        await here.records.refused(request, page.opens, request.path_params[f"{page.opens}_id"])
    if here.settings.siem:
        said = {"user.id": who.staff_id, "standfast.page": page.name}
        note(here.settings.data, "page.refused", **said)


def _sign_in_first(request: Request) -> Response:
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    return Response(status_code=HTTPStatus.UNAUTHORIZED)


def _surroundings(request: Request) -> dict[str, object]:
    """Return what every template is given."""
    here = platform(request)
    return {
        "actor": visitor(request),
        "site_name": here.settings.site_name,
        "demonstration": here.settings.demonstration,
        "theme": _chosen(request, "theme", ("auto", "light", "dark")),
        "density": _chosen(request, "density", ("compact", "comfortable")),
        "idle_seconds": here.settings.idle_minutes * 60,
        "now": here.clock(),
        "path": request.scope["path"],
        "opened_because": getattr(request.state, "opened_because", ""),
    }


async def _around(request: Request) -> dict[str, object]:
    """Return what stands around a whole page: the visitor's tabs, and what they must be told."""
    who = visitor(request)
    warnings = await platform(request).records.warnings(request) if who else ()
    return {**await _workspaces(request), "warnings": warnings}


async def _workspaces(request: Request) -> dict[str, object]:
    """Return the tabs that the visitor may open, each with how many things wait there."""
    who = visitor(request)
    if who is None:
        return {"workspaces": []}
    here = platform(request)
    open_to = tuple(each for each in here.wiring.workspaces if who.may(each.needs))
    waiting = await counts(here.db, who.org, open_to)
    tabs = [
        {
            "href": workspace.href,
            "label": workspace.label,
            "icon": workspace.icon,
            "key": f"Alt {number}",
            "count": waiting.get(workspace.href) or None,
            "hot": bool(waiting.get(workspace.href)),
            "alerts": workspace.alerts,
            "topics": workspace.topics,
            "current": request.scope["path"].startswith(workspace.href),
        }
        for number, workspace in enumerate(open_to, start=1)
    ]
    return {"workspaces": tabs}


def _chosen(request: Request, name: str, allowed: tuple[str, ...]) -> str:
    chosen = request.cookies.get(name, "")
    return chosen if chosen in allowed else allowed[0]
