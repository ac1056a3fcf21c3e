"""A form beside its fields: each saved as it is keyed, and at the end a case."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.continuity import gathering, queries
from standfast.continuity.commands import VoidForms
from standfast.continuity.commands_form import KeyField, KeyForm
from standfast.continuity.concluding import concluded
from standfast.continuity.fields import LONGEST, SAFETY, WAY_IN, boxes, names
from standfast.continuity.keyed import Reading, ending_of, read_call
from standfast.continuity.model_form import FORM, Stage
from standfast.continuity.model_pack import PACK
from standfast.continuity.pages_common import KEY, Asked, asked, begin, opened
from standfast.continuity.pages_forms import place_of
from standfast.continuity.times import LONDON
from standfast.facts.directory import POSTCODE
from standfast.facts.on_paper import (
    CASES_LIKE,
    PAPER_WALK,
    LikeAsked,
    PaperTwin,
    PaperWalk,
    WalkAsked,
)
from standfast.facts.paper import PaperCall
from standfast.kernel.messages import Refused
from standfast.kernel.values import Sex
from standfast.web.forms import sent_form
from standfast.web.home_entry import sealed
from standfast.web.pages import (
    Page,
    html,
    refusal,
    see_other,
)

MINUTES_APART: Final = timedelta(minutes=30)
"""A call on paper and a case this close, for the same number or name, may be one call."""

TOO_LONG: Final = "This is longer than the lines on the paper. Enter it in fewer words"
NOT_OF_THIS_FORM: Final = "This form has no such field. Open the form again"


async def show_form(request: Request) -> Response:
    """Show the form beside its fields, with what was keyed so far.

    It is no case yet, so that there is no record to open: that it was shown is written down.
    """
    ask = await asked(request)
    refused = await opened(request, ask, needs=KEY)
    if ask.form.stage is Stage.BEGUN and (ask.form.fields or ask.form.pictures):
        await ask.here.records.found(request, "paper", [ask.issued.form_id])
    return refused or await _show(request, ask)


async def save_field(request: Request) -> Response:
    """Save one field as it stands on the paper, whatever it says."""
    ask, sent = await asked(request), await sent_form(request)
    sentence = await _saved(ask, sent)
    if sentence:
        return JSONResponse({"error": sentence}, HTTPStatus.UNPROCESSABLE_ENTITY)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def finish_form(request: Request) -> Response:
    """Save every field that came, and make the form a case if nothing of it is wrong."""
    ask, sent = await asked(request), await sent_form(request)
    if ask.form.keyed is not None:
        return see_other(place_of(ask))
    sentence = await _saved(ask, sent)
    if sentence:
        return await _show(request, ask, {"": sentence})
    ask = await asked(request)
    if sent.get("later"):
        return see_other("/continuity/")
    return await _conclude(request, ask, sent)


async def _conclude(request: Request, ask: Asked, sent: Mapping[str, str]) -> Response:
    content = await ask.content()
    values = ask.form.values
    filled = boxes(content, ask.issued.protocol, values) if content else {}
    reading = Reading(values, ask.pack.printed_at, ask.now)
    call = read_call(reading, content=content, boxes=filled, way_in=ask.form.way_in)
    walk = await _walk(ask, call) if call else None
    ending = ending_of(reading, await gathering.content_of(ask.here, ask.who.org))
    whole = concluded(reading, call, ending, walk) if call and not reading.errors else None
    if call is None or whole is None or reading.errors:
        return await _show(request, ask, reading.errors)
    call, reasons = whole
    twins = await _twins(ask, call)
    same = sent.get("same", "")
    if twins and not same:
        return await _show(request, ask, {"same": SAME}, twins=twins)
    if same not in ("", "no"):
        return await _is_the_same(request, ask, same, twins)
    return await _enter(request, ask, call, reasons)


SAME: Final = "Select whether this is the same call as a case that is in the record"


async def _enter(
    request: Request, ask: Asked, call: PaperCall, reasons: tuple[str, ...]
) -> Response:
    here = ask.here
    if len(call.postcode) > 4:  # noqa: PLR2004 - the shortest has five
        found = await here.ask(POSTCODE, org=ask.who.org, key=call.postcode)
        call = replace(call, point=found.point if found else None)
    command = KeyForm(code=ask.issued.code, call=call, reasons=reasons, **ask.about)
    try:
        await here.execute(
            FORM, ask.issued.form_id, command, actor=ask.who, occurred_at=call.called_at
        )
    except Refused as refused:
        return await _show(request, ask, {"": refusal(request, refused)})
    return see_other("/continuity/")


async def _is_the_same(
    request: Request, ask: Asked, case_id: str, twins: tuple[PaperTwin, ...]
) -> Response:
    """Call the form void: the call that it tells of is in the record already."""
    other = next((each for each in twins if each.case_id == case_id), None)
    if other is None:
        return await _show(request, ask, {"same": SAME}, twins=twins)
    command = VoidForms(
        numbers=(ask.issued.number,),
        reason=f"The same call as {other.reference}",
        begun_too=True,
        by=ask.who.staff_id,
        by_name=ask.who.name,
    )
    try:
        await ask.here.execute(PACK, ask.issued.pack_id, command, actor=ask.who)
    except Refused as refused:
        return await _show(request, ask, {"": refusal(request, refused)})
    return see_other("/continuity/")


async def _saved(ask: Asked, sent: Mapping[str, str]) -> str:
    """Save each field that came; return what to say of the first one that cannot be."""
    known = names(await ask.parts())
    single = sent.get("field")
    fields = {single: sent.get("value", "")} if single else dict(sent)
    if single and single not in known:
        return NOT_OF_THIS_FORM
    before = ask.form.values
    changed = {
        name: value.strip()
        for name, value in fields.items()
        if name in known and (name == WAY_IN or before.get(name, "") != value.strip())
    }
    if any(len(value) > LONGEST for value in changed.values()):
        return TOO_LONG
    try:
        for name, value in changed.items():
            await _save_one(ask, name, value)
    except Refused as refused:
        return ask.here.sentence(refused.reason, refused.details)
    return ""


async def _save_one(ask: Asked, name: str, value: str) -> None:
    if name == WAY_IN and not value:
        return
    await begin(ask)
    way_in = None
    if name == WAY_IN:
        form_id = ask.issued.form_id
        way_in = await sealed(ask.here, value, org=ask.who.org, case_id=form_id)
        value = ""
    command = KeyField(field=name, value=value, way_in=way_in, **ask.about)
    await ask.here.execute(FORM, ask.issued.form_id, command, actor=ask.who)


async def _walk(ask: Asked, call: PaperCall) -> PaperWalk | None:
    """Return where the boxes lead, by the questions' own engine."""
    if not call.answers:
        return None
    sex = call.patient.sex
    question = WalkAsked(
        version=call.content,
        answers={each.question_id: each.key for each in call.answers},
        age_years=call.patient.age_years,
        sex=None if sex is Sex.UNKNOWN else sex,
    )
    key = msgspec.json.encode(question).decode()
    return await ask.here.ask(PAPER_WALK, org=ask.who.org, key=key)


async def _twins(ask: Asked, call: PaperCall) -> tuple[PaperTwin, ...]:
    """Return the cases that may be this very call."""
    question = LikeAsked(
        besides=ask.issued.form_id,
        numbers=(*(each.number for each in call.numbers), call.rang_from),
        family=call.patient.family,
        born=call.patient.born,
        since=call.called_at - MINUTES_APART,
        until=call.called_at + MINUTES_APART,
    )
    key = msgspec.json.encode(question).decode()
    return await ask.here.ask(CASES_LIKE, org=ask.who.org, key=key)


async def _show(
    request: Request,
    ask: Asked,
    errors: Mapping[str, str] | None = None,
    *,
    twins: tuple[PaperTwin, ...] = (),
) -> Response:
    shown = twins
    if twins:
        ids = [each.case_id for each in twins]
        guarded = await ask.here.records.guarded_cases(request, ids)
        shown = tuple(each for each in twins if each.case_id not in guarded)
        await ask.here.records.found(request, "paper", [each.case_id for each in shown])
    template = "form.html" if ask.form.stage is Stage.BEGUN else "keyed.html"
    given: dict[str, Any] = {
        **ask.shown,
        "sections": await ask.parts(),
        "values": ask.form.values,
        "pictures": await queries.pictures(ask.here.db, ask.who.org, ask.issued.form_id),
        "today": f"{ask.pack.printed_at.astimezone(LONDON):%d%m}",
        "twins": shown,
        "hidden_twins": len(twins) - len(shown),
        "safety": SAFETY,
        "errors": errors or {},
    }
    return await html(
        request,
        f"continuity/{template}",
        given,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
    )


_FORM: Final = "/continuity/forms/{form_id}"
KEYING_PAGES: Final[tuple[Page, ...]] = (
    Page(_FORM, show_form, needs=KEY),
    Page(_FORM, finish_form, needs=KEY, method="POST"),
    Page(f"{_FORM}/field", save_field, needs=KEY, method="POST"),
)
