"""What became of calls and cases, told from the journal: for drills, simulations and audit."""

from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.calls.closing import outstanding, summary
from standfast.calls.model_call import CALL
from standfast.calls.model_case import CASE
from standfast.calls.pages_common import OVERSEE
from standfast.calls.state import Case
from standfast.calls.tables import kept_entries
from standfast.kernel.values import ShortText
from standfast.web.hostile import Hostile, read_body, read_json
from standfast.web.pages import Page, actor, platform


class Asked(Struct, frozen=True, kw_only=True):
    """Whose fate is asked for, by id."""

    calls: Annotated[tuple[ShortText, ...], Meta(max_length=500)] = ()
    cases: Annotated[tuple[ShortText, ...], Meta(max_length=500)] = ()


class CallFate(Struct, frozen=True, kw_only=True):
    """What became of a call. ``rang``: the journal knows it at all."""

    call_id: str
    rang: bool
    case_id: str
    abandoned: bool
    settled: bool


class Sent(Struct, frozen=True, kw_only=True):
    """Something the case asked of others: how far it is, and who has it (empty: nobody)."""

    what: str
    state: str
    owner: str


class CaseFate(Struct, frozen=True, kw_only=True):
    """What became of a case. ``entries`` are all the device entries that the journal holds."""

    case_id: str
    opened: bool
    closed: bool
    outcome: str
    entries: tuple[str, ...]
    requests: tuple[Sent, ...]
    owed: tuple[str, ...]
    """What is still to be done; each of these is on a list that a supervisor sees."""


async def account(request: Request) -> Response:
    """Answer with the fate of every call and case asked for, of one's own organisation."""
    here, org = platform(request), actor(request).org
    try:
        body = await read_body(request, media_types=("application/json",))
        asked = msgspec.convert(read_json(body), Asked)
    except (Hostile, msgspec.ValidationError) as error:
        return JSONResponse({"error": str(error)}, HTTPStatus.BAD_REQUEST)
    calls = [await here.state(CALL, each) for each in asked.calls]
    cases = [await here.state(CASE, each) for each in asked.cases]
    entries: dict[str, list[str]] = {}
    for kept in await kept_entries(here.db, list(asked.cases)):
        entries.setdefault(kept.case_id, []).append(kept.entry_id)
    told = {
        "calls": [
            CallFate(
                call_id=call_id,
                rang=call.rang_at is not None and call.org == org,
                case_id=call.answer.case_id if call.answer else "",
                abandoned=call.is_abandoned,
                settled=call.settled is not None,
            )
            for call_id, call in zip(asked.calls, calls, strict=True)
        ],
        "cases": [
            _fate(case_id, case if case.org == org else Case(), entries.get(case_id, []))
            for case_id, case in zip(asked.cases, cases, strict=True)
        ],
    }
    return Response(msgspec.json.encode(told), media_type="application/json")


def _fate(case_id: str, case: Case, entries: list[str]) -> CaseFate:
    return CaseFate(
        case_id=case_id,
        opened=case.opened_at is not None,
        closed=case.closed is not None,
        outcome=case.closed.summary if case.closed else summary(case),
        entries=tuple(sorted(set(entries))),
        requests=tuple(_requests(case)),
        owed=tuple(each.words for each in outstanding(case)) if case.org else (),
    )


def _requests(case: Case) -> list[Sent]:
    found: list[Sent] = []
    wanted, needed, clinical = case.ambulance, case.prescription, case.clinical
    if wanted.category:
        state = wanted.outcome or (wanted.vehicles[-1].step if wanted.vehicles else "")
        owner = wanted.accepted_by or wanted.phoned_by
        found.append(_one("ambulance", state or ("accepted" if owner else "asked for"), owner))
    found += [_one("appointment", each.step, each.service_name) for each in case.bookings]
    if case.referred is not None:
        found.append(_one("referral", "referred", case.referred.service_name))
    if needed.requested is not None:
        found.append(_one("prescription", needed.step or "asked for", needed.by))
    if clinical.wanted is not None:
        state = "decided" if clinical.decided_at else "waiting"
        found.append(_one("clinician", state, clinical.decided_by or clinical.taken_by))
    return found


def _one(what: str, state: str, owner: str) -> Sent:
    return Sent(what=what, state=state, owner=owner)


PAGES: Final = (Page("/calls/accounting", account, needs=OVERSEE, method="POST"),)
