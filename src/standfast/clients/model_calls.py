"""The rules of tokens, of the switch that turns the API off, and of counting calls. Pure."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct

from standfast.clients.model import Refusal
from standfast.facts.clients import (
    ApiTurnedOff,
    ApiTurnedOn,
    CallsCounted,
    RefusedCalls,
    Scope,
    SwitchEvent,
    TokenEvent,
    TokenIssued,
    UseEvent,
)
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText

TOKEN_LIFE: Final = timedelta(minutes=5)
"""SMART Backend Services: no longer than five minutes."""


class Why(StrEnum):
    """Every reason for which a call is refused, as it is counted."""

    NO_TOKEN = "no_token"  # noqa: S105 - a reason
    UNKNOWN_TOKEN = "unknown_token"  # noqa: S105 - a reason
    OLD_TOKEN = "old_token"  # noqa: S105 - a reason
    SUSPENDED = "suspended"
    CERTIFICATE = "certificate"
    SCOPE = "scope"
    QUOTA = "quota"
    BUSY = "busy"
    OFF = "off"
    ASSERTION = "assertion"
    REPLAYED = "replayed"
    REQUEST = "request"


class IssueToken(Command, frozen=True, kw_only=True):
    """Give the client a token for an assertion, unless that assertion was used before."""

    token_id: str
    org: str
    client_id: str
    token_hash: str
    kid: str
    scopes: tuple[Scope, ...]
    certificate: str


class TurnApiOff(Command, frozen=True, kw_only=True):
    """Take nothing from other systems until somebody says otherwise."""

    org: str
    reason: ShortText
    by: str


class TurnApiOn(Command, frozen=True, kw_only=True):
    """Take what other systems send again."""

    org: str
    by: str


SwitchCommand: TypeAlias = TurnApiOff | TurnApiOn


class CountCalls(Command, frozen=True, kw_only=True):
    """Keep what one process took and refused since it counted last."""

    client_id: str
    org: str
    day: date
    accepted: int
    refused: tuple[RefusedCalls, ...]
    latest_at: datetime | None


class Token(Struct, frozen=True):
    """What is known of one token. None: none was issued."""

    issued: TokenIssued | None = None


class Switch(Struct, frozen=True):
    """Whether the API is on. ``off`` is None before anybody turned it off."""

    off: ApiTurnedOff | None = None
    on_at: datetime | None = None

    @property
    def is_off(self) -> bool:
        """Whether nothing is taken: the later word counts."""
        return self.off is not None and (
            self.on_at is None or self.on_at <= self.off.turned_off_at
        )


class Use(Struct, frozen=True):
    """What a client did in a day."""

    client_id: str = ""
    org: str = ""
    day: date | None = None
    accepted: int = 0
    refused: tuple[RefusedCalls, ...] = ()
    latest_at: datetime | None = None


def token_id(client_id: str, jti: str) -> str:
    """Return the id of the one token that the assertion *jti* of a client can bring."""
    return child_id("clients.token", f"{client_id}/{jti}")


def use_id(org: str, client_id: str, day: date) -> str:
    """Return the key of the stream that counts a client's calls of a day."""
    return child_id("clients.use", f"{org}/{client_id}/{day:%Y-%m-%d}")


def decide_token(token: Token, command: IssueToken, now: datetime) -> tuple[TokenIssued]:
    """Issue the token, once."""
    if token.issued is not None:
        raise Refused(Refusal.ASSERTION_USED)
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    return (TokenIssued(**fields, issued_at=now, expires_at=now + TOKEN_LIFE),)


def evolve_token(token: Token, event: TokenEvent) -> Token:
    """Learn one fact: of two for one assertion the first in canonical order stands."""
    return token if token.issued is not None else Token(event)


def decide_switch(
    switch: Switch, command: SwitchCommand, now: datetime
) -> tuple[SwitchEvent, ...]:
    """Turn the API off or on; it is no error if it is so already.

    What is said later stands later, though two clocks say the same.
    """
    if isinstance(command, TurnApiOn):
        if switch.off is None or not switch.is_off:
            return ()
        at = max(now, switch.off.turned_off_at + timedelta(microseconds=1))
        return (ApiTurnedOn(org=command.org, by=command.by, turned_on_at=at),)
    if switch.is_off:
        return ()
    at = now if switch.on_at is None else max(now, switch.on_at)
    return (
        ApiTurnedOff(org=command.org, reason=command.reason, by=command.by, turned_off_at=at),
    )


def evolve_switch(switch: Switch, event: SwitchEvent) -> Switch:
    """Learn one fact: the latest of each kind."""
    if isinstance(event, ApiTurnedOn):
        at = event.turned_on_at
        return Switch(switch.off, at if switch.on_at is None else max(switch.on_at, at))
    newer = switch.off is None or switch.off.turned_off_at <= event.turned_off_at
    return Switch(event if newer else switch.off, switch.on_at)


def decide_use(_: Use, command: CountCalls, now: datetime) -> tuple[CallsCounted, ...]:
    """Keep the count, if there is anything in it."""
    if not command.accepted and not command.refused:
        return ()
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    return (CallsCounted(**fields, counted_at=now),)


def evolve_use(use: Use, event: UseEvent) -> Use:
    """Learn one count: add it to the day's."""
    counts = {each.reason: each.count for each in use.refused}
    for each in event.refused:
        counts[each.reason] = counts.get(each.reason, 0) + each.count
    times = [at for at in (use.latest_at, event.latest_at) if at is not None]
    return Use(
        event.client_id,
        event.org,
        event.day,
        use.accepted + event.accepted,
        tuple(RefusedCalls(reason=name, count=counts[name]) for name in sorted(counts)),
        max(times, default=None),
    )


TOKEN: Final[Decider[Token, IssueToken, TokenEvent]] = Decider(
    stream="clients.token",
    sealed=False,
    event_type=TokenEvent,
    initial=Token(),
    decide=decide_token,
    evolve=evolve_token,
    org=lambda token: token.issued.org if token.issued else "",
)
SWITCH: Final[Decider[Switch, SwitchCommand, SwitchEvent]] = Decider(
    stream="clients.switch",
    sealed=False,
    event_type=SwitchEvent,
    initial=Switch(),
    decide=decide_switch,
    evolve=evolve_switch,
    # Before it was ever turned off there is nothing to turn on, so that this is always known.
    org=lambda switch: switch.off.org if switch.off else "",
)
USE: Final[Decider[Use, CountCalls, UseEvent]] = Decider(
    stream="clients.use",
    sealed=False,
    event_type=UseEvent,
    initial=Use(),
    decide=decide_use,
    evolve=evolve_use,
    org=lambda use: use.org,
)
