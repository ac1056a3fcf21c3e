"""Prescriptions at the pharmacy."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.facts.identity import ORGANISATION
from standfast.kernel.messages import Refused
from standfast.prescribing import queries
from standfast.prescribing.commands import (
    NeedCommand,
    RefuseSupply,
    SupplyMedicine,
    UndoSupply,
)
from standfast.prescribing.content import quantity
from standfast.prescribing.model import NEED
from standfast.prescribing.supplying import UNDO_WITHIN
from standfast.prescribing.tables import DispensingRow, Supply
from standfast.prescribing.words import SUPPLIES
from standfast.web.forms import Form, FormErrors, sent_form
from standfast.web.pages import actor, html, not_found, platform, refusal, see_other

DISPENSING: Final = "/prescribing/dispensing"
REFUSE: Final = Form(RefuseSupply, {"reason": "Enter why it cannot be supplied."})


async def show_list(request: Request) -> Response:
    """Show what has been sent to this pharmacy."""
    return await _list(request, "prescribing/dispensing.html")


async def show_rows(request: Request) -> Response:
    """Show the list alone, for an open page to take in."""
    return await _list(request, "prescribing/_dispensing.html")


async def show_prescription(request: Request) -> Response:
    """Show one prescription, to be supplied or not."""
    row = await _row(request)
    return await not_found(request) if row is None else await _page(request, row)


async def show_state(request: Request) -> Response:
    """Show what came of it, alone, for an open page to take in."""
    row = await _row(request)
    if row is None:
        return await not_found(request)
    return await html(request, "prescribing/_supply.html", _given(request, row, {}, {}))


async def print_form(request: Request) -> Response:
    """Show the prescription as it is printed."""
    row = await _row(request)
    if row is None:
        return await not_found(request)
    organisation = await platform(request).ask(ORGANISATION, org=row.org, key=row.from_org)
    given = {
        "patient": row.patient,
        "address": row.address,
        "number": row.number,
        "item": row.item,
        "amount": quantity(row.item.quantity, row.item.unit),
        "allergies_seen": row.allergies_seen,
        "allergies_reason": row.allergies_reason,
        "warnings": row.warnings,
        "prescriber": row.prescriber,
        "registration": row.registration,
        "signed_at": row.signed_at,
        "content_hash": row.content_hash,
        "genuine": row.genuine,
        "organisation": organisation,
        "pharmacy_name": row.pharmacy_name,
        "back": f"{DISPENSING}/{row.prescription_id}",
        "void": row.wrong_patient or row.stage in (Supply.CANCELLED, Supply.NOT_SUPPLIED),
    }
    return await html(request, "prescribing/print.html", given)


async def supply(request: Request) -> Response:
    """Say that it was given out."""
    who = actor(request)
    command = SupplyMedicine(
        prescription_id=str(request.path_params["prescription_id"]),
        pharmacy_org=who.org,
        staff_id=who.staff_id,
        staff_name=who.name,
    )
    return await _carry_out(request, command, {})


async def undo(request: Request) -> Response:
    """Take a slip of the mouse back."""
    command = UndoSupply(
        prescription_id=str(request.path_params["prescription_id"]),
        pharmacy_org=actor(request).org,
        staff_name=actor(request).name,
    )
    return await _carry_out(request, command, {})


async def cannot_supply(request: Request) -> Response:
    """Give it back to the prescriber, with the reason."""
    sent = await sent_form(request)
    command = REFUSE.read(
        sent,
        prescription_id=str(request.path_params["prescription_id"]),
        pharmacy_org=actor(request).org,
        staff_name=actor(request).name,
    )
    if not isinstance(command, FormErrors):
        return await _carry_out(request, command, sent)
    row = await _row(request)
    if row is None:
        return await not_found(request)
    return await _page(request, row, command.messages, sent)


async def _carry_out(
    request: Request, command: NeedCommand, sent: Mapping[str, str]
) -> Response:
    row = await _row(request)
    if row is None:
        return await not_found(request)
    try:
        await platform(request).execute(NEED, row.case_id, command, actor=actor(request))
    except Refused as refused:
        now = await _row(request)
        return await _page(request, now or row, {"": refusal(request, refused)}, sent)
    return see_other(f"{DISPENSING}/{row.prescription_id}")


async def _row(request: Request) -> DispensingRow | None:
    return await queries.prescription(
        platform(request).db,
        actor(request).org,
        str(request.path_params["prescription_id"]),
    )


async def _page(
    request: Request,
    row: DispensingRow,
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    given = _given(request, row, errors or {}, values or {})
    organisation = await platform(request).ask(ORGANISATION, org=row.org, key=row.from_org)
    given["organisation"] = organisation
    return await html(request, "prescribing/dispense.html", given, status=status)


def _given(
    request: Request,
    row: DispensingRow,
    errors: Mapping[str, str],
    values: Mapping[str, str],
) -> dict[str, object]:
    now = platform(request).clock()
    supplied_at = row.settled_at if row.stage is Supply.SUPPLIED else None
    return {
        "row": row,
        "amount": quantity(row.item.quantity, row.item.unit),
        "stage": row.stage.value,
        "stage_words": SUPPLIES[row.stage],
        "can_undo": supplied_at is not None and now - supplied_at <= UNDO_WITHIN,
        "path_of_row": f"{DISPENSING}/{row.prescription_id}",
        "errors": errors,
        "values": values,
    }


async def _list(request: Request, template: str) -> Response:
    here, who = platform(request), actor(request)
    rows = await queries.dispensing(here.db, who.org, here.clock())
    given = {
        "rows": [
            (row, quantity(row.item.quantity, row.item.unit), SUPPLIES[row.stage])
            for row in rows
        ],
        "to_do": sum(1 for row in rows if row.stage is Supply.TO_DO),
    }
    return await html(request, template, given)
