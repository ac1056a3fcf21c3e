# ruff: noqa: D101 - FHIR names and explains its own elements: hl7.org/fhir/R4
"""The FHIR resources that we write and never read: how we say no, and what we can do."""

from standfast.interop.fhir import CodeableConcept, Coding, Part, Resource


class Issue(Part, frozen=True, kw_only=True):
    severity: str = "error"
    code: str
    details: CodeableConcept
    diagnostics: str
    expression: tuple[str, ...] = ()


class OperationOutcome(Resource, frozen=True, kw_only=True):
    issue: tuple[Issue, ...]


class MessageDefinitionFocus(Part, frozen=True, kw_only=True):
    code: str
    min: int
    max: str


class UsageContext(Part, frozen=True, kw_only=True):
    code: Coding
    value_codeable_concept: CodeableConcept


class MessageDefinition(Resource, frozen=True, kw_only=True):
    url: str
    version: str
    status: str
    date: str
    use_context: tuple[UsageContext, ...]
    event_coding: Coding
    focus: tuple[MessageDefinitionFocus, ...]


class SupportedMessage(Part, frozen=True, kw_only=True):
    mode: str
    definition: str


class Messaging(Part, frozen=True, kw_only=True):
    documentation: str
    supported_message: tuple[SupportedMessage, ...]


class Operation(Part, frozen=True, kw_only=True):
    name: str
    definition: str


class Interaction(Part, frozen=True, kw_only=True):
    code: str


class CapabilityResource(Part, frozen=True, kw_only=True):
    type: str
    interaction: tuple[Interaction, ...]


class Rest(Part, frozen=True, kw_only=True):
    mode: str
    resource: tuple[CapabilityResource, ...]
    operation: tuple[Operation, ...]


class Software(Part, frozen=True, kw_only=True):
    name: str
    version: str


class Implementation(Part, frozen=True, kw_only=True):
    description: str


class CapabilityStatement(Resource, frozen=True, kw_only=True):
    status: str
    date: str
    kind: str
    software: Software
    implementation: Implementation
    fhir_version: str
    format: tuple[str, ...]
    rest: tuple[Rest, ...]
    messaging: tuple[Messaging, ...]
