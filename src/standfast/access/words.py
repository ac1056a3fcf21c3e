"""What access says to people: a sentence for each refusal, and for each fact."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

import re2

from standfast.access import model, model_label, model_review
from standfast.access.asking import Act, Decision, Why
from standfast.access.model_record import LINK
from standfast.facts.access import (
    GlassBroken,
    LabelEvent,
    OptOutRecorded,
    PeopleFound,
    ProofEvent,
    RecordEvent,
    RecordLabelled,
    RecordOpened,
    RecordRefused,
    RelationshipBegan,
    RelationshipEnding,
    RelationshipEvent,
    RelationshipNamed,
    RelationshipResumed,
    ReviewConcluded,
    ReviewEvent,
    SignalRaised,
    StaffJoined,
    StaffLeft,
)
from standfast.web.rendering import local_datetime

RECORDS: Final[Mapping[str, str]] = {
    "person": "record",
    "case": "case",
    "booking": "appointment",
    "prescription": "prescription",
}
"""What each kind of record is called on screen."""

PARTS: Final[Mapping[str, str]] = {"file": "a file"}
"""What one thing of a record is called, by what stands before the stroke."""

REASONS: Final = (
    "The patient is with me or on the line now",
    "A colleague who treats them asked me for advice",
    "Somebody may come to harm if I do not look",
    "I take over from a colleague and the case is not moved yet",
)
"""Ready reasons; each explains itself to whoever reviews it. Others are typed."""

OUTCOMES: Final[Mapping[str, str]] = {
    "appropriate": "Appropriate",
    "look_into": "To be looked into",
}
"""What a review may come to."""

PURPOSES: Final[Mapping[str, str]] = {
    "direct_care": "Care of the patient",
    "administration": "Administration",
    "oversight": "Oversight",
    "subject_access": "The person's own request",
    "support": "Support by the supplier",
    "home_entry": "To read how to get into the home",
}

ROLES: Final[Mapping[str, str]] = {
    "call_handler": "Call handler",
    "clinician": "Clinician",
    "supervisor": "Supervisor",
    "dispatcher": "Dispatcher",
    "receptionist": "Receptionist",
    "pharmacist": "Pharmacist",
    "privacy_officer": "Privacy officer",
    "support_records": "Supplier support",
    "it_officer": "IT officer",
    "support": "Supplier support",
}

WAYS: Final[Mapping[str, str]] = {
    "persona": "chosen in the demonstration",
    "passkey": "passkey",
    "oidc": "the sign-in service",
    "roster": "passkey, while the site was cut off",
}
"""How somebody had signed in."""

REFUSALS: Final[Mapping[StrEnum, str]] = {
    model.Refusal.NO_SUCH_RELATIONSHIP: "Open the case first: it is not known here",
    model_review.Refusal.REASON_TOO_SHORT: (
        "Enter the reason in at least 10 characters, in words that whoever reviews it understands"
    ),
    model_review.Refusal.NO_SUCH_REVIEW: "There is nothing to review here. Open the queue again",
    model_review.Refusal.ALREADY_REVIEWED: (
        "{who} has reviewed this already. Open the queue again"
    ),
    model_review.Refusal.OWN_REVIEW: (
        "You opened this record yourself. Ask another privacy officer to review it"
    ),
    model_review.Refusal.NOTE_NEEDED: "Enter what is to be looked into",
    model_label.Refusal.NO_REASON: (
        "Enter the reason in at least 10 characters, in words: who asked for it, and why"
    ),
    model_label.Refusal.UNKNOWN_TOPIC: "Select topics from the list",
    model_label.Refusal.CHANGED_SINCE: (
        "Somebody changed how guarded it is meanwhile. Open the page again, and look first"
    ),
}

WHYS: Final[Mapping[Why, str]] = {
    Why.ALLOWED: "You may open this.",
    Why.OFF_SHIFT: "Your shift is over. Sign in again when you are at work.",
    Why.ROLE: "Your role opens no patient's record. Ask a clinician or your supervisor.",
    Why.PURPOSE: "Your role does not open records for this purpose. Ask your supervisor.",
    Why.NEVER_BY_NAME: (
        "Records are never opened by name for planning or research. Ask for an export that "
        "leaves names out."
    ),
    Why.ANOTHER_ORGANISATION: (
        "This belongs to another organisation that has not referred it to yours. Ring them."
    ),
    Why.NOT_SURE_ENOUGH: (
        "This record is very restricted, and you signed in without a passkey or the sign-in "
        "service. Sign out, sign in with your passkey, then open it again."
    ),
    Why.ACT: "Your role may look at this and change nothing. Ask whoever works on it.",
    Why.GLASS_NEVER_PRESCRIBES: (
        "Nobody prescribes for somebody whom they have no case of. Take the case first."
    ),
    Why.NO_RELATIONSHIP: (
        "Neither you nor your organisation is dealing with this person now. If you need the "
        "record for their care, give the reason: it opens for 30 minutes, a privacy officer "
        "is told at once, and reviews it."
    ),
    Why.TOO_GUARDED: (
        "This is guarded more closely than your role reaches. Ask a clinician who works on it."
    ),
    Why.OFFLINE: (
        "This record is guarded, and the site is cut off. Ask whoever works on the case."
    ),
}
"""What the person is told who was refused, and what to do next."""


AGAINST: Final[Mapping[str, str]] = {
    Why.OFF_SHIFT: "their shift was over",
    Why.ROLE: "their role does not open it",
    Why.PURPOSE: "their role does not open records for this purpose",
    Why.NEVER_BY_NAME: "records are never opened by name for planning or research",
    Why.ANOTHER_ORGANISATION: "it belongs to another organisation",
    Why.NOT_SURE_ENOUGH: "it was not proved again who they are",
    Why.ACT: "their role changes nothing in it",
    Why.GLASS_NEVER_PRESCRIBES: "nobody prescribes without a case",
    Why.NO_RELATIONSHIP: "neither they nor their organisation dealt with the person",
    Why.TOO_GUARDED: "it is guarded more closely than their role reaches",
    Why.OFFLINE: "it is guarded, and the site was cut off",
}
"""The same, told to whoever looks later who was refused."""


GUARDED_HERE: Final = (
    "This is guarded: it is open to whoever works on it themselves, and they or a supervisor "
    "can hand it over. If you need it for the person's care now, give the reason: it opens for "
    "30 minutes, a privacy officer is told at once, and reviews it."
)
"""Told where the organisation does deal with the person, and who asks does not."""


WHYS_OF_ENTERING: Final[Mapping[Why, str]] = {
    Why.ACT: "Your role is not told how to get into a home. Ask whoever works on the case.",
    Why.NO_RELATIONSHIP: (
        "How to get into a home is told only while its case or incident is open, and to those "
        "who deal with it. If somebody must go in now, give the reason: a privacy officer is "
        "told at once, and reviews it. Then press Show how to get in again."
    ),
}
"""The same, where somebody asked how to get into a home and there is more to say."""


def refused_sentence(
    decision: Decision, act: Act = Act.READ, *, guarded_here: bool = False
) -> str:
    """Return what to tell the person; *guarded_here*: their organisation deals with it."""
    if act is Act.ENTER and decision.why in WHYS_OF_ENTERING:
        return WHYS_OF_ENTERING[decision.why]
    if guarded_here and decision.why is Why.NO_RELATIONSHIP:
        return GUARDED_HERE
    return WHYS[decision.why]


def describe_relationship(event: RelationshipEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case RelationshipBegan():
            return f"May be read because of {event.basis} {event.reference}".strip()
        case RelationshipNamed():
            return "It is known who this is about" if event.person_id else "Nobody is named now"
        case StaffJoined():
            return "Somebody else works on this too"
        case StaffLeft():
            return "Somebody who worked on this does so no more"
        case RelationshipEnding():
            return f"The work is done: may be read until {local_datetime(event.until)}"
        case RelationshipResumed():
            return "The work goes on, and it may be read"
        case _:
            assert_never(event)


def describe_opening(event: RecordEvent) -> str:
    """Return one plain sentence for *event*."""
    what = RECORDS.get(event.record_kind, "record")
    match event:
        case RecordOpened():
            why = theirs(event.basis, event.why, event.reference)
            return f"{event.staff_name} opened the {what}: {why}"
        case RecordRefused():
            return f"{event.staff_name} was not shown the {what}: {spoke_against(event.why)}"
        case _:
            assert_never(event)


def theirs(basis: str, why: str, reference: str) -> str:
    """Return why somebody could open a record, said of them and not to them."""
    if basis == "glass":
        return f"gave a reason: {why.partition(': ')[2]}"
    if basis == "oversight":
        return "looks after the organisation's records"
    if basis == LINK:
        return f"linked it to the call {reference}"
    said, named, rest = why.partition(reference) if reference else (why, "", "")
    return _YOUR.sub("their", said) + named + rest


_YOUR: Final = re2.compile(r"\byour\b")


def spoke_against(why: str) -> str:
    """Return what spoke against opening a record, said of whoever was refused."""
    return AGAINST.get(why, "it is not open to them")


def describe_search(event: PeopleFound) -> str:
    """Return one plain sentence for *event*."""
    if event.place == "palette_hidden":
        return f"{event.staff_name} was told that there is something guarded, and not shown it"
    return f"{event.staff_name} was shown {len(event.shown)} in a search"


def describe_proof(event: ProofEvent) -> str:
    """Return one plain sentence for *event*."""
    what = RECORDS.get(event.record_kind, "record")
    return f"{event.staff_name} confirmed that they open the {what}"


def describe_review(event: ReviewEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case GlassBroken():
            return f"{event.staff_name} opened it without a case: {event.reason}"
        case SignalRaised():
            return f"An opening by {event.staff_name} is to be looked at"
        case ReviewConcluded():
            came = "appropriate" if event.outcome == "appropriate" else "to be looked into"
            return f"{event.staff_name} reviewed it: {came}"
        case _:
            assert_never(event)


def describe_label(event: LabelEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case RecordLabelled():
            how = event.sensitivity.name.replace("_", " ").lower()
            less = "lowered" if event.lowered else "said"
            return f"{event.staff_name} {less} how guarded it is: {how}. {event.reason}"
        case OptOutRecorded():
            may = "may not" if event.opted_out else "may"
            return f"The data {may} be used for planning and research"
        case _:
            assert_never(event)


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {
    "access.relationship": describe_relationship,
    "access.record": describe_opening,
    "access.search": describe_search,
    "access.proof": describe_proof,
    "access.review": describe_review,
    "access.label": describe_label,
}
"""By kind of stream: one plain sentence for each of its events."""


def opened_what(record_kind: str, part: str) -> str:
    """Return what was opened: the record, or one thing of it."""
    record = RECORDS.get(record_kind, record_kind)
    thing = PARTS.get(part.partition("/")[0], "")
    return f"{thing} of the {record}" if thing else record
