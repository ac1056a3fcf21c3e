"""What must be so in a referral before anybody relies on it: the guide's MUSTs, as data.

Sources: MessageDefinition bars-message-servicerequest-request-referral (July 2026) for the
counts; BaRS APP3 "Referral Payload" and "Requirements" for the rest. A MUST is enforced where
we use the element or the workflow turns on it; what only informs is read if it is there
(the published example leaves out several). Every rule is looked at, so that a sender hears of
all its faults at once.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import fields

from standfast.interop.fhir import (
    Bundle,
    CarePlan,
    Consent,
    Encounter,
    HealthcareService,
    Location,
    MessageHeader,
    Organization,
    Part,
    Patient,
    Practitioner,
    PractitionerRole,
    Reference,
    Resource,
    ServiceRequest,
)
from standfast.interop.message import CATEGORY, USE_CASE, Message, code_in
from standfast.interop.numbers import callback_numbers
from standfast.interop.reading import Problem

_MANY: Final = 1_000
DEFINITION: Final = "https://fhir.nhs.uk/MessageDefinition/"
EVENTS: Final = "https://fhir.nhs.uk/CodeSystem/message-events-bars"
REASONS: Final = "https://fhir.nhs.uk/CodeSystem/message-reason-bars"


class Rules(Struct, frozen=True):
    """The rules of one kind of message."""

    counts: Mapping[type[Resource], tuple[int, int]]
    required: Mapping[type[Resource], tuple[str, ...]]
    fixed: Mapping[type[Resource], Mapping[str, frozenset[str]]]
    links: Mapping[type[Resource], Mapping[str, tuple[type[Resource], ...]]]


REFERRAL_TO_CAS: Final = Rules(
    counts={
        MessageHeader: (1, 1),
        ServiceRequest: (1, 1),
        Patient: (1, 1),
        Encounter: (1, 1),
        CarePlan: (1, 1),
        Organization: (2, _MANY),
        Practitioner: (1, _MANY),
        PractitionerRole: (1, _MANY),
        Consent: (1, _MANY),
        HealthcareService: (1, _MANY),
        Location: (1, _MANY),
    },
    required={
        MessageHeader: (
            "meta.lastUpdated",
            "eventCoding.system",
            "destination.endpoint",
            "destination.receiver.reference",
            "sender.reference",
            "source.name",
            "source.endpoint",
            "reason.coding.system",
            "focus.reference",
            "definition",
        ),
        ServiceRequest: (
            "meta.lastUpdated",
            "basedOn.reference",
            "intent",
            "category.coding.code",
            "subject.reference",
            "encounter.reference",
            "occurrencePeriod.end",
            "authoredOn",
            "requester.reference",
            "performer.reference",
            "locationReference.reference",
        ),
        Encounter: (
            "meta.lastUpdated",
            "status",
            "subject.reference",
            "episodeOfCare.reference",
        ),
        CarePlan: ("meta.lastUpdated", "status", "intent", "subject.reference", "activity"),
        Patient: ("meta.lastUpdated",),
        HealthcareService: ("meta.lastUpdated", "identifier.value"),
        Consent: ("status",),
    },
    fixed={
        MessageHeader: {
            "eventCoding.system": frozenset({EVENTS}),
            "reason.coding.system": frozenset({REASONS}),
            "definition": frozenset(
                {f"{DEFINITION}bars-message-servicerequest-request-referral"}
            ),
        },
        ServiceRequest: {"intent": frozenset({"plan"})},
        Encounter: {"status": frozenset({"triaged", "finished"})},
        CarePlan: {
            "status": frozenset({"completed"}),
            "intent": frozenset({"plan"}),
        },
        Consent: {"status": frozenset({"active"})},
    },
    links={
        MessageHeader: {
            "destination.receiver": (Organization,),
            "sender": (Organization,),
            "focus": (ServiceRequest,),
        },
        ServiceRequest: {
            "basedOn": (CarePlan,),
            "subject": (Patient,),
            "encounter": (Encounter,),
            "requester": (Practitioner, PractitionerRole, Organization),
            "performer": (HealthcareService, Organization),
            "locationReference": (Location,),
        },
        Encounter: {"subject": (Patient,)},
        CarePlan: {"subject": (Patient,), "encounter": (Encounter,)},
        Patient: {"generalPractitioner": (Organization, Practitioner, PractitionerRole)},
        Consent: {"patient": (Patient,)},
    },
)


def check_bundle(bundle: Bundle) -> list[Problem]:
    """Return what is wrong with *bundle* as a message, whatever it asks for."""
    return [
        *_missing(bundle, "Bundle", ("id", "meta.lastUpdated", "type", "timestamp", "entry")),
        *_not_fixed(bundle, "Bundle", {"type": frozenset({"message"})}),
        *_entries(bundle),
    ]


def check(message: Message, rules: Rules) -> list[Problem]:
    """Return everything in *message* that breaks *rules*."""
    return list(_problems(message, rules))


def _problems(message: Message, rules: Rules) -> Iterator[Problem]:
    for kind, (least, most) in rules.counts.items():
        count = len(message.all(kind))
        if not least <= count <= most:
            says = f"must have {least}" + ("" if most == least else " or more")
            yield Problem("invariant", "Bundle.entry", f"Bundle {says} {kind.__name__}")
    for kind, elements in rules.required.items():
        for place, resource in message.places(kind):
            yield from _missing(resource, place, elements)
    for kind, values in rules.fixed.items():
        for place, resource in message.places(kind):
            yield from _not_fixed(resource, place, values)
    for kind, links in rules.links.items():
        for place, resource in message.places(kind):
            yield from _dangling(message, resource, place, links)
    yield from _contents(message)


def _entries(bundle: Bundle) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, entry in enumerate(bundle.entry):
        place = f"Bundle.entry[{number}]"
        url = (entry.full_url or "").lower()
        if not url:
            yield Problem("required", f"{place}.fullUrl", f"{place}.fullUrl is missing")
        elif url in seen:
            says = "is the same as that of another entry"
            yield Problem("invariant", f"{place}.fullUrl", f"{place}.fullUrl {says}")
        if entry.resource is None:
            yield Problem("required", f"{place}.resource", f"{place}.resource is missing")
        seen.add(url)
    if bundle.entry and not isinstance(bundle.entry[0].resource, MessageHeader):
        says = "Bundle.entry[0].resource must be the MessageHeader"
        yield Problem("invariant", "Bundle.entry[0].resource", says)


def _missing(resource: Resource, place: str, elements: tuple[str, ...]) -> Iterator[Problem]:
    for element in elements:
        if not _found(resource, element):
            name = f"{type(resource).__name__}.{element}"
            yield Problem("required", f"{place}.{element}", f"{name} is missing")


def _not_fixed(
    resource: Resource, place: str, values: Mapping[str, frozenset[str]]
) -> Iterator[Problem]:
    for element, allowed in values.items():
        found = [str(value).partition("|")[0] for value in _found(resource, element)]
        if found and not all(value in allowed for value in found):
            name = f"{type(resource).__name__}.{element}"
            says = f"{name} must be {' or '.join(sorted(allowed))}"
            yield Problem("invariant", f"{place}.{element}", says)


def _dangling(
    message: Message,
    resource: Resource,
    place: str,
    links: Mapping[str, tuple[type[Resource], ...]],
) -> Iterator[Problem]:
    for element, kinds in links.items():
        for reference in _found(resource, element):
            if not isinstance(reference, Reference) or not reference.reference:
                continue
            if not isinstance(message.target(reference), kinds):
                name = f"{type(resource).__name__}.{element}"
                what = " or ".join(kind.__name__ for kind in kinds)
                says = f"{name} must refer to a {what} in this Bundle"
                yield Problem("invariant", f"{place}.{element}.reference", says)


def _contents(message: Message) -> Iterator[Problem]:
    """Look at what is about more than one element."""
    for place, request in message.places(ServiceRequest):
        for system in (CATEGORY, USE_CASE):
            if not code_in(request.category, system):
                says = f"ServiceRequest.category must have a code of {system}"
                yield Problem("required", f"{place}.category", says)
        period = request.occurrence_period
        if period and period.start and period.end and period.end < period.start:
            says = "ServiceRequest.occurrencePeriod must not end before it starts"
            yield Problem("invariant", f"{place}.occurrencePeriod", says)
    for place, plan in message.places(CarePlan):
        concepts = [c for activity in plan.activity for c in activity.outcome_codeable_concept]
        if not any(c.text or any(coding.code for coding in c.coding) for c in concepts):
            says = "CarePlan.activity.outcomeCodeableConcept must have a triage outcome"
            yield Problem("required", f"{place}.activity", says)
    for place, patient in message.places(Patient):
        if not callback_numbers(patient):
            says = "Patient.contact must have at least one telecom of system phone"
            yield Problem("required", f"{place}.contact.telecom", says)
    sender = message.follow(message.header.sender, Organization)
    if sender is not None and not (sender.name or _found(sender, "identifier.value")):
        says = "The sender's Organization must have an identifier or a name"
        yield Problem("required", "Bundle.entry.resource.identifier", says)


def _found(part: Part, element: str) -> list[object]:
    """Return every value at *element*, a path of FHIR names, below *part*."""
    name, _, rest = element.partition(".")
    values: object = getattr(part, _attribute(type(part), name))
    each = values if isinstance(values, tuple) else () if values is None else (values,)
    if not rest:
        return list(each)
    return [value for item in each if isinstance(item, Part) for value in _found(item, rest)]


def _attribute(kind: type[Part], name: str) -> str:
    return next(field.name for field in fields(kind) if field.encode_name == name)
