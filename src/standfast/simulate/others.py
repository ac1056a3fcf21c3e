"""Everybody to whom a call leads: the ambulance desk, clinics, clinicians, the supervisor."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Final

from lxml.html import FormElement

from standfast.simulate.browser import Browser, Unreachable, choices
from standfast.simulate.measured import Call, Kind

IDLE: Final = 0.3
"""Seconds between two looks at a page on which nothing was to do."""

_INCIDENT: Final = "/dispatch/incidents/"


async def work(step: Callable[[], Awaitable[bool]]) -> None:
    """Do *step* again and again, pausing when there was nothing to do. Never ends."""
    while True:
        try:
            busy = await step()
        except Unreachable:
            busy = False
        if not busy:
            await asyncio.sleep(IDLE)


class Desk:
    """The ambulance desk: accepts by name, sends what is nearest, follows it to the end."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._tally = browser.tally
        self._accepted: set[str] = set()
        self._allocated: set[str] = set()
        self._ended: set[str] = set()

    async def step(self) -> bool:
        """Look at the board once and do what is to do for this run's own calls."""
        board = await self._browser.look("/dispatch/board/_incidents", Kind.DESK_BOARD)
        busy = False
        for card in board.root.xpath("//article[@data-key]"):
            case_id = str(card.get("data-key"))
            if case_id not in self._tally.by_case or case_id in self._ended:
                continue
            forms = card.xpath(f".//form[contains(@action, '{_INCIDENT}')]")
            actions = {form.get("action").rpartition("/")[2]: form for form in forms}
            if "accept" in actions:
                await self._accept(case_id, actions["accept"])
            elif case_id in self._allocated:
                await self._follow(case_id)
            elif "send" in actions and case_id in self._accepted:
                await self._allocate(case_id, actions["send"])
            else:
                continue
            busy = True
        return busy

    async def _accept(self, case_id: str, form: FormElement) -> None:
        answer = await self._browser.press(form, Kind.DESK_ACCEPT)
        if answer.done:
            self._accepted.add(case_id)
            self._tally.counts["ambulances accepted"] += 1

    async def _allocate(self, case_id: str, form: FormElement) -> None:
        vehicle = choices(form, "vehicle_id")[0]
        answer = await self._browser.press(form, Kind.DESK_ALLOCATE, {"vehicle_id": vehicle})
        if answer.done:
            self._allocated.add(case_id)
            self._tally.counts["vehicles allocated"] += 1

    async def _follow(self, case_id: str) -> None:
        """Move the vehicle one step on; when it is done, close the incident."""
        page = await self._browser.look(
            f"/dispatch/board?incident={case_id}&act=close", Kind.DESK_BOARD
        )
        here = f"{_INCIDENT}{case_id}"
        if (unread := page.form("/read", containing=here)) is not None:
            await self._browser.press(unread, Kind.DESK_MOVE)
        if (move := page.form("/move", containing=here)) is not None:
            steps = choices(move, "status")
            if steps:
                await self._browser.press(move, Kind.DESK_MOVE, {"status": steps[0]})
                return
        close = page.form("/close", containing=here)
        if close is None:
            self._ended.add(case_id)
            return
        endings = choices(close, "outcome")
        told = {"outcome": endings[0], "has_read": "yes"} if endings else {}
        answer = await self._browser.press(close, Kind.DESK_CLOSE, told)
        if answer.done:
            self._ended.add(case_id)
            self._tally.counts["incidents closed"] += 1


class Clinic:
    """A clinic's reception: sees who comes, marks arrivals, gives a few slots back."""

    def __init__(self, browser: Browser, random: Random) -> None:
        self._browser = browser
        self._random = random
        self._known: set[str] = set()

    async def step(self) -> bool:
        """Look at the days with bookings, and deal with one that is new."""
        today = await self._browser.look("/booking/clinic", Kind.CLINIC)
        days = today.links("/booking/clinic?day=")[:3]
        pages = [today, *[await self._browser.look(day, Kind.CLINIC) for day in days]]
        for page in pages:
            for href in page.links("/booking/"):
                link = href.partition("#")[0]
                if link.startswith("/booking/clinic") or link in self._known:
                    continue
                self._known.add(link)
                await self._deal_with(link)
                return True
        return False

    async def _deal_with(self, link: str) -> None:
        page = await self._browser.look(link, Kind.CLINIC)
        cancel, arrived = page.form("/cancel"), page.form("/arrived")
        tally = self._browser.tally
        if cancel is not None and self._random.random() < 0.08:  # noqa: PLR2004 - a few
            told = {"reason": "The clinician has gone home ill"}
            answer = await self._browser.press(cancel, Kind.ARRIVE, told)
            tally.counts["bookings cancelled by the clinic"] += answer.done
        elif arrived is not None:
            answer = await self._browser.press(arrived, Kind.ARRIVE)
            tally.counts["patients arrived"] += answer.done


class Clinician:
    """Takes the next case of the clinical queue, rings, and records what came of it."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    async def step(self) -> bool:
        """Take one case to its end."""
        await self._browser.look("/calls/queue", Kind.QUEUE_PAGE)
        taken = await self._browser.post("/calls/queue/next", {}, Kind.DECIDE)
        case_id = taken.location.partition("case=")[2]
        if not case_id:
            return False
        page = await self._browser.look(taken.location, Kind.QUEUE_PAGE)
        decide = page.form("/decide")
        if decide is None:
            return False
        options = choices(decide, "outcome") or ["Advice given, no further care needed"]
        told = {"outcome": options[0], "note": "Spoke to the patient; advice given."}
        answer = await self._browser.press(decide, Kind.DECIDE, told)
        self._browser.tally.counts["decided by a clinician"] += answer.done
        return answer.done


class Supervisor:
    """Watches what nobody has taken, and gives back to a call handler what must be done again."""

    def __init__(self, browser: Browser, give_back: Callable[[Call], None]) -> None:
        self._browser = browser
        self._give_back = give_back

    async def step(self) -> bool:
        """Look once, and again in a second."""
        page = await self._browser.look("/calls/oversight", Kind.OVERSIGHT)
        for link in page.links("/calls/"):
            call = self._browser.tally.by_case.get(link.rpartition("/")[2])
            if call is not None and call.closed:
                self._give_back(call)
        await asyncio.sleep(1)
        return True
