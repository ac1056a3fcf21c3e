"""The rules of supplier support: a site grants it to one person, for hours, to look. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final, TypeAlias, assert_never

from msgspec import Meta, Struct, structs

from standfast.facts.support import (
    SupportEnded,
    SupportEvent,
    SupportGranted,
    SupportLooked,
)
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText

LONGEST: Final = timedelta(hours=4)
"""Control 9: no grant of support lasts longer."""

LOOKED_AGAIN: Final = timedelta(minutes=1)
"""A page that asks again by itself is written down so often, not at every asking."""

Hours: TypeAlias = Annotated[int, Meta(ge=1, le=4)]


class Refusal(StrEnum):
    """Every way a grant of support can be refused."""

    TOO_LONG = "support_too_long"
    GRANTED_ALREADY = "support_granted_already"
    NO_GRANT = "no_grant"
    GRANT_OVER = "grant_over"
    NOT_TIME_YET = "not_time_yet"


class GrantSupport(Command, frozen=True, kw_only=True):
    """Let this person of a supplier look, for at most four hours."""

    grant_id: ShortText
    org: ShortText
    supporter_id: ShortText
    name: ShortText
    company: ShortText
    purpose: ShortText
    ticket: ShortText
    records: bool
    by: ShortText
    hours: Hours


class EndSupport(Command, frozen=True, kw_only=True):
    """End it now."""

    by: ShortText


class ExpireSupport(Command, frozen=True, kw_only=True):
    """End it, because its time is up."""


class NoteLook(Command, frozen=True, kw_only=True):
    """Write down which page the supporter is about to be shown."""

    grant_id: ShortText
    org: ShortText
    supporter_id: ShortText
    path: ShortText


SupportCommand: TypeAlias = GrantSupport | EndSupport | ExpireSupport


class Support(Struct, frozen=True):
    """What is known of one grant. ``granted`` is None before it began."""

    granted: SupportGranted | None = None
    ended: SupportEnded | None = None


class Looks(Struct, frozen=True):
    """What the supporter of one grant has opened: the latest look at each page."""

    by_path: Mapping[str, SupportLooked] = {}


def decide_support(
    known: Support, command: SupportCommand, now: datetime
) -> Sequence[SupportEvent]:
    """Answer *command* with the events it causes, or raise ``Refused``."""
    if isinstance(command, GrantSupport):
        return (_granted(known, command, now),)
    if known.granted is None:
        raise Refused(Refusal.NO_GRANT)
    match command:
        case EndSupport():
            return () if known.ended else (_ended(known.granted, command.by, "ended", now),)
        case ExpireSupport():
            if now < known.granted.until:
                raise Refused(Refusal.NOT_TIME_YET)
            return () if known.ended else (_ended(known.granted, "standfast", "time", now),)
        case _:
            assert_never(command)


def evolve_support(known: Support, event: SupportEvent) -> Support:
    """Learn one fact. What was ended anywhere is over everywhere."""
    match event:
        case SupportGranted():
            return structs.replace(known, granted=event)
        case SupportEnded():
            first = known.ended is None or event.ended_at < known.ended.ended_at
            return structs.replace(known, ended=event if first else known.ended)
        case _:
            assert_never(event)


def decide_looks(known: Looks, command: NoteLook, now: datetime) -> Sequence[SupportLooked]:
    """Write the look down, unless the same page was looked at just now."""
    before = known.by_path.get(command.path)
    if before is not None and now - before.looked_at < LOOKED_AGAIN:
        return ()
    return (
        SupportLooked(
            grant_id=command.grant_id,
            org=command.org,
            supporter_id=command.supporter_id,
            path=command.path,
            looked_at=now,
        ),
    )


def evolve_looks(known: Looks, event: SupportLooked) -> Looks:
    """Learn one look: the latest at each page stands."""
    before = known.by_path.get(event.path)
    if before is not None and before.looked_at > event.looked_at:
        return known
    return Looks({**known.by_path, event.path: event})


def _granted(known: Support, command: GrantSupport, now: datetime) -> SupportGranted:
    if known.granted is not None:
        raise Refused(Refusal.GRANTED_ALREADY)
    until = now + timedelta(hours=command.hours)
    if not now < until <= now + LONGEST:
        raise Refused(Refusal.TOO_LONG)
    return SupportGranted(
        grant_id=command.grant_id,
        org=command.org,
        supporter_id=command.supporter_id,
        name=command.name,
        company=command.company,
        purpose=command.purpose,
        ticket=command.ticket,
        records=command.records,
        by=command.by,
        granted_at=now,
        until=until,
    )


def _ended(granted: SupportGranted, by: str, why: str, now: datetime) -> SupportEnded:
    return SupportEnded(
        grant_id=granted.grant_id,
        org=granted.org,
        supporter_id=granted.supporter_id,
        by=by,
        why=why,
        ended_at=now,
    )


SUPPORT: Final[Decider[Support, SupportCommand, SupportEvent]] = Decider(
    stream="identity.support",
    sealed=False,
    event_type=SupportEvent,
    initial=Support(),
    decide=decide_support,
    evolve=evolve_support,
    org=lambda known: known.granted.org if known.granted else "",
)
LOOKS: Final[Decider[Looks, NoteLook, SupportLooked]] = Decider(
    stream="identity.support_looks",
    sealed=False,
    event_type=SupportLooked,
    initial=Looks(),
    decide=decide_looks,
    evolve=evolve_looks,
    org=lambda known: next((each.org for each in known.by_path.values()), ""),
    presence=True,
)
