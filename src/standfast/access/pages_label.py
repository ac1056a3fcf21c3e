"""Saying how guarded a record is: an entitled person, with a reason that is kept."""

from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import Struct, structs
from starlette.requests import Request
from starlette.responses import Response

from standfast.access.label_history import LEVELS, changes
from standfast.access.labels import labels
from standfast.access.model_label import (
    LABEL,
    TOPICS,
    Label,
    RecordOptOut,
    SayHowGuarded,
    decide,
    label_key,
    lowered,
)
from standfast.access.record import look_up
from standfast.facts.access import RecordLabelled
from standfast.facts.cases import CASE_SUMMARY
from standfast.facts.identity import STAFF
from standfast.facts.people import PERSON
from standfast.kernel.access import Sensitivity
from standfast.kernel.messages import Refused
from standfast.web import step_up
from standfast.web.forms import sent_form
from standfast.web.pages import Page, actor, html, not_found, platform, refusal, see_other
from standfast.web.platform import Actor

NEEDS: Final = "access.label"
REVIEWS: Final = "access.review"
LOWER: Final = "access.label.lower"
"""The act that a fresh proof is for, of whoever may label and does not review."""


class About(Struct, frozen=True, kw_only=True):
    """What is being labelled: a person's record or one case."""

    kind: str
    record_id: str
    title: str
    back: str
    returns: str
    """Where whoever has finished goes back to."""
    person_id: str
    """Whom it is about; empty: nobody known."""


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
    if sent.get("opted_out") not in {"yes", "no"}:
        return await _show(request, "person", person_id, errors={"opted_out": "Select which"})
    command = RecordOptOut(
        org=who.org,
        person_id=person_id,
        opted_out=sent["opted_out"] == "yes",
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
    key = label_key(who.org, record_id)
    before = await here.state(LABEL, key)
    try:
        command = _command(who, about, sent, before)
        decide(
            before, command, here.clock()
        )  # whatever is missing is said before a proof is asked
        if command.may_lower and command.to_review:
            content = msgspec.json.encode(command)
            proof = await step_up.confirmed(request, act=LOWER, content=content)
            if proof is None:
                says = f"Guard {about.title} less, which is reviewed: {command.reason}"
                return await step_up.ask(request, act=LOWER, content=content, says=says)
            command = structs.replace(command, proof_id=proof.proof_id)
        await here.execute(LABEL, key, command, actor=who)
    except Refused as refused:
        wrong = {"reason": refusal(request, refused)}
        return await _show(request, kind, record_id, sent, wrong)
    return see_other(about.back)


def _command(who: Actor, about: About, sent: dict[str, str], before: Label) -> SayHowGuarded:
    """Return what was asked for. What was left out stays; only ``remove ...`` takes it away."""
    held = _as_sent(before.said)

    def holds(name: str) -> bool:
        wanted = "yes" in (sent.get(name), held.get(name))
        return wanted and sent.get(f"remove {name}") != "yes"

    is_person = about.kind == "person"
    typed, own = sent.get("of_staff", "").strip(), held.get("of_staff", "")
    drops = sent.get("remove of_staff") == "yes" and typed in ("", own)
    command = SayHowGuarded(
        org=who.org,
        record_kind=about.kind,
        record_id=about.record_id,
        sensitivity=Sensitivity(int(sent["sensitivity"])),
        topics=tuple(topic for topic in TOPICS if holds(f"topic {topic}")),
        hides_address=is_person and holds("hides_address"),
        of_staff="" if drops or not is_person else typed or own,
        well_known=is_person and holds("well_known"),
        reason=sent.get("reason", "")[:400],
        staff_id=who.staff_id,
        staff_name=who.name,
        person_id=about.person_id,
    )
    less = lowered(before.said, command)
    return structs.replace(
        command, may_lower=less, to_review=bool(less) and not who.may(REVIEWS)
    )


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
    asked = {"people" if kind == "person" else "cases": [record_id]}
    now = (await labels(here.db, who.org, **asked)).get(record_id)
    held = await here.state(LABEL, label_key(who.org, record_id))
    is_person = kind == "person"
    person = await here.ask(PERSON, org=who.org, key=record_id) if is_person else None
    given = {
        "about": about,
        "person": person.details if person else None,
        "label": now,
        "sent": sent if sent is not None else _as_sent(held.said),
        "held": _as_sent(held.said),
        "changes": changes(held),
        "errors": errors or {},
        "levels": LEVELS,
        "topics": TOPICS,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return await html(request, "access/label.html", given, status=status)


def _as_sent(label: RecordLabelled | None) -> dict[str, str]:
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
        return About(
            kind=kind,
            record_id=record_id,
            title="this record",
            back=f"/access/people/{record_id}/label",
            returns=f"/people/{record_id}",
            person_id=record_id,
        )
    case = await here.ask(CASE_SUMMARY, org=org, key=record_id)
    if case is None:
        return None
    record = await look_up(here, actor(request), "case", record_id)
    return About(
        kind=kind,
        record_id=record_id,
        title=f"case {case.reference}",
        back=f"/access/cases/{record_id}/label",
        returns=f"/calls/{record_id}",
        person_id=record.person_id if record else "",
    )


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
