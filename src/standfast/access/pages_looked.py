"""Who looked: every opening of one person's record, for the privacy officer and the person."""

import csv
import io
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.access import queries, queries_refused
from standfast.access.asking import Act
from standfast.access.auditing import Unreadable, bundle, criteria, outcome
from standfast.access.label_history import changes
from standfast.access.labels import labelled_cases
from standfast.access.lasting import lasting
from standfast.access.marks import MARKS
from standfast.access.model_label import LABEL, label_key
from standfast.access.model_record import LINK
from standfast.access.rows import EntryRow, RefusalRow
from standfast.access.told import told_opening, told_refusal
from standfast.access.words import (
    PURPOSES,
    RECORDS,
    ROLES,
    WAYS,
    opened_what,
    spoke_against,
    theirs,
)
from standfast.facts.people import PERSON
from standfast.kernel.access import Purpose
from standfast.kernel.cells import cell
from standfast.web.pages import Page, actor, html, not_found, open_record, platform
from standfast.web.rendering import local_date, local_datetime

NEEDS: Final = "access.looked"
OVERSIGHT: Final = Purpose.OVERSIGHT.value
FHIR: Final = "application/fhir+json"
CONFIRM_FIRST: Final = (
    "This record is very restricted: open who looked on screen, confirm that it is you, then ask "
    "again within 15 minutes"
)
EVERY: Final = 100_000
"""Entries that a statement or an export holds: all there are."""


ENTER: Final = Act.ENTER.value
CAME_TO: Final = {
    LINK: "linked",
    ENTER: "told how to get in",
    Act.WRITE.value: "opened to write",
    Act.PRESCRIBE.value: "opened to prescribe",
}
"""What it came to, by what was wanted; anything else is opened."""

HEADINGS: Final = (
    "When",
    "Came to",
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
    sentences = _sentences(list(reversed(given["entries"])))
    return await html(request, "access/statement.html", given | {"sentences": sentences})


async def export(request: Request) -> Response:
    """Answer with the same as CSV, in which no cell is a formula."""
    here, org = platform(request), actor(request).org
    person_id = request.path_params["person_id"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    opened = await queries.looked(here.db, org, person_id, most=EVERY)
    refused = await queries_refused.refused(here.db, org, person_id, most=EVERY)
    lines = [(each.opened_at, tuple(_cells(each))) for each in opened]
    lines += [(each.refused_at, tuple(_refused_cells(each))) for each in refused]
    for _, cells in sorted(lines, reverse=True):
        writer.writerow([cell(value) for value in cells])
    slip = await here.ledger.slip(request)
    body = ("\ufeff" + text.getvalue()).encode()
    await here.ledger.left(
        request, slip, what="Who opened a record", body=body, person_id=person_id
    )
    return Response(
        body,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="who-looked-{slip.number}.csv"'},
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
    opened = await queries.looked(here.db, org, asked.patient, most=EVERY)
    refusals = await queries_refused.refused(here.db, org, asked.patient, most=EVERY)
    told = [told_opening(each) for each in opened] + [told_refusal(each) for each in refusals]
    entries = sorted(
        (each for each in told if asked.fits(each.at)),
        key=lambda each: (each.at, each.entry_id),
        reverse=True,
    )
    body = bundle(entries, url=str(request.url), site=here.settings.site_name, asked=asked)
    slip = await here.ledger.slip(request)
    await here.ledger.left(
        request, slip, what="Who opened a record", body=body, person_id=asked.patient
    )
    name = f"who-looked-{slip.number}.json"
    return Response(
        body,
        media_type=FHIR,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _cells(entry: EntryRow) -> Iterable[str]:
    yield entry.opened_at.isoformat()
    yield CAME_TO.get(entry.act, "opened")
    yield f"{entry.staff_name} ({entry.staff_id})"
    yield ROLES.get(entry.role, entry.role)
    yield opened_what(entry.record_kind, entry.part)
    yield said(entry)
    yield PURPOSES.get(entry.purpose, entry.purpose)
    yield WAYS.get(entry.way, entry.way)
    yield "yes" if entry.offline else ""
    yield ". ".join(_remarks(entry))
    yield entry.entry_id


def _remarks(entry: EntryRow) -> Iterable[str]:
    if entry.confirmed:
        yield "Confirmed just then"
    for mark in entry.marks:
        yield MARKS.get(mark, mark)


def _refused_cells(refusal: RefusalRow) -> Iterable[str]:
    yield refusal.refused_at.isoformat()
    yield "refused"
    yield f"{refusal.staff_name} ({refusal.staff_id})"
    yield ROLES.get(refusal.role, refusal.role)
    yield RECORDS.get(refusal.record_kind, refusal.record_kind)
    yield spoke_against(refusal.why)
    yield ""
    yield WAYS.get(refusal.way, refusal.way)
    yield "yes" if refusal.offline else ""
    yield ""
    yield refusal.entry_id


def _sentences(entries: list[EntryRow]) -> list[str]:
    """Return a line for each member of staff, day and reason, as the person reads it.

    How to get into the home is a line each time, with when it was told.
    """
    lines: dict[tuple[str, str, str], list[EntryRow]] = {}
    for each in entries:
        day, whose = local_date(each.opened_at), each.staff_id
        if each.act == ENTER:  # each time by itself, and when
            day, whose = local_datetime(each.opened_at), each.entry_id
        lines.setdefault((day, whose, because(each)), []).append(each)
    return [_sentence(day, why, looks) for (day, _, why), looks in lines.items()]


def _sentence(day: str, why: str, looks: list[EntryRow]) -> str:
    first = looks[0]
    who = f"{first.staff_name}, {ROLES.get(first.role, first.role).lower()}"
    kinds = [each.record_kind == "person" for each in looks]
    both = "your record and what was written about you"
    what = "your record" if all(kinds) else both if any(kinds) else "what was written about you"
    files = [each.part.startswith("file/") for each in looks]
    if any(files):
        what = "a file of yours" if all(files) else f"{what}, a file too,"
    if all(each.act == LINK for each in looks):
        what = "your record for a call"
    if first.act == ENTER:
        return f"{day}: {who}, was told how to get into your home, because {why}."
    times = "" if len(looks) == 1 else f" {len(looks)} times"
    return f"{day}: {who}, opened {what}{times}, because {why}."


def said(entry: EntryRow) -> str:
    """Return why, said to whoever oversees and not to the one who looked."""
    basis = OVERSIGHT if entry.purpose == OVERSIGHT else entry.basis
    return theirs(basis, entry.why, entry.reference)


def because(entry: EntryRow) -> str:
    """Return why, said to the person and not to the one who looked."""
    if entry.basis == "glass":
        reason = entry.why.partition(": ")[2]
        return f"they gave this reason, which was or will be reviewed: “{reason}”"
    if entry.purpose == OVERSIGHT:
        return "they look after our records, and checked how yours was used"
    if entry.basis == LINK:
        return f"they understood that a call to us was about you ({entry.reference})"
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
        "refusals": [
            (each, spoke_against(each.why))
            for each in await queries_refused.refused(here.db, org, person_id, most=most)
        ],
        "searches": await queries.shown_in_searches(here.db, org, person_id, most=most),
        "marks": MARKS,
        "records": RECORDS,
        "whats": {each.entry_id: opened_what(each.record_kind, each.part) for each in entries},
        "roles": ROLES,
        "ways": WAYS,
        **await _label_changes(request, person_id),
    }


async def _label_changes(request: Request, person_id: str) -> dict[str, Any]:
    """Return how guarded the record and its cases were; what is closed stands on its own page."""
    here, who = platform(request), actor(request)
    cases = await labelled_cases(here.db, who.org, person_id)
    open_to = await here.records.showable(here, who, [each.case_id for each in cases])
    told = changes(await here.state(LABEL, label_key(who.org, person_id)))
    for each in cases:
        if each.case_id in open_to:
            label = await here.state(LABEL, label_key(who.org, each.case_id))
            told += changes(label, reference=each.reference, case_id=each.case_id)
    return {
        "changes": sorted(told, key=lambda each: each.at, reverse=True),
        "closed": [each for each in cases if each.case_id not in open_to],
    }


PAGES: Final = (
    Page("/access/people/{person_id}", show_looked, needs=NEEDS, opens="person"),
    Page("/access/people/{person_id}/statement", show_statement, needs=NEEDS, opens="person"),
    Page("/access/people/{person_id}/looked.csv", export, needs=NEEDS, opens="person"),
    Page("/access/fhir/AuditEvent", audit_events, needs=NEEDS),
)
