"""What this receiver can do, said in FHIR: only what is so, derived from the workflows."""

from typing import Final

from standfast.interop.fhir import CodeableConcept, Coding
from standfast.interop.fhir_out import (
    CapabilityResource,
    CapabilityStatement,
    Implementation,
    Interaction,
    MessageDefinition,
    MessageDefinitionFocus,
    Messaging,
    Operation,
    Rest,
    Software,
    SupportedMessage,
    UsageContext,
)
from standfast.interop.message import USE_CASE
from standfast.interop.rules import EVENTS, REFERRAL_TO_CAS
from standfast.interop.workflows import WORKFLOWS, supported
from standfast.kernel.ids import child_id

CORE: Final = "1.5.0"
SINCE: Final = "2026-11-22"
"""The day on which what follows last changed."""

_WORKFLOW: Final = Coding(
    system="http://terminology.hl7.org/CodeSystem/usage-context-type", code="workflow"
)


def capability_statement(*, receiver: str, version: str) -> CapabilityStatement:
    """Return what *receiver* can do with this *version* of the program."""
    definitions = sorted({handler.definition for handler in supported()})
    return CapabilityStatement(
        id=child_id("interop", "capability"),
        status="active",
        date=SINCE,
        kind="instance",
        software=Software(name="Standfast", version=version),
        implementation=Implementation(description=f"BaRS Core {CORE} receiver of {receiver}"),
        fhir_version="4.0.1",
        format=("xml", "json"),
        rest=(
            Rest(
                mode="server",
                resource=(
                    CapabilityResource(
                        type="MessageDefinition", interaction=(Interaction(code="search-type"),)
                    ),
                ),
                operation=(
                    Operation(
                        name="process-message",
                        definition="http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message",
                    ),
                ),
            ),
        ),
        messaging=(
            Messaging(
                documentation="; ".join(handler.title for handler in supported()),
                supported_message=tuple(
                    SupportedMessage(mode="receiver", definition=definition)
                    for definition in definitions
                ),
            ),
        ),
    )


def message_definitions(service: str) -> tuple[MessageDefinition, ...]:
    """Return what may be sent to *service* (``system|value``), a definition per workflow."""
    return tuple(
        MessageDefinition(
            id=child_id("interop", f"{workflow.name} {use_case}"),
            url=handler.definition,
            version=f"{handler.versions[-1]}.0.0",
            status="active",
            date=SINCE,
            use_context=(_context(*_token(service)), _context(USE_CASE, use_case)),
            event_coding=Coding(system=EVENTS, code=workflow.event),
            focus=tuple(
                MessageDefinitionFocus(
                    code=kind.__name__, min=least, max="1" if most == 1 else "*"
                )
                for kind, (least, most) in REFERRAL_TO_CAS.counts.items()
            ),
        )
        for workflow in WORKFLOWS
        for use_case, handler in workflow.handlers.items()
    )


def _context(system: str, code: str) -> UsageContext:
    concept = CodeableConcept(coding=(Coding(system=system, code=code),))
    return UsageContext(code=_WORKFLOW, value_codeable_concept=concept)


def _token(service: str) -> tuple[str, str]:
    system, _, value = service.rpartition("|")
    return system or "https://fhir.nhs.uk/Id/dos-service-id", value
