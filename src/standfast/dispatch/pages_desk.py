"""Doing something at the desk: each press is a form, and comes back to the board."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, TypeAlias

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from standfast.dispatch import queries
from standfast.dispatch.commands import (
    AcceptRequest,
    AllocateVehicle,
    CloseIncident,
    IncidentCommand,
    LowerCategory,
    MoveVehicle,
    ReadDetails,
    StandDownVehicle,
)
from standfast.dispatch.model import INCIDENT
from standfast.dispatch.model_vehicle import VEHICLE, SetStatus
from standfast.dispatch.pages_board import show
from standfast.dispatch.refusals import Refusal
from standfast.dispatch.standards import estimate_minutes
from standfast.dispatch.tables import IncidentRow, VehicleRow
from standfast.kernel.messages import Refused
from standfast.web.forms import Form, FormErrors, sent_form
from standfast.web.home_entry import tell
from standfast.web.pages import actor, not_found, platform, refusal, see_other
from standfast.web.rendering import local_time

AwareInstant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


@dataclass(frozen=True)
class Press:
    """One press at the desk: who pressed what, on which incident."""

    request: Request
    row: IncidentRow
    sent: Mapping[str, str]

    async def carry_out(self, command: IncidentCommand | FormErrors, act: str = "") -> Response:
        """Carry it out and go back to the board, or show there what was wrong."""
        if isinstance(command, FormErrors):
            return await self.wrong(
                command.messages, act, status=HTTPStatus.UNPROCESSABLE_ENTITY
            )
        here, who = platform(self.request), actor(self.request)
        try:
            await here.execute(INCIDENT, self.row.case_id, command, actor=who)
        except Refused as refused:
            return await self.wrong({"": await self._why(refused)}, act)
        return see_other(f"/dispatch/board?incident={self.row.case_id}")

    async def wrong(
        self, errors: Mapping[str, str], act: str = "", status: HTTPStatus = HTTPStatus.CONFLICT
    ) -> Response:
        """Show the board with the form as it was sent, and a sentence for each mistake."""
        return await show(
            self.request,
            self.row.case_id,
            act=act,
            sent=self.sent,
            errors=errors,
            status=status,
        )

    async def _why(self, refused: Refused) -> str:
        """Return the sentence; the second desk is told who has it."""
        if refused.reason is not Refusal.ALREADY_ACCEPTED:
            return refusal(self.request, refused)
        held = (await platform(self.request).state(INCIDENT, self.row.case_id)).accepted
        if held is None:
            return refusal(self.request, refused)
        return f"{held.staff_name} at {held.desk} took it at {local_time(held.at)}."


async def accept_oldest(request: Request) -> Response:
    """Take the request that has waited longest."""
    case_id = await queries.oldest_unaccepted(platform(request).db, actor(request).org)
    if case_id is None:
        said = platform(request).sentence(Refusal.NOTHING_TO_ACCEPT)
        return await show(request, "", errors={"": said}, status=HTTPStatus.CONFLICT)
    return await _accept(request, case_id)


async def accept(request: Request) -> Response:
    """Take this request."""
    return await _accept(request, request.path_params["case_id"])


async def read(request: Request) -> Response:
    """Say that the newest details were read."""
    press = await _press(request, request.path_params["case_id"])
    if press is None:
        return await not_found(request)
    who = actor(request)
    return await press.carry_out(ReadDetails(staff_id=who.staff_id, staff_name=who.name))


async def show_way_in(request: Request) -> Response:
    """Tell the desk how to get in, once it is on disk that they were told."""
    case_id = request.path_params["case_id"]
    row = await queries.incident(platform(request).db, actor(request).org, case_id)
    if row is None:
        return await not_found(request)
    incident = await platform(request).state(INCIDENT, case_id)
    back = f"/dispatch/board?incident={case_id}"
    return await tell(request, incident.place.way_in, org=row.from_org, back=back)


async def send(request: Request) -> Response:
    """Send a vehicle; one that is on its way elsewhere only when that was said."""
    press = await _press(request, request.path_params["case_id"])
    vehicle = await _vehicle(request, press.sent.get("vehicle_id", "")) if press else None
    if press is None or vehicle is None:
        return await not_found(request)
    who, now = actor(request), platform(request).clock()
    point = press.row.place.point
    eta_at = now + timedelta(minutes=estimate_minutes(vehicle.point, point)) if point else None
    return await press.carry_out(
        AllocateVehicle(
            vehicle_id=vehicle.vehicle_id,
            callsign=vehicle.callsign,
            eta_at=eta_at,
            diverted_from=press.sent.get("diverted_from") or None,
            staff_id=who.staff_id,
            staff_name=who.name,
            desk=who.org_name,
        )
    )


async def move(request: Request) -> Response:
    """Record what a vehicle said."""
    press = await _press(request, request.path_params["case_id"])
    if press is None:
        return await not_found(request)
    form = Form(
        MoveVehicle, {"vehicle_id": "Select a vehicle", "status": "Select what it said"}
    )
    return await press.carry_out(form.read(press.sent, by=actor(request).name))


async def stand_down(request: Request) -> Response:
    """Stand a vehicle down, with a reason, having read everything (H14)."""
    fields = {
        "vehicle_id": "Select which vehicle need not go",
        "reason": "Enter why it need not go",
    }
    return await _after_reading(request, "stand-down", Form(StandDownVehicle, fields))


async def lower(request: Request) -> Response:
    """Lower the category, with a reason and a clinician, having read everything (H14)."""
    fields = {
        "category": "Select the lower category",
        "reason": "Enter why it is less urgent",
        "agreed_by": "Enter which clinician agreed",
    }
    return await _after_reading(request, "lower", Form(LowerCategory, fields))


async def close(request: Request) -> Response:
    """Close the incident; if nobody attended, with a reason, having read everything (H14)."""
    fields = {"outcome": "Select how it ended", "reason": "Enter why, in fewer words"}
    return await _after_reading(request, "close", Form(CloseIncident, fields))


async def set_status(request: Request) -> Response:
    """Make a vehicle without a job available, or take it off the road."""
    vehicle = await _vehicle(request, request.path_params["vehicle_id"])
    if vehicle is None:
        return await not_found(request)
    sent = await sent_form(request)
    case_id = sent.get("incident", "")
    known = await queries.incident(platform(request).db, actor(request).org, case_id)
    try:
        command = msgspec.convert({"status": sent.get("status")}, SetStatus)
        await platform(request).execute(
            VEHICLE, vehicle.vehicle_id, command, actor=actor(request)
        )
    except msgspec.ValidationError:
        errors, status = {"": "Select a status"}, HTTPStatus.UNPROCESSABLE_ENTITY
    except Refused as refused:
        errors, status = {"": refusal(request, refused)}, HTTPStatus.CONFLICT
    else:
        return see_other("/dispatch/board" + (f"?incident={case_id}" if known else ""))
    return await show(request, case_id if known else "", errors=errors, status=status)


async def _accept(request: Request, case_id: str) -> Response:
    press = await _press(request, case_id)
    if press is None:
        return await not_found(request)
    who = actor(request)
    return await press.carry_out(
        AcceptRequest(staff_id=who.staff_id, staff_name=who.name, desk=who.org_name)
    )


async def _after_reading(
    request: Request,
    act: str,
    form: Form[StandDownVehicle] | Form[LowerCategory] | Form[CloseIncident],
) -> Response:
    """Carry out what only somebody may do who has read what is known now."""
    press = await _press(request, request.path_params["case_id"])
    if press is None:
        return await not_found(request)
    who = actor(request)
    command = form.read(
        press.sent,
        has_read=press.sent.get("has_read") == "yes",
        seen_at=_instant(press.sent.get("seen_at", "")),
        staff_id=who.staff_id,
        staff_name=who.name,
    )
    return await press.carry_out(command, act)


def _instant(text: str) -> datetime:
    """Return *text* as an instant; one that cannot be read is long ago: nothing was seen."""
    try:
        return msgspec.convert(text, AwareInstant)
    except msgspec.ValidationError:
        return datetime.min.replace(tzinfo=UTC)


async def _press(request: Request, case_id: str) -> Press | None:
    """Return the press, or None when the incident is not the visitor's."""
    row = await queries.incident(platform(request).db, actor(request).org, case_id)
    return None if row is None else Press(request, row, await sent_form(request))


async def _vehicle(request: Request, vehicle_id: str) -> VehicleRow | None:
    return await queries.vehicle(platform(request).db, actor(request).org, vehicle_id)
