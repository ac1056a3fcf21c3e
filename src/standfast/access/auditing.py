# ruff: noqa: D101 - FHIR names and explains its own elements: hl7.org/fhir/R4/auditevent.html
"""Entries as FHIR R4 AuditEvent: what is asked for, and the Bundle that answers."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from standfast.access.model_record import LINK
from standfast.access.told import Told
from standfast.access.words import opened_what

MOST: Final = 1000
PREFIXES: Final = frozenset({"eq", "ge", "gt", "le", "lt"})
DAY: Final = len("2026-11-22")


class Unreadable(Exception):
    """A search that cannot be understood, and why."""


class Between(Struct, frozen=True):
    """A span of time: from ``begin`` until before ``end``; None: without an end."""

    begin: datetime | None
    end: datetime | None

    def holds(self, at: datetime) -> bool:
        return (self.begin is None or at >= self.begin) and (self.end is None or at < self.end)


class Criteria(Struct, frozen=True, kw_only=True):
    """Whose entries are asked for, from when until when, and how many at once."""

    patient: str
    spans: tuple[Between, ...]
    count: int = MOST

    def fits(self, at: datetime) -> bool:
        return all(span.holds(at) for span in self.spans)


def criteria(given: Iterable[tuple[str, str]]) -> Criteria:
    """Return what the search parameters ask for. Raises :class:`Unreadable`."""
    patient, count, spans = "", MOST, []
    for name, value in given:
        match name:
            case "patient":
                patient = value.removeprefix("Patient/")
            case "date" | "_lastUpdated":
                spans.append(_span(value))
            case "_count":
                if not (value.isascii() and value.isdigit()) or not 0 < int(value) <= MOST:
                    raise Unreadable(f"_count must be a number from 1 to {MOST}")
                count = int(value)
            case _:
                raise Unreadable(f"The search parameter {name!r} is not supported")
    if not patient or "\0" in patient:
        raise Unreadable("The search parameter 'patient' is needed")
    return Criteria(patient=patient, spans=tuple(spans), count=count)


def _span(value: str) -> Between:
    """Return the time that a FHIR date parameter means: a day is all of it."""
    prefix, said = (value[:2], value[2:]) if value[:2] in PREFIXES else ("eq", value)
    try:
        begin = datetime.fromisoformat(said)
    except ValueError:
        raise Unreadable(f"{value!r} is not a date") from None
    if begin.tzinfo is None:
        begin = begin.replace(tzinfo=UTC)
    end = begin + (timedelta(days=1) if len(said) == DAY else timedelta(milliseconds=1))
    return {
        "eq": Between(begin, end),
        "ge": Between(begin, None),
        "gt": Between(end, None),
        "le": Between(None, end),
        "lt": Between(None, begin),
    }[prefix]


class Part(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An element of a resource."""


class Coding(Part, frozen=True, kw_only=True):
    system: str
    code: str
    display: str = ""


class Concept(Part, frozen=True, kw_only=True):
    coding: tuple[Coding, ...] = ()
    text: str = ""


class Identifier(Part, frozen=True, kw_only=True):
    value: str


class Reference(Part, frozen=True, kw_only=True):
    reference: str = ""
    identifier: Identifier | None = None
    display: str = ""


class Agent(Part, frozen=True, kw_only=True):
    role: tuple[Concept, ...]
    who: Reference
    requestor: bool
    purpose_of_use: tuple[Concept, ...] = ()


class Source(Part, frozen=True, kw_only=True):
    site: str
    observer: Reference
    type: tuple[Coding, ...]


class Detail(Part, frozen=True, kw_only=True):
    type: str
    value_string: str


class Entity(Part, frozen=True, kw_only=True):
    what: Reference
    type: Coding
    role: Coding | None = None
    detail: tuple[Detail, ...] = ()


class Meta(Part, frozen=True, kw_only=True):
    last_updated: datetime


class AuditEvent(Part, frozen=True, kw_only=True, tag_field="resourceType", tag="AuditEvent"):
    id: str
    meta: Meta
    type: Coding
    subtype: tuple[Coding, ...]
    action: str
    recorded: datetime
    outcome: str
    outcome_desc: str = ""
    agent: tuple[Agent, ...]
    source: Source
    entity: tuple[Entity, ...]


class Link(Part, frozen=True, kw_only=True):
    relation: str
    url: str


class Search(Part, frozen=True, kw_only=True):
    mode: str


class BundleEntry(Part, frozen=True, kw_only=True):
    full_url: str
    resource: AuditEvent
    search: Search


class _Bundle(Part, frozen=True, kw_only=True, tag_field="resourceType", tag="Bundle"):
    type: str
    total: int
    link: tuple[Link, ...]
    entry: tuple[BundleEntry, ...] = ()


class Issue(Part, frozen=True, kw_only=True):
    severity: str
    code: str
    diagnostics: str


class _Outcome(
    Part, frozen=True, kw_only=True, tag_field="resourceType", tag="OperationOutcome"
):
    issue: tuple[Issue, ...]


_REASON: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_REASONS: Final = {
    "direct_care": ("TREAT", "treatment"),
    "oversight": ("HOPERAT", "healthcare operations"),
    "administration": ("HOPERAT", "healthcare operations"),
    "subject_access": ("PATRQT", "patient requested"),
    "support": ("SYSADMIN", "system administration"),
}
_BROKEN: Final = ("BTG", "break the glass")
_ACTIONS: Final = {
    "read": ("R", "read"),
    "write": ("U", "update"),
    "prescribe": ("U", "update"),
    LINK: ("U", "update"),
}
SUCCESS: Final = "0"
REFUSED: Final = "4"
"""FHIR's "minor failure": the act was denied, and nothing went wrong."""


def bundle(entries: Sequence[Told], *, url: str, site: str, asked: Criteria) -> bytes:
    """Return the searchset of *entries*, the latest first; ``total`` says how many there are."""
    shown = entries[: asked.count]
    return msgspec.json.encode(
        _Bundle(
            type="searchset",
            total=len(entries),
            link=(Link(relation="self", url=url),),
            entry=tuple(
                BundleEntry(
                    full_url=f"urn:uuid:{each.entry_id}",
                    resource=audit_event(each, site=site, patient=asked.patient),
                    search=Search(mode="match"),
                )
                for each in shown
            ),
        )
    )


def audit_event(entry: Told, *, site: str, patient: str) -> AuditEvent:
    """Return one entry as FHIR has it."""
    action, verb = _ACTIONS.get(entry.act, ("R", "read"))
    return AuditEvent(
        id=entry.entry_id,
        meta=Meta(last_updated=entry.at),
        type=Coding(
            system="http://dicom.nema.org/resources/ontology/DCM",
            code="110110",
            display="Patient Record",
        ),
        subtype=(Coding(system="http://hl7.org/fhir/restful-interaction", code=verb),),
        action=action,
        recorded=entry.at,
        outcome=REFUSED if entry.refused else SUCCESS,
        outcome_desc=entry.why if entry.refused else "",
        agent=(_agent(entry),),
        source=Source(
            site=site,
            observer=Reference(display="Standfast"),
            type=(
                Coding(
                    system="http://terminology.hl7.org/CodeSystem/security-source-type",
                    code="4",
                    display="Application Server",
                ),
            ),
        ),
        entity=_entities(entry, patient),
    )


def _agent(entry: Told) -> Agent:
    """Return who it was, and what for."""
    reasons = [_REASONS.get(entry.purpose, _REASONS["direct_care"])]
    if entry.refused:
        reasons = []  # nobody said what for, and nothing was shown
    if entry.broken:
        reasons.append(_BROKEN)
    purposes = tuple(
        Concept(coding=(Coding(system=_REASON, code=code, display=display),))
        for code, display in reasons
    )
    who = Reference(identifier=Identifier(value=entry.staff_id), display=entry.staff_name)
    return Agent(
        role=(Concept(text=entry.role),), who=who, requestor=True, purpose_of_use=purposes
    )


def _entities(entry: Told, patient: str) -> tuple[Entity, ...]:
    said = (("why", entry.why), ("way", entry.way), ("offline", str(entry.offline).lower()))
    person = Entity(
        what=Reference(reference=f"Patient/{patient}"),
        type=_entity_type("1", "Person"),
        role=Coding(
            system="http://terminology.hl7.org/CodeSystem/object-role",
            code="1",
            display="Patient",
        ),
        detail=tuple(Detail(type=name, value_string=value) for name, value in said if value),
    )
    if entry.record_kind == "person":
        return (person,)
    what = Reference(
        identifier=Identifier(value=entry.part.partition("/")[2] or entry.record_id),
        display=opened_what(entry.record_kind, entry.part),
    )
    return (person, Entity(what=what, type=_entity_type("2", "System Object")))


def _entity_type(code: str, display: str) -> Coding:
    system = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
    return Coding(system=system, code=code, display=display)


def outcome(diagnostics: str) -> bytes:
    """Return an OperationOutcome that says what was wrong."""
    issue = Issue(severity="error", code="invalid", diagnostics=diagnostics)
    return msgspec.json.encode(_Outcome(issue=(issue,)))
