"""Packs on screen: how old the newest is, printing one, and counting its forms back."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from standfast.continuity import gathering, printing, standing, tables
from standfast.continuity.codes import MOST_FORMS, pack_number
from standfast.continuity.commands import (
    ClosePack,
    Fate,
    FindForm,
    MissForms,
    PackCommand,
    PrintPack,
    VoidForms,
)
from standfast.continuity.model_pack import OLD_AFTER, PACK
from standfast.continuity.tables import PackRow
from standfast.continuity.words import FATES
from standfast.facts.continuity import IssuedForm
from standfast.facts.on_paper import PaperContent
from standfast.kernel.ids import uuid7
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
from standfast.web.platform import Platform

LEAD: Final = "continuity.lead"
LATE: Final = timedelta(minutes=10)
"""By so much the site may be late in writing its blank pack before somebody is told."""

USUAL: Final = 20
"""Forms in a pack, if nobody says otherwise: a desk's calls in four hours."""

MOST_OF_ONE: Final = 20
HOW_MANY: Final = "Enter how many forms: a whole number from 1 to 100"
WHY: Final = "Enter the reason, in four characters or more"
WHICH: Final = "Select at least one form"


class Overview(Struct, frozen=True, kw_only=True):
    """The newest pack, and what to say of its age."""

    newest: PackRow | None
    is_old: bool


async def show_packs(request: Request) -> Response:
    """Show the packs that are out, and print another."""
    return await _show_packs(request)


async def show_alert(request: Request) -> Response:
    """Say at once on every page of a shift lead that there is no pack, or that it is old."""
    told = await overview(request) if actor(request).may(LEAD) else None
    return await html(request, "continuity/_alert.html", {"overview": told})


async def overview(request: Request) -> Overview:
    """Return how it stands with the packs of whoever asks."""
    here = platform(request)
    newest = await tables.newest_pack(here.db, actor(request).org)
    is_old = newest is None or here.clock() - newest.printed_at >= OLD_AFTER
    return Overview(newest=newest, is_old=is_old)


async def print_pack(request: Request) -> Response:
    """Make a pack. Its forms have their numbers from now on."""
    here, who = platform(request), actor(request)
    sent = await sent_form(request)
    content = await gathering.content_of(here, who.org)
    forms = forms_wanted(sent, content)
    if isinstance(forms, str):
        return await _show_packs(request, {"forms": forms}, sent)
    now = here.clock()
    pack_id = uuid7(now, here.random(10))
    command = PrintPack(
        pack_id=pack_id,
        org=who.org,
        number=pack_number(pack_id),
        forms=forms,
        content=content.version if content else "",
        by=who.staff_id,
        by_name=who.name,
    )
    try:
        await here.execute(PACK, pack_id, command, actor=who)
    except Refused as refused:
        return await _show_packs(request, {"": refusal(request, refused)}, sent)
    return see_other(f"/continuity/packs/{pack_id}")


def forms_wanted(
    sent: Mapping[str, str], content: PaperContent | None
) -> tuple[IssuedForm, ...] | str:
    """Return the forms that were asked for, or the sentence for what is wrong with it."""
    general = _whole(sent.get("forms", str(USUAL)))
    if general is None:
        return HOW_MANY
    kinds = [("", "")] * general
    for _, each in printing.lettered(content):
        count = _whole(sent.get(f"of-{each.id}", "") or "0")
        if count is None or count > MOST_OF_ONE:
            return f"Enter how many forms for {each.title}: a whole number from 0 to 20"
        kinds += [(each.id, each.title)] * count
    if not 1 <= len(kinds) <= MOST_FORMS:
        return HOW_MANY
    return tuple(
        IssuedForm(number=number, protocol=protocol, title=title)
        for number, (protocol, title) in enumerate(kinds, start=1)
    )


async def show_pack(request: Request) -> Response:
    """Show one pack: print it, and account for each of its forms."""
    return await _show_pack(request)


async def forms_as_pdf(request: Request) -> Response:
    """Answer with cover, cards and numbered forms. Nobody is named in it."""
    here, who = platform(request), actor(request)
    pack = await _asked(request)
    if pack is None:
        return await not_found(request)
    known = (await here.state(PACK, pack.pack_id)).printed
    content = await gathering.content_of(here, who.org)
    if known is None or (content.version if content else "") != pack.content:
        return await _show_pack(request, {"": OTHER_CONTENT})
    slip = await here.ledger.slip(request)
    cover = await gathering.cover_of(here, who.org, who.org_name, slip.words)
    body = await printing.forms_pdf(known, cover, content)
    await here.ledger.left(request, slip, what=f"Paper pack {pack.number}, forms", body=body)
    return _pdf(body, f"pack-{pack.number}-forms.pdf")


async def names_as_pdf(request: Request) -> Response:
    """Answer with the confidential lists, as they are now."""
    here, who = platform(request), actor(request)
    pack = await _asked(request)
    if pack is None:
        return await not_found(request)
    now = here.clock()
    named = await gathering.cases_named(here, who.org, now)
    guarded = await here.records.guarded_cases(request, named)
    slip = await here.ledger.slip(request)
    cover = await gathering.cover_of(here, who.org, who.org_name, slip.words)
    data = await gathering.names_data(here, pack, cover, now=now, guarded=guarded)
    body = await printing.drawn("names.typ", data)
    await here.records.found(request, "paper", [each for each in named if each not in guarded])
    await here.ledger.left(
        request, slip, what=f"Paper pack {pack.number}, confidential lists", body=body
    )
    return _pdf(body, f"pack-{pack.number}-confidential.pdf")


OTHER_CONTENT: Final = (
    "The questions have changed since this pack was made, so it is not printed again: the paper "
    "and the screen would differ. Print a new pack."
)


async def void(request: Request) -> Response:
    """Call forms void: those chosen, or all that nobody has begun."""
    who, sent = actor(request), await sent_form(request)
    numbers = await _chosen(request, sent)
    if not numbers:
        return await _show_pack(request, {"number": WHICH}, sent)
    return await _carry_out(
        request,
        VoidForms,
        {
            "numbers": numbers,
            "reason": sent.get("reason", "").strip(),
            "begun_too": sent.get("number", "") != "",
            "by": who.staff_id,
            "by_name": who.name,
        },
        sent,
    )


async def miss(request: Request) -> Response:
    """Say that forms cannot be found."""
    who, sent = actor(request), await sent_form(request)
    numbers = await _chosen(request, sent)
    if not numbers:
        return await _show_pack(request, {"number": WHICH}, sent)
    note = sent.get("reason", "").strip()
    fields = {"numbers": numbers, "note": note, "by": who.staff_id, "by_name": who.name}
    return await _carry_out(request, MissForms, fields, sent)


async def find(request: Request) -> Response:
    """Say that a missing form is here again."""
    who, sent = actor(request), await sent_form(request)
    fields = {
        "number": _whole(sent.get("number", "")) or 0,
        "by": who.staff_id,
        "by_name": who.name,
    }
    return await _carry_out(request, FindForm, fields, sent)


async def close(request: Request) -> Response:
    """Close the pack, if every form of it is entered or void."""
    who, sent = actor(request), await sent_form(request)
    return await _carry_out(request, ClosePack, {"by": who.staff_id, "by_name": who.name}, sent)


async def _carry_out(
    request: Request,
    command: type[PackCommand],
    fields: Mapping[str, Any],
    sent: Mapping[str, str],
) -> Response:
    pack = await _asked(request)
    if pack is None:
        return await not_found(request)
    try:
        asked = msgspec.convert(fields, command)
    except msgspec.ValidationError:
        return await _show_pack(request, {"reason": WHY}, sent)
    try:
        await platform(request).execute(PACK, pack.pack_id, asked, actor=actor(request))
    except Refused as refused:
        return await _show_pack(request, {"": refusal(request, refused)}, sent)
    return see_other(f"/continuity/packs/{pack.pack_id}")


async def _chosen(request: Request, sent: Mapping[str, str]) -> tuple[int, ...]:
    """Return the forms that a form names: one, a span, or all that nobody has begun."""
    if sent.get("all"):
        forms = await tables.forms_of(
            platform(request).db, actor(request).org, request.path_params["pack_id"]
        )
        return tuple(each.number for each in forms if each.fate is Fate.OUT)
    first = _whole(sent.get("number", ""))
    until = _whole(sent.get("until", "") or str(first or 0))
    if first is None or until is None or not first <= until <= MOST_FORMS:
        return ()
    return tuple(range(first, until + 1))


async def _asked(request: Request) -> PackRow | None:
    return await tables.pack(
        platform(request).db, actor(request).org, request.path_params["pack_id"]
    )


async def _show_packs(
    request: Request,
    errors: Mapping[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
) -> Response:
    here, who = platform(request), actor(request)
    content = await gathering.content_of(here, who.org)
    return await html(
        request,
        "continuity/packs.html",
        {
            "overview": await overview(request),
            "packs": await tables.packs(here.db, who.org),
            "cards": printing.lettered(content),
            "usual": USUAL,
            "ring": gathering.ring_first(here.settings),
            "folder": bool(here.settings.packs),
            "blank_at": standing.written_at(here.settings),
            "blank_is_old": _blank_is_old(here),
            "errors": errors or {},
            "sent": sent or {},
        },
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
    )


async def _show_pack(
    request: Request,
    errors: Mapping[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
) -> Response:
    here, who = platform(request), actor(request)
    pack = await _asked(request)
    if pack is None:
        return await not_found(request)
    return await html(
        request,
        "continuity/pack.html",
        {
            "pack": pack,
            "forms": await tables.forms_of(here.db, who.org, pack.pack_id),
            "fates": FATES,
            "is_old": here.clock() - pack.printed_at >= OLD_AFTER,
            "errors": errors or {},
            "sent": sent or {},
        },
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
    )


def _blank_is_old(here: Platform) -> bool:
    """Return whether the blank pack in the site's folder is missing, or too old."""
    if not here.settings.packs:
        return False
    written = standing.written_at(here.settings)
    return written is None or here.clock() - written > OLD_AFTER + LATE


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else None  # noqa: PLR2004 - 999 is far too many


def _pdf(body: bytes, name: str) -> Response:
    return Response(
        body,
        media_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )


_PACK: Final = "/continuity/packs/{pack_id}"
PACK_PAGES: Final[tuple[Page, ...]] = (
    Page("/continuity/packs", show_packs, needs=LEAD),
    Page("/continuity/packs", print_pack, needs=LEAD, method="POST"),
    Page("/continuity/_alert", show_alert, needs="continuity.key"),
    Page(_PACK, show_pack, needs=LEAD),
    Page(f"{_PACK}/forms.pdf", forms_as_pdf, needs=LEAD),
    Page(f"{_PACK}/names.pdf", names_as_pdf, needs=LEAD),
    Page(f"{_PACK}/void", void, needs=LEAD, method="POST"),
    Page(f"{_PACK}/miss", miss, needs=LEAD, method="POST"),
    Page(f"{_PACK}/find", find, needs=LEAD, method="POST"),
    Page(f"{_PACK}/close", close, needs=LEAD, method="POST"),
)
