"""Breaking the glass: a reason, and the record opens; somebody is told at once."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.access.asking import Act, Answer
from standfast.access.closed import closed_page, local
from standfast.access.entering import weigh_entering
from standfast.access.model_review import REVIEW, BreakGlass
from standfast.access.reasons import explains
from standfast.access.record import Record, look_up, viewer_of, weigh_for, who_and_what
from standfast.access.words import REASONS, RECORDS
from standfast.kernel.ids import uuid7
from standfast.web import step_up
from standfast.web.forms import sent_form
from standfast.web.pages import Page, actor, not_found, platform, see_other

BREAK: Final = "access.break_glass"

LONGEST: Final = 400
WRONG: Final = (
    "Select a reason, or enter one in at least 10 characters: in words, who needs what and why"
)
IN_WORDS: Final = (
    "Enter which call or visit it is for, and what you need, in words of at least 10 characters"
)


async def break_glass(request: Request) -> Response:
    """Open a record for a reason, or say what is missing; then go on to where it was refused."""
    here, who = platform(request), actor(request)
    sent = await sent_form(request)
    kind, record_id = sent.get("kind", ""), sent.get("record_id", "")
    record = await look_up(here, who, kind, record_id) if kind in RECORDS else None
    if record is None:
        return await not_found(request)
    act = Act.ENTER if sent.get("act") == Act.ENTER else Act.READ
    weighed = (
        weigh_entering(viewer_of(here, who), record, here.clock())
        if act is Act.ENTER
        else weigh_for(here, who, record, act)
    )
    decision = weighed.decision
    back = local(sent.get("back", ""))
    if decision.answer in (Answer.ALLOW, Answer.STEP_UP):
        return see_other(back)  # it is open, or asks for the proof itself
    if decision.answer is not Answer.BREAK_GLASS:
        return await closed_page(request, record, decision, back=back, act=act)
    reason = reason_of(sent)
    wrong = _wrong(record, sent, reason)
    if wrong:
        return await closed_page(
            request, record, decision, back=back, act=act, sent=sent, wrong=wrong
        )
    content = f"{record.kind}\0{record.record_id}\0{reason}".encode()
    proof = await step_up.confirmed(request, act=BREAK, content=content)
    if proof is None:
        says = f"Open a closed {RECORDS.get(record.kind, 'record')}: {reason}"
        return await step_up.ask(request, act=BREAK, content=content, says=says)
    command = _command(request, record, reason, proof.proof_id)
    await here.execute(REVIEW, command.review_id, command, actor=who)
    return see_other(back)


def _wrong(record: Record, sent: dict[str, str], reason: str) -> str:
    """Return what is missing of *reason*; of whoever is guarded it says what for, in words."""
    if record.in_words and not explains(_typed(sent)):
        return IN_WORDS
    return "" if explains(reason) and len(reason) <= LONGEST else WRONG


def _command(request: Request, record: Record, reason: str, proof_id: str) -> BreakGlass:
    here, who = platform(request), actor(request)
    return BreakGlass(
        review_id=uuid7(here.clock(), here.random(10)),
        **who_and_what(who, record),
        case_id=record.case_id,
        reason=reason,
        proof_id=proof_id,
        assurance=who.assurance,
        way=who.way,
        offline=who.offline,
    )


def reason_of(sent: dict[str, str]) -> str:
    """Return the reason in words: one that was chosen, and whatever was typed with it."""
    chosen = sent.get("chosen", "")
    return ". ".join(
        each for each in (chosen if chosen in REASONS else "", _typed(sent)) if each
    )


def _typed(sent: dict[str, str]) -> str:
    return " ".join(sent.get("reason", "").split())


PAGES: Final = (Page("/access/break-glass", break_glass, needs=BREAK, method="POST"),)
