"""From FHIR to our own words: what a referral says, and what is odd about it.

Called only for a message that kept every rule of `rules.py`.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import re2

from standfast.facts.interop import (
    Assessment,
    Code,
    IncidentPlace,
    NumberStatus,
    PostalAddress,
    Referral,
    ReferralFlag,
    ReferredPatient,
)
from standfast.interop.fhir import (
    Address,
    CarePlan,
    CodeableConcept,
    Encounter,
    Extension,
    Flag,
    Identifier,
    Location,
    MessageSource,
    Organization,
    Patient,
    Position,
    Practitioner,
    PractitionerRole,
    ServiceRequest,
)
from standfast.interop.findings import estimated_age, findings
from standfast.interop.message import USE_CASE, Message, code_in, words
from standfast.interop.numbers import callback_numbers, display_name
from standfast.kernel.values import Sex, valid_nhs_number

ODS: Final = "https://fhir.nhs.uk/id/ods-organization-code"
NHS_NUMBER: Final = "https://fhir.nhs.uk/id/nhs-number"
LOCATION: Final = "https://fhir.nhs.uk/StructureDefinition/LocationExtension"
FLAG_CATEGORIES: Final = "https://fhir.nhs.uk/CodeSystem/flag-categories-bars"

_STATUSES: Final = {
    "number-present-and-verified": NumberStatus.VERIFIED,
    "number-present-but-not-traced": NumberStatus.NOT_TRACED,
}
"""BaRS APP3 "Requirements": a number with any other status must not be sent."""

_OUTCOMES: Final = re2.compile(r"(?:^|-)(dx|sg|sd|arp|ampds)(?:-|$)")
"""Which kind of triage code a system's name says; the guide spells the names in two ways."""

_NO_REQUEST: Final = ServiceRequest()


def referral(message: Message) -> Referral:
    """Return what *message* asks of us."""
    header, request = message.header, message.first(ServiceRequest) or _NO_REQUEST
    sender = message.follow(header.sender, Organization) or Organization()
    encounter = message.first(Encounter) or Encounter()
    patient = message.first(Patient) or Patient()
    source = header.source or MessageSource()
    return Referral(
        sender_ods=_identifier(sender.identifier, ODS),
        sender_name=sender.name or source.name or "",
        sender_system=" ".join(filter(None, (source.software, source.version))),
        sender_phone=(source.contact.value or "") if source.contact else "",
        sender_service=source.endpoint or "",
        sender_reference=next((i.value for i in encounter.identifier if i.value), ""),
        requester=_requester(message, request),
        use_case=code_in(request.category, USE_CASE),
        use_case_name=_use_case_name(request),
        journey_id=_journey(encounter),
        authored_at=_known(request.authored_on),
        due_at=_known(request.occurrence_period.end if request.occurrence_period else None),
        patient=_patient(message, patient),
        numbers=callback_numbers(patient),
        place=_place(message.follow(next(iter(request.location_reference), None), Location)),
        assessment=_assessment(message),
        flags=tuple(_flags(message)),
        not_shown=tuple(dict.fromkeys(message.unknown)),
        remarks=tuple(_remarks(message, patient)),
    )


def _known(instant: datetime | None) -> datetime:
    assert instant is not None  # noqa: S101 - rules.py requires it
    return instant


def _requester(message: Message, request: ServiceRequest) -> str:
    asker = message.target(request.requester)
    if isinstance(asker, PractitionerRole):
        asker = message.follow(asker.practitioner, Practitioner)
    if isinstance(asker, Practitioner):
        return display_name(next(iter(asker.name), None))
    return (asker.name or "") if isinstance(asker, Organization) else ""


def _use_case_name(request: ServiceRequest) -> str:
    codings = (coding for concept in request.category for coding in concept.coding)
    return next((c.display for c in codings if c.system == USE_CASE and c.display), "Referral")


def _journey(encounter: Encounter) -> str:
    """Return the journey's GUID: it is written bare, as a URN or as a reference."""
    written = next((e.reference for e in encounter.episode_of_care if e.reference), "")
    return written.replace(":", "/").rpartition("/")[2]


def _patient(message: Message, patient: Patient) -> ReferredPatient:
    official = [name for name in patient.name if name.use == "official"]
    name = next(iter(official or patient.name), None)
    home = [address for address in patient.address if address.use == "home"]
    number, status = _number(patient)
    gp = next(
        filter(None, (message.follow(g, Organization) for g in patient.general_practitioner)),
        None,
    )
    return ReferredPatient(
        family=(name.family or "") if name else "",
        given=name.given if name else (),
        title=" ".join(name.prefix) if name else "",
        full_name=display_name(name),
        nhs_number=number,
        number_status=status,
        birth_date=patient.birth_date or "",
        estimated_age=estimated_age(message),
        sex=Sex(patient.gender) if patient.gender in set(Sex) else Sex.UNKNOWN,
        language=_language(patient),
        address=_address(next(iter(home or patient.address), None)),
        gp_ods=_identifier(gp.identifier, ODS) if gp else "",
        gp_name=(gp.name or "") if gp else "",
    )


def _number(patient: Patient) -> tuple[str, NumberStatus]:
    """Return the NHS number and how far to trust it: never further than its check digit."""
    for identifier in patient.identifier:
        if (identifier.system or "").lower() == NHS_NUMBER and identifier.value:
            number = identifier.value.replace(" ", "")
            code = next(filter(None, map(_coded, identifier.extension)), "")
            status = _STATUSES.get(code, NumberStatus.NOT_USABLE)
            return number, status if valid_nhs_number(number) else NumberStatus.NOT_USABLE
    return "", NumberStatus.NONE


def _coded(extension: Extension) -> str:
    concept = extension.value_codeable_concept
    return next((c.code or "" for c in concept.coding), "") if concept else ""


def _language(patient: Patient) -> str:
    spoken = sorted(patient.communication, key=lambda each: not each.preferred)
    return next((words(each.language) for each in spoken), "")


def _place(location: Location | None) -> IncidentPlace:
    if location is None:
        return IncidentPlace()
    told = {
        (part.url or "").lower(): part.value_string or ""
        for extension in location.extension
        if extension.url == LOCATION
        for part in extension.extension
    }
    latitude, longitude = _degrees(location)
    return IncidentPlace(
        name=location.name or "",
        address=_address(location.address),
        uprn=told.get("uprn", ""),
        what3words=told.get("what3words", ""),
        eastings=told.get("eastings", ""),
        northings=told.get("northings", ""),
        latitude=latitude,
        longitude=longitude,
    )


def _degrees(location: Location) -> tuple[float | None, float | None]:
    """Return latitude and longitude, the right way round."""
    position = location.position or Position()
    if _swapped(location):
        return position.longitude, position.latitude
    return position.latitude, position.longitude


def _swapped(location: Location) -> bool:
    """Return whether latitude and longitude were sent in each other's place.

    The published examples do so: longitude 53.8, latitude -1.5. In the United Kingdom a
    latitude lies between 49 and 61 and a longitude between -9 and 2, so nothing is ambiguous.
    """
    position = location.position or Position()
    latitude, longitude = position.latitude, position.longitude
    if latitude is None or longitude is None:
        return False
    return latitude < 49 <= longitude <= 61  # noqa: PLR2004


def _address(address: Address | None) -> PostalAddress:
    if address is None:
        return PostalAddress()
    return PostalAddress(
        lines=address.line,
        town=address.city or "",
        district=address.district or "",
        postcode=address.postal_code or "",
        text=address.text or "",
    )


def _assessment(message: Message) -> Assessment:
    plan = message.first(CarePlan) or CarePlan()
    concepts = [c for activity in plan.activity for c in activity.outcome_codeable_concept]
    kinds: dict[str, Code] = {}
    other: list[Code] = []
    for coding in (coding for concept in concepts for coding in concept.coding):
        code = Code(code=coding.code or "", display=coding.display or "")
        found = _OUTCOMES.search((coding.system or "").rpartition("/")[2].lower())
        if found and found[1] not in kinds:
            kinds[found[1]] = code
        elif code != Code():
            other.append(code)
    return Assessment(
        system=_decision_support(message),
        disposition=kinds.get("dx"),
        symptom_group=kinds.get("sg"),
        discriminator=kinds.get("sd"),
        priority=kinds.get("arp"),
        dispatch=kinds.get("ampds"),
        other=tuple(other),
        summary=tuple(concept.text for concept in concepts if concept.text),
        findings=tuple(findings(message)),
    )


def _decision_support(message: Message) -> str:
    told = (part for extension in message.header.extension for part in extension.extension)
    return " ".join(part.value_string for part in told if part.value_string)


def _flags(message: Message) -> Iterator[ReferralFlag]:
    """Yield every flag that stands. One without a category we know is shown all the same."""
    for flag in message.all(Flag):
        if flag.status not in (None, "active"):
            continue
        category = code_in(flag.category, FLAG_CATEGORIES).upper()
        code = flag.code or CodeableConcept()
        says = [Code(code=c.code or "", display=c.display or "") for c in code.coding]
        if code.text:
            says.append(Code(display=code.text))
        yield ReferralFlag(
            category=category or "API",
            category_name=" ".join(map(words, flag.category)).strip() or "Flag",
            says=tuple(code for code in says if code != Code()),
            about_place=message.follow(flag.subject, Location) is not None,
        )


def _remarks(message: Message, patient: Patient) -> Iterator[str]:
    number, status = _number(patient)
    if status is NumberStatus.NOT_USABLE and not valid_nhs_number(number):
        yield "The NHS number sent fails its check digit: do not identify anybody by it"
    elif status is NumberStatus.NOT_USABLE:
        yield "The NHS number was sent without a status that lets it be used: check it"
    elif status is NumberStatus.NOT_TRACED:
        yield "The sender has not traced the NHS number: check it with the patient"
    if not patient.name:
        yield "No name was sent for the patient"
    if any(_swapped(location) for location in message.all(Location)):
        yield "Latitude and longitude came in each other's place and have been put right"


def _identifier(identifiers: tuple[Identifier, ...], system: str) -> str:
    found = (i.value for i in identifiers if (i.system or "").lower() == system and i.value)
    return next(found, "")
