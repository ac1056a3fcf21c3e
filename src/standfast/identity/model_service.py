"""The rules of the sign-in service: who is who there, and what it began and ended here. Pure."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias, assert_never

from msgspec import Struct, structs

from standfast.facts.service import (
    ServiceLinked,
    ServiceLinkEvent,
    ServiceLinkProposed,
    ServiceLoggedOut,
    ServiceSessionBegun,
    ServiceSessionEnded,
    ServiceSessionEvent,
    ServiceUnlinked,
)
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText


class Refusal(StrEnum):
    """Every way the sign-in service's facts can be refused."""

    OWN_LINK = "own_link"
    SECOND_PERSON = "second_person"
    NOTHING_PROPOSED = "nothing_proposed"
    LINKED_ELSEWHERE = "linked_elsewhere"
    TOKEN_USED = "token_used"  # noqa: S105 - a refusal's name


class ProposeLink(Command, frozen=True, kw_only=True):
    """Say which account of the sign-in service is this member of staff's."""

    staff_id: ShortText
    org: ShortText
    issuer: ShortText
    subject: ShortText
    by: ShortText


class AgreeLink(Command, frozen=True, kw_only=True):
    """Agree that it is: the second of two people, neither of them the one it is about."""

    by: ShortText


class Unlink(Command, frozen=True, kw_only=True):
    """Take the account away from this member of staff."""

    by: ShortText


LinkCommand: TypeAlias = ProposeLink | AgreeLink | Unlink


class NoteBegun(Command, frozen=True, kw_only=True):
    """Keep what the sign-in service calls the session that it began."""

    session_id: ShortText
    org: ShortText
    staff_id: ShortText
    issuer: ShortText
    subject: ShortText
    sid: str


class NoteEnded(Command, frozen=True, kw_only=True):
    """The session is over."""


SessionNote: TypeAlias = NoteBegun | NoteEnded


class NoteLoggedOut(Command, frozen=True, kw_only=True):
    """Keep that this logout token was acted on, so that it counts once."""

    issuer: ShortText
    jti: ShortText
    org: ShortText
    subject: str
    sid: str
    sessions: tuple[str, ...]


class Link(Struct, frozen=True):
    """What is known of one person's account there. None: nothing."""

    linked: ServiceLinked | None = None
    proposed: ServiceLinkProposed | None = None
    org: str = ""
    latest_at: datetime | None = None


class ServiceSession(Struct, frozen=True):
    """What is known of a session that the sign-in service began."""

    begun: ServiceSessionBegun | None = None
    over: bool = False


class Logout(Struct, frozen=True):
    """What became of one logout token. None: not seen yet."""

    done: ServiceLoggedOut | None = None


def decide_link(known: Link, command: LinkCommand, now: datetime) -> Sequence[ServiceLinkEvent]:
    """Answer *command* with the events it causes, or raise ``Refused``."""
    match command:
        case ProposeLink():
            return _proposed(known, command, now)
        case AgreeLink():
            return (_linked(known, command.by, now),)
        case Unlink():
            if known.linked is None:
                return ()
            staff_id = known.linked.staff_id
            return (
                ServiceUnlinked(
                    staff_id=staff_id, org=known.org, by=command.by, unlinked_at=now
                ),
            )
        case _:
            assert_never(command)


def evolve_link(known: Link, event: ServiceLinkEvent) -> Link:
    """Learn one fact. Of two words on which account it is, the later counts."""
    match event:
        case ServiceLinkProposed():
            return structs.replace(known, proposed=event, org=event.org)
        case ServiceLinked():
            if known.latest_at is not None and event.linked_at < known.latest_at:
                return known
            return Link(linked=event, org=event.org, latest_at=event.linked_at)
        case ServiceUnlinked():
            if known.latest_at is not None and event.unlinked_at < known.latest_at:
                return known
            return Link(org=event.org, latest_at=event.unlinked_at)
        case _:
            assert_never(event)


def decide_service_session(
    known: ServiceSession, command: SessionNote, now: datetime
) -> Sequence[ServiceSessionEvent]:
    """Answer *command* with the events it causes. Said twice, it is so already."""
    match command:
        case NoteBegun():
            if known.begun is not None:
                return ()
            return (
                ServiceSessionBegun(
                    session_id=command.session_id,
                    org=command.org,
                    staff_id=command.staff_id,
                    issuer=command.issuer,
                    subject=command.subject,
                    sid=command.sid,
                    begun_at=now,
                ),
            )
        case NoteEnded():
            if known.begun is None or known.over:
                return ()
            begun = known.begun
            return (
                ServiceSessionEnded(session_id=begun.session_id, org=begun.org, ended_at=now),
            )
        case _:
            assert_never(command)


def evolve_service_session(known: ServiceSession, event: ServiceSessionEvent) -> ServiceSession:
    """Learn one fact. What was ended anywhere is over everywhere."""
    match event:
        case ServiceSessionBegun():
            return structs.replace(known, begun=event)
        case ServiceSessionEnded():
            return structs.replace(known, over=True)
        case _:
            assert_never(event)


def decide_logout(
    known: Logout, command: NoteLoggedOut, now: datetime
) -> Sequence[ServiceLoggedOut]:
    """Record what was done for a logout token, once."""
    if known.done is not None:
        raise Refused(Refusal.TOKEN_USED)
    return (
        ServiceLoggedOut(
            issuer=command.issuer,
            jti=command.jti,
            org=command.org,
            subject=command.subject,
            sid=command.sid,
            sessions=command.sessions,
            logged_out_at=now,
        ),
    )


def evolve_logout(_: Logout, event: ServiceLoggedOut) -> Logout:
    """Learn that it was acted on."""
    return Logout(event)


def _proposed(known: Link, command: ProposeLink, now: datetime) -> Sequence[ServiceLinkEvent]:
    if command.by == command.staff_id:
        raise Refused(Refusal.OWN_LINK)
    wanted = (command.issuer, command.subject)
    for said in (known.linked, known.proposed):
        if said is not None and (said.issuer, said.subject) == wanted:
            return ()
    return (
        ServiceLinkProposed(
            staff_id=command.staff_id,
            org=command.org,
            issuer=command.issuer,
            subject=command.subject,
            by=command.by,
            proposed_at=now,
        ),
    )


def _linked(known: Link, by: str, now: datetime) -> ServiceLinked:
    asked = known.proposed
    if asked is None:
        raise Refused(Refusal.NOTHING_PROPOSED)
    if by == asked.by:
        raise Refused(Refusal.SECOND_PERSON)
    if by == asked.staff_id:
        raise Refused(Refusal.OWN_LINK)
    return ServiceLinked(
        staff_id=asked.staff_id,
        org=asked.org,
        issuer=asked.issuer,
        subject=asked.subject,
        proposed_by=asked.by,
        by=by,
        linked_at=now,
    )


LINK: Final[Decider[Link, LinkCommand, ServiceLinkEvent]] = Decider(
    stream="identity.service_link",
    sealed=False,
    event_type=ServiceLinkEvent,
    initial=Link(),
    decide=decide_link,
    evolve=evolve_link,
    org=lambda known: known.org,
)
SERVICE_SESSION: Final[Decider[ServiceSession, SessionNote, ServiceSessionEvent]] = Decider(
    stream="identity.service_session",
    sealed=False,
    event_type=ServiceSessionEvent,
    initial=ServiceSession(),
    decide=decide_service_session,
    evolve=evolve_service_session,
    org=lambda known: known.begun.org if known.begun else "",
    presence=True,
)
LOGOUT: Final[Decider[Logout, NoteLoggedOut, ServiceLoggedOut]] = Decider(
    stream="identity.service_logout",
    sealed=False,
    event_type=ServiceLoggedOut,
    initial=Logout(),
    decide=decide_logout,
    evolve=evolve_logout,
    org=lambda known: known.done.org if known.done else "",
)
