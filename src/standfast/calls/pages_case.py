"""One case: the whole of it, its receipts, who it is about, and what a device needs to go on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, replace
from starlette.requests import Request
from starlette.responses import Response

from standfast.calls.closing import outstanding
from standfast.calls.pages_common import READ, TAKE, Asked, asked
from standfast.calls.queries_earlier import earlier_contacts
from standfast.calls.receipts import receipts
from standfast.calls.state import Ambulance
from standfast.facts.access import LINK_REVIEWED
from standfast.facts.contact import Place
from standfast.facts.identity import STAFF_NAME
from standfast.facts.people import PERSON, RECENT_CONTACTS, PersonSummary, recent
from standfast.facts.triage import ASSESSMENT_SUMMARY, AssessmentSummary
from standfast.journal.timeline import Fact, contact_facts
from standfast.web.pages import Page, html


class Earlier(Struct, frozen=True, kw_only=True):
    """A contact before this one. ``reference`` is empty where no case of ours lies behind it."""

    case_id: str
    reference: str
    at: datetime
    words: str
    same_patient: bool


async def show_case(request: Request) -> Response:
    """Show all of a case: what is known, what came of it, and what happened when."""
    ask = await asked(request)
    facts = await contact_facts(ask.here.db, _contacts(ask))
    return await html(
        request,
        "calls/case.html",
        {
            **await about(ask),
            "receipts": receipts(ask.case, ask.who.org_name, ask.here.clock()),
            "assessment": await assessment(ask),
            "owed": outstanding(ask.case),
            "timeline": await _timeline(ask, [f for f in facts if f.org == ask.who.org]),
        },
    )


async def _timeline(ask: Asked, facts: Sequence[Fact]) -> list[dict[str, object]]:
    """Return what happened, each with who wrote it down where the sentence does not say."""
    names = {
        each: await ask.here.ask(STAFF_NAME, org=ask.who.org, key=each)
        for each in {fact.actor for fact in facts}
    }
    told = [(fact, ask.here.describe(fact), names[fact.actor]) for fact in facts]
    return [
        {
            "at": fact.occurred_at,
            "words": words,
            "who": "" if who.partition(",")[0] in words else who,
        }
        for fact, words, who in told
    ]


async def show_receipts(request: Request) -> Response:
    """Show how far everything that was asked for has come."""
    ask = await asked(request)
    shown = receipts(ask.case, ask.who.org_name, ask.here.clock())
    return await html(request, "calls/_receipts.html", {"case": ask.case, "receipts": shown})


async def show_context(request: Request) -> Response:
    """Show who it is about and what everybody must know before the first question."""
    return await html(request, "calls/_context.html", await about(await asked(request)))


async def resume(request: Request) -> Response:
    """Answer with all that a device needs to go on with a case it does not hold."""
    ask = await asked(request)
    case = ask.case
    known: dict[str, Any] = {
        "case_id": ask.case_id,
        "reference": case.reference,
        "call_id": case.call_id,
        "number": case.number,
        "opened_at": case.opened_at,
        "opened_by": case.opened_by,
        "closed_at": case.closed.closed_at if case.closed else None,
        "finished_at": case.finished_at,
        "hung_up_at": case.hung_up_at,
        "caller": {
            "name": case.caller_name,
            "relationship": case.relationship,
            "with_patient": case.with_patient,
        },
        "place": _place(case.place),
        "numbers": case.numbers,
        "needs": {
            "gp_name": case.gp_name,
            "language": case.language,
            "needs_interpreter": case.needs_interpreter,
        },
        "problem": case.words,
        "notes": [{"text": note.text, "by": note.by} for note in case.notes],
        "patient": case.patient,
        "described": case.described,
        "disposition": case.disposition,
        "advice_said": [each.text for each in case.advice if each.said],
        "ambulance": _ambulance(case.ambulance, ask.here.clock()),
        "booking": case.booking,
        "assessment": await assessment(ask),
        "entries": sorted(case.entries),
    }
    return Response(msgspec.json.encode(known), media_type="application/json")


def _place(place: Place) -> dict[str, object]:
    """Return where the patient is, for a device: of the way in, no more than that it is kept."""
    bare = asdict(replace(place, way_in=None))
    kept = place.way_in.outline if place.way_in else None
    return {**bare, "way_in": kept.kept if kept else "", "elsewhere": place.may_be_elsewhere}


def _ambulance(wanted: Ambulance, now: datetime) -> dict[str, object]:
    """Return what was asked for and who has it: ``owned_as`` is the category they have."""
    has = wanted.acceptance or wanted.telephoned
    return {
        "category": wanted.category,
        "requested_at": wanted.requested_at,
        "accept_by": wanted.accept_by,
        "accepted_by": wanted.accepted_by,
        "phoned_by": wanted.phoned_by,
        "owned_as": has.category if has else "",
        "not_sent": wanted.is_not_sent(now),
    }


async def about(ask: Asked) -> dict[str, object]:
    """Return who a case is about: the record, and earlier contacts by person and by number."""
    case, now = ask.case, ask.here.clock()
    person = await person_of(ask)
    earlier = await _earlier(ask, now)
    ids = [each.case_id for each in earlier]
    shown = await ask.here.records.showable(ask.here, ask.who, ids)
    return {
        "case": case,
        "case_id": ask.case_id,
        "person": person,
        "banner": _banner(case.identified, person),
        "old_notes": [each for each in person.notes if _is_old(each.review_on, now)]
        if person
        else [],
        "earlier": [each for each in earlier if each.case_id in shown],
        "guarded": len({*ids} - shown),
        "openers": await ask.here.records.openers(
            ask.here, ask.who, {*ids} - shown, back=f"/calls/{ask.case_id}"
        ),
        "link_reviewed": await ask.here.ask(LINK_REVIEWED, org=ask.who.org, key=ask.case_id),
    }


async def _earlier(ask: Asked, now: datetime) -> list[Earlier]:
    """Return the contacts of 96 hours: our own cases, and what the record knows besides."""
    case = ask.case
    person_id = case.patient.person_id
    cases = await earlier_contacts(
        ask.here.db,
        ask.who.org,
        besides=ask.case_id,
        person_id=person_id,
        numbers=[*(each.number for each in case.numbers), case.number],
        now=now,
    )
    ours = [
        Earlier(
            case_id=each.case_id,
            reference=each.reference,
            at=each.opened_at,
            words=f"{each.problem}: {each.summary}",
            same_patient=person_id is not None and each.person_id == person_id,
        )
        for each in cases
    ]
    if person_id is None:
        return ours
    known = await ask.here.ask(RECENT_CONTACTS, org=ask.who.org, key=person_id)
    listed = {ask.case_id, *(each.case_id for each in ours)}
    others = [
        Earlier(
            case_id=each.case_id,
            reference="",
            at=each.at,
            words=f"{each.problem}: {each.outcome}" if each.outcome else each.problem,
            same_patient=True,
        )
        for each in recent(known, now)
        if each.case_id not in listed
    ]
    return sorted((*ours, *others), key=lambda each: each.at, reverse=True)


async def assessment(ask: Asked) -> AssessmentSummary | None:
    """Return what triage knows of the case."""
    return await ask.here.ask(ASSESSMENT_SUMMARY, org=ask.who.org, key=ask.case_id)


async def person_of(ask: Asked) -> PersonSummary | None:
    """Return the record of the confirmed patient, or None."""
    person_id = ask.case.patient.person_id
    if person_id is None:
        return None
    return await ask.here.ask(PERSON, org=ask.who.org, key=person_id)


def _banner(identified: object, person: PersonSummary | None) -> object:
    """Return whom the banner names: the record as it is now, else as it was when linked."""
    return person.details if person else identified


def _is_old(review_on: Any, now: datetime) -> bool:
    return bool(review_on < now.date())


def _contacts(ask: Asked) -> list[str]:
    return [ask.case_id, *([ask.case.call_id] if ask.case.call_id else [])]


PAGES: Final = (
    Page("/calls/{case_id}", show_case, needs=READ, opens="case"),
    Page("/calls/{case_id}/_receipts", show_receipts, needs=READ, opens="case"),
    Page("/calls/{case_id}/_context", show_context, needs=READ, opens="case"),
    Page("/calls/{case_id}/resume", resume, needs=TAKE, opens="case"),
)
