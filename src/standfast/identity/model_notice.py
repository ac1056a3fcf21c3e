"""The rules of what people are told of their own way in. Pure."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, TypeAlias, assert_never

from msgspec import Struct, structs

from standfast.facts.notices import (
    Device,
    NoticeEvent,
    NoticeGiven,
    NoticeKind,
    NoticeRead,
)
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Command, Decider
from standfast.kernel.values import ShortText

MOST_TRIES: Final = 50
"""Tries of one day that are written down: whoever goes on adds nothing but load."""


class Tell(Command, frozen=True, kw_only=True):
    """Have this person know of something that concerns their way in."""

    notice_id: str
    org: ShortText
    staff_id: ShortText
    kind: NoticeKind
    about: str = ""
    at: Device = Device()


class Read(Command, frozen=True, kw_only=True):
    """Note that the person has read it, up to what they were shown."""

    session_id: str
    upto: datetime


NoticeCommand: TypeAlias = Tell | Read


class Notice(Struct, frozen=True):
    """What is known of one notice: all that it tells of, in order of time."""

    given: tuple[NoticeGiven, ...] = ()
    read_upto: datetime | None = None

    @property
    def is_unread(self) -> bool:
        """Whether it tells of something that the person has not been shown."""
        newest = self.given[-1].given_at if self.given else None
        return newest is not None and (self.read_upto is None or self.read_upto < newest)


def tries_of(staff_id: str, day: date) -> str:
    """Return the id of the notice of one day's tries."""
    return child_id(staff_id, f"tries/{day.isoformat()}")


def decide_notice(
    known: Notice, command: NoticeCommand, now: datetime
) -> Sequence[NoticeEvent]:
    """Tell it, or note that it was read. What was told already is told once."""
    match command:
        case Tell():
            most = MOST_TRIES if command.kind is NoticeKind.TRY else 1
            if len(known.given) >= most:
                return ()
            told = {name: getattr(command, name) for name in command.__struct_fields__}
            return (NoticeGiven(**told, given_at=now),)
        case Read():
            upto = min(command.upto, now)
            behind = known.read_upto is None or known.read_upto < upto
            if not known.is_unread or not behind or known.given[0].given_at > upto:
                return ()
            about = {"notice_id": known.given[0].notice_id, "org": known.given[0].org}
            return (
                NoticeRead(**about, session_id=command.session_id, read_upto=upto, read_at=now),
            )
        case _:
            assert_never(command)


def evolve_notice(known: Notice, event: NoticeEvent) -> Notice:
    """Learn one fact. Whoever has read the later has read the earlier."""
    match event:
        case NoticeGiven():
            given = sorted((*known.given, event), key=lambda each: each.given_at)
            return structs.replace(known, given=tuple(given))
        case NoticeRead():
            upto = max(known.read_upto or event.read_upto, event.read_upto)
            return structs.replace(known, read_upto=upto)
        case _:
            assert_never(event)


NOTICE: Final[Decider[Notice, NoticeCommand, NoticeEvent]] = Decider(
    stream="identity.notice",
    sealed=False,
    event_type=NoticeEvent,
    initial=Notice(),
    decide=decide_notice,
    evolve=evolve_notice,
    org=lambda known: known.given[0].org if known.given else "",
    presence=True,
)
