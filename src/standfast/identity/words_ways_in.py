"""What is said of leaving, support, the sign-in service and the roster."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

from standfast.facts.leaving import (
    LeavingEvent,
    StaffDisabled,
    StaffEnabled,
    StaffEnablingProposed,
)
from standfast.facts.roster import RosterEvent
from standfast.facts.service import (
    ServiceLinked,
    ServiceLinkEvent,
    ServiceLinkProposed,
    ServiceLoggedOut,
    ServiceProofEvent,
    ServiceProofGiven,
    ServiceSessionBegun,
    ServiceSessionEnded,
    ServiceSessionEvent,
    ServiceUnlinked,
)
from standfast.facts.support import SupportEnded, SupportEvent, SupportGranted, SupportLooked
from standfast.identity import (
    model_leaving,
    model_roster,
    model_service,
    model_service_proof,
    model_support,
)
from standfast.kernel.access import Barred

REFUSALS: Final[Mapping[StrEnum, str]] = {
    Barred.READ_ONLY: (
        "Supplier support may look and change nothing. "
        "Ask the person who gave you access to do this."
    ),
    model_leaving.Refusal.NOT_STAFF: "Nobody has this staff id. Look it up on the Staff page.",
    model_leaving.Refusal.ONESELF: "This is about you. Ask somebody else to do it.",
    model_leaving.Refusal.NOT_DISABLED: "This person may come in already. Close this page.",
    model_leaving.Refusal.NOBODY_ASKED: (
        "Nobody has asked for this yet. Ask for it first, with the reason; "
        "then let somebody else agree."
    ),
    model_leaving.Refusal.SAME_PERSON: (
        "You asked for this yourself. Ask a second person to agree to it."
    ),
    model_support.Refusal.TOO_LONG: "Support lasts four hours at most. Choose fewer.",
    model_support.Refusal.GRANTED_ALREADY: "This grant was given already. Look at the list.",
    model_support.Refusal.NO_GRANT: "There is no such grant. Look at the list of grants.",
    model_support.Refusal.GRANT_OVER: (
        "Your access is over. Ask the site for a new grant if you need one."
    ),
    model_support.Refusal.NOT_TIME_YET: "This grant runs still. Choose End now to stop it.",
    model_service.Refusal.OWN_LINK: (
        "Nobody links their own account. Ask two other people to do it."
    ),
    model_service.Refusal.SECOND_PERSON: (
        "You entered this account yourself. Ask a second person to agree to it."
    ),
    model_service.Refusal.NOTHING_PROPOSED: (
        "No account waits to be agreed to. Enter it first; then let somebody else agree."
    ),
    model_service.Refusal.LINKED_ELSEWHERE: (
        "Somebody else here has this account already. Check the id, and unlink theirs first."
    ),
    model_service.Refusal.TOKEN_USED: "This logout was carried out already. Send a new one.",
    model_service_proof.Refusal.NOT_GIVEN: (
        "The sign-in service has not confirmed this yet. Confirm it there, then go on."
    ),
    model_service_proof.Refusal.USED: ("That proof was used already. Confirm it once more."),
    model_roster.Refusal.OUT_OF_TURN: (
        "A newer roster was made at the same moment. Look at it: standfast roster show."
    ),
    model_roster.Refusal.MISSING: (
        "There is no roster on this node, so nobody can be checked while it is cut off. "
        "Ask the IT officer to run: standfast roster make."
    ),
    model_roster.Refusal.TAMPERED: (
        "The roster on this node was changed after it was signed. Use paper, and ask the IT "
        "officer to look into it before running: standfast roster make."
    ),
    model_roster.Refusal.WRONG_SITE: (
        "The roster on this node was made for another site. "
        "Ask the IT officer to run: standfast roster make."
    ),
    model_roster.Refusal.EXPIRED: (
        "The roster on this node has expired: this site was cut off for too long. Use paper, "
        "and ask the IT officer to bring a new roster or to run: standfast roster make."
    ),
    model_roster.Refusal.ROLLED_BACK: (
        "An older roster was put in place of a newer one. Use paper, and ask the IT officer "
        "to look into it before running: standfast roster make."
    ),
    model_roster.Refusal.NOT_YET: (
        "The roster is dated in the future, so a clock is wrong. Ask the IT officer to set it."
    ),
    model_roster.Refusal.NOT_LISTED: (
        "The roster that this site holds does not know you or this passkey. "
        "Ask the IT officer; use paper until then."
    ),
    model_roster.Refusal.DISABLED: (
        "Your way in was ended before this site was cut off. Ask your manager."
    ),
    model_roster.Refusal.HUB_SIGNS: (
        "A hub signs this site's roster (STANDFAST_ROSTER_KEY). Ask its operator for a new one."
    ),
    model_roster.Refusal.OTHER_KEY: (
        "The roster on this node is signed by somebody whom this site does not trust. "
        "Ask the IT officer to check STANDFAST_ROSTER_KEY, or run: standfast roster make."
    ),
}


def describe_leaving(event: LeavingEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case StaffDisabled():
            return f"{event.staff_id} has no way in any more: {event.reason}"
        case StaffEnablingProposed():
            return f"{event.by} asked that {event.staff_id} be let in again: {event.reason}"
        case StaffEnabled():
            return f"{event.by} agreed that {event.staff_id} may come in again"
        case _:
            assert_never(event)


def describe_support(event: SupportEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case SupportGranted():
            records = "records may be opened" if event.records else "no patient's record"
            return (
                f"{event.name} of {event.company} may look for ticket {event.ticket}, "
                f"{records}: {event.purpose}"
            )
        case SupportEnded():
            return "Supplier support is over"
        case _:
            assert_never(event)


def describe_looks(event: SupportLooked) -> str:
    """Return one plain sentence for *event*."""
    return f"Supplier support opened {event.path}"


def describe_link(event: ServiceLinkEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case ServiceLinkProposed():
            return f"{event.by} entered an account of the sign-in service for {event.staff_id}"
        case ServiceLinked():
            return (
                f"{event.by} agreed to the account of the sign-in service of {event.staff_id}"
            )
        case ServiceUnlinked():
            return f"{event.staff_id} was parted from the sign-in service"
        case _:
            assert_never(event)


def describe_service_proof(event: ServiceProofEvent) -> str:
    """Return one plain sentence for *event*."""
    if isinstance(event, ServiceProofGiven):
        return f"{event.staff_id} confirmed an act at the sign-in service: {event.act}"
    return "What was confirmed at the sign-in service was carried out"


def describe_service_session(event: ServiceSessionEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case ServiceSessionBegun():
            return f"{event.staff_id} came in by the sign-in service"
        case ServiceSessionEnded():
            return "A session of the sign-in service is over"
        case _:
            assert_never(event)


def describe_logout(event: ServiceLoggedOut) -> str:
    """Return one plain sentence for *event*."""
    return f"The sign-in service ended {len(event.sessions)} sessions"


def describe_roster(event: RosterEvent) -> str:
    """Return one plain sentence for *event*."""
    return f"Roster {event.sequence} was signed, with {event.staff} people"


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {
    "identity.support": describe_support,
    "identity.support_looks": describe_looks,
    "identity.service_link": describe_link,
    "identity.service_session": describe_service_session,
    "identity.service_proof": describe_service_proof,
    "identity.service_logout": describe_logout,
    "identity.roster": describe_roster,
}
