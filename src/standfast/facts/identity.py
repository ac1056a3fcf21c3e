"""Who works where, as what, and who was signed in when. This file only ever grows."""

from datetime import datetime
from typing import Final, TypeAlias

from msgspec import Struct

from standfast.facts.leaving import LeavingEvent
from standfast.kernel.access import Assurance
from standfast.kernel.geo import Point
from standfast.kernel.messages import Event
from standfast.kernel.questions import Question


class OrganisationDetails(Struct, frozen=True, kw_only=True):
    """An organisation. ``kind`` is one word, such as ``provider`` or ``ambulance_trust``."""

    org: str
    name: str
    kind: str
    ods_code: str = ""
    town: str = ""
    address: tuple[str, ...] = ()
    postcode: str = ""
    point: Point | None = None
    phone: str = ""


class OrganisationRegistered(
    Event, frozen=True, kw_only=True, tag="identity.organisation_registered.v1"
):
    """The organisation uses this platform, with these details from now on."""

    organisation: OrganisationDetails
    registered_at: datetime


OrganisationEvent: TypeAlias = OrganisationRegistered


class StaffDetails(Struct, frozen=True, kw_only=True):
    """Somebody who works at ``org``. ``roles`` are words of ``identity.permissions``.

    ``registration`` is the professional body and number, of those who need one. ``until`` is
    when their time here ends by itself, if it does.
    """

    staff_id: str
    org: str
    name: str
    title: str
    roles: tuple[str, ...]
    registration: str = ""
    until: datetime | None = None


class StaffRegistered(Event, frozen=True, kw_only=True, tag="identity.staff_registered.v1"):
    """The person may sign in, with these roles from now on."""

    staff: StaffDetails
    registered_at: datetime


StaffEvent: TypeAlias = StaffRegistered | LeavingEvent


class SignedIn(Event, frozen=True, kw_only=True, tag="identity.signed_in.v1"):
    """A session began. ``token_hash`` is the SHA-256 of what the browser holds, in hex.

    ``way`` is how: ``persona`` (in demonstrations alone), ``passkey``, ``oidc`` or ``roster``.
    """

    session_id: str
    org: str
    staff_id: str
    token_hash: str
    idle_seconds: int
    signed_in_at: datetime
    expires_at: datetime
    assurance: Assurance = Assurance.CHOSEN
    way: str = "persona"
    offline: bool = False
    """Against the roster, while the site was cut off."""
    credential_id: str = ""
    """The passkey, if it was one: the session ends when the key is revoked."""
    roles: tuple[str, ...] = ()
    """Which of their roles they came in as; empty: all of them."""
    device_hash: str = ""
    """The SHA-256 of what this browser is known by, in hex: one session a person and device."""
    device: str = ""
    """What browser it is, in our own words; empty: not known."""


class SessionUsed(Event, frozen=True, kw_only=True, tag="identity.session_used.v1"):
    """Somebody is still there. Written now and then, so that every worker knows."""

    session_id: str
    org: str
    used_at: datetime


class SessionLocked(Event, frozen=True, kw_only=True, tag="identity.session_locked.v1"):
    """Nobody sits there, or may look: nothing is shown until somebody unlocks it."""

    session_id: str
    org: str
    locked_at: datetime


class SessionUnlocked(Event, frozen=True, kw_only=True, tag="identity.session_unlocked.v1"):
    """The same person is back, and the browser holds a new token from now on."""

    session_id: str
    org: str
    token_hash: str
    assurance: Assurance
    way: str
    credential_id: str
    unlocked_at: datetime


class SignedOut(Event, frozen=True, kw_only=True, tag="identity.signed_out.v1"):
    """The session is over."""

    session_id: str
    org: str
    signed_out_at: datetime
    from_session_id: str = ""
    """The same person's other session in which they ended this one; empty: it was not so."""


SessionEvent: TypeAlias = SignedIn | SessionUsed | SessionLocked | SessionUnlocked | SignedOut


class StaffSummary(Struct, frozen=True, kw_only=True):
    """Who a member of staff is, as a record shows those who wrote in it."""

    staff_id: str
    name: str
    title: str
    org: str
    org_name: str
    registration: str


STAFF: Final[Question[StaffSummary | None]] = Question("identity.staff")
"""By staff id, whoever asks: whoever wrote in a record is part of the record."""

STAFF_NAME: Final[Question[str]] = Question("identity.staff_name")
"""By staff id, whoever asks: "Ada Mensah, Clinician". The id itself when nobody has it."""

COLLEAGUES: Final[Question[tuple[StaffSummary, ...]]] = Question("identity.colleagues")
"""By permission: who works at one's own organisation and has it, by name."""

AT_WORK: Final[Question[tuple[str, ...]]] = Question("identity.at_work")
"""By ``permission@instant``: who is at a screen then, at one's own organisation, and has it."""

ORGANISATION: Final[Question[OrganisationDetails | None]] = Question("identity.organisation")
"""By organisation id, whoever asks: where it is and its telephone are no secret."""

ORGANISATIONS: Final[Question[tuple[OrganisationDetails, ...]]] = Question(
    "identity.organisations"
)
"""By kind, such as ``ambulance_trust``, whoever asks; by name."""
