# ruff: noqa: D101 - FHIR names and explains its own elements: hl7.org/fhir/R4
"""Our typed subset of FHIR R4: what BaRS messages say that we understand. Nothing else.

Field order is FHIR's own, so that the same structs can be written as XML. Every field may be
absent here: what must be there is a rule of the message (`rules.py`), not of the type.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final, TypeAlias

from msgspec import Meta, Struct, field

from standfast.kernel.values import whole

Instant: TypeAlias = Annotated[datetime, Meta(tz=True)]
Day: TypeAlias = Annotated[
    str, Meta(pattern=whole(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"))
]
"""A day, or only its month or year."""


class Part(Struct, frozen=True, kw_only=True, rename="camel"):
    """An element with parts of its own."""


class Coding(Part, frozen=True, kw_only=True):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Part, frozen=True, kw_only=True):
    coding: tuple[Coding, ...] = ()
    text: str | None = None


class Extension(Part, frozen=True, kw_only=True):
    url: str | None = None
    extension: tuple["Extension", ...] = ()
    value_string: str | None = None
    value_code: str | None = None
    value_positive_int: int | None = None
    value_codeable_concept: CodeableConcept | None = None


class Reference(Part, frozen=True, kw_only=True):
    reference: str | None = None


class Period(Part, frozen=True, kw_only=True):
    start: str | None = None
    end: str | None = None


class TimedPeriod(Part, frozen=True, kw_only=True):
    """A period whose ends matter to us to the second."""

    start: Instant | None = None
    end: Instant | None = None


class Identifier(Part, frozen=True, kw_only=True):
    extension: tuple[Extension, ...] = ()
    system: str | None = None
    value: str | None = None


class HumanName(Part, frozen=True, kw_only=True):
    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()


class Address(Part, frozen=True, kw_only=True):
    use: str | None = None
    type: str | None = None
    text: str | None = None
    line: tuple[str, ...] = ()
    city: str | None = None
    district: str | None = None
    postal_code: str | None = None
    country: str | None = None


class ContactPoint(Part, frozen=True, kw_only=True):
    system: str | None = None
    value: str | None = None
    use: str | None = None
    rank: int | None = None


class Quantity(Part, frozen=True, kw_only=True):
    value: Decimal | None = None
    unit: str | None = None
    code: str | None = None


class MetaData(Part, frozen=True, kw_only=True):
    version_id: str | None = None
    last_updated: Instant | None = None
    profile: tuple[str, ...] = ()


class Resource(Part, frozen=True, kw_only=True):
    """What every resource has. A resource of a type we do not know is read as this alone."""

    id: str | None = None
    meta: MetaData | None = None
    extension: tuple[Extension, ...] = ()


class MessageDestination(Part, frozen=True, kw_only=True):
    endpoint: str | None = None
    receiver: Reference | None = None


class MessageSource(Part, frozen=True, kw_only=True):
    name: str | None = None
    software: str | None = None
    version: str | None = None
    contact: ContactPoint | None = None
    endpoint: str | None = None


class MessageHeader(Resource, frozen=True, kw_only=True):
    event_coding: Coding | None = None
    destination: tuple[MessageDestination, ...] = ()
    sender: Reference | None = None
    source: MessageSource | None = None
    reason: CodeableConcept | None = None
    focus: tuple[Reference, ...] = ()
    definition: str | None = None


class ServiceRequest(Resource, frozen=True, kw_only=True):
    based_on: tuple[Reference, ...] = ()
    status: str | None = None
    intent: str | None = None
    category: tuple[CodeableConcept, ...] = ()
    subject: Reference | None = None
    encounter: Reference | None = None
    occurrence_period: TimedPeriod | None = None
    authored_on: Instant | None = None
    requester: Reference | None = None
    performer: tuple[Reference, ...] = ()
    location_reference: tuple[Reference, ...] = ()


class CarePlanActivity(Part, frozen=True, kw_only=True):
    outcome_codeable_concept: tuple[CodeableConcept, ...] = ()


class CarePlan(Resource, frozen=True, kw_only=True):
    status: str | None = None
    intent: str | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    period: Period | None = None
    activity: tuple[CarePlanActivity, ...] = ()


class Encounter(Resource, frozen=True, kw_only=True):
    identifier: tuple[Identifier, ...] = ()
    status: str | None = None
    class_: Coding | None = field(default=None, name="class")
    subject: Reference | None = None
    episode_of_care: tuple[Reference, ...] = ()
    period: Period | None = None


class PatientContact(Part, frozen=True, kw_only=True):
    extension: tuple[Extension, ...] = ()
    relationship: tuple[CodeableConcept, ...] = ()
    name: HumanName | None = None
    telecom: tuple[ContactPoint, ...] = ()
    gender: str | None = None


class Communication(Part, frozen=True, kw_only=True):
    language: CodeableConcept | None = None
    preferred: bool | None = None


class Patient(Resource, frozen=True, kw_only=True):
    identifier: tuple[Identifier, ...] = ()
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    gender: str | None = None
    birth_date: Day | None = None
    address: tuple[Address, ...] = ()
    contact: tuple[PatientContact, ...] = ()
    communication: tuple[Communication, ...] = ()
    general_practitioner: tuple[Reference, ...] = ()


class Organization(Resource, frozen=True, kw_only=True):
    identifier: tuple[Identifier, ...] = ()
    name: str | None = None


class HealthcareService(Resource, frozen=True, kw_only=True):
    identifier: tuple[Identifier, ...] = ()
    active: bool | None = None
    provided_by: Reference | None = None
    name: str | None = None


class Practitioner(Resource, frozen=True, kw_only=True):
    identifier: tuple[Identifier, ...] = ()
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()


class PractitionerRole(Resource, frozen=True, kw_only=True):
    practitioner: Reference | None = None
    organization: Reference | None = None
    code: tuple[CodeableConcept, ...] = ()
    specialty: tuple[CodeableConcept, ...] = ()


class Position(Part, frozen=True, kw_only=True):
    longitude: float | None = None
    latitude: float | None = None


class Location(Resource, frozen=True, kw_only=True):
    name: str | None = None
    type: tuple[CodeableConcept, ...] = ()
    address: Address | None = None
    position: Position | None = None


class Observation(Resource, frozen=True, kw_only=True):
    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    effective_date_time: str | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: str | None = None


class Condition(Resource, frozen=True, kw_only=True):
    code: CodeableConcept | None = None
    subject: Reference | None = None


class Dosage(Part, frozen=True, kw_only=True):
    text: str | None = None


class MedicationStatement(Resource, frozen=True, kw_only=True):
    status: str | None = None
    medication_codeable_concept: CodeableConcept | None = None
    subject: Reference | None = None
    dosage: tuple[Dosage, ...] = ()


class AllergyReaction(Part, frozen=True, kw_only=True):
    manifestation: tuple[CodeableConcept, ...] = ()


class AllergyIntolerance(Resource, frozen=True, kw_only=True):
    code: CodeableConcept | None = None
    patient: Reference | None = None
    reaction: tuple[AllergyReaction, ...] = ()


class Flag(Resource, frozen=True, kw_only=True):
    status: str | None = None
    category: tuple[CodeableConcept, ...] = ()
    code: CodeableConcept | None = None
    subject: Reference | None = None
    period: Period | None = None


class RelatedPerson(Resource, frozen=True, kw_only=True):
    patient: Reference | None = None
    relationship: tuple[CodeableConcept, ...] = ()
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()


class Consent(Resource, frozen=True, kw_only=True):
    status: str | None = None
    scope: CodeableConcept | None = None
    category: tuple[CodeableConcept, ...] = ()
    patient: Reference | None = None
    date_time: str | None = None
    policy_rule: CodeableConcept | None = None


class Appointment(Resource, frozen=True, kw_only=True):
    """Read only as far as telling which workflow a booking message belongs to."""

    status: str | None = None


class Entry(Part, frozen=True, kw_only=True):
    full_url: str | None = None
    resource: Resource | None = None


class Bundle(Resource, frozen=True, kw_only=True):
    type: str | None = None
    timestamp: Instant | None = None
    entry: tuple[Entry, ...] = ()


KNOWN: Final[dict[str, type[Resource]]] = {
    kind.__name__: kind
    for kind in (
        MessageHeader,
        ServiceRequest,
        CarePlan,
        Encounter,
        Patient,
        Organization,
        HealthcareService,
        Practitioner,
        PractitionerRole,
        Location,
        Observation,
        Condition,
        MedicationStatement,
        AllergyIntolerance,
        Flag,
        RelatedPerson,
        Consent,
        Appointment,
    )
}
"""The resources that are read. Any other in a message is named, and never guessed at."""
