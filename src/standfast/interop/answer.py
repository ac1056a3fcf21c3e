"""What a sender hears whose referral we took on: its message back, with our ids and our case.

BaRS APP3, "Payloads": the resources of the request with the ids that we gave them, and one
more Encounter, planned, which carries our case's id and the reference that people use.
"""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from standfast.facts.interop import ReferralReceived
from standfast.interop.fhir import (
    Bundle,
    Coding,
    Encounter,
    Entry,
    Identifier,
    MetaData,
    Period,
    Resource,
    ServiceRequest,
)
from standfast.interop.message import Message
from standfast.kernel.ids import child_id

CASE_NUMBER: Final = "urn:x-standfast:case-reference"
UK_ENCOUNTER: Final = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Encounter"
EMERGENCY: Final = Coding(
    system="http://terminology.hl7.org/CodeSystem/v3-ActCode", code="EMER", display="emergency"
)


def acknowledgement(message: Message, received: ReferralReceived) -> Bundle:
    """Return the answer to *message*, which we took on as *received*."""
    bundle = message.bundle
    return replace(
        bundle,
        meta=replace(bundle.meta or MetaData(), last_updated=received.received_at),
        timestamp=received.received_at,
        entry=tuple(_entries(bundle, received)),
    )


def _entries(bundle: Bundle, received: ReferralReceived) -> Iterator[Entry]:
    for entry in bundle.entry:
        # A resource of a type that we do not know was not taken in, and is not given back.
        if entry.resource is None or type(entry.resource) is Resource:
            continue
        yield replace(entry, resource=_with_id(entry, received.message_id))
        if isinstance(entry.resource, Encounter):
            yield _planned(entry.resource, received)


def _with_id(entry: Entry, message_id: str) -> Resource | None:
    resource = entry.resource
    if resource is None or (resource.id and not isinstance(resource, ServiceRequest)):
        return resource
    ours: Resource = replace(resource, id=child_id(message_id, entry.full_url or ""))
    return ours


def _planned(senders: Encounter, received: ReferralReceived) -> Entry:
    return Entry(
        full_url=f"urn:uuid:{received.case_id}",
        resource=Encounter(
            id=received.case_id,
            meta=MetaData(last_updated=received.received_at, profile=(UK_ENCOUNTER,)),
            identifier=(Identifier(system=CASE_NUMBER, value=received.reference),),
            status="planned",
            class_=senders.class_ or EMERGENCY,
            subject=senders.subject,
            episode_of_care=senders.episode_of_care,
            period=Period(start=received.received_at.isoformat()),
        ),
    )
