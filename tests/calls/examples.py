"""One plausible call and its case, to be varied by each test in only what matters to it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import httpx
import msgspec

from standfast.calls.pages_telephony import SIGNATURE, sign
from standfast.dispatch.commands import AcceptRequest
from standfast.dispatch.model import INCIDENT
from standfast.facts.contact import NumberToRing, Patient, Place
from standfast.facts.triage import (
    Advice,
    AmbulanceCategory,
    DispositionKind,
    DispositionReached,
    Finding,
)
from standfast.kernel.ids import child_id
from standfast.kernel.values import Sex
from standfast.settings import DEMONSTRATION_SECRET
from standfast.web.platform import Actor
from tests.support.site import NOON, PROVIDER, Site, somebody

HANDLER: Final = ("calls.take", "calls.read", "calls.close", "calls.queue", "calls.way_in")
AMIRA: Final = somebody("amira.khan", "Amira Khan", "call_handler", PROVIDER, *HANDLER)
JOE: Final = somebody("joe.tran", "Joe Tran", "call_handler", PROVIDER, *HANDLER)
ADA: Final = somebody(
    "ada.mensah", "Dr Ada Mensah", "clinician", PROVIDER, *HANDLER, "calls.assess"
)
RUTH: Final = somebody(
    "ruth.calder", "Ruth Calder", "supervisor", PROVIDER, *HANDLER, "calls.oversee"
)
NADIA: Final = somebody(
    "nadia.brook", "Nadia Brook", "dispatcher", "harrowmere-ambulance", "dispatch.desk"
)
ELSEWHERE: Final = somebody(
    "una.frost",
    "Una Frost",
    "supervisor",
    "another-111",
    *HANDLER,
    "calls.assess",
    "calls.oversee",
)

CASE_ID: Final = "018f9d2e-7c1a-7000-8000-0000000000a1"
CALL_ID: Final = "exchange-1:0001"
NUMBER: Final = "07700900417"

MARGARET: Final = Patient(
    family="Okonkwo-Bright",
    given="Margaret",
    title="Mrs",
    age_years=78,
    sex=Sex.FEMALE,
    postcode="HM3 4AB",
)
HOME: Final = Place(address="14 Mill Lane, Kingsmoor", postcode="HM3 4AB", source="caller")
DAUGHTER: Final = NumberToRing(number="07700900555", whose="daughter")


def entry(
    kind: str, case_id: str = CASE_ID, /, *, name: str = "", **body: Any
) -> dict[str, Any]:
    """Return a device entry as the browser sends it; *name* tells two of one kind apart."""
    return {
        "id": child_id(case_id, f"{kind} {name}"),
        "case_id": case_id,
        "kind": kind,
        "at": NOON.isoformat(),
        "body": msgspec.to_builtins(body),
    }


OPEN: Final = entry("calls.open", call_id=CALL_ID, number=NUMBER)
DESCRIBE: Final = entry(
    "calls.describe_patient",
    patient={"family": "Okonkwo-Bright", "given": "Margaret", "age_years": 78, "sex": "female"},
)
PLACE: Final = entry("calls.place", place=HOME)
NUMBERS: Final = entry(
    "calls.numbers", numbers=[{"number": "07700900555", "whose": "daughter"}]
)
PROBLEM: Final = entry("calls.problem", words="Pain in her chest since breakfast")
F9: Final = entry("calls.ambulance_now", category="C1", reason="Not breathing")


async def write(site: Site, *entries: Mapping[str, Any]) -> list[dict[str, str]]:
    """Send device entries as whoever sits at the browser; return their receipts."""
    answer = await site.post_json("/device/entries", list(entries))
    assert answer.status_code == 200, answer.text
    receipts: list[dict[str, str]] = answer.json()
    return receipts


async def tell(
    site: Site, event: str, *, signed_with: str = DEMONSTRATION_SECRET, **changed: Any
) -> httpx.Response:
    """Send one event of the telephone exchange."""
    told = {"event": event, "call_id": CALL_ID, "number": NUMBER} | changed
    told.setdefault("at", site.clock().isoformat())
    body = msgspec.json.encode(told)
    headers = {SIGNATURE: sign(body, signed_with), "content-type": "application/json"}
    return await site.browser.post("/telephony/events", content=body, headers=headers)


async def open_case(site: Site, *more: Mapping[str, Any], who: Actor = AMIRA) -> None:
    """Ring, answer and open the case, with *more* entries."""
    await tell(site, "ring")
    receipts = await write(site.as_(who), OPEN, *more)
    assert {each["outcome"] for each in receipts} == {"stored"}, receipts


def reached(
    kind: DispositionKind,
    *,
    category: AmbulanceCategory | None = None,
    minutes: int = 120,
    priority: int = 3,
    rank: int = 10,
    code: str = "",
) -> DispositionReached:
    """Return where an assessment may lead."""
    return DispositionReached(
        case_id=CASE_ID,
        org=PROVIDER,
        entry_id=child_id(CASE_ID, f"answer {code or kind}"),
        code=code or f"T-{kind}",
        label=f"Help of the kind {kind}",
        detail="",
        kind=kind,
        minutes=minutes,
        priority=priority,
        rank=rank,
        category=category,
        needs=("general",),
        problem="chest-pain",
        problem_title="Chest pain",
        life_threat=category is AmbulanceCategory.C1,
        findings=(Finding(short="Chest pain now", answer="Yes", words="like a band"),),
        advice_interim=(Advice(advice_id="a1", text="Sit down and rest."),),
        advice_worsening=(Advice(advice_id="a2", text="Ring 999 if it gets worse."),),
        version="test",
        reached_at=NOON + timedelta(minutes=4),
        by="Amira Khan",
    )


async def accept(site: Site) -> None:
    command = AcceptRequest(staff_id="nadia.brook", staff_name="Nadia Brook", desk="Desk 1")
    await site.execute(INCIDENT, CASE_ID, command, actor=NADIA)
