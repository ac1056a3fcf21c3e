"""What may be asked of the desk about one incident."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias

from standfast.facts.contact import NumberToRing, Patient, Place
from standfast.facts.dispatch import Category, VehicleStatus
from standfast.kernel.messages import Command
from standfast.kernel.values import LongText, OptionalText, ShortText


class ReceiveRequest(Command, frozen=True, kw_only=True):
    """Take in what the caller's side asks for. Never refused: nothing asked for is lost."""

    case_id: str
    org: str
    from_org: str
    reference: str
    category: Category
    reason: str
    findings: tuple[str, ...]
    patient: Patient
    place: Place
    numbers: tuple[NumberToRing, ...]
    accept_by: datetime


class ReceiveDetails(Command, frozen=True, kw_only=True):
    """Take in what the caller's side has learnt since. Never refused."""

    patient: Patient
    place: Place
    numbers: tuple[NumberToRing, ...]


class NotePhoned(Command, frozen=True, kw_only=True):
    """Remember that it was rung through too, so that it is not sent twice."""

    incident_number: str
    by: str


class NoticeUnaccepted(Command, frozen=True, kw_only=True):
    """Say that nobody took it in time, if that is so."""


class AcceptRequest(Command, frozen=True, kw_only=True):
    """Take it, by name."""

    staff_id: str
    staff_name: str
    desk: str


class ReadDetails(Command, frozen=True, kw_only=True):
    """Say that all that is known has been read."""

    staff_id: str
    staff_name: str


class AllocateVehicle(Command, frozen=True, kw_only=True):
    """Send this vehicle; whoever sends it has the incident.

    ``diverted_from`` is the case that it is knowingly taken from.
    """

    vehicle_id: str
    callsign: str
    eta_at: datetime | None
    diverted_from: str | None
    staff_id: str
    staff_name: str
    desk: str


class MoveVehicle(Command, frozen=True, kw_only=True):
    """The vehicle says that it is mobile, on scene, conveying, at hospital, or clear."""

    vehicle_id: str
    status: VehicleStatus
    by: str


class ReleaseVehicle(Command, frozen=True, kw_only=True):
    """The vehicle was diverted to another incident."""

    vehicle_id: str
    by: str


class StandDownVehicle(Command, frozen=True, kw_only=True):
    """The vehicle need not go. ``seen_at`` is the newest detail that was on the screen."""

    vehicle_id: str
    reason: LongText
    has_read: bool
    seen_at: datetime
    staff_id: str
    staff_name: str


class LowerCategory(Command, frozen=True, kw_only=True):
    """It is less urgent than asked for, the clinician ``agreed_by`` says."""

    category: Category
    reason: LongText
    agreed_by: ShortText
    has_read: bool
    seen_at: datetime
    staff_id: str
    staff_name: str


class Outcome(StrEnum):
    """How an incident ends."""

    CONVEYED = "conveyed"
    NOT_CONVEYED = "not_conveyed"
    CANCELLED = "cancelled"
    DUPLICATE = "duplicate"


OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.CONVEYED: "Taken to hospital",
    Outcome.NOT_CONVEYED: "Seen, not taken to hospital",
    Outcome.CANCELLED: "Cancelled, nobody attends",
    Outcome.DUPLICATE: "The same as another incident",
}
NOBODY_GOES: Final = frozenset({Outcome.CANCELLED, Outcome.DUPLICATE})


class CloseIncident(Command, frozen=True, kw_only=True):
    """Finish with it. Where nobody attended: why not, and that everything was read (H14)."""

    outcome: Outcome
    reason: OptionalText
    has_read: bool
    seen_at: datetime
    staff_id: str
    staff_name: str


IncidentCommand: TypeAlias = (
    ReceiveRequest
    | ReceiveDetails
    | NotePhoned
    | NoticeUnaccepted
    | AcceptRequest
    | ReadDetails
    | AllocateVehicle
    | MoveVehicle
    | ReleaseVehicle
    | StandDownVehicle
    | LowerCategory
    | CloseIncident
)
