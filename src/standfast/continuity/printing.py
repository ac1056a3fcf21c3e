"""A pack as PDF: what is put in it as data, and the layout that draws it."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import msgspec
import typst
from msgspec import Struct
from msgspec.structs import replace

from standfast.continuity.codes import LETTERS, form_code, form_id, square
from standfast.facts.contact import case_reference
from standfast.facts.continuity import PackPrinted
from standfast.facts.on_paper import (
    PaperContent,
    PaperOutcome,
    PaperProtocol,
    PaperQuestion,
    Telephone,
)
from standfast.web.rendering import local_datetime, phone

TEMPLATES: Final = Path(__file__).parent / "templates" / "continuity"

GENERAL: Final = "Call record"
"""What the form is called that fits any call."""

THREATS: Final = "life-threats"
CHOICE: Final = "main-problem"
"""Content whose questions stand on every form, and on no card."""

MOST_TELEPHONES: Final = 60
"""As many as the cover has lines for."""

PLAIN_THREATS: Final = (
    "Cannot be woken, or does not answer",
    "Not breathing normally: gasping, long gaps, only a few words to a breath, choking",
    "Blood that spurts, pools or soaks through",
    "Having a fit now",
    "Tongue or throat suddenly swollen",
    "Face dropped on one side, arm or leg weak, speech slurred",
    "Pain, weight or tightness across the chest",
    "Has taken something or done something to end their life, or means to now",
)
"""For a site that has no questions of its own: the reasons to ring 999 that the NHS tells everybody
(https://www.nhs.uk/nhs-services/urgent-and-emergency-care-services/when-to-call-999/)."""


class Cover(Struct, frozen=True, kw_only=True):
    """What stands on the cover besides the pack itself."""

    site: str
    org_name: str
    ambulance: Telephone
    ring: tuple[tuple[str, str], ...]
    telephones: tuple[Telephone, ...]
    demonstration: bool
    slip: str = ""


async def forms_pdf(printed: PackPrinted, cover: Cover, content: PaperContent | None) -> bytes:
    """Return cover, question cards and numbered forms: nothing of anybody."""
    return await drawn("forms.typ", forms_data(printed, cover, content))


def forms_data(
    printed: PackPrinted, cover: Cover, content: PaperContent | None
) -> dict[str, Any]:
    """Return what the layout of a pack is given."""
    protocols = {each.id: each for each in content.protocols} if content else {}
    cards = lettered(content)
    codes = [form_code(printed.number, each.number) for each in printed.forms]
    return {
        **_about(printed.printed_at, printed.valid_until, cover),
        "number": printed.number,
        "by": printed.by_name,
        "watermark": content.watermark if content else "",
        "first": codes[0],
        "last": codes[-1],
        "ambulance": {
            "name": cover.ambulance.name,
            "phone": phone(cover.ambulance.phone),
        },
        "ring": [{"name": name, "phone": phone(number)} for name, number in cover.ring],
        "telephones": _by_kind(cover.telephones[:MOST_TELEPHONES]),
        "more": max(0, len(cover.telephones) - MOST_TELEPHONES),
        "kinds": [
            {"title": title, "count": count} for title, count in _counted(printed).items()
        ],
        "plain": PLAIN_THREATS,
        "cards": [
            {
                "letter": letter,
                **msgspec.to_builtins(card),
                "codes": _codes(card, content.outcomes if content else ()),
            }
            for letter, card in cards
        ],
        "longest": max((len(card.questions) for _, card in cards), default=0),
        "outcomes": msgspec.to_builtins(content.outcomes) if content else [],
        "forms": [
            _form(printed, each.number, protocols, each.protocol, each.title)
            for each in printed.forms
        ],
    }


def lettered(content: PaperContent | None) -> Sequence[tuple[str, PaperProtocol]]:
    """Return the question cards, each with the letter that a form names it by."""
    cards = [
        each
        for each in (content.protocols if content else ())
        if each.id not in (THREATS, CHOICE)
    ]
    letters = [each for each in LETTERS if each.isalpha()]
    return list(zip(letters, cards, strict=False))


async def drawn(layout: str, data: Mapping[str, Any]) -> bytes:
    """Return *data* as PDF. In a thread: drawing twenty forms takes a second."""
    compiled: bytes = await asyncio.to_thread(
        typst.compile,
        TEMPLATES / layout,
        format="pdf",
        sys_inputs={"pack": msgspec.json.encode(data).decode()},
    )
    return compiled


def _counted(printed: PackPrinted) -> Counter[str]:
    return Counter(each.title or GENERAL for each in printed.forms)


def _about(made_at: datetime, until: datetime, cover: Cover) -> dict[str, Any]:
    return {
        "site": cover.site,
        "org_name": cover.org_name,
        "made": local_datetime(made_at),
        "until": local_datetime(until),
        "demonstration": cover.demonstration,
        "slip": cover.slip,
    }


def _form(
    printed: PackPrinted,
    number: int,
    protocols: Mapping[str, PaperProtocol],
    protocol: str,
    title: str,
) -> dict[str, Any]:
    code = form_code(printed.number, number)
    own = protocols.get(protocol)
    return {
        "code": code,
        "title": title or GENERAL,
        "reference": case_reference(form_id(printed.pack_id, number)),
        "square": square(code),
        "threats": _questions(protocols.get(THREATS)),
        "main": _questions(_leading_to(protocols.get(CHOICE), own)),
        "own": _questions(own),
        "own_title": own.title if own else "",
    }


def _leading_to(
    choice: PaperProtocol | None, own: PaperProtocol | None
) -> PaperProtocol | None:
    """Return *choice* with no more than the answers that lead to *own*, if it has its form."""
    if choice is None or own is None:
        return choice
    kept: dict[int, PaperQuestion] = {}
    for question in reversed(choice.questions):
        onwards = {own.title, *(f"question {number}" for number in kept)}
        if question.number + 1 in kept:
            onwards.add("")
        choices = tuple(each for each in question.choices if each.onward in onwards)
        if choices:
            kept[question.number] = replace(question, choices=choices)
    return replace(choice, questions=tuple(kept[number] for number in sorted(kept)))


def _questions(protocol: PaperProtocol | None) -> list[Any]:
    built: list[Any] = msgspec.to_builtins(protocol.questions) if protocol else []
    return built


def _codes(card: PaperProtocol, outcomes: Sequence[PaperOutcome]) -> list[str]:
    """Return what the codes on one card mean."""
    named = {choice.code for each in card.questions for choice in each.choices}
    return [f"{each.code}: {each.label}" for each in outcomes if each.code in named]


def _by_kind(telephones: Iterable[Telephone]) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind.replace("_", " ").capitalize(),
            "services": [{"name": each.name, "phone": phone(each.phone)} for each in group],
        }
        for kind, group in groupby(telephones, key=lambda each: each.kind)
    ]
