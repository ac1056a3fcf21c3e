"""A form keyed as people key it, through the pages."""

from typing import Any, Final

from standfast.continuity.codes import form_code, form_id
from standfast.triage.content import current
from tests.continuity.examples import NUMBER, PACK_ID
from tests.support.site import PROVIDER, Site, somebody

AMIRA: Final = somebody(
    "amira.khan",
    "Amira Khan",
    "call_handler",
    PROVIDER,
    "continuity.key",
    "calls.read",
    "calls.take",
    "calls.queue",
)
JOSH: Final = somebody(
    "josh.adeyemi", "Josh Adeyemi", "call_handler", PROVIDER, "continuity.key", "calls.read"
)
WREN: Final = somebody(
    "wren.ashby",
    "Wren Ashby",
    "clinician",
    PROVIDER,
    "continuity.key",
    "continuity.sign",
    "calls.read",
)

FORM_1: Final = form_id(PACK_ID, 1)
CODE_1: Final = form_code(NUMBER, 1)
HERE: Final = f"/continuity/forms/{FORM_1}"

NO_THREAT: Final = {
    f"q.{each.id}": next(choice.key for choice in each.choices if not choice.rules_in)
    for each in current().questions.values()
    if each.protocol == "life-threats"
}
"""Every threat to life answered, and none found."""

CALL: Final[dict[str, str]] = {
    "begun": "1310",
    "day": "2211",
    "taken_by": "Sam Oduya",
    "caller_name": "Dora Pell",
    "relationship": "daughter",
    "with_patient": "yes",
    "address": "4 Quay Street",
    "postcode": "HM1 4AA",
    "number_1": "07700 900321",
    "whose_1": "Dora",
    "family": "Pell",
    "given": "Arthur",
    "born": "03021961",
    "sex": "male",
    "words": "Chest pain since breakfast",
    "ended": "1325",
}
TOOTH: Final = {
    **NO_THREAT,
    "q.main-problem.problem": "1",
    "q.main-problem.pain": "5",
    "card": "C",
}
"""Pain, of a tooth: its card is C."""

HEART: Final = {**NO_THREAT, "q.life-threats.heart": "1"}
"""Signs of a heart attack: the answers end in an ambulance."""

RUNG: Final = {
    "amb_at": "1314",
    "amb_number": "HM-4711",
    "amb_name": "Beth",
    "amb_category": "C2",
}
SELF_CARE: Final = {"code": "SELF", "code_at": "1320"}
NOTHING: Final = {"allergies": "NONE", "medicines": "none", "safeguarding": ""}


async def key(site: Site, *parts: dict[str, str], here: str = HERE, **more: str) -> Any:
    """Key a form whole, and press Enter it."""
    sent: dict[str, str] = {}
    for part in parts:
        sent |= part
    return await site.post(here, {**sent, **more})
