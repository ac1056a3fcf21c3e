"""The prescriber who writes, signs and sends, and the pharmacies that supply or send back."""

from collections.abc import Mapping
from random import Random
from typing import Final

from lxml.html import FormElement

from standfast.simulate.browser import Browser, Seen, choices
from standfast.simulate.measured import Kind

WANTED: Final = ("salbutamol", "amlodipine", "paracetamol", "levothyroxine", "metformin")
"""What is looked for in the formulary, by whoever has run out of it."""

REASONS: Final[Mapping[str, str]] = {
    "no_allergies_reason": "Asked: says there are none",
    "allergy_reason": "Has had it since without harm",
    "duplicate_reason": "Has run out of it",
}
"""What is said where the form asks for a reason."""

_NEED: Final = "/prescribing/needs/"


class Prescriber:
    """Takes the next need, writes, signs and sends; advises where nothing can be sent."""

    def __init__(self, browser: Browser, random: Random) -> None:
        self._browser = browser
        self._tally = browser.tally
        self._random = random

    async def step(self) -> bool:
        """Take one need to where it is somebody else's."""
        await self._browser.look("/prescribing/queue", Kind.QUEUE_PAGE)
        taken = await self._browser.post("/prescribing/take-next", {}, Kind.PRESCRIBE_TAKE)
        if not taken.location.startswith(_NEED):
            return False
        self._tally.counts["needs taken"] += 1
        if await self._write(taken.location) and await self._sign(taken.location):
            await self._send(taken.location)
        else:
            await self._decline(taken.location)
        return True

    async def _write(self, path: str) -> bool:
        for name in self._random.sample(WANTED, len(WANTED)):
            found = await self._browser.look(f"{path}?q={name}", Kind.PRESCRIBE_WRITE)
            for link in found.links(f"{path}?q={name}&code=")[:2]:
                page = await self._browser.look(link, Kind.PRESCRIBE_WRITE)
                form = page.form("/write")
                if form is None:
                    continue
                answer = await self._browser.press(
                    form, Kind.PRESCRIBE_WRITE, _prescription(form)
                )
                if answer.done:
                    self._tally.counts["prescriptions written"] += 1
                    return True
        return False

    async def _sign(self, path: str) -> bool:
        page = await self._browser.look(f"{path}/sign", Kind.PRESCRIBE_SIGN)
        form = page.form("/sign")
        if form is None:
            return False
        answer = await self._browser.press(form, Kind.PRESCRIBE_SIGN, {"confirmed": "yes"})
        return answer.done

    async def _send(self, path: str) -> None:
        """Send it to the nearest open pharmacy; at dead of night take it back and advise."""
        page = await self._browser.look(f"{path}/pharmacy", Kind.PRESCRIBE_SEND)
        form = page.form("/pharmacy")
        if form is not None:
            answer = await self._browser.press(form, Kind.PRESCRIBE_SEND)
            self._tally.counts["prescriptions sent"] += answer.done
            return
        need = await self._browser.look(path, Kind.PRESCRIBE_SEND)
        if (cancel := need.form("/cancel")) is not None:
            told = {"reason": "No pharmacy is open"}
            await self._browser.press(cancel, Kind.PRESCRIBE_SEND, told)
        await self._decline(path)

    async def _decline(self, path: str) -> None:
        page = await self._browser.look(path, Kind.PRESCRIBE_TAKE)
        form = page.form("/decline")
        if form is not None:
            told = {"advice": "Go to the urgent treatment centre, which has stock"}
            answer = await self._browser.press(form, Kind.PRESCRIBE_SEND, told)
            self._tally.counts["declined with advice"] += answer.done


class Pharmacy:
    """One pharmacy: supplies, or says once in a while that it cannot."""

    def __init__(self, browser: Browser, random: Random) -> None:
        self._browser = browser
        self._random = random
        self._settled: set[str] = set()

    async def step(self) -> bool:
        """Deal with the first prescription that is to do."""
        page = await self._browser.look("/prescribing/dispensing", Kind.PHARMACY)
        for row in page.root.xpath("//tr[@data-key]"):
            prescription_id = str(row.get("data-key"))
            if prescription_id not in self._settled:
                self._settled.add(prescription_id)
                await self._deal_with(f"/prescribing/dispensing/{prescription_id}")
                return True
        return False

    async def _deal_with(self, path: str) -> None:
        page: Seen = await self._browser.look(path, Kind.PHARMACY)
        refuse, supply = page.form("/cannot-supply"), page.form("/supply")
        tally = self._browser.tally
        if refuse is not None and self._random.random() < 0.15:  # noqa: PLR2004 - a few
            told = {"reason": "Out of stock until Monday"}
            answer = await self._browser.press(refuse, Kind.PHARMACY, told)
            tally.counts["prescriptions returned"] += answer.done
        elif supply is not None:
            answer = await self._browser.press(supply, Kind.PHARMACY)
            tally.counts["prescriptions supplied"] += answer.done


def _prescription(form: FormElement) -> dict[str, str]:
    """Return what to fill in: the first usual dose, a small quantity, reasons where asked."""
    doses = [dose for dose in choices(form, "dose") if dose != "own"]
    asked = {name for name, _ in form.form_values()}
    return {
        "dose": doses[0] if doses else "own",
        "own_dose": "" if doses else "One as needed",
        "quantity": "1",
        **{name: words for name, words in REASONS.items() if name in asked},
    }
