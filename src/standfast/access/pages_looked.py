"""Who looked: every opening of one person's record, for the privacy officer and the person."""

import csv
import io
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.access import queries
from standfast.access.auditing import Unreadable, bundle, criteria, outcome
from standfast.access.lasting import lasting
from standfast.access.marks import MARKS
from standfast.access.rows import EntryRow
from standfast.access.words import PURPOSES, RECORDS, ROLES, WAYS
from standfast.facts.people import PERSON
from standfast.kernel.cells import cell
from standfast.web.pages import Page, actor, html, not_found, open_record, platform
from standfast.web.rendering import local_datetime

NEEDS: Final = "access.looked"
FHIR: Final = "application/fhir+json"
CONFIRM_FIRST: Final = (
    "This record is very restricted: open who looked on screen, confirm that it is you, then ask "
    "again within 15 minutes"
)
EVERY: Final = 100_000
"""Entries that a statement or an export holds: all there are."""


HEADINGS: Final = (
    "When",
    "Who",
    "Role",
    "What",
    "Why",
    "Purpose",
    "Signed in by",
    "While cut off",
    "Remarks",
    "Entry",
)


async def show_looked(request: Request) -> Response:
    """Show who opened a person's record and cases, and which searches showed them."""
    given = await _given(request, most=queries.MOST)
    if given is None:
        return await not_found(request)
    return await html(request, "access/looked.html", given)


async def show_statement(request: Request) -> Response:
    """Show the same in plain words, to be printed and handed to the person."""
    given = await _given(request, most=EVERY)
    if given is None:
        return await not_found(request)
    sentences = [_sentence(each) for each in reversed(given["entries"])]
    return await html(request, "access/statement.html", given | {"sentences": sentences})


async def export(request: Request) -> Response:
    """Answer with the same as CSV, in which no cell is a formula."""
    here, org = platform(request), actor(request).org
    person_id = request.path_params["person_id"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for each in await queries.looked(here.db, org, person_id, most=EVERY):
        writer.writerow([cell(value) for value in _cells(each)])
    return Response(
        "\ufeff" + text.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="who-looked.csv"'},
    )


async def audit_events(request: Request) -> Response:
    """Answer with the same as FHIR R4 AuditEvent, to whoever may see who looked."""
    here, org = platform(request), actor(request).org
    try:
        asked = criteria(request.query_params.multi_items())
    except Unreadable as wrong:
        return Response(outcome(str(wrong)), HTTPStatus.BAD_REQUEST, media_type=FHIR)
    refused = await open_record(request, "person", asked.patient)
    if refused is not None:
        if refused.status_code == HTTPStatus.PRECONDITION_REQUIRED:
            return Response(outcome(CONFIRM_FIRST), HTTPStatus.FORBIDDEN, media_type=FHIR)
        return Response(
            outcome("There is no such patient here"), HTTPStatus.NOT_FOUND, media_type=FHIR
        )
    entries = [
        each
        for each in await queries.looked(here.db, org, asked.patient, most=EVERY)
        if asked.fits(each.opened_at)
    ]
    body = bundle(entries, url=str(request.url), site=here.settings.site_name, asked=asked)
    return Response(body, media_type=FHIR)


def _cells(entry: EntryRow) -> Iterable[str]:
    yield entry.opened_at.isoformat()
    yield f"{entry.staff_name} ({entry.staff_id})"
    yield ROLES.get(entry.role, entry.role)
    yield RECORDS.get(entry.record_kind, entry.record_kind)
    yield said(entry)
    yield PURPOSES.get(entry.purpose, entry.purpose)
    yield WAYS.get(entry.way, entry.way)
    yield "yes" if entry.offline else ""
    yield ". ".join(_remarks(entry))
    yield entry.entry_id


def _remarks(entry: EntryRow) -> Iterable[str]:
    if entry.proof_id:
        yield "Confirmed just then"
    for mark in entry.marks:
        yield MARKS.get(mark, mark)


def _sentence(entry: EntryRow) -> str:
    """Return one opening as the person it is about reads it."""
    who = f"{entry.staff_name}, {ROLES.get(entry.role, entry.role).lower()}"
    what = "your record" if entry.record_kind == "person" else "what was written about you"
    when = local_datetime(entry.opened_at)
    return f"{when}: {who}, opened {what}, because {because(entry)}."


def said(entry: EntryRow) -> str:
    """Return why, said to whoever oversees and not to the one who looked."""
    if entry.basis == "glass":
        return f"gave a reason: {entry.why.partition(': ')[2]}"
    if entry.basis == "oversight":
        return "looks after the organisation's records"
    return entry.why


def because(entry: EntryRow) -> str:
    """Return why, said to the person and not to the one who looked."""
    if entry.basis == "glass":
        reason = entry.why.partition(": ")[2]
        return f"they gave this reason, which was or will be reviewed: “{reason}”"
    if entry.basis == "oversight":
        return "they look after our records, and checked how yours was used"
    return lasting(entry.basis).told.format(reference=entry.reference).rstrip()


async def _given(request: Request, *, most: int) -> dict[str, Any] | None:
    here, org = platform(request), actor(request).org
    person_id = request.path_params["person_id"]
    person = await here.ask(PERSON, org=org, key=person_id)
    if person is None:
        return None
    entries = await queries.looked(here.db, org, person_id, most=most)
    return {
        "person": person.details,
        "person_id": person_id,
        "entries": entries,
        "whys": {each.entry_id: said(each) for each in entries},
        "searches": await queries.shown_in_searches(here.db, org, person_id, most=most),
        "marks": MARKS,
        "records": RECORDS,
        "roles": ROLES,
        "ways": WAYS,
    }


PAGES: Final = (
    Page("/access/people/{person_id}", show_looked, needs=NEEDS, opens="person"),
    Page("/access/people/{person_id}/statement", show_statement, needs=NEEDS, opens="person"),
    Page("/access/people/{person_id}/looked.csv", export, needs=NEEDS, opens="person"),
    Page("/access/fhir/AuditEvent", audit_events, needs=NEEDS),
)
