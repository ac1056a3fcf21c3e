"""The review queue: every record that was opened without a case, until somebody has looked."""

from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.access import queries, queries_refused
from standfast.access.marks import HOUR, MARKS, REFUSED_BEFORE
from standfast.access.model_review import REVIEW, REVIEW_WITHIN, Conclude
from standfast.access.pages_looked import said
from standfast.access.queries import ReviewLine
from standfast.access.rows import RefusalRow
from standfast.access.words import OUTCOMES, RECORDS, spoke_against
from standfast.facts.people import PERSON
from standfast.kernel.messages import Refused
from standfast.web.forms import Form, FormErrors, sent_form
from standfast.web.pages import (
    Page,
    actor,
    html,
    not_found,
    open_record,
    platform,
    refusal,
    see_other,
)
from standfast.web.workspaces import Workspace

NEEDS: Final = "access.review"
CONCLUDING: Final = Form(
    Conclude,
    {"outcome": "Select what came of it", "note": "Enter a note of at most 4,000 characters"},
)


async def show_reviews(request: Request) -> Response:
    """Show all that nobody has reviewed, the oldest first, and what was reviewed lately."""
    return await html(request, "access/reviews.html", await _queue(request))


async def show_review_rows(request: Request) -> Response:
    """Answer with the rows alone."""
    return await html(request, "access/_reviews.html", await _queue(request))


async def show_alerts(request: Request) -> Response:
    """Answer with what was opened without a case in the last half hour and nobody has seen."""
    lines = await queries.fresh_glass(
        platform(request).db, actor(request).org, platform(request).clock()
    )
    return await html(request, "access/_alerts.html", {"alerts": lines})


async def show_review(request: Request) -> Response:
    """Show one of them: who opened whose record, why, and what they did with it."""
    line = await _find(request)
    if line is None:
        return await not_found(request)
    return await _show(request, line, {}, {}, HTTPStatus.OK)


async def conclude(request: Request) -> Response:
    """Say what came of it, or what is missing."""
    here, who = platform(request), actor(request)
    line = await _find(request)
    if line is None:
        return await not_found(request)
    sent = await sent_form(request)
    command = CONCLUDING.read(sent, staff_id=who.staff_id, staff_name=who.name)
    if isinstance(command, FormErrors):
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return await _show(request, line, sent, dict(command.messages), status)
    try:
        await here.execute(REVIEW, line.review_id, command, actor=who)
    except Refused as refused:
        errors = {"note": refusal(request, refused)}
        return await _show(request, line, sent, errors, HTTPStatus.CONFLICT)
    return see_other("/access/reviews")


async def _show(
    request: Request,
    line: ReviewLine,
    sent: dict[str, str],
    errors: dict[str, str],
    status: HTTPStatus,
) -> Response:
    here, org = platform(request), actor(request).org
    person = None
    if line.person_id:
        refused = await open_record(request, "person", line.person_id, needs=NEEDS)
        if refused is not None:
            return refused
        person = await here.ask(PERSON, org=org, key=line.person_id)
    given = {
        "line": line,
        "marks": [MARKS.get(mark, mark) for mark in line.marks],
        "record": RECORDS.get(line.record_kind, "record"),
        "person": person.details if person else None,
        "opened": [
            (each, said(each)) for each in await queries.entries_of_review(here.db, org, line)
        ],
        "refusals": [
            (each, RECORDS.get(each.record_kind, "record"), spoke_against(each.why))
            for each in await _refusals(request, line)
        ],
        "outcomes": list(OUTCOMES.items()),
        "outcome": OUTCOMES.get(line.outcome, line.outcome),
        "is_overdue": _is_overdue(line, here.clock()),
        "sent": sent,
        "errors": errors,
    }
    return await html(request, "access/review.html", given, status=status)


async def _refusals(request: Request, line: ReviewLine) -> list[RefusalRow]:
    """Return what whoever it is about was refused around then, if that is what was odd."""
    before = {"refused_often": HOUR, "refused_first": REFUSED_BEFORE}
    spans = [before[mark] for mark in line.marks if mark in before]
    if not spans:
        return []
    at = line.happened_at
    return await queries_refused.refused_to(
        platform(request).db, actor(request).org, line.staff_id, at - max(spans), at + HOUR
    )


async def _queue(request: Request) -> dict[str, Any]:
    here, org = platform(request), actor(request).org
    lines, now = await queries.reviews(here.db, org), here.clock()
    return {
        "waiting": [
            (each, _is_overdue(each, now), now - each.happened_at)
            for each in lines
            if not each.outcome
        ],
        "done": [each for each in lines if each.outcome],
        "marks": MARKS,
        "outcomes": OUTCOMES,
    }


def _is_overdue(line: ReviewLine, now: Any) -> bool:
    return not line.outcome and now - line.happened_at > REVIEW_WITHIN


async def _find(request: Request) -> ReviewLine | None:
    here = platform(request)
    return await queries.review(here.db, actor(request).org, request.path_params["review_id"])


PAGES: Final = (
    Page("/access/reviews", show_reviews, needs=NEEDS),
    Page("/access/reviews/_rows", show_review_rows, needs=NEEDS),
    Page("/access/_alerts", show_alerts, needs=NEEDS),
    Page("/access/reviews/{review_id}", show_review, needs=NEEDS),
    Page("/access/reviews/{review_id}", conclude, needs=NEEDS, method="POST"),
)
WORKSPACES: Final = (
    Workspace(
        href="/access/reviews",
        label="Reviews",
        icon="lock",
        needs=NEEDS,
        order=60,
        count=queries.TO_REVIEW,
        alerts="/access/_alerts",
        topics="access.review",
    ),
)
