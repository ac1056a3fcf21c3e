"""A call handler: answers, asks the questions, arranges what they come to, closes the case."""

import asyncio
from datetime import UTC, datetime
from typing import Any, Final

from standfast.kernel.ids import child_id
from standfast.simulate.browser import Browser, Seen, Unreachable, choices
from standfast.simulate.callers import Caller, Manner, outcome
from standfast.simulate.entries import Device, Written
from standfast.simulate.exchange import Exchange
from standfast.simulate.measured import Call, Kind
from standfast.simulate.rivals import Rivals
from standfast.triage.protocols import ProtocolSet

ATTEMPTS: Final = 40
"""How often a device sends an entry that was not acknowledged."""
PAUSE: Final = 0.25
"""Seconds between those attempts."""

SERVICE_KINDS: Final = frozenset({"primary_care", "emergency_department", "dental", "pharmacy"})
_KINDS: Final = {"triage.answer": Kind.ANSWER, "calls.place": Kind.PLACE}


class Handler:
    """One call handler at one desk. Takes one call at a time."""

    def __init__(
        self, browser: Browser, exchange: Exchange, rivals: Rivals, protocols: ProtocolSet
    ) -> None:
        self.browser = browser
        self._tally = browser.tally
        self._exchange = exchange
        self._rivals = rivals
        self._protocols = protocols

    async def take(self, call: Call) -> bool:
        """Take *call* as far as it goes; return whether the case is then to be closed."""
        caller = call.caller
        device = Device(caller, call.case_id, self._protocols, datetime.now(UTC).date())
        line = _Line(self, call, late=caller.manner is Manner.SENT_LATE)
        await self.browser.look("/calls/waiting", Kind.WAITING_PAGE)
        if caller.manner is Manner.CLAIMED_TWICE:
            device = await self._answer_beside_another(call, device)
        else:
            await line.write(device.opening(call.call_id))
        if not line.late and device.opening_id not in call.stored:
            return False
        call.opened = True
        await self._ask_of_life_threats(device, line)
        for entry in device.who_and_where():
            await line.write(entry)
        if caller.manner is Manner.CUT_OFF and device.step.question is not None:
            await self._exchange.hang_up(call)
            call.without_outcome = "Cut off; rung back, needs nothing"
            return True
        await self._finish_questions(device, line)
        call.outcome = outcome(device.step)
        await self._arrange(call, device, line)
        for entry in (*device.advice(), device.finish()):
            await line.write(entry)
        await line.catch_up()
        await self._exchange.hang_up(call)
        return True

    async def arrange_service(self, call: Call) -> bool:
        """Book the first free time, or send there; return whether anything was arranged."""
        path = f"/directory/needs/{call.case_id}/_services"
        for _ in range(4):
            page = await self.browser.look(path, Kind.SERVICES)
            if not page.done:
                return False
            if (answer := await self._book_or_refer(call, page)) is None:
                return False
            if answer.done:
                return True
        return False

    async def close(self, call: Call) -> bool:
        """Close the case; return whether that was done."""
        page = await self.browser.look(f"/calls/{call.case_id}/close", Kind.RECEIPTS)
        if not page.done:
            return False
        call.tried_to_close += 1
        told = {
            "for_action": "no",
            "gp_name": call.caller.patient.gp_practice,
            "without_outcome": call.without_outcome,
        }
        answer = await self.browser.post(f"/calls/{call.case_id}/close", told, Kind.CLOSE)
        call.closed = answer.done
        return answer.done

    async def settle(self, call: Call, *, case: bool) -> None:
        """Ring a lost caller back and take them off the list."""
        await self.browser.look("/calls/call-back", Kind.CALL_BACK)
        key = {"case_id": call.case_id} if case else {"call_id": call.call_id}
        told = {**key, "outcome": "Rung back: needs nothing more"}
        answer = await self.browser.post("/calls/call-back", told, Kind.CALL_BACK)
        call.settled = answer.done

    async def _answer_beside_another(self, call: Call, device: Device) -> Device:
        """Answer at the same moment as somebody else does; go on with whoever was quicker."""
        other_id = child_id(call.case_id, "another desk")
        today = datetime.now(UTC).date()
        other = Device(call.caller, other_id, self._protocols, today)
        both = await asyncio.gather(
            *(self._send([each.opening(call.call_id)], Kind.ENTRY) for each in (device, other))
        )
        for each, (receipt,) in zip((device, other), both, strict=True):
            if receipt["outcome"] == "stored":
                call.stored.add(receipt["id"])
                self._tally.rename(call, each.case_id)
                device = each
            else:
                self._tally.refuse(receipt["reason"])
        return device

    async def _ask_of_life_threats(self, device: Device, line: "_Line") -> None:
        while device.asks_of_life_threats and (answer := device.answer()) is not None:
            await line.write(answer)

    async def _finish_questions(self, device: Device, line: "_Line") -> None:
        for entry in device.what_is_said():
            await line.write(entry)
        if device.caller.is_known and not line.late:
            await self._identify(device.caller, device.case_id)
        while (answer := device.answer()) is not None:
            await line.write(answer)

    async def _identify(self, caller: Caller, case_id: str) -> None:
        """Find the patient's record by its number and link it."""
        patient = caller.patient
        asked = {"nhs_number": patient.nhs_number or "", "part": "yes"}
        found = await self.browser.post("/people/search", asked, Kind.IDENTIFY)
        matches = found.root.xpath("descendant-or-self::*[@data-person-id]/@data-person-id")
        if matches:
            path = f"/calls/{case_id}/patient"
            await self.browser.post(path, {"person_id": str(matches[0])}, Kind.IDENTIFY)
            await self.browser.look(f"/calls/{case_id}/_context", Kind.RECEIPTS)

    async def _arrange(self, call: Call, device: Device, line: "_Line") -> None:
        """Do what the outcome calls for, as far as it is this desk's to do."""
        if call.outcome in SERVICE_KINDS:
            await line.catch_up()
            if not await self.arrange_service(call):
                reason = "No service can take this now"
                await line.write(device.ask_for_clinician(reason))
                self._tally.counts["no service: clinician asked for"] += 1
        elif call.outcome.startswith("ambulance"):
            await line.catch_up()
            await self.browser.look(f"/calls/{call.case_id}/_receipts", Kind.RECEIPTS)

    async def _book_or_refer(self, call: Call, page: Seen) -> Seen | None:
        """Press the first button that books or sends; None when there is none."""
        if (form := page.form("/book")) is not None:
            slot = choices(form, "slot_id")[0]
            if call.caller.manner is Manner.RACES:
                slot = await self._rivals.meet(slot)
            answer = await self.browser.press(form, Kind.BOOK, {"slot_id": slot})
            self._tally.counts["bookings"] += answer.done
            self._tally.counts["slot taken by somebody quicker"] += not answer.done
            return answer
        if (form := page.form("/refer")) is not None:
            answer = await self.browser.press(form, Kind.BOOK)
            self._tally.counts["referrals"] += answer.done
            return answer
        return None

    async def _send(self, entries: list[Written], kind: Kind) -> list[dict[str, Any]]:
        """Send entries until each has its receipt, as a device does; return the receipts."""
        at = datetime.now(UTC).isoformat()
        left = [
            {
                "id": each.id,
                "case_id": each.case_id,
                "kind": each.kind,
                "at": at,
                "body": each.body,
            }
            for each in entries
        ]
        receipts: list[dict[str, Any]] = []
        for _ in range(ATTEMPTS):
            try:
                answer = await self.browser.post_json("/device/entries", left, kind)
            except Unreachable:
                await asyncio.sleep(PAUSE)
                continue
            if not answer.done:
                raise Unreachable(f"entries were answered {answer.status}")
            settled = [each for each in answer.json if each["outcome"] != "retry"]
            receipts += settled
            left = left[len(settled) :]
            if not left:
                return receipts
            await asyncio.sleep(PAUSE)
        raise Unreachable(f"{len(left)} entries were never acknowledged")


class _Line:
    """What the device of one call sends: at once, twice, or all of it at the end."""

    def __init__(self, handler: Handler, call: Call, *, late: bool) -> None:
        self.late = late
        self._handler = handler
        self._call = call
        self._held: list[Written] = []

    async def write(self, entry: Written) -> None:
        """Send *entry*, or keep it for later."""
        if self.late:
            self._held.append(entry)
            return
        await self._deliver([entry], _KINDS.get(entry.kind, Kind.ENTRY))

    async def catch_up(self) -> None:
        """Send all that was kept: the network is back."""
        held, self._held, self.late = self._held, [], False
        if held:
            await self._deliver(held, Kind.ENTRY)

    async def _deliver(self, entries: list[Written], kind: Kind) -> None:
        send = self._handler._send  # noqa: SLF001 - a part of it
        if self._call.caller.manner is Manner.SENT_TWICE:
            both = await asyncio.gather(send(entries, kind), send(entries, kind))
            receipts = [receipt for one in both for receipt in one]
            self._handler.browser.tally.counts["entries sent twice"] += len(entries)
        else:
            receipts = await send(entries, kind)
        for receipt in receipts:
            if receipt["outcome"] == "stored":
                self._call.stored.add(receipt["id"])
            else:
                self._handler.browser.tally.refuse(receipt["reason"])
