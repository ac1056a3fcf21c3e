"""The ceremony: one asks for a passkey, another has seen who it is, and says a code aloud."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.facts.passkeys import EnrolmentKind
from standfast.identity import codes, sessions
from standfast.identity.model import Refusal
from standfast.identity.model_enrolment import (
    CODE_FOR,
    ENROLMENT,
    CancelEnrolment,
    ConfirmEnrolment,
    OpenEnrolment,
)
from standfast.identity.pages_staff import MANAGE, SECOND, person_page
from standfast.identity.tables import Persona, persona
from standfast.identity.tables_passkeys import (
    EnrolmentSummary,
    enrolment_of,
    enrolments,
    founding_staff,
)
from standfast.identity.words_passkeys import KINDS
from standfast.kernel.ids import uuid7
from standfast.kernel.messages import Refused
from standfast.web.forms import sent_form
from standfast.web.pages import (
    SIGNED_IN,
    Page,
    actor,
    html,
    not_found,
    platform,
    refusal,
    see_other,
)
from standfast.web.step_up import ask, confirmed

OPEN: Final = "identity.open_enrolment"
CONFIRM: Final = "identity.confirm_enrolment"


async def open_one(request: Request) -> Response:
    """Ask for a passkey for somebody; after a loss their keys open nothing from now on."""
    here, who = platform(request), actor(request)
    found = await _person(request)
    if found is None:
        return await not_found(request)
    sent = await sent_form(request)
    kind = EnrolmentKind.RECOVERY if sent.get("kind") == "recovery" else EnrolmentKind.FIRST
    if found.staff_id == who.staff_id:
        return await person_page(request, {"": here.sentence(Refusal.NOT_ONESELF)})
    content = f"{OPEN} {found.staff_id} {kind}".encode()
    proof = await confirmed(request, act=OPEN, content=content)
    if proof is None:
        says = f"Ask for {KINDS[kind]}: {found.name} ({found.staff_id})"
        return await ask(request, act=OPEN, content=content, says=says)
    before = await enrolment_of(here.db, who.org, found.staff_id)
    if before is not None and not before.is_used:
        cancel = CancelEnrolment(by=who.staff_id)
        await here.execute(ENROLMENT, before.enrolment_id, cancel, actor=who)
    enrolment_id = uuid7(here.clock(), here.random(10))
    command = OpenEnrolment(
        enrolment_id=enrolment_id,
        org=who.org,
        staff_id=found.staff_id,
        kind=kind,
        by=who.staff_id,
        proof_id=proof.proof_id,
    )
    await here.execute(ENROLMENT, enrolment_id, command, actor=who)
    if kind is EnrolmentKind.RECOVERY:
        await sessions.end_all(here, found.staff_id, actor=who)
    return see_other(f"/identity/staff/{found.staff_id}")


async def confirm(request: Request) -> Response:
    """Say that one has seen the person; show the code to be said to them, this once."""
    here, who = platform(request), actor(request)
    found = await _person(request)
    if found is None:
        return await not_found(request)
    enrolment = await enrolment_of(here.db, who.org, found.staff_id)
    errors = _against(request, enrolment, await sent_form(request))
    if enrolment is None or errors:
        return await person_page(request, errors)
    content = f"{CONFIRM} {enrolment.enrolment_id} {found.staff_id}".encode()
    proof = await confirmed(request, act=CONFIRM, content=content)
    if proof is None:
        says = f"I have seen {found.name} ({found.staff_id}) and checked who they are"
        return await ask(request, act=CONFIRM, content=content, says=says)
    code = codes.spoken(here.random(5))
    kept = await codes.kept(code, here.random(16), here.clock() + CODE_FOR)
    command = ConfirmEnrolment(by=who.staff_id, proof_id=proof.proof_id, code=kept)
    try:
        await here.execute(ENROLMENT, enrolment.enrolment_id, command, actor=who)
    except Refused as refused:
        return await person_page(request, {"": refusal(request, refused)})
    return await person_page(request, code=code)


def _against(
    request: Request, enrolment: EnrolmentSummary | None, sent: Mapping[str, str]
) -> dict[str, str]:
    """Return what stands against confirming it, before anybody is asked for a proof."""
    here = platform(request)
    if enrolment is None or enrolment.kind is EnrolmentKind.FOUNDING:
        return {"": here.sentence(Refusal.NO_ENROLMENT)}
    if actor(request).staff_id == enrolment.staff_id:
        return {"": here.sentence(Refusal.NOT_ONESELF)}
    if actor(request).staff_id == enrolment.opened_by:
        return {"": here.sentence(Refusal.SAME_PERSON)}
    if sent.get("seen") != "yes":
        return {"seen": "Tick that you have seen them and checked who they are."}
    return {}


async def cancel(request: Request) -> Response:
    """Let nobody register a key with it any more."""
    here, who = platform(request), actor(request)
    found = await _person(request)
    if found is None:
        return await not_found(request)
    enrolment = await enrolment_of(here.db, who.org, found.staff_id)
    if enrolment is not None and not enrolment.is_used:
        command = CancelEnrolment(by=who.staff_id)
        await here.execute(ENROLMENT, enrolment.enrolment_id, command, actor=who)
    return see_other(f"/identity/staff/{found.staff_id}")


async def show_founding(request: Request) -> Response:
    """Show the first two of a new site whom they still have to confirm."""
    return await _founding_page(request)


async def confirm_founding(request: Request) -> Response:
    """Confirm the other one of the first two, having seen who they are."""
    here, who = platform(request), actor(request)
    other = await _other_founder(request)
    sent = await sent_form(request)
    if other is None:
        return await _founding_page(request)
    if sent.get("seen") != "yes":
        return await _founding_page(
            request, "Tick that you have seen them and checked who they are."
        )
    content = f"{CONFIRM} {other.enrolment_id} {other.staff_id}".encode()
    proof = await confirmed(request, act=CONFIRM, content=content)
    if proof is None:
        says = f"I have seen {other.name} ({other.staff_id}) and checked who they are"
        return await ask(request, act=CONFIRM, content=content, says=says)
    command = ConfirmEnrolment(by=who.staff_id, proof_id=proof.proof_id)
    try:
        await here.execute(ENROLMENT, other.enrolment_id, command, actor=who)
    except Refused as refused:
        return await _founding_page(request, refusal(request, refused))
    return see_other("/identity/founding")


async def _founding_page(request: Request, wrong: str = "") -> Response:
    given = {"other": await _other_founder(request), "wrong": wrong}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return await html(request, "identity/founding.html", given, status=status)


async def _other_founder(request: Request) -> EnrolmentSummary | None:
    """Return the enrolment that this founder has to confirm, if they are one."""
    here, who = platform(request), actor(request)
    waiting = [
        each
        for each in await enrolments(here.db, who.org, here.clock())
        if each.kind is EnrolmentKind.FOUNDING and each.is_used and not each.confirmed_by
    ]
    is_founder = who.staff_id in await founding_staff(here.db)
    others = [each for each in waiting if each.staff_id != who.staff_id]
    return others[0] if others and (is_founder or who.may(SECOND)) else None


async def _person(request: Request) -> Persona | None:
    found = await persona(platform(request).db, request.path_params["staff_id"])
    return found if found is not None and found.org == actor(request).org else None


PAGES: Final = (
    Page("/identity/staff/{staff_id}/enrol", open_one, needs=MANAGE, method="POST"),
    Page("/identity/staff/{staff_id}/confirm", confirm, needs=SECOND, method="POST"),
    Page("/identity/staff/{staff_id}/cancel", cancel, needs=SECOND, method="POST"),
    Page("/identity/founding", show_founding, needs=SIGNED_IN),
    Page("/identity/founding", confirm_founding, needs=SIGNED_IN, method="POST"),
)
