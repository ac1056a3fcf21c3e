"""Read, decide, append: the only way anything in the platform changes."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from weakref import WeakValueDictionary

from standfast.journal.codec import UnknownFact, decode, encode
from standfast.journal.contents import Content
from standfast.journal.database import Pool, patiently
from standfast.journal.folding import Known, RowChange, difference, fold, row_map, topics
from standfast.journal.sealing import ERASED, Opener, opened_facts
from standfast.journal.units import Erasing
from standfast.journal.writer import Conflict, ConstraintHit, Draft, Writer
from standfast.kernel.messages import (
    Command,
    Decider,
    Event,
    Refused,
    SomeCommand,
    SomeEvent,
    State,
)
from standfast.kernel.reactions import Reaction
from standfast.kernel.rows import Projection
from standfast.observability.tracing import span

ATTEMPTS: Final = 20
PAUSE: Final = 0.001
"""Seconds to wait before the next attempt, times how many there were."""

REMEMBERED: Final = 20_000
"""Streams whose state is kept in memory. One that is wrong is found out at the append."""

DEEPEST: Final = 12
"""Reactions to reactions, before it is called a loop."""

_VERSION: Final = "SELECT tenancy.stream_version($1)"
_FACTS: Final = """
    SELECT f.type, f.body, f.hlc, f.origin, f.seq, f.stream, f.org, f.key_id, v.version,
           f.origin IN (SELECT origin FROM public.journal_foreign) AS strange
      FROM (SELECT coalesce(tenancy.stream_version($1), 0) AS version) AS v
      LEFT JOIN tenancy.stream_facts($1) AS f ON true
"""
"""One statement, one moment. The version counts what is left out of the fold as well."""


class Journal:
    """The journal as the application sees it: states out, commands in.

    *changed* is told the kind of every stream that was written, for its own organisation and
    for any other whose rows it changed.
    """

    def __init__(
        self,
        pool: Pool,
        writer: Writer,
        *,
        projections: Sequence[Projection],
        reactions: Sequence[Reaction],
        constraints: Mapping[str, Any],
        changed: Callable[[set[tuple[str, str]]], None],
        large: Writer | None = None,
    ) -> None:
        """*large* writes what has files with it, in a lane of its own: nothing waits for them.

        What is sealed is opened with the writer's keys; where it has none, reading it is an error.
        """
        self._pool = pool
        self._writer = writer
        self._large = large or writer
        self._sealing = writer.sealing
        self.projections = {each.decider.stream: each for each in projections}
        self.reactions: dict[type[Event], list[Reaction]] = {}
        for reaction in reactions:
            self.reactions.setdefault(reaction.on, []).append(reaction)
        self._constraints = constraints
        self._changed = changed
        self._memory: OrderedDict[str, Known] = OrderedDict()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def opener(self) -> Opener | None:
        """What opens facts that pages read; None: there are no keys here."""
        return None if self._sealing is None else Opener(self._sealing, self._pool)

    @property
    def ready(self) -> bool:
        """Whether what is decided here can be written now."""
        return self._writer.ready

    async def execute(
        self,
        decider: Decider[State, SomeCommand, SomeEvent],
        key: str,
        command: SomeCommand,
        *,
        actor: str,
        now: datetime,
        occurred_at: datetime | None = None,
        contents: Sequence[Content] = (),
        erasing: Erasing | None = None,
    ) -> tuple[SomeEvent, ...]:
        """Carry out *command*, and all that follows from it, in one commit.

        Returns the events of this stream, once on disk. *occurred_at* is when it truly happened,
        if not now; *contents* are the files that the events name, *erasing* the keys that go with
        them. Raises :class:`Refused`, and :class:`Conflict` after twenty attempts.
        """
        stream = f"{decider.stream}/{key}"
        turn = self._turns.setdefault(stream, asyncio.Lock())
        async with turn:  # what comes for one stream here waits its turn instead of colliding
            for attempt in range(ATTEMPTS):
                work = _Work(self, trust_memory=attempt == 0)
                try:
                    with span(f"decide {decider.stream}"):
                        events = await work.carry_out(decider, key, command, now)
                    if work.in_doubt and attempt == 0:
                        continue  # "it is so already" was said from memory: look again
                    if work.drafts:
                        at = occurred_at or now
                        await self._append(work, actor, at, contents, erasing)
                except Refused:
                    if work.from_memory and attempt == 0:
                        continue  # decided on what this process remembered: look again
                    raise
                except Conflict:  # another worker was first; let it finish what it is at
                    await asyncio.sleep(PAUSE * attempt)
                    continue
                return tuple(events)
        raise Conflict(stream)

    async def state(self, decider: Decider[State, Any, Any], key: str) -> State:
        """Return what is known of a stream now; its initial state if it was never written."""
        stream = f"{decider.stream}/{key}"
        known = self._memory.get(stream)
        if known is not None:
            version = await patiently(lambda: self._pool.fetchval(_VERSION, stream))
            if version == known.version:
                return known.state  # type: ignore[no-any-return]
        return (await self.read(stream)).state  # type: ignore[no-any-return]

    async def read(self, stream: str) -> Known:
        """Fold *stream* from the journal, and remember it."""
        found = await patiently(lambda: self._pool.fetch(_FACTS, stream))
        rows = [row for row in found if row["type"] is not None]
        facts = await patiently(lambda: opened_facts(self._sealing, self._pool, rows))
        projection = self.projections[stream.partition("/")[0]]
        strangers = bool(rows) and all(row["strange"] for row in rows)
        folded = fold(projection, facts)
        known = replace(folded, version=found[0]["version"], strangers=strangers)
        self._remember(stream, known)
        return known

    def forget(self) -> None:
        """Remember nothing: a record was erased, here or in another process."""
        self._memory.clear()
        if self._sealing is not None:
            self._sealing.forget()

    def remembered(self, stream: str) -> Known | None:
        """Return what this process last knew of *stream*. It may be old."""
        return self._memory.get(stream)

    def has_begun(self, stream: str, org: str) -> bool:
        """Return whether this process remembers that *org* wrote *stream*; then it is so for good.

        False says nothing: another process may have.
        """
        known = self._memory.get(stream)
        if known is None or known.version == 0 or known.strangers:
            return False
        decider = self.projections[stream.partition("/")[0]].decider
        return bool(decider.org(known.state) == org)

    def decoded(self, kind: str, tag: str, body: bytes) -> Event | UnknownFact:
        """Return the event in *body*, as the owner of *kind* reads it."""
        projection = self.projections.get(kind)
        return (
            UnknownFact(tag, body)
            if projection is None
            else decode(projection.decider, tag, body)
        )

    async def _append(
        self,
        work: "_Work",
        actor: str,
        occurred_at: datetime,
        contents: Sequence[Content],
        erasing: Erasing | None,
    ) -> None:
        drafts = [
            Draft(stream, *encode(event), subject, org, actor, occurred_at, record)
            for stream, event, subject, org, record in work.drafts
        ]
        expected = {draft.stream: work.known[draft.stream].version for draft in drafts}
        changes = [difference(work.known[s].rows, work.learnt(s).rows) for s in expected]
        erasing = await self._leaving(erasing, expected, changes)
        taken = [stream for stream in expected if work.known[stream].strangers]
        writer = self._large if contents else self._writer
        writer.follow(max(work.known[stream].hlc for stream in expected))
        try:
            with span("append"):
                hlc = await writer.append(
                    drafts, expected, changes, contents, erasing, taken=taken
                )
        except ConstraintHit as hit:
            for stream in expected:
                self._memory.pop(stream, None)
            if hit.name not in self._constraints:
                raise
            raise Refused(self._constraints[hit.name]) from hit
        except Conflict:
            for stream in expected:
                self._memory.pop(stream, None)
            raise
        for stream in expected:
            known = work.learnt(stream)
            self._remember(stream, Known(known.state, known.version, hlc, known.rows))
        moved = {(draft.org, draft.stream.partition("/")[0]) for draft in drafts}
        self._changed(moved | topics(expected, changes))
        if erasing is not None:
            self.forget()

    async def _leaving(
        self,
        erasing: Erasing | None,
        expected: Mapping[str, int],
        changes: list[RowChange],
    ) -> Erasing | None:
        """Return what is erased as it stands on disk now; its rows that go join *changes*."""
        if erasing is None:
            return None
        known = {
            stream: await self.read(stream)
            for stream in erasing.versions
            if stream not in expected and stream.partition("/")[0] in self.projections
        }
        rows = tuple(row for each in known.values() for row in each.rows.values())
        versions = {stream: each.version for stream, each in known.items()}
        changes.append(RowChange(written=(), removed=rows))
        return Erasing(erasing.stream, versions, erasing.since)

    def hear(self, topics: Iterable[tuple[str, str]]) -> None:
        """Forget what another process may have erased."""
        if any(kind == ERASED for _, kind in topics):
            self.forget()

    async def records_of(self, key_ids: Collection[str]) -> dict[str, str]:
        """Return which record each of these data keys is of."""
        return {} if self._sealing is None else await self._sealing.records(self._pool, key_ids)

    def _remember(self, stream: str, known: Known) -> None:
        self._memory[stream] = known
        self._memory.move_to_end(stream)
        if len(self._memory) > REMEMBERED:
            self._memory.popitem(last=False)


class _Work:
    """One attempt at a command: the streams it touched, and what it would write."""

    def __init__(self, journal: Journal, *, trust_memory: bool) -> None:
        self._journal = journal
        self._trust_memory = trust_memory
        self.from_memory = False
        self.in_doubt = False
        """Nothing was done somewhere because of what this process remembered."""
        self.known: dict[str, Known] = {}
        self.drafts: list[tuple[str, Event, str | None, str, str | None]] = []
        self._states: dict[str, Any] = {}
        self._learnt: dict[str, Known] = {}

    async def carry_out(
        self,
        decider: Decider[State, SomeCommand, SomeEvent],
        key: str,
        command: SomeCommand,
        now: datetime,
        depth: int = 0,
    ) -> Sequence[SomeEvent]:
        """Decide *command* and everything that reacts to it; return its own events."""
        if depth > DEEPEST:
            raise RecursionError(f"reactions without end at {decider.stream}")
        stream = f"{decider.stream}/{key}"
        state = await self._load(stream)
        events = decider.decide(state, command, now)
        self.in_doubt |= self.from_memory and not events
        for event in events:
            state = self._states[stream] = decider.evolve(state, event)
            subject, org = decider.subject(state), decider.org(state)
            record = decider.record_of(key, state)
            self.drafts.append((stream, event, subject, org, record))
        for event in events:
            for reaction in self._journal.reactions.get(type(event), ()):
                await self._react(reaction, event, now, depth)
        return events

    def learnt(self, stream: str) -> Known:
        """Return what is known of *stream* after this work, which is done."""
        if stream in self._learnt:
            return self._learnt[stream]
        before = self.known[stream]
        written = sum(1 for draft in self.drafts if draft[0] == stream)
        state = self._states[stream]
        rows = row_map(self._journal.projections[stream.partition("/")[0]], state)
        known = Known(state, before.version + written, before.hlc, rows)
        self._learnt[stream] = known
        return known

    async def _react(self, reaction: Reaction, event: Event, now: datetime, depth: int) -> None:
        command: Command | None = reaction.command(event)
        if command is None:
            return
        drafts, states = len(self.drafts), dict(self._states)
        try:
            await self.carry_out(
                reaction.decider, reaction.key(event), command, now, depth=depth + 1
            )
        except Refused as refused:
            if not any(refused.reason is known for known in reaction.ignore):
                raise
            del self.drafts[drafts:]  # what it had led to before it was refused
            self._states = states
            self.in_doubt |= self.from_memory

    async def _load(self, stream: str) -> Any:
        """Return the newest state of *stream*: this work's own, or what is known.

        What only other sites have written says nothing here, or they would decide it.
        """
        if stream in self._states:
            return self._states[stream]
        known = self._journal.remembered(stream) if self._trust_memory else None
        if known is not None:
            self.from_memory = True
        else:
            known = await self._journal.read(stream)
        self.known[stream] = known
        initial = self._journal.projections[stream.partition("/")[0]].decider.initial
        self._states[stream] = initial if known.strangers else known.state
        return self._states[stream]
