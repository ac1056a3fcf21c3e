"""What came in from other systems. This file only ever grows.

:class:`ReferralReceived` is all that another context needs to open a case: it reacts to it in
the same commit that answers the sender, so that an acknowledged referral always has its case.
The case's id is ``case_id``; ``reference`` is what the sender was told to call it by.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from standfast.kernel.home_entry import HomeEntry
from standfast.kernel.messages import Event
from standfast.kernel.values import Sex


class NumberStatus(StrEnum):
    """How far an NHS number that was sent may be relied on."""

    VERIFIED = "verified"  # Traced by the sender: may identify the patient.
    NOT_TRACED = "not_traced"  # Looks right, but nobody has checked whose it is.
    NOT_USABLE = (
        "not_usable"  # Wrong check digit, or a status that the standard does not allow.
    )
    NONE = "none"  # None was sent.


class Code(Struct, frozen=True, kw_only=True):
    """A code with the words it came with. Either may be empty, never both."""

    code: str = ""
    display: str = ""


class Number(Struct, frozen=True, kw_only=True):
    """A telephone number to ring, of the patient or of somebody else."""

    number: str  # As it was sent: numbers are written in many ways.
    use: str = ""  # "mobile", "home", "work"
    whose: str = ""  # The relationship in words: "self", "Emergency Contact"; empty: not known
    name: str = ""  # Empty when the number is the patient's own, or not known.


class PostalAddress(Struct, frozen=True, kw_only=True):
    """An address as it was sent. ``lines`` are in the order of an address label."""

    lines: tuple[str, ...] = ()
    town: str = ""
    district: str = ""
    postcode: str = ""
    text: str = ""  # The whole on one line, where the sender wrote it so.


class ReferredPatient(Struct, frozen=True, kw_only=True):
    """Who the referral is about, as the sender knows them.

    ``nhs_number`` identifies nobody unless ``number_status`` is VERIFIED.
    """

    family: str = ""
    given: tuple[str, ...] = ()
    title: str = ""
    full_name: str = ""
    nhs_number: str = ""  # As it was sent.
    number_status: NumberStatus = NumberStatus.NONE
    birth_date: str = ""  # ISO 8601; "1948-03" or "1948" where only that is known.
    estimated_age: str = ""  # In words, such as "15 weeks".
    sex: Sex = Sex.UNKNOWN
    language: str = ""
    address: PostalAddress = PostalAddress()
    gp_ods: str = ""
    gp_name: str = ""


class IncidentPlace(Struct, frozen=True, kw_only=True):
    """Where the patient is. All that was sent, which must all be shown (BaRS APP3)."""

    name: str = ""
    address: PostalAddress = PostalAddress()
    uprn: str = ""
    what3words: str = ""
    eastings: str = ""
    northings: str = ""
    latitude: float | None = None
    longitude: float | None = None


class ReferralFlag(Struct, frozen=True, kw_only=True):
    """A warning that must be shown: safeguarding, scene safety, reasonable adjustment..."""

    category: str  # BaRS flag-categories: SG, SS, RS, RA, IR, RC, RT, AC, API, CW
    category_name: str
    says: tuple[Code, ...]
    about_place: bool = False


class Assessment(Struct, frozen=True, kw_only=True):
    """What the sender found. Each code may be absent: AMPDS has no Dx, SG or SD."""

    system: str = ""  # The decision support that was used, such as "Pathways 30.2.0".
    disposition: Code | None = None  # Dx
    symptom_group: Code | None = None  # SG
    discriminator: Code | None = None  # SD
    priority: Code | None = None  # ARP
    dispatch: Code | None = None  # AMPDS
    other: tuple[Code, ...] = ()
    summary: tuple[str, ...] = ()  # The narrative, a text an entry, as it was sent.
    findings: tuple[str, ...] = ()  # Observations, conditions, medicines, allergies, in words.


class Referral(Struct, frozen=True, kw_only=True):
    """A request that we take over a patient, in our own words."""

    sender_ods: str
    sender_name: str
    sender_system: str  # Its software, with version.
    sender_phone: str
    sender_service: str  # Where a response goes: "system|service id".
    sender_reference: str  # What the sender calls its own case; may be empty.
    requester: str  # The member of staff who asked; may be empty.
    use_case: str  # BaRS use case, such as "a3t1".
    use_case_name: str
    journey_id: str  # Kept for the patient's whole way through services.
    authored_at: datetime
    due_at: datetime  # The patient must have been called by then.
    patient: ReferredPatient
    numbers: tuple[Number, ...]  # Whom to ring, first first. Never empty.
    place: IncidentPlace
    assessment: Assessment
    flags: tuple[ReferralFlag, ...]
    not_shown: tuple[str, ...] = ()  # Kinds of content that only the original holds.
    remarks: tuple[
        str, ...
    ] = ()  # What is odd about the message, in sentences for a clinician.


class ReferralReceived(Event, frozen=True, kw_only=True, tag="interop.referral_received.v1"):
    """A referral came in, was understood, and is ours from ``received_at`` on.

    ``body`` is the message as it came, for the record and for what we did not understand. One
    that says how to get into the home is kept in ``original`` alone, and ``body`` is empty.
    """

    message_id: str  # The stream's key, derived from the request id.
    org: str  # The organisation that took it on.
    request_id: str  # X-Request-Id
    correlation_id: str  # X-Correlation-Id: the same for all that follows about this case.
    bundle_id: str  # What a response must name.
    case_id: str
    reference: str
    received_at: datetime
    fingerprint: str  # SHA-256 of the content, whatever its format.
    referral: Referral
    media_type: str
    body: str
    way_in: HomeEntry | None = None  # How to get into the home, which is in no other field.
    original: HomeEntry | None = None  # The body, sealed, where it says how to get in.


class MessageTurnedAway(Event, frozen=True, kw_only=True, tag="interop.message_turned_away.v1"):
    """A message came in and was refused. Why is kept; what it said about anybody is not."""

    message_id: str
    org: str
    request_id: str
    correlation_id: str
    received_at: datetime
    status: int  # HTTP
    error: str  # BaRS, such as "REC_BAD_REQUEST"
    sentence: str  # The first thing that was wrong.
    faults: int  # How many things were.
    size: int  # bytes


class AnswerHeld(Event, frozen=True, kw_only=True, tag="interop.answer_held.v1"):
    """Our answer to a message that we took on was not fit to be sent, and was not."""

    message_id: str
    org: str
    held_at: datetime
    sentence: str  # The first thing that was wrong with it: elements, never what stood there.
    faults: int  # How many things were.


class SenderTold(Event, frozen=True, kw_only=True, tag="interop.sender_told.v1"):
    """Somebody told the sender by another way what the held answer would have said."""

    message_id: str
    org: str
    by: str
    by_name: str
    told_at: datetime


InteropEvent = ReferralReceived | MessageTurnedAway | AnswerHeld | SenderTold
