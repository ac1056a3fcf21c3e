"""What a form comes to: where its boxes lead, what was done, and who must read it again. Pure."""

from typing import Final

from msgspec.structs import replace

from standfast.continuity.keyed import Reading
from standfast.facts.on_paper import PaperWalk
from standfast.facts.paper import PaperCall, PaperEnding

AMBULANCE: Final = "ambulance"

NO_OUTCOME: Final = (
    "Enter the outcome that stands on the form: its boxes lead to none{where}. Leave no form "
    "without one: somebody waits"
)
NOT_RUNG: Final = (
    "This form asks for an ambulance and says of none that it was rung through. Enter when and "
    "under which number, or select whether it is still needed. Ring the caller if you do not know"
)
WHY_NOT: Final = "Enter why no ambulance is needed any more, and who said so"


def concluded(
    reading: Reading, call: PaperCall, ending: PaperEnding | None, walk: PaperWalk | None
) -> tuple[PaperCall, tuple[str, ...]] | None:
    """Return the whole call, and why a clinician must sign it; None with the errors said."""
    led_to = walk.outcome if walk else None
    outcome = led_to or ending
    if outcome is None:
        if "act" not in reading.errors and "code" not in reading.errors:
            where = f": “{walk.next_question}” has no answer" if walk else ""
            reading.errors["code"] = NO_OUTCOME.format(where=where)
        return None
    wants_ambulance = outcome.kind == AMBULANCE or outcome.category is not None
    not_needed = ""
    if wants_ambulance and call.ambulance is None:
        otherwise, not_needed = reading.text("amb_otherwise"), reading.text("amb_why")
        if otherwise not in ("now", "not_needed"):
            reading.errors["amb_otherwise"] = NOT_RUNG
            return None
        if otherwise == "not_needed" and not not_needed:
            reading.errors["amb_why"] = WHY_NOT
            return None
        not_needed = not_needed if otherwise == "not_needed" else ""
    used = set(walk.used) if walk else set()
    whole = replace(
        call,
        ending=None if led_to else ending,
        ambulance_not_needed=not_needed,
        unused=tuple(each.line for each in call.answers if each.question_id not in used),
    )
    return whole, tuple(_reasons(reading, whole, walk, wants_ambulance=wants_ambulance))


def _reasons(
    reading: Reading, call: PaperCall, walk: PaperWalk | None, *, wants_ambulance: bool
) -> list[str]:
    led_to = walk.outcome if walk else None
    said = reading.text("code").upper()
    differs = led_to is not None and said not in ("", led_to.code)
    why = {
        "An ambulance, or a threat to life": wants_ambulance or call.ambulance is not None,
        f"The form says {said}, and its answers lead to {led_to.code if led_to else ''}": differs,
        "The answers do not lead as far as the outcome": bool(call.answers) and led_to is None,
        "A medicine was prescribed on paper": call.prescription is not None,
        "An ambulance was not rung through": wants_ambulance and call.ambulance is None,
    }
    return [words for words, holds in why.items() if holds]
