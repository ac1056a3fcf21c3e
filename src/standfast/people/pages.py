"""People on screen: find, register, correct, open the record, read the timeline."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response

from standfast.facts.people import RECENT, PersonDetails, PersonSummary
from standfast.journal.timeline import id_is_free
from standfast.kernel.ids import uuid7
from standfast.kernel.messages import Refused
from standfast.kernel.values import Uuid
from standfast.people import finding
from standfast.people.finding import guards
from standfast.people.history import history
from standfast.people.matching import may_be_the_same
from standfast.people.model import PERSON, CorrectDetails, Refusal, RegisterPerson
from standfast.people.tables import Found, candidates, contacts, find, person
from standfast.people.typed import SEXES, as_typed, read
from standfast.people.veiled import may_be_veiled, veiled, year_of
from standfast.people.wanted import Wanted, understand, wanted_of
from standfast.people.words import ALLERGY_TITLES
from standfast.web.device import Entry
from standfast.web.forms import FormErrors, sent_form
from standfast.web.pages import (
    Page,
    actor,
    html,
    not_found,
    platform,
    refusal,
    see_other,
)
from standfast.web.rendering import UK
from standfast.web.timers import Timer
from standfast.web.workspaces import Workspace

ASKED: Final = ("q", "nhs_number", "given", "family", "born", "postcode", "phone")
"""The fields of a search, joined: one box or several, in any order."""

STALE: Final = (
    "Nobody was registered, because this form cannot be used any more. Look through what stands "
    "here, then register them again."
)

AT_FIELD: Final[Mapping[StrEnum, str]] = {
    Refusal.INVALID_NHS_NUMBER: "nhs_number",
    Refusal.NHS_NUMBER_TAKEN: "nhs_number",
    Refusal.IMPOSSIBLE_BIRTH: "born",
}


class Banner(PersonDetails, frozen=True, kw_only=True):
    """A person as the patient banner is given them."""

    preferred_name: str = ""


async def people(request: Request) -> Response:
    """Show the empty search."""
    return await html(request, "people/search.html", {"sent": {}, "asked": False})


async def search(request: Request) -> Response:
    """Show whoever fits; with ``part`` only their list, for the call screen.

    What is looked for is in the body and never in the address.
    """
    here = platform(request)
    sent = await sent_form(request)
    text = " ".join(sent.get(name, "") for name in ASKED)
    wanted = understand(text, _today(request))
    hits = await find(here.db, actor(request).org, wanted, guarded=guards(request))
    await here.records.found(request, "people", [hit.person_id for hit in hits])
    found = {
        "hits": hits,
        "wrong": wanted.wrong,
        "nothing_asked": wanted.empty,
        "sent": sent,
        "asked": True,
    }
    template = "people/_matches.html" if sent.get("part") else "people/search.html"
    return await html(request, template, found)


async def register_page(request: Request) -> Response:
    """Show the empty form; with ``part`` only the form, for the call screen."""
    part = request.query_params.get("part", "")
    return await _form(request, {"part": part, "person_id": _new_id(request), "sex": ""})


async def register(request: Request) -> Response:
    """Register somebody, or show all that is wrong and whom they may be."""
    here = platform(request)
    who = actor(request)
    sent = await sent_form(request)
    typed = read(sent, _today(request))
    if isinstance(typed, FormErrors):
        return await _form(request, sent, errors=typed, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    person_id = sent.get("person_id") or _new_id(request)
    if not await _may_be_theirs(request, person_id):
        renewed = {**sent, "person_id": _new_id(request)}
        status = HTTPStatus.CONFLICT
        return await _form(request, renewed, errors=FormErrors({"": STALE}), status=status)
    near = await _near(request, typed, person_id)
    command = RegisterPerson(
        person_id=person_id,
        org=who.org,
        details=typed,
        near_matches=tuple(each.person_id for each in near),
        none_of_them=sent.get("none_of_them") == "yes",
        by=who.staff_id,
    )
    try:
        await here.execute(PERSON, person_id, command, actor=who)
    except Refused as refused:
        if refused.reason is Refusal.ALREADY_REGISTERED and await _is(
            request, person_id, typed
        ):
            return await _registered(request, person_id, sent)  # the same form, sent twice
        await here.records.found(request, "register", [each.person_id for each in near])
        errors = FormErrors({AT_FIELD.get(refused.reason, ""): refusal(request, refused)})
        return await _form(request, sent, errors=errors, near=near, status=HTTPStatus.CONFLICT)
    return await _registered(request, person_id, sent)


async def correct_page(request: Request) -> Response:
    """Show the form with what is known."""
    found = await _person(request)
    if found is None:
        return await not_found(request)
    return await _form(request, as_typed(found.details), known=found)


async def correct(request: Request) -> Response:
    """Correct who the person is, or show all that is wrong."""
    found = await _person(request)
    if found is None:
        return await not_found(request)
    sent = await sent_form(request)
    typed = read(sent, _today(request), found.details)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if not isinstance(typed, FormErrors):
        command = CorrectDetails(details=typed)
        try:
            await platform(request).execute(
                PERSON, found.person_id, command, actor=actor(request)
            )
        except Refused as refused:
            field = AT_FIELD.get(refused.reason, "")
            typed, status = FormErrors({field: refusal(request, refused)}), HTTPStatus.CONFLICT
        else:
            return see_other(f"/people/{found.person_id}")
    return await _form(request, sent, errors=typed, known=found, status=status)


async def record(request: Request) -> Response:
    """Show everything that must be known of one person."""
    here = platform(request)
    found = await _person(request)
    if found is None:
        return await not_found(request)
    now, today = here.clock(), _today(request)
    earlier = await contacts(here.db, actor(request).org, found.person_id, most=50)
    who, ids = actor(request), [each.case_id for each in earlier]
    shown = await here.records.showable(here, who, ids)
    return await html(
        request,
        "people/record.html",
        {
            **_banner(found),
            "person": found,
            "safety_age": now - (found.safety_recorded_at or now),
            "allergy_title": ALLERGY_TITLES[found.allergy_status],
            "notes": [(note, note.review_on < today) for note in found.notes],
            "contacts": [
                (each, now - each.at <= RECENT) for each in earlier if each.case_id in shown
            ],
            "guarded": len(ids) - len(shown),
            "openers": await here.records.openers(
                here, who, {*ids} - shown, back=request.url.path
            ),
        },
    )


async def timeline(request: Request) -> Response:
    """Show all that happened to one person, in order, with who and when. Made to be printed."""
    found = await _person(request)
    if found is None:
        return await not_found(request)
    here, who = platform(request), actor(request)
    moments = await history(here, who.org, found.person_id)
    ids = {each.case_id for each in moments}
    shown = await here.records.showable(here, who, sorted(ids))
    return await html(
        request,
        "people/timeline.html",
        {
            **_banner(found),
            "person": found,
            "moments": [m for m in moments if m.case_id in shown],
            "guarded": len(ids - shown),
            "openers": await here.records.openers(
                here, who, ids - shown, back=request.url.path
            ),
        },
    )


async def _form(
    request: Request,
    sent: dict[str, str],
    *,
    errors: FormErrors | None = None,
    near: object = (),
    known: PersonSummary | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """Answer with the form as it was sent, and what is wrong with it."""
    part = bool(sent.get("part")) and known is None
    return await html(
        request,
        "people/_register.html" if part else "people/register.html",
        {
            "sent": sent,
            "errors": errors.messages if errors else {},
            "near": near,
            "sexes": SEXES,
            "known": known,
        },
        status=status,
    )


async def _near(request: Request, typed: PersonDetails, person_id: str) -> list[Found]:
    """Return whoever may be the same person; of somebody guarded, the name and the year."""
    db, org, wanted = platform(request).db, actor(request).org, wanted_of(typed)
    found = await candidates(db, org, wanted)
    named = await candidates(db, org, Wanted(names=wanted.names))
    closed = await guards(request)([each.person_id for each in (*found, *named)])
    near = [
        *(
            each
            for each in found
            if each.person_id not in closed and may_be_the_same(typed, each.details)
        ),
        *(
            each
            for each in named
            if each.person_id in closed and may_be_veiled(typed, each.details)
        ),
    ]
    return [
        structs.replace(
            each,
            details=veiled(each.details),
            flags=(),
            guarded=True,
            year=year_of(each.details),
        )
        if each.person_id in closed
        else each
        for each in near
        if each.person_id != person_id
    ]


async def _registered(request: Request, person_id: str, sent: dict[str, str]) -> Response:
    """Lead to the new record; the call screen is given the person to confirm instead."""
    if not sent.get("part"):
        return see_other(f"/people/{person_id}")
    found = await person(platform(request).db, actor(request).org, person_id)
    return await html(
        request, "people/_registered.html", {"person": found}, status=HTTPStatus.CREATED
    )


async def _is(request: Request, person_id: str, details: PersonDetails) -> bool:
    """Return whether this organisation's person *person_id* has exactly these details."""
    found = await person(platform(request).db, actor(request).org, person_id)
    return found is not None and found.details == details


async def _person(request: Request) -> PersonSummary | None:
    return await person(
        platform(request).db, actor(request).org, request.path_params["person_id"]
    )


def _banner(found: PersonSummary) -> dict[str, object]:
    details = structs.asdict(found.details)
    return {"banner": Banner(**details, preferred_name=found.details.preferred)}


def _today(request: Request) -> date:
    return platform(request).clock().astimezone(UK).date()


async def _may_be_theirs(request: Request, person_id: str) -> bool:
    """Return whether an id that came with a form is one, and nothing else's."""
    try:
        msgspec.convert(person_id, Uuid)
    except msgspec.ValidationError:
        return False
    return await id_is_free(platform(request).db, PERSON.stream, person_id)


def _new_id(request: Request) -> str:
    here = platform(request)
    return uuid7(here.clock(), here.random(10))


PAGES: Final[tuple[Page, ...]] = (
    Page("/people", people, needs="people.find"),
    Page("/people/search", search, needs="people.find", method="POST"),
    Page("/people/register", register_page, needs="people.register"),
    Page("/people/register", register, needs="people.register", method="POST"),
    Page("/people/{person_id}", record, needs="people.read", opens="person"),
    Page("/people/{person_id}/correct", correct_page, needs="people.correct", opens="person"),
    Page(
        "/people/{person_id}/correct",
        correct,
        needs="people.correct",
        method="POST",
        opens="person",
    ),
    Page("/people/{person_id}/timeline", timeline, needs="people.timeline", opens="person"),
)
ENTRIES: Final[tuple[Entry, ...]] = ()
WORKSPACES: Final[tuple[Workspace, ...]] = (
    Workspace(href="/people", label="People", icon="people", needs="people.find", order=40),
)
TIMERS: Final[tuple[Timer, ...]] = ()
FINDERS: Final = finding.FINDERS
