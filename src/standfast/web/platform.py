"""The running platform as a page sees it: what it may read, write, ask and say."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeAlias, TypeVar

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from standfast.journal.codec import UnknownFact
from standfast.journal.contents import Content
from standfast.journal.database import Reader
from standfast.journal.feed import Feed
from standfast.journal.store import Journal
from standfast.journal.timeline import Fact
from standfast.journal.units import Erasing
from standfast.kernel.access import Assurance, Barred, Said, written_actor
from standfast.kernel.messages import (
    Decider,
    Event,
    Refused,
    SomeCommand,
    SomeEvent,
    State,
)
from standfast.kernel.questions import Answer, Question
from standfast.outbound.client import Outbound
from standfast.settings import Settings
from standfast.vault.vault import Keys
from standfast.web.leaving import Ledger
from standfast.web.machines import Gate
from standfast.web.rendering import Templates
from standfast.web.workspaces import Workspace

SomeAnswer = TypeVar("SomeAnswer")

Answerer: TypeAlias = Callable[[Reader, str, str], Awaitable[Any]]
"""Answers a question for one organisation and one key."""


class Actor(Struct, frozen=True, kw_only=True):
    """Who is asking: a member of staff at work, or a machine let in by its key."""

    staff_id: str
    name: str
    role: str
    """The first of their roles; :attr:`roles` are all of them, where they have more."""
    role_label: str
    org: str
    org_name: str
    permissions: frozenset[str]
    session_id: str = ""
    assurance: Assurance = Assurance.CHOSEN
    roles: tuple[str, ...] = ()
    offline: bool = False
    """Signed in against the roster, while the site was cut off."""
    way: str = "persona"
    """How we know them: ``persona``, ``passkey``, ``oidc`` or ``roster``."""
    read_only: bool = False
    """Supplier support: may look, and change nothing."""
    until: datetime | None = None
    """When their time here ends by itself, if it does."""
    signed_in_at: datetime | None = None
    """When the session began; None: it is no session."""
    shift_until: datetime | None = None
    """When the session ends by itself; None: it is no session."""
    locked: bool = False
    """Nobody has shown for too long that they are there: nothing may be shown to them."""
    told: tuple[str, ...] = ()
    """What concerns their own way in and they have not read yet, in a few words each."""

    @property
    def initials(self) -> str:
        """The first letters of the first and the last name."""
        parts = self.name.split() or ["?"]
        return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper()

    def may(self, permission: str) -> bool:
        return permission in self.permissions


class Proof(Struct, frozen=True, kw_only=True):
    """That somebody confirmed one act, with exactly this content, a moment ago."""

    proof_id: str
    """What an event that rests on it keeps; ``demonstration`` when none was asked for."""
    staff_id: str
    act: str
    content_hash: str
    proven_at: datetime


Prover: TypeAlias = Callable[[Request, str, bytes, str, str], Awaitable[Proof]]
"""Checks what a passkey answered: act, content, nonce, answer. Raises ``Refused``."""


class Elsewhere(Struct, frozen=True, kw_only=True):
    """Another place than here where somebody can confirm an act: the sign-in service."""

    name: str
    href: str
    proof_id: str
    """What the proof will be known by, to the page that waits for it."""
    down_since: datetime | None = None
    """Since when it does not answer; None: it does."""


Offer: TypeAlias = Callable[[Request, str, str, str], Awaitable[Elsewhere | None]]
"""Says where else an act can be confirmed: act, nonce, challenge."""


@dataclass(frozen=True)
class Wiring:
    """What the contexts bring with them; the composition root fills it in."""

    answers: Mapping[str, Answerer]
    sentences: Mapping[tuple[type[StrEnum], str], str]
    describers: Mapping[str, Callable[[Any], str]]
    workspaces: tuple[Workspace, ...]


class RecordGate(Protocol):
    """Decides who may see a record, and writes down that they did before they do."""

    async def open(
        self,
        request: Request,
        kind: str,
        record_id: str,
        *,
        needs: str,
        writes: bool,
        signs: bool = False,
        part: str = "",
    ) -> Response | None:
        """Return None once it is on disk that the record, or this part, is opened."""

    async def refused(self, request: Request, kind: str, record_id: str) -> None:
        """Return once it is on disk that a page of a record was not for the visitor."""

    async def entry(self, request: Request, case_id: str) -> str:
        """Return nothing once a device's entry may go onto a case, else why it may not."""

    async def may_enter(self, request: Request, case_id: str) -> bool:
        """Return whether the visitor may be told how to get in without a further proof."""

    async def guarded_cases(self, request: Request, case_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these cases are guarded, by a label of theirs or of their person."""

    async def turned_away(
        self, request: Request, case_ids: Sequence[str], since: datetime
    ) -> frozenset[str]:
        """Return which of these cases the visitor was refused since then."""

    async def linking(self, request: Request, person_id: str, said: Said) -> Response | None:
        """Return None once it is on disk that a person is linked to a call, else the answer."""

    async def unlinking(self, request: Request, case_id: str, person_id: str) -> None:
        """Return once it is on disk that a person was taken off a call soon, if it was soon."""

    async def guarded(self, request: Request, person_ids: Sequence[str]) -> frozenset[str]:
        """Return of whom a list may show no more than the name and the year of birth."""

    async def enter(self, request: Request, case_id: str, *, back: str) -> Response | None:
        """Return None once it is on disk that somebody reads how to get into a home."""

    async def found(self, request: Request, place: str, shown: Sequence[str]) -> None:
        """Return once it is on disk that a search at *place* shows the records *shown*."""

    async def showable(
        self, here: "Platform", who: Actor, record_ids: Sequence[str]
    ) -> frozenset[str]:
        """Return which of these records *who* may be shown a line of, inside another."""

    async def whose(self, request: Request, kind: str, record_id: str) -> str | None:
        """Return whom a record is about, empty if nobody known; None: not for the visitor."""

    async def openers(
        self, here: "Platform", who: Actor, case_ids: Iterable[str], *, back: str
    ) -> Sequence[str]:
        """Return where *who* can ask for those of these cases that a reason or a proof opens.

        From there it leads to *back*, which then shows them.
        """

    async def warnings(self, request: Request) -> Sequence[object]:
        """Return what every page must say to the visitor now, such as broken glass."""


@dataclass(frozen=True)
class Platform:
    """Everything a handler may use. ``db`` only reads; ``execute`` writes.

    ``db`` reads what the organisation of whoever asks may see, and nothing before it is known
    who asks; ``public`` what is everybody's. ``all_orgs`` reads all that the site has: for
    what it does by itself, and for the doors. tests/test_isolation.py names everybody who may.
    """

    settings: Settings
    clock: Callable[[], datetime]
    random: Callable[[int], bytes]
    keys: Keys
    db: Reader
    public: Reader
    all_orgs: Reader
    journal: Journal
    feed: Feed
    outbound: Outbound
    """The only way out of this node."""
    templates: Templates
    wiring: Wiring
    authenticate: Callable[[Request], Awaitable[Actor | None]]
    gate: Gate
    records: RecordGate
    ledger: Ledger
    prove: Prover
    elsewhere: Offer
    secret: Callable[[str], bytes]
    """Secret bytes of this site for one purpose, the same in every worker."""
    apart: "Platform | None" = None
    """The same for machines, with a pool of their own; None: this is it."""
    memory: dict[str, Any] = field(default_factory=dict)
    """What this worker remembers beside the journal, by whose it is. Gone with the process."""

    async def execute(
        self,
        decider: Decider[State, SomeCommand, SomeEvent],
        key: str,
        command: SomeCommand,
        *,
        actor: Actor,
        occurred_at: datetime | None = None,
        contents: Sequence[Content] = (),
        erasing: Erasing | None = None,
    ) -> tuple[SomeEvent, ...]:
        """Carry out *command* and all that follows from it; return its events once on disk.

        Raises what :meth:`standfast.journal.store.Journal.execute` raises. Who may only look is
        refused here, and so everywhere: pages, device entries and whatever comes later.
        """
        if actor.read_only and not decider.presence:
            raise Refused(Barred.READ_ONLY)
        return await self.journal.execute(
            decider,
            key,
            command,
            actor=written_actor(actor.staff_id, offline=actor.offline),
            now=self.clock(),
            occurred_at=occurred_at,
            contents=contents,
            erasing=erasing,
        )

    async def state(self, decider: Decider[State, Any, Any], key: str) -> State:
        """Return what is known of one stream now."""
        return await self.journal.state(decider, key)

    async def ask(self, question: Question[Answer], *, org: str, key: str) -> Answer:
        """Ask another context what it knows about *key*, as *org* may see it."""
        answer: Answer = await self.wiring.answers[question.name](self.db, org, key)
        return answer

    async def ask_public(self, question: Question[Answer], *, org: str, key: str) -> Answer:
        """Ask what is everybody's, as nobody in particular: for what the site does by itself."""
        answer: Answer = await self.wiring.answers[question.name](self.public, org, key)
        return answer

    def sentence(self, reason: StrEnum, details: Mapping[str, str] | None = None) -> str:
        """Return what to tell a person who was refused for *reason*."""
        sentence = self.wiring.sentences[type(reason), reason.value]
        return sentence.format_map(details) if details else sentence

    def describe(self, fact: Fact) -> str:
        """Return one plain sentence for *fact*, as its own context words it."""
        if fact.sealed:
            return f"Sealed, and its key is not here or was destroyed ({fact.type})"
        event: Event | UnknownFact = self.journal.decoded(fact.kind, fact.type, fact.body)
        if isinstance(event, UnknownFact) or fact.kind not in self.wiring.describers:
            return f"Recorded by a newer version of the program ({fact.type})"
        return self.wiring.describers[fact.kind](event)
