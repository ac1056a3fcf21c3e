"""Saying how guarded a record is: an entitled person, with a reason that is kept."""

from http import HTTPStatus
from typing import Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from standfast.access.labels import labels
from standfast.access.model_label import (
    LABEL,
    TOPICS,
    RecordOptOut,
    SayHowGuarded,
    label_key,
)
from standfast.access.rows import LabelRow
from standfast.facts.cases import CASE_SUMMARY
from standfast.facts.identity import STAFF
from standfast.facts.people import PERSON
from standfast.kernel.access import Sensitivity
from standfast.kernel.messages import Refused
from standfast.web.forms import sent_form
from standfast.web.pages import Page, actor, html, not_found, platform, refusal, see_other

NEEDS: Final = "access.label"

LEVELS: Final = (
    ("1", "Normal", "Whoever deals with the person"),
    ("2", "Restricted", "Clinicians, supervisors, and whoever works on the case themselves"),
    ("3", "Very restricted", "Whoever works on it themselves; other clinicians give a reason"),
)


class About(Struct, frozen=True, kw_only=True):
    """What is being labelled: a person's record or one case."""

    kind: str
    record_id: str
    title: str
    back: str


async def show_person(request: Request) -> Response:
    """Show how guarded a person's record is, and the form that changes it."""
    return await _show(request, "person", request.path_params["person_id"])


async def label_person(request: Request) -> Response:
    """Change how guarded a person's record is."""
    return await _change(request, "person", request.path_params["person_id"])


async def show_case(request: Request) -> Response:
    """Show how guarded one case is, and the form that changes it."""
    return await _show(request, "case", request.path_params["case_id"])


async def label_case(request: Request) -> Response:
    """Change how guarded one case is."""
    return await _change(request, "case", request.path_params["case_id"])


async def opt_out(request: Request) -> Response:
    """Record whether somebody's data may serve anything but their own care."""
    here, who = platform(request), actor(request)
    person_id = request.path_params["person_id"]
    if await _about(request, "person", person_id) is None:
        return await not_found(request)
    sent = await sent_form(request)
    command = RecordOptOut(
        org=who.org,
        person_id=person_id,
        opted_out=sent.get("opted_out") == "yes",
        source=sent.get("source", "")[:200],
        staff_id=who.staff_id,
        staff_name=who.name,
    )
    await here.execute(LABEL, label_key(who.org, person_id), command, actor=who)
    return see_other(f"/access/people/{person_id}/label")


async def _change(request: Request, kind: str, record_id: str) -> Response:
    here, who = platform(request), actor(request)
    about = await _about(request, kind, record_id)
    if about is None:
        return await not_found(request)
    sent = await sent_form(request)
    level = sent.get("sensitivity", "")
    if level not in {each[0] for each in LEVELS}:
        return await _show(
            request, kind, record_id, sent, {"sensitivity": "Select how guarded"}
        )
    of_staff = sent.get("of_staff", "").strip() if kind == "person" else ""
    if of_staff and await here.ask(STAFF, org=who.org, key=of_staff) is None:
        wrong = {"of_staff": "Enter the staff id as the staff list has it"}
        return await _show(request, kind, record_id, sent, wrong)
    command = SayHowGuarded(
        org=who.org,
        record_kind=kind,
        record_id=record_id,
        sensitivity=Sensitivity(int(level)),
        topics=tuple(topic for topic in TOPICS if sent.get(f"topic {topic}") == "yes"),
        hides_address=kind == "person" and sent.get("hides_address") == "yes",
        of_staff=of_staff,
        well_known=kind == "person" and sent.get("well_known") == "yes",
        reason=sent.get("reason", "")[:400],
        staff_id=who.staff_id,
        staff_name=who.name,
    )
    try:
        await here.execute(LABEL, label_key(who.org, record_id), command, actor=who)
    except Refused as refused:
        wrong = {"reason": refusal(request, refused)}
        return await _show(request, kind, record_id, sent, wrong)
    return see_other(about.back)


async def _show(
    request: Request,
    kind: str,
    record_id: str,
    sent: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    here, who = platform(request), actor(request)
    about = await _about(request, kind, record_id)
    if about is None:
        return await not_found(request)
    now = (await labels(here.db, who.org, [record_id])).get(record_id)
    given = {
        "about": about,
        "label": now,
        "sent": sent if sent is not None else _as_sent(now),
        "errors": errors or {},
        "levels": LEVELS,
        "topics": TOPICS,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return await html(request, "access/label.html", given, status=status)


def _as_sent(label: LabelRow | None) -> dict[str, str]:
    """Return the form as it would have been sent for what holds now; the reason is asked anew."""
    if label is None:
        return {"sensitivity": "1"}
    return {
        "sensitivity": str(label.sensitivity),
        "hides_address": "yes" if label.hides_address else "",
        "of_staff": label.of_staff,
        "well_known": "yes" if label.well_known else "",
        **{f"topic {topic}": "yes" for topic in label.topics},
    }


async def _about(request: Request, kind: str, record_id: str) -> About | None:
    here, org = platform(request), actor(request).org
    if kind == "person":
        if await here.ask(PERSON, org=org, key=record_id) is None:
            return None
        back = f"/access/people/{record_id}/label"
        return About(kind=kind, record_id=record_id, title="this record", back=back)
    case = await here.ask(CASE_SUMMARY, org=org, key=record_id)
    if case is None:
        return None
    back = f"/access/cases/{record_id}/label"
    return About(kind=kind, record_id=record_id, title=f"case {case.reference}", back=back)


PAGES: Final = (
    Page("/access/people/{person_id}/label", show_person, needs=NEEDS, opens="person"),
    Page(
        "/access/people/{person_id}/label",
        label_person,
        needs=NEEDS,
        method="POST",
        opens="person",
    ),
    Page(
        "/access/people/{person_id}/opt-out",
        opt_out,
        needs=NEEDS,
        method="POST",
        opens="person",
    ),
    Page("/access/cases/{case_id}/label", show_case, needs=NEEDS, opens="case"),
    Page("/access/cases/{case_id}/label", label_case, needs=NEEDS, method="POST", opens="case"),
)
