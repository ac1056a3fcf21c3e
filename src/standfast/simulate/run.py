"""A whole run: everybody signs in, callers ring, and it ends when every case is closed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from random import Random
from typing import Any, Final
from uuid import uuid4

import httpx
from msgspec import Struct, convert

from standfast.kernel.ids import child_id
from standfast.simulate.accounting import Verdict, account
from standfast.simulate.browser import PATIENCE, Browser, Unreachable
from standfast.simulate.callers import Caller, Manner
from standfast.simulate.exchange import Exchange
from standfast.simulate.handler import SERVICE_KINDS, Handler
from standfast.simulate.measured import Call, Kind, Tally
from standfast.simulate.medicines import Pharmacy, Prescriber
from standfast.simulate.others import Clinic, Clinician, Desk, Supervisor, work
from standfast.simulate.rivals import Rivals
from standfast.triage.protocols import ProtocolSet

LONGEST_END: Final = 60.0
"""Seconds after the last call in which the open cases must come to their end."""

HANDLERS: Final = ("amira.khan", "joe.tran", "beth.sowerby", "dele.okoro", "sian.parry")
DISPATCHERS: Final = ("nadia.brook", "piotr.lis")
CLINICIANS: Final = ("lorna.whitfield", "ines.duarte")
PRESCRIBERS: Final = ("ada.mensah", "hugh.carver")
RECEPTIONISTS: Final = ("owen.price", "mei.fung", "kay.ollerton", "rory.maclean", "jan.petty")
PHARMACISTS: Final = (
    "leila.haddad", "tom.abara", "jude.frost", "ana.silva", "ivor.tate", "zara.mir",
)  # fmt: skip
SUPERVISOR: Final = "ruth.calder"
"""Who is who in the demonstration; one who is not there is done without."""


class Plan(Struct, frozen=True, kw_only=True):
    """What to do: against which node, with how many desks, and whose luck it is."""

    url: str
    secret: str
    seed: int
    handlers: int


class Result(Struct, frozen=True, kw_only=True):
    """What came of a run."""

    tally: Tally
    verdict: Verdict
    races: int
    seconds: float


async def fetch_protocols(plan: Plan) -> ProtocolSet:
    """Return the content that the node's devices walk. Raises :class:`Unreachable`."""
    async with httpx.AsyncClient(base_url=plan.url, timeout=PATIENCE) as client:
        browser = Browser(client, Tally())
        await browser.sign_in(HANDLERS[0])
        answer = await browser.look("/triage/content.json", Kind.WAITING_PAGE)
        if not answer.done:
            raise Unreachable(f"the protocols were answered {answer.status}")
        return convert(answer.json, ProtocolSet)


async def run(
    plan: Plan,
    callers: Sequence[Caller],
    protocols: ProtocolSet,
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> Result:
    """Play *callers*; *progress* is told how many calls have come to their end."""
    async with AsyncExitStack() as stack:
        whole = _Run(plan, stack, protocols, progress)
        return await whole.play(callers)


class _Run:
    """Who is at work during one run, and what they share."""

    def __init__(
        self,
        plan: Plan,
        stack: AsyncExitStack,
        protocols: ProtocolSet,
        progress: Callable[[int], None],
    ) -> None:
        self._plan = plan
        self._stack = stack
        self._protocols = protocols
        self._progress = progress
        self._tally = Tally()
        self._rivals = Rivals()
        self._run_id = str(uuid4())
        self._ringing: asyncio.Queue[Call] = asyncio.Queue()
        self._to_close: asyncio.Queue[Call] = asyncio.Queue()
        self._again: set[Call] = set()
        self._left = self._total = 0
        self._all_done = asyncio.Event()

    async def play(self, callers: Sequence[Caller]) -> Result:
        """Run it from the first ring to the accounting."""
        began = time.perf_counter()
        self._left = self._total = len(callers)
        exchange = Exchange(await self._client(), self._plan.secret, self._tally)
        supervisor = await self._browser(SUPERVISOR)
        background = [*await self._desks(exchange), *await self._others(supervisor)]
        tasks = [asyncio.create_task(each) for each in background]
        ringing = asyncio.gather(*(self._ring(exchange, caller) for caller in callers))
        try:
            await self._watch(ringing, tasks)
        finally:
            for task in tasks:
                task.cancel()
            ringing.cancel()
            await asyncio.gather(*tasks, ringing, return_exceptions=True)
        verdict = await account(supervisor, self._tally)
        return Result(
            tally=self._tally,
            verdict=verdict,
            races=self._rivals.races,
            seconds=time.perf_counter() - began,
        )

    async def _watch(
        self, ringing: "asyncio.Future[Any]", tasks: Sequence[asyncio.Task[None]]
    ) -> None:
        """Wait until everything is closed, or until it is clear that it will not be."""
        await _or_failure(ringing, tasks)
        done = asyncio.ensure_future(self._all_done.wait())
        try:
            async with asyncio.timeout(LONGEST_END + self._left):
                await _or_failure(done, tasks)
                await _or_failure(asyncio.ensure_future(asyncio.sleep(1.5)), tasks)
        except TimeoutError:
            self._tally.trouble["cases that did not come to their end"] += self._left
        finally:
            done.cancel()

    async def _client(self) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            base_url=self._plan.url,
            timeout=PATIENCE,
            limits=httpx.Limits(max_connections=4),
        )
        return await self._stack.enter_async_context(client)

    async def _browser(self, staff_id: str) -> Browser:
        browser = Browser(await self._client(), self._tally)
        await browser.sign_in(staff_id)
        return browser

    async def _desks(self, exchange: Exchange) -> list[Coroutine[Any, Any, None]]:
        found: list[Coroutine[Any, Any, None]] = []
        for number in range(self._plan.handlers):
            browser = await self._browser(HANDLERS[number % len(HANDLERS)])
            handler = Handler(browser, exchange, self._rivals, self._protocols)
            found.append(self._take_calls(handler))
        closer = await self._browser(HANDLERS[0])
        found.append(
            self._close_cases(Handler(closer, exchange, self._rivals, self._protocols))
        )
        return found

    async def _others(self, supervisor: Browser) -> list[Coroutine[Any, Any, None]]:
        steps: list[Callable[[], Awaitable[bool]]] = [Supervisor(supervisor, self._reopen).step]
        roles: list[tuple[Sequence[str], Callable[[Browser], Any]]] = [
            (DISPATCHERS, Desk),
            (CLINICIANS, Clinician),
            (PRESCRIBERS, lambda browser: Prescriber(browser, self._dice(browser))),
            (RECEPTIONISTS, lambda browser: Clinic(browser, self._dice(browser))),
            (PHARMACISTS, lambda browser: Pharmacy(browser, self._dice(browser))),
        ]
        for people, role in roles:
            for staff_id in people:
                try:
                    steps.append(role(await self._browser(staff_id)).step)
                except Unreachable:
                    self._tally.trouble[f"{staff_id} could not sign in"] += 1
        return [work(step) for step in steps]

    def _dice(self, browser: Browser) -> Random:
        return Random(f"{self._plan.seed}/{browser.staff_id}")  # noqa: S311 - no secrets

    async def _ring(self, exchange: Exchange, caller: Caller) -> None:
        """Let one caller ring when it is time."""
        await asyncio.sleep(caller.rings_after)
        call = Call(
            caller=caller,
            call_id=child_id(self._run_id, f"call {caller.number}"),
            case_id=child_id(self._run_id, f"case {caller.number}"),
        )
        self._tally.add(call)
        for _ in range(20):  # an exchange tells it again until it is answered
            try:
                await exchange.ring(call)
                break
            except Unreachable:
                await asyncio.sleep(0.5)
        if caller.manner is Manner.GIVES_UP and call.rang:
            await exchange.hang_up(call)
        self._ringing.put_nowait(call)

    async def _take_calls(self, handler: Handler) -> None:
        """Take one call after another, for ever."""
        while True:
            call = await self._ringing.get()
            try:
                if await self._take(handler, call):
                    self._to_close.put_nowait(call)
                else:
                    self._end()
            except Unreachable:
                self._tally.trouble["calls broken off"] += 1
                self._to_close.put_nowait(call)

    async def _take(self, handler: Handler, call: Call) -> bool:
        """Take a call; return whether there is a case to close."""
        manner = call.caller.manner
        if not call.rang:
            return False
        if manner is Manner.GIVES_UP:
            self._tally.counts["abandoned"] += 1
            await handler.settle(call, case=False)
            return False
        return await handler.take(call)

    async def _close_cases(self, handler: Handler) -> None:
        """Close what can be closed, and come back to what cannot yet."""
        while True:
            call = await self._to_close.get()
            try:
                closed = await self._finish(handler, call)
            except Unreachable:
                closed = False
            if closed:
                self._end()
            else:
                await asyncio.sleep(0.1)
                self._to_close.put_nowait(call)

    def _reopen(self, call: Call) -> None:
        """Have something arranged again for a case that was closed: the clinic gave it back."""
        if call not in self._again:
            self._again.add(call)
            self._left += 1
            self._all_done.clear()
            self._to_close.put_nowait(call)

    async def _finish(self, handler: Handler, call: Call) -> bool:
        if call.closed:
            self._again.discard(call)
            self._tally.counts["arranged again after closing"] += 1
            await handler.arrange_service(call)
            return True  # if it was not enough, the supervisor sees it again
        if call.without_outcome and not call.settled:
            self._tally.counts["lost during the call"] += 1
            await handler.settle(call, case=True)
        if await handler.close(call):
            return True
        if call.outcome in SERVICE_KINDS and call.tried_to_close > 1:
            await handler.arrange_service(call)  # the clinic may have given it back
        return False

    def _end(self) -> None:
        """Count a call as come to its end."""
        self._left -= 1
        self._progress(self._total - self._left)
        if self._left == 0:
            self._all_done.set()


async def _or_failure(
    awaited: "asyncio.Future[Any]", tasks: Sequence[asyncio.Task[None]]
) -> None:
    """Wait for *awaited*; if a task that should never end does, raise what ended it."""
    done, _ = await asyncio.wait({awaited, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
