"""Forms that come back: found by the square code or the number, and those that wait."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.continuity import queries, tables
from standfast.continuity.codes import FormName, form_id, read_code
from standfast.continuity.commands_form import KeepPicture
from standfast.continuity.model_form import FORM
from standfast.continuity.pages_common import KEY, SIGN, Asked, asked, begin, opened
from standfast.continuity.scanning import Looked, NotKept, looked_through
from standfast.facts.paper import PictureBytes
from standfast.kernel.messages import Refused
from standfast.web.forms import sent_form
from standfast.web.pages import (
    Page,
    actor,
    html,
    not_found,
    platform,
    refusal,
    see_other,
)

TYPE_IT: Final = (
    "No square code could be read on this picture. Type the number that stands beside it, then add "
    "the picture on the form's page"
)
TWO_FORMS: Final = "There are two forms on this picture. Send a picture of one at a time"
NO_SUCH: Final = (
    "There is no such form. Enter the number as it stands beside the square code, with its last "
    "two letters"
)


async def show_forms(request: Request) -> Response:
    """Show where a form is begun, those that wait for somebody, and the packs that are out."""
    return await _show(request)


async def find_form(request: Request) -> Response:
    """Lead to the form whose number was typed, or read by a hand-held scanner."""
    sent = await sent_form(request)
    name = read_code(sent.get("code", ""))
    found = await _form_named(request, name) if name else None
    if found is None:
        return await _show(request, {"code": NO_SUCH}, sent)
    return see_other(f"/continuity/forms/{found}")


async def scan_form(request: Request) -> Response:
    """Keep a picture with the form that its square code names, and lead there."""
    try:
        looked = await looked_through(request)
    except NotKept as error:
        return await _show(request, {"file": error.sentence}, status=error.status)
    if len(looked.names) > 1:
        return await _show(request, {"file": TWO_FORMS})
    found = await _form_named(request, looked.names[0]) if looked.names else None
    if found is None:
        return await _show(request, {"file": NO_SUCH if looked.names else TYPE_IT})
    request.path_params["form_id"] = found
    return await _keep(request, looked)


async def add_picture(request: Request) -> Response:
    """Keep another picture of this form. One that names another form is not this one's."""
    ask = await asked(request)
    try:
        looked = await looked_through(request)
    except NotKept as error:
        return await _show(request, {"file": error.sentence}, status=error.status)
    mine = FormName(ask.pack.number, ask.issued.number)
    if looked.names and looked.names != (mine,):
        other = f"This picture is of another form than {ask.issued.code}. Choose its own"
        return await _show(request, {"file": other})
    return await _keep(request, looked)


async def show_picture(request: Request) -> Response:
    """Answer with a picture of a form, to whoever may see it now."""
    ask = await asked(request)
    refused = await opened(request, ask, needs=KEY)
    if refused is not None:
        return refused
    body = await queries.picture(
        ask.here.db, ask.issued.form_id, request.path_params["picture_id"]
    )
    if body is None:
        return await not_found(request)
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'"}
    return Response(body, media_type="image/jpeg", headers=headers)


async def show_signing(request: Request) -> Response:
    """Show the forms that a clinician must read and sign."""
    here, who = platform(request), actor(request)
    forms = await queries.to_sign(here.db, who.org)
    return await html(request, "continuity/signing.html", {"forms": forms})


async def _keep(request: Request, looked: Looked) -> Response:
    ask = await asked(request)
    command = KeepPicture(
        contents=(PictureBytes(sha256=looked.content.sha256, size=len(looked.content.body)),),
        **ask.about,
    )
    try:
        await begin(ask)
        await ask.here.execute(
            FORM, ask.issued.form_id, command, actor=ask.who, contents=[looked.content]
        )
    except Refused as refused:
        return await _show(request, {"": refusal(request, refused)})
    return see_other(place_of(ask))


def place_of(ask: Asked) -> str:
    """Return where a form is keyed."""
    return f"/continuity/forms/{ask.issued.form_id}"


async def _form_named(request: Request, name: FormName) -> str | None:
    here, who = platform(request), actor(request)
    pack = await tables.pack_numbered(here.db, who.org, name.pack)
    if pack is None:
        return None
    found = form_id(pack.pack_id, name.number)
    return found if await tables.issued(here.db, who.org, found) else None


async def _show(
    request: Request,
    errors: Mapping[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
    status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY,
) -> Response:
    here, who = platform(request), actor(request)
    return await html(
        request,
        "continuity/forms.html",
        {
            "waiting": await queries.waiting(here.db, who.org),
            "packs": [
                each for each in await tables.packs(here.db, who.org) if each.closed_at is None
            ],
            "to_sign": await queries.count_to_sign(here.db, who.org),
            "errors": errors or {},
            "sent": sent or {},
        },
        status=status if errors else HTTPStatus.OK,
    )


_FORM: Final = "/continuity/forms/{form_id}"
FORM_PAGES: Final[tuple[Page, ...]] = (
    Page("/continuity/", show_forms, needs=KEY),
    Page("/continuity/forms", find_form, needs=KEY, method="POST"),
    Page("/continuity/scan", scan_form, needs=KEY, method="POST"),
    Page("/continuity/signing", show_signing, needs=SIGN),
    Page(f"{_FORM}/pictures", add_picture, needs=KEY, method="POST"),
    Page(f"{_FORM}/pictures/{{picture_id}}", show_picture, needs=KEY),
)
