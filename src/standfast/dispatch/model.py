"""The rules of the ambulance desk for one incident. Pure: no clock, no database, no web."""

from datetime import datetime
from hashlib import sha256
from typing import Final, assert_never

from standfast.dispatch.checks import later, read
from standfast.dispatch.commands import (
    AcceptRequest,
    AllocateVehicle,
    CloseIncident,
    IncidentCommand,
    LowerCategory,
    MoveVehicle,
    NotePhoned,
    NoticeUnaccepted,
    ReadDetails,
    ReceiveDetails,
    ReceiveRequest,
    ReleaseVehicle,
    StandDownVehicle,
)
from standfast.dispatch.ending import close, lower
from standfast.dispatch.sending import accept, allocate, move, release, stand_down
from standfast.dispatch.standards import respond_by
from standfast.dispatch.state import Incident, evolve
from standfast.facts.dispatch import (
    DetailsReceived,
    IncidentEvent,
    RequestNotAccepted,
    RequestPhoned,
    RequestReceived,
)
from standfast.kernel.messages import Decider


def decide(  # noqa: C901, PLR0911, PLR0912 - one case each
    incident: Incident, command: IncidentCommand, now: datetime
) -> tuple[IncidentEvent, ...]:
    """Answer *command* with the events it causes, or raise ``Refused``."""
    match command:
        case ReceiveRequest():
            return _receive_request(incident, command, now)
        case ReceiveDetails():
            return _receive_details(incident, command, now)
        case NotePhoned():
            return _note_phoned(incident, command, now)
        case NoticeUnaccepted():
            return _notice_unaccepted(incident, now)
        case AcceptRequest():
            return accept(incident, command, now)
        case ReadDetails():
            return (read(incident, command, now),)
        case AllocateVehicle():
            return allocate(incident, command, now)
        case MoveVehicle():
            return move(incident, command, now)
        case ReleaseVehicle():
            return release(incident, command, now)
        case StandDownVehicle():
            return stand_down(incident, command, now)
        case LowerCategory():
            return lower(incident, command, now)
        case CloseIncident():
            return close(incident, command, now)
        case _:
            assert_never(command)


def incident_number(case_id: str) -> str:
    """Return what the desk calls the case: six letters and digits that are hard to mishear.

    Always the same for one case, so that no number has to be handed out by one machine.
    """
    rest, letters = int.from_bytes(sha256(case_id.encode()).digest()[:8], "big"), ""
    for _ in range(6):
        rest, index = divmod(rest, len(_LETTERS))
        letters += _LETTERS[index]
    return f"{letters[:3]}-{letters[3:]}"


_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U."""


def _receive_request(
    incident: Incident, command: ReceiveRequest, now: datetime
) -> tuple[IncidentEvent, ...]:
    """Record a request that says anything new."""
    at = later(incident, now)
    received = RequestReceived(
        case_id=command.case_id,
        org=command.org,
        from_org=command.from_org,
        reference=command.reference,
        incident_number=incident_number(command.case_id),
        category=command.category,
        reason=command.reason,
        findings=command.findings,
        patient=command.patient,
        place=command.place,
        numbers=command.numbers,
        received_at=at,
        accept_by=command.accept_by,
        respond_by=respond_by(command.category, at),
    )
    asked = (command.category, command.reason, command.findings)
    is_known = any(
        (was.category, was.reason, was.findings) == asked for was in incident.standing
    ) and (incident.patient, incident.place, incident.numbers) == (
        command.patient,
        command.place,
        command.numbers,
    )
    return () if is_known else (received,)


def _receive_details(
    incident: Incident, command: ReceiveDetails, now: datetime
) -> tuple[IncidentEvent, ...]:
    known = (incident.patient, incident.place, incident.numbers)
    if not incident.org or known == (command.patient, command.place, command.numbers):
        return ()
    return (
        DetailsReceived(
            case_id=incident.case_id,
            patient=command.patient,
            place=command.place,
            numbers=command.numbers,
            received_at=later(incident, now),
        ),
    )


def _note_phoned(
    incident: Incident, command: NotePhoned, now: datetime
) -> tuple[IncidentEvent, ...]:
    if not incident.org:
        return ()
    return (
        RequestPhoned(
            case_id=incident.case_id,
            incident_number=command.incident_number,
            by=command.by,
            at=now,
        ),
    )


def _notice_unaccepted(incident: Incident, now: datetime) -> tuple[IncidentEvent, ...]:
    """Notice once for each time that it was made more urgent."""
    raised = incident.raised_by
    if raised is None or incident.accepted or now < raised.accept_by:
        return ()
    if incident.not_accepted_at is not None and incident.not_accepted_at >= raised.accept_by:
        return ()
    return (RequestNotAccepted(case_id=incident.case_id, noticed_at=now),)


INCIDENT: Final = Decider(
    stream="dispatch.incident",
    event_type=IncidentEvent,
    initial=Incident(),
    decide=decide,
    evolve=evolve,
    org=lambda incident: incident.org,
    subject=lambda incident: incident.patient.person_id,
)
