"""Every kind of FHIR message that our code makes, and every one that it takes on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from standfast.access.auditing import Criteria, bundle, outcome
from standfast.access.rows import EntryRow
from standfast.access.told import told_opening
from standfast.facts.interop import ReferralReceived
from standfast.facts.people import Allergy, AllergyStatus, PersonSummary
from standfast.interop.answer import acknowledgement
from standfast.interop.capability import capability_statement, message_definitions
from standfast.interop.fhir import Bundle, Entry, Resource
from standfast.interop.model import MESSAGE
from standfast.interop.outcome import ERRORS, TurnedAway, operation_outcome, unfit
from standfast.interop.reading import Problem
from standfast.interop.writing import Format, write
from standfast.records.copy import collection
from standfast.web.hostile import Fault, Hostile
from tests.interop.examples import JSON, SHARED, XML, changed, taken_on, turned_away
from tests.interop.test_model import ACCEPT, NOON
from tests.people.examples import MARGARET

RECEIVER: Final = "Harrowmere Urgent Care"
SERVICE: Final = "https://fhir.nhs.uk/Id/dos-service-id|9000000001"
OURS: Final = "REFREQ02"
"""How the names of the published examples begin that are of a use case of ours."""

Message = bytes | dict[str, Any]


def made() -> dict[str, Message]:
    """Return one message of every kind that we write, in each format that we write it in."""
    written: dict[str, Message] = {}
    for name, resource in _resources():
        written[f"{name}, XML"] = write(resource, Format.XML)
        written[f"{name}, JSON"] = _plain(write(resource, Format.JSON))
    written["who looked"] = _plain(_who_looked())
    written["who looked, refused"] = _plain(outcome("date must be a day"))
    written["copy of a record"] = collection(_margaret())
    return written


def taken() -> dict[str, Message]:
    """Return every example that we take on: our own, and the published ones of our use case."""
    ours: dict[str, Message] = {"our referral, XML": XML, "our referral, JSON": _plain(JSON)}
    for path in sorted(SHARED.glob(f"*/{OURS}*.xml")):
        ours[f"{path.parent.name}/{path.name}"] = path.read_bytes()
    return ours


def _resources() -> Iterator[tuple[str, Resource]]:
    yield "acknowledgement", _acknowledgement()
    yield "capability statement", capability_statement(receiver=RECEIVER, version="0.1.0")
    found = message_definitions(SERVICE)
    yield (
        "message definitions",
        Bundle(
            type="searchset",
            entry=tuple(Entry(full_url=f"urn:uuid:{each.id}", resource=each) for each in found),
        ),
    )
    for name, refused in _refusals():
        yield (
            f"refusal: {name}",
            operation_outcome(
                refused, outcome_id="019a0000-0000-7000-8000-000000000001", receiver=RECEIVER
            ),
        )


def _refusals() -> Iterator[tuple[str, TurnedAway]]:
    for fault in Fault:
        yield fault.value, unfit(Hostile(fault))
    for status in ERRORS:
        yield f"{int(status)}", TurnedAway(status, [Problem("processing", "", "Why")])
    for code in ("security", "forbidden", "throttled", "transient", "duplicate", "conflict"):
        status = next(iter(ERRORS))
        yield code, TurnedAway(status, [Problem(code, "X-Request-Id", "Why")])
    yield "rules", turned_away(changed('status value="active"', 'status value="on"'))


def _acknowledgement() -> Bundle:
    (received,) = MESSAGE.decide(MESSAGE.initial, ACCEPT, NOON)
    assert isinstance(received, ReferralReceived)
    return acknowledgement(taken_on(XML).message, received)


def _who_looked() -> bytes:
    entry = EntryRow(
        org="harrowmere-urgent-care",
        entry_id="019a0000-0000-7000-8000-000000000002",
        staff_id="amira.haddad",
        staff_name="Amira Haddad",
        role="clinician",
        session_id="s",
        record_kind="person",
        record_id="p-margaret",
        person_id="p-margaret",
        case_id="",
        basis="glass",
        reference="",
        why="gave a reason: she rang back",
        glass_id="g",
        proof_id="",
        purpose="direct_care",
        sensitivity=0,
        act="read",
        way="passkey",
        offline=False,
        marks=(),
        opened_at=NOON,
    )
    of_a_case = msgspec.structs.replace(
        entry,
        record_kind="case",
        record_id="c",
        entry_id="019a0000-0000-7000-8000-000000000003",
    )
    refused = msgspec.structs.replace(
        told_opening(entry), entry_id="019a0000-0000-7000-8000-000000000004", refused=True
    )
    return bundle(
        [told_opening(entry), told_opening(of_a_case), refused],
        url="https://desk.example/access/fhir/AuditEvent?patient=p-margaret",
        site="Harrowmere",
        asked=Criteria(patient="p-margaret", spans=()),
    )


def _margaret() -> PersonSummary:
    return PersonSummary(
        person_id="p-margaret",
        details=MARGARET,
        allergy_status=AllergyStatus.KNOWN,
        allergies=(
            Allergy(
                substance="penicillin",
                display="Penicillin",
                code="",
                system="",
                reaction="rash",
                severity="",
            ),
        ),
        medicines=None,
        flags=(),
        notes=(),
        safety_source="Invented",
        safety_recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def _plain(text: bytes) -> dict[str, Any]:
    return msgspec.json.decode(text, type=dict[str, Any])
