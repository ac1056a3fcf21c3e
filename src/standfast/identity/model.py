"""The rules of organisations, staff and sessions. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final, TypeAlias, assert_never

from msgspec import Meta, Struct, structs

from standfast.facts.identity import (
    OrganisationDetails,
    OrganisationEvent,
    OrganisationRegistered,
    SessionEvent,
    SessionLocked,
    SessionUnlocked,
    SessionUsed,
    SignedIn,
    SignedOut,
    StaffDetails,
    StaffEvent,
    StaffRegistered,
)
from standfast.identity.model_leaving import (
    Leaving,
    LeavingCommand,
    decide_leaving,
    evolve_leaving,
)
from standfast.identity.model_support import LONGEST
from standfast.identity.permissions import IDLE, SHIFT, Role, read_only
from standfast.kernel.access import Assurance
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText, whole

NOTED: Final = 5
"""How often in the time that a screen may be left it is written down that somebody is there."""

TokenHash: TypeAlias = Annotated[str, Meta(pattern=whole(r"[0-9a-f]{64}"))]


class Refusal(StrEnum):
    """Every way identity can say no."""

    WORKS_ELSEWHERE = "works_elsewhere"
    NO_ROLE = "no_role"
    ONLY_BY_GRANT = "only_by_grant"
    SESSION_EXISTS = "session_exists"
    SESSION_OVER = "session_over"
    NOT_PROVEN = "not_proven"
    PROOF_WRONG = "proof_wrong"
    PROOF_OLD = "proof_old"
    ANSWERED_ALREADY = "answered_already"
    KEY_KNOWN = "key_known"
    KEY_LOCKED = "key_locked"
    LAST_KEY = "last_key"
    NO_SUCH_KEY = "no_such_key"
    TOO_MANY_KEYS = "too_many_keys"
    NOT_ONESELF = "not_oneself"
    SAME_PERSON = "same_person"
    NOT_CONFIRMED = "not_confirmed"
    CONFIRMED_ALREADY = "confirmed_already"
    NO_KEY_YET = "no_key_yet"
    NO_ENROLMENT = "no_enrolment"
    ENROLMENT_OVER = "enrolment_over"
    WRONG_CODE = "wrong_code"
    CODE_SPENT = "code_spent"


class RegisterOrganisation(Command, frozen=True, kw_only=True):
    """Let this organisation use the platform, or change what is known of it."""

    organisation: OrganisationDetails


class RegisterStaff(Command, frozen=True, kw_only=True):
    """Let this person sign in, or change what they are."""

    staff_id: ShortText
    org: ShortText
    name: ShortText
    title: ShortText
    roles: tuple[Role, ...]
    registration: str = ""
    until: datetime | None = None


StaffCommand: TypeAlias = RegisterStaff | LeavingCommand


class SignIn(Command, frozen=True, kw_only=True):
    """Begin a session of this member of staff."""

    session_id: str
    org: str
    staff_id: str
    token_hash: TokenHash
    roles: tuple[Role, ...]
    idle: timedelta = IDLE
    assurance: Assurance = Assurance.CHOSEN
    way: ShortText = "persona"
    offline: bool = False
    credential_id: str = ""
    device_hash: str = ""
    device: str = ""
    until: datetime | None = None
    """When it ends at the latest, if before the shift does."""


class UseSession(Command, frozen=True, kw_only=True):
    """Say that somebody is still there."""


class LockSession(Command, frozen=True, kw_only=True):
    """Let nothing be seen until somebody unlocks it."""


class UnlockSession(Command, frozen=True, kw_only=True):
    """Go on, as the same person, with a new token."""

    token_hash: TokenHash
    assurance: Assurance
    way: ShortText
    credential_id: str = ""


class SignOut(Command, frozen=True, kw_only=True):
    """End the session; *from_session_id* is another of the same person's, if they do it there."""

    from_session_id: str = ""


SessionCommand: TypeAlias = SignIn | UseSession | LockSession | UnlockSession | SignOut


class Organisation(Struct, frozen=True):
    """What is known of one organisation. None: nothing yet."""

    details: OrganisationDetails | None = None


class Staff(Struct, frozen=True):
    """What is known of one member of staff. None: nothing yet."""

    details: StaffDetails | None = None
    leaving: Leaving = Leaving()


class Session(Struct, frozen=True):
    """What is known of one session. ``used_at`` is None before it began."""

    begun: SignedIn | None = None
    used_at: datetime | None = None
    locked_at: datetime | None = None
    unlocked: SessionUnlocked | None = None
    over: bool = False

    @property
    def is_locked(self) -> bool:
        """Whether somebody locked it after it was last unlocked."""
        if self.locked_at is None:
            return False
        return self.unlocked is None or self.unlocked.unlocked_at < self.locked_at


def decide_organisation(
    known: Organisation, command: RegisterOrganisation, now: datetime
) -> Sequence[OrganisationEvent]:
    """Record the organisation, unless all of it is known already."""
    if known.details == command.organisation:
        return ()
    return (OrganisationRegistered(organisation=command.organisation, registered_at=now),)


def evolve_organisation(_: Organisation, event: OrganisationEvent) -> Organisation:
    """Learn one fact: the latest details stand."""
    return Organisation(event.organisation)


def decide_staff(known: Staff, command: StaffCommand, now: datetime) -> Sequence[StaffEvent]:
    """Record the member of staff, unless all of it is known already; or let them go."""
    if not isinstance(command, RegisterStaff):
        details = known.details
        staff_id, org = (details.staff_id, details.org) if details else ("", "")
        return decide_leaving(known.leaving, staff_id, org, command, now)
    if not command.roles:
        raise Refused(Refusal.NO_ROLE)
    if read_only(command.roles) and not (command.until and command.until <= now + LONGEST):
        raise Refused(Refusal.ONLY_BY_GRANT)
    if known.details is not None and known.details.org != command.org:
        raise Refused(Refusal.WORKS_ELSEWHERE)
    details = StaffDetails(
        staff_id=command.staff_id,
        org=command.org,
        name=command.name,
        title=command.title,
        roles=tuple(role.value for role in command.roles),
        registration=command.registration,
        until=command.until,
    )
    if known.details == details:
        return ()
    return (StaffRegistered(staff=details, registered_at=now),)


def evolve_staff(known: Staff, event: StaffEvent) -> Staff:
    """Learn one fact: the latest details stand."""
    if isinstance(event, StaffRegistered):
        return structs.replace(known, details=event.staff)
    return structs.replace(known, leaving=evolve_leaving(known.leaving, event))


def decide_session(
    session: Session, command: SessionCommand, now: datetime
) -> Sequence[SessionEvent]:
    """Answer *command* with the events it causes, or raise ``Refused``."""
    begun = session.begun
    match command:
        case SignIn():
            if begun is not None:
                raise Refused(Refusal.SESSION_EXISTS)
            return (_signed_in(command, now),)
        case UnlockSession():
            if begun is None or session.over or now >= begun.expires_at:
                raise Refused(Refusal.SESSION_OVER)
            return (_unlocked(begun, command, now),)
        case UseSession() | LockSession() | SignOut():
            if begun is None or session.over:
                return ()
            return _of_open_session(session, begun, command, now)
        case _:
            assert_never(command)


def evolve_session(session: Session, event: SessionEvent) -> Session:
    """Learn one fact. A session that was ended anywhere is over everywhere."""
    match event:
        case SignedIn():
            used = max(session.used_at or event.signed_in_at, event.signed_in_at)
            return structs.replace(session, begun=event, used_at=used)
        case SessionUsed():
            used = max(session.used_at or event.used_at, event.used_at)
            return structs.replace(session, used_at=used)
        case SessionLocked():
            locked = max(session.locked_at or event.locked_at, event.locked_at)
            return structs.replace(session, locked_at=locked)
        case SessionUnlocked():
            before = session.unlocked
            newer = before is None or before.unlocked_at < event.unlocked_at
            used = max(session.used_at or event.unlocked_at, event.unlocked_at)
            return structs.replace(session, unlocked=event if newer else before, used_at=used)
        case SignedOut():
            return structs.replace(session, over=True)
        case _:
            assert_never(event)


def _signed_in(command: SignIn, now: datetime) -> SignedIn:
    return SignedIn(
        session_id=command.session_id,
        org=command.org,
        staff_id=command.staff_id,
        token_hash=command.token_hash,
        idle_seconds=int(command.idle.total_seconds()),
        signed_in_at=now,
        expires_at=min(now + SHIFT, command.until or now + SHIFT),
        assurance=command.assurance,
        way=command.way,
        offline=command.offline,
        credential_id=command.credential_id,
        roles=tuple(role.value for role in command.roles),
        device_hash=command.device_hash,
        device=command.device,
    )


def _of_open_session(
    session: Session,
    begun: SignedIn,
    command: UseSession | LockSession | SignOut,
    now: datetime,
) -> Sequence[SessionEvent]:
    about = {"session_id": begun.session_id, "org": begun.org}
    match command:
        case UseSession():
            again = _used_at(session, now) + timedelta(seconds=begun.idle_seconds / NOTED)
            if session.is_locked or now < again:
                return ()
            return (SessionUsed(**about, used_at=now),)
        case LockSession():
            return () if session.is_locked else (SessionLocked(**about, locked_at=now),)
        case SignOut():
            ended_in = command.from_session_id
            return (SignedOut(**about, signed_out_at=now, from_session_id=ended_in),)
        case _:
            assert_never(command)


def _unlocked(begun: SignedIn, command: UnlockSession, now: datetime) -> SessionUnlocked:
    return SessionUnlocked(
        session_id=begun.session_id,
        org=begun.org,
        token_hash=command.token_hash,
        assurance=command.assurance,
        way=command.way,
        credential_id=command.credential_id,
        unlocked_at=now,
    )


def _used_at(session: Session, now: datetime) -> datetime:
    return session.used_at or now


ORGANISATION: Final[Decider[Organisation, RegisterOrganisation, OrganisationEvent]] = Decider(
    stream="identity.organisation",
    sealed=False,
    event_type=OrganisationEvent,
    initial=Organisation(),
    decide=decide_organisation,
    evolve=evolve_organisation,
    org=lambda known: known.details.org if known.details else "",
)
STAFF: Final[Decider[Staff, StaffCommand, StaffEvent]] = Decider(
    stream="identity.staff",
    sealed=False,
    event_type=StaffEvent,
    initial=Staff(),
    decide=decide_staff,
    evolve=evolve_staff,
    org=lambda known: known.details.org if known.details else "",
)
SESSION: Final[Decider[Session, SessionCommand, SessionEvent]] = Decider(
    stream="identity.session",
    sealed=False,
    event_type=SessionEvent,
    initial=Session(),
    decide=decide_session,
    evolve=evolve_session,
    org=lambda session: session.begun.org if session.begun else "",
    presence=True,
)
