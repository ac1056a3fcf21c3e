"""Before a closed record: why it is closed, and what opens it: a reason, or a fresh proof.

A page that is asked for is asked for again once it is open; a form that was sent is sent again
as it was; a part of a page says so in its place, with a link to where it is asked.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.access.asking import Act, Answer, Decision
from standfast.access.model_proof import PROOF, NoteProof, proof_key
from standfast.access.record import Record, who_and_what
from standfast.access.words import REASONS, RECORDS, refused_sentence
from standfast.kernel.access import Assurance
from standfast.web import step_up
from standfast.web.pages import actor, html, platform, wants_json
from standfast.web.platform import Actor

OPEN: Final = "access.open"
"""The act that is confirmed; its content is the kind of the record and its id."""

PLACE: Final = "/access/closed"
SIGN: Final = {"Standfast-Record": "closed"}
"""Tells live.js that a part of the page is an answer to be shown, and not a failure."""

SAYS: Final = (
    "Open a very restricted {record}. It stays open to you for 15 minutes, here and nowhere "
    "else, and that you opened it is written down."
)
FILE_AGAIN: Final = (
    "Nothing was sent, because the record had closed. Confirm that it is you, then choose the "
    "file again."
)


def can_prove(decision: Decision, who: Actor) -> bool:
    """Return whether a fresh proof opens it, and *who* came in by something that can give one."""
    return decision.answer is Answer.STEP_UP and who.assurance >= Assurance.PRESENT


def opens_if_asked(decision: Decision, who: Actor) -> bool:
    """Return whether a reason or a proof of *who* opens it."""
    for_a_reason = decision.answer is Answer.BREAK_GLASS and who.may("access.break_glass")
    return for_a_reason or can_prove(decision, who)


async def proven(request: Request, record: Record) -> str:
    """Return the id of the proof that came with this form for *record*, once it is on disk."""
    if request.method != "POST" or _brings_files(request):
        return ""
    proof = await step_up.confirmed(request, act=OPEN, content=_content(record))
    if proof is None:
        return ""
    here, who = platform(request), actor(request)
    command = NoteProof(
        **who_and_what(who, record),
        proof_id=proof.proof_id,
    )
    key = proof_key(who.org, who.session_id, record.kind, record.record_id)
    await here.execute(PROOF, key, command, actor=who)
    return proof.proof_id


async def ask_proof(request: Request, record: Record, *, back: str = "") -> Response:
    """Answer by asking for a fresh proof: whatever was sent goes with it."""
    if wants_json(request):
        return JSONResponse(
            {"error": PROVE_FIRST, "confirm": place_of(record, back or page_of(request))},
            HTTPStatus.PRECONDITION_REQUIRED,
        )
    if _is_part(request):
        return await _part(request, PROVE_FIRST, place_of(record, page_of(request)), _CONFIRM)
    content, says = _content(record), _says(record)
    if request.method == "POST" and not back and not _brings_files(request):
        return await step_up.ask(request, act=OPEN, content=content, says=says)
    if _brings_files(request):
        request.state.step_up_wrong = FILE_AGAIN
    typed = {"kind": record.kind, "record_id": record.record_id}
    typed["back"] = back or page_of(request)
    return await step_up.ask(
        request, act=OPEN, content=content, says=says, action=PLACE, typed=typed
    )


async def refuse(
    request: Request, record: Record, decision: Decision, *, back: str = ""
) -> Response:
    """Say why it is refused, and what opens it. *back* is given where one would go in."""
    sentence = refused_sentence(decision, guarded_here=record.is_guarded_here)
    place = place_of(record, page_of(request)) if _may_break(request, decision) else ""
    if wants_json(request):
        return JSONResponse({"error": sentence, "reason": place}, HTTPStatus.FORBIDDEN)
    if _is_part(request):
        return await _part(request, sentence, place, _GIVE_REASON)
    act = Act.ENTER if back else Act.READ
    return await closed_page(request, record, decision, back=back or page_of(request), act=act)


async def closed_page(
    request: Request,
    record: Record,
    decision: Decision,
    *,
    back: str,
    act: Act = Act.READ,
    sent: Mapping[str, str] | None = None,
    wrong: str = "",
) -> Response:
    """Answer with why a record is closed, and the form that opens it if a reason does."""
    return await html(
        request,
        "access/refused.html",
        {
            "sentence": refused_sentence(decision, act, guarded_here=record.is_guarded_here),
            "record": RECORDS.get(record.kind, "record"),
            "kind": record.kind,
            "record_id": record.record_id,
            "may_break": _may_break(request, decision),
            "reasons_shown": [(each, each) for each in REASONS],
            "back": back,
            "act": act.value,
            "in_words": record.in_words,
            "errors": {"reason" if record.in_words else "chosen": wrong} if wrong else {},
            "sent": sent or {},
        },
        status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.FORBIDDEN,
    )


def page_of(request: Request) -> str:
    """Return the page that somebody is on: the one asked for, or the one that asks."""
    if request.method == "GET" and not _is_part(request) and not wants_json(request):
        return _with_query(request.url.path, request.url.query)
    came = urlsplit(request.headers.get("referer", ""))
    same = came.netloc == request.headers.get("host", "")
    return _with_query(local(came.path), came.query) if same else "/"


def local(path: str) -> str:
    """Return *path* if it is an address of this site, else the start page."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


async def _part(request: Request, sentence: str, place: str, words: str) -> Response:
    given = {"sentence": sentence, "place": place, "words": words}
    status = HTTPStatus.PRECONDITION_REQUIRED if words == _CONFIRM else HTTPStatus.FORBIDDEN
    answer = await html(request, "access/_refused.html", given, status=status)
    answer.headers.update(SIGN)
    return answer


def _content(record: Record) -> bytes:
    return f"{record.kind}\0{record.record_id}".encode()


def _says(record: Record) -> str:
    return SAYS.format(record=RECORDS.get(record.kind, "record"))


def place_of(record: Record, back: str) -> str:
    """Return where somebody is asked for what opens *record*, and led on to *back*."""
    asked = {"kind": record.kind, "record_id": record.record_id, "back": back}
    return f"{PLACE}?{urlencode(asked)}"


def _may_break(request: Request, decision: Decision) -> bool:
    may = actor(request).may("access.break_glass")
    return decision.answer is Answer.BREAK_GLASS and may


def _is_part(request: Request) -> bool:
    return request.url.path.rpartition("/")[2].startswith("_")


def _brings_files(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("multipart/")


def _with_query(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


PROVE_FIRST: Final = (
    "This is very restricted: it opens once you have confirmed that it is you, and closes again "
    "after 15 minutes."
)
_CONFIRM: Final = "Confirm that it is you"
_GIVE_REASON: Final = "Give the reason"
