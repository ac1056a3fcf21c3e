"""The ledger of what left on paper or as a file, as the pages that make it use it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request

from standfast.kernel.ids import uuid7
from standfast.kernel.messages import Refused
from standfast.records.model_copies import PrintOut
from standfast.records.model_export import EXPORT, PRINTED, Refusal
from standfast.web.leaving import NumberTaken, Slip
from standfast.web.pages import actor, platform

AT_THE_DESK: Final = "on paper, by the browser"

TO_SAY: Final = timedelta(days=7)
"""By when whoever printed something says what became of it. A policy may say sooner."""

PAGES: Final[Mapping[str, str]] = {
    "/people/{person_id}": "Record of a person",
    "/people/{person_id}/timeline": "Timeline of a person",
    "/access/people/{person_id}": "Who opened a record",
    "/access/people/{person_id}/statement": "Who opened my record",
    "/calls/{case_id}": "Case",
    "/calls/{case_id}/message": "Message to the GP",
    "/prescribing/needs/{case_id}/print": "Prescription",
    "/prescribing/dispensing/{prescription_id}/print": "Prescription",
    "/files/cases/{case_id}": "Files of a case",
    "/files/cases/{case_id}/{file_id}": "Picture on a case",
    "/booking/clinic": "List of a clinic",
    "/booking/{booking_id}": "Appointment",
    "/dispatch/board": "Dispatch board",
    "/calls/queue": "Clinical queue",
    "/directory": "Directory of services",
}
"""What the ledger calls a page that a browser printed."""

OTHER: Final = "Another page"


class PrintLedger:
    """Gives numbers, and writes down what leaves with them."""

    async def slip(self, request: Request) -> Slip:
        """Return the slip of something that whoever asks is about to take away."""
        here, random = platform(request), platform(request).random(10)
        now = here.clock()
        return Slip(
            print_id=uuid7(now, random),
            number=f"P-{random.hex()[:8].upper()}",
            holder=actor(request).name,
            made_at=now,
            until=(now + TO_SAY).date(),
        )

    async def left(
        self, request: Request, slip: Slip, *, what: str, body: bytes, person_id: str = ""
    ) -> None:
        """Return once it is on disk that *body* leaves with *slip*."""
        here, who = platform(request), actor(request)
        command = PrintOut(
            export_id=slip.print_id,
            org=who.org,
            number=slip.number,
            person_id=person_id,
            what=what,
            way="as a file, to print or to save",
            sha256=hashlib.sha256(body).hexdigest(),
            size=len(body),
            away=False,
            printed_at=slip.made_at,
            expires_on=slip.until,
            by=who.staff_id,
            by_name=who.name,
        )
        try:
            await here.execute(EXPORT, slip.print_id, command, actor=who)
        except Refused as refused:
            if refused.reason is Refusal.NUMBER_TAKEN:
                raise NumberTaken(refused.reason) from refused
            raise


async def put_down(
    request: Request,
    *,
    print_id: str,
    number: str,
    printed_at: datetime,
    what: str,
    person_id: str,
    away: bool,
) -> None:
    """Write down what a browser printed, in the hands of whoever asks.

    It is on paper already: who may only look is in the ledger with it like anybody else.
    """
    here, who = platform(request), actor(request)
    command = PrintOut(
        export_id=print_id,
        org=who.org,
        number=number,
        person_id=person_id,
        what=what,
        way=AT_THE_DESK,
        sha256="",
        size=0,
        away=away,
        looking=who.read_only,
        printed_at=printed_at,
        expires_on=(printed_at + TO_SAY).date(),
        by=who.staff_id,
        by_name=who.name,
    )
    await here.execute(PRINTED, print_id, command, actor=who)


KINDS: Final[Mapping[str, str]] = {
    "person_id": "person",
    "case_id": "case",
    "booking_id": "booking",
    "prescription_id": "prescription",
}
"""Which kind of record a part of an address names."""


async def named(request: Request, path: str) -> tuple[str, str] | None:
    """Return what the page at *path* is called, and whom it is about if their record is here.

    None: it is of a record that whoever asks may not open, and has not opened lately.
    """
    for page, what in PAGES.items():
        parts = _parts(page, path)
        if parts is not None:
            return await _about(request, what, parts)
    return OTHER, ""


async def _about(
    request: Request, what: str, parts: Mapping[str, str]
) -> tuple[str, str] | None:
    """Return *what*, and the person whose record an address with these *parts* shows, if any."""
    gate = platform(request).records
    for part, record_id in parts.items():
        if part in KINDS:
            person_id = await gate.whose(request, KINDS[part], record_id)
            return None if person_id is None else (what, person_id)
    return what, ""


def _parts(page: str, path: str) -> dict[str, str] | None:
    """Return the parts of *path* that *page* names; None: it is another page."""
    wanted, found = page.split("/"), path.split("/")
    if len(wanted) != len(found):
        return None
    parts = {}
    for name, part in zip(wanted, found, strict=True):
        if name.startswith("{") and part:
            parts[name.strip("{}")] = part
        elif name != part:
            return None
    return parts
