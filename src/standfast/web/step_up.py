"""Asking somebody to confirm one act with their passkey, just now and for exactly its content.

    proof = await confirmed(request, act="prescribing.sign", content=content)
    if proof is None:
        return await ask(request, act="prescribing.sign", content=content, says="Sign P-7F3")

The form comes without a proof; the answer shows what is to be confirmed, asks the passkey, and
sends the same form again with its answer: nothing typed is lost. What is signed is
SHA-256(nonce, then SHA-256(content)), so that content which was altered in between is refused.
Whoever was chosen in a demonstration is not asked, and the page says so.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.kernel.messages import Refused
from standfast.web import challenges
from standfast.web.pages import actor, html, platform, refusal, wants_json
from standfast.web.platform import Actor, Proof

LIFE: Final = timedelta(seconds=60)
"""From the question to the act."""

PURPOSE: Final = "step-up"
NONCE: Final = "step_up_nonce"
ANSWER: Final = "step_up_answer"
ACT: Final = "step_up_act"
"""The form's fields that carry the proof."""

BY_SERVICE: Final = "service"
"""The answer of a page whose act was confirmed at the sign-in service."""

NONE_ASKED: Final = "demonstration"
"""The proof's id where none is asked for."""


async def confirmed(request: Request, *, act: str, content: bytes) -> Proof | None:
    """Return the proof that came with this form; None if there is none, or it is not good.

    *act* is a word of the permission's kind, such as ``prescribing.sign``; *content* is all
    that the act will do, in bytes that are the same both times.
    """
    who = actor(request)
    if is_excused(request, who):
        return Proof(
            proof_id=NONE_ASKED,
            staff_id=who.staff_id,
            act=act,
            content_hash="",
            proven_at=platform(request).clock(),
        )
    async with request.form(max_files=0, max_fields=200) as form:
        nonce, answer, asked = (str(form.get(each, "")) for each in (NONCE, ANSWER, ACT))
    if not nonce or asked not in ("", act):  # none, or for something that comes before this
        return None
    try:
        return await platform(request).prove(request, act, content, nonce, answer)
    except Refused as refused:
        request.state.step_up_wrong = refusal(request, refused)
        return None


async def ask(
    request: Request,
    *,
    act: str,
    content: bytes,
    says: str,
    action: str = "",
    typed: Mapping[str, str] | None = None,
) -> Response:
    """Answer that this must be confirmed: *says* is the act, in words the person can check.

    The same form goes to the same address again, or what is *typed* to *action*.
    """
    nonce = challenges.issue(platform(request), purpose=PURPOSE, bound=bound(request, act))
    question = {
        "act": act,
        "nonce": nonce,
        "challenge": challenges.challenge(nonce, content).hex(),
        "rp_id": rp_id(request),
        "says": says,
        "wrong": getattr(request.state, "step_up_wrong", ""),
    }
    if wants_json(request):
        return JSONResponse(question, HTTPStatus.PRECONDITION_REQUIRED)
    elsewhere = await platform(request).elsewhere(request, act, nonce, question["challenge"])
    sent = typed.items() if typed is not None else await _sent(request)
    query = f"?{request.url.query}" if request.url.query else ""
    given = {
        **question,
        "elsewhere": elsewhere,
        "typed": list(sent),
        "action": action or f"{request.scope['path']}{query}",
    }
    return await html(request, "step_up.html", given, status=HTTPStatus.PRECONDITION_REQUIRED)


async def _sent(request: Request) -> Iterable[tuple[str, str]]:
    """Return what the form held, but for the proof itself."""
    async with request.form(max_files=0, max_fields=200) as form:
        return [
            (name, value)
            for name, value in form.multi_items()
            if isinstance(value, str) and name not in (NONCE, ANSWER, ACT)
        ]


def is_excused(request: Request, who: Actor) -> bool:
    """Return whether *who* was chosen in a demonstration, and so has no passkey to show."""
    return platform(request).settings.demonstration and who.way == "persona"


def bound(request: Request, act: str) -> str:
    """Return whose question it is: an answer to it does for this session and act alone."""
    who = actor(request)
    return f"{who.staff_id}\0{who.session_id}\0{act}"


def rp_id(request: Request) -> str:
    """Return the host that passkeys are bound to."""
    return platform(request).settings.rp_id
