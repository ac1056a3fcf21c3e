"""Which BaRS messages there are, and which of them we act on: the workflow variables as data.

BaRS Core 1.5.0, "Bundle processing": event, reason, category and status tell what is asked.
To take on another message is to give its row a handler; nothing else changes.
"""

from collections.abc import Callable, Mapping
from typing import Final

import re2
from msgspec import Struct

from standfast.facts.interop import Referral
from standfast.interop.fhir import Appointment, ServiceRequest
from standfast.interop.message import CATEGORY, USE_CASE, Message, code_in
from standfast.interop.reading import Problem
from standfast.interop.referral import referral
from standfast.interop.rules import DEFINITION, REFERRAL_TO_CAS, check

USE_CASES: Final = re2.compile(
    r"a1t([1-9]|1[0-2])|a2t[1-6]|a3t1|a4t[1-4]|a5t[1-3]|referraltopharmacy|a6t[1-3]|a7t1|a8t[1-3]"
)
"""CodeSystem usecases-categories-bars, July 2026."""


class Handler(Struct, frozen=True):
    """How one use case is taken on: the versions of its Application, its rules, our words."""

    title: str
    definition: str
    versions: tuple[str, ...]
    """The major versions of the Application that it can read."""
    check: Callable[[Message], list[Problem]]
    read: Callable[[Message], Referral]

    def reads(self, version: str) -> bool:
        """Return whether *version* is one of ours, such as ``1.0.0`` or ``1.0.0-beta``."""
        major = re2.fullmatch(
            r"([0-9]{1,3})\.[0-9]{1,3}\.[0-9]{1,3}(-[0-9A-Za-z.]{1,20})?", version
        )
        return major is not None and major[1] in self.versions


class Workflow(Struct, frozen=True):
    """One row of the guide: what is asked when these variables come together."""

    name: str
    event: str
    reasons: frozenset[str]
    statuses: frozenset[str]
    category: str = ""
    """``referral`` or ``validation``; empty for bookings, which have none."""
    handlers: Mapping[str, Handler] = {}


_NEW: Final = frozenset({"new"})
_UPDATE: Final = frozenset({"update", "delete"})  # The guide says both of a cancellation.
_EITHER: Final = _NEW | _UPDATE
_ACTIVE: Final = frozenset({"active"})
_ENDED: Final = frozenset({"revoked", "entered-in-error"})

NEW_REFERRAL_TO_CAS: Final = Handler(
    title="New referral, a3t1 (999 to clinical assessment)",
    definition=f"{DEFINITION}bars-message-servicerequest-request-referral",
    versions=("1", "2"),
    check=lambda message: check(message, REFERRAL_TO_CAS),
    read=referral,
)

WORKFLOWS: Final = (
    Workflow(
        "New referral",
        "servicerequest-request",
        _NEW,
        _ACTIVE,
        "referral",
        {"a3t1": NEW_REFERRAL_TO_CAS},
    ),
    Workflow("Updated referral", "servicerequest-request", _UPDATE, _ACTIVE, "referral"),
    Workflow("Cancelled referral", "servicerequest-request", _UPDATE, _ENDED, "referral"),
    Workflow("New validation", "servicerequest-request", _NEW, _ACTIVE, "validation"),
    Workflow(
        "Updated validation",
        "servicerequest-request",
        _UPDATE,
        _ACTIVE | {"on-hold"},
        "validation",
    ),
    Workflow("Cancelled validation", "servicerequest-request", _UPDATE, _ENDED, "validation"),
    Workflow(
        "Referral response",
        "servicerequest-response",
        _EITHER,
        _ACTIVE | _ENDED | {"completed"},
        "referral",
    ),
    Workflow(
        "Validation response",
        "servicerequest-response",
        _EITHER,
        _ACTIVE | _ENDED | {"completed"},
        "validation",
    ),
    Workflow("New booking", "booking-request", _NEW, frozenset({"booked"})),
    Workflow(
        "Cancelled booking", "booking-request", _EITHER, frozenset({"cancelled", *_ENDED})
    ),
    Workflow("Updated booking", "booking-request", _UPDATE, frozenset({"booked"})),
)


class Asked(Struct, frozen=True):
    """The workflow variables of one message, as they came."""

    event: str
    reason: str
    category: str
    status: str
    use_case: str


def asked(message: Message) -> Asked:
    """Return what *message* asks for."""
    header = message.header
    request = message.first(ServiceRequest) or ServiceRequest()
    booking = message.first(Appointment) or Appointment()
    event = (header.event_coding.code or "") if header.event_coding else ""
    codings = header.reason.coding if header.reason else ()
    status = booking.status if event.startswith("booking") else request.status
    return Asked(
        event=event,
        reason=next((coding.code for coding in codings if coding.code), ""),
        category=code_in(request.category, CATEGORY),
        status=status or "",
        use_case=code_in(request.category, USE_CASE),
    )


def workflow_of(variables: Asked) -> Workflow | None:
    """Return the workflow that *variables* mean in the standard, or None."""
    for workflow in WORKFLOWS:
        if (
            workflow.event == variables.event
            and variables.reason in workflow.reasons
            and variables.status in workflow.statuses
            and workflow.category in ("", variables.category)
        ):
            return workflow
    return None


def supported() -> tuple[Handler, ...]:
    """Return every message that we act on."""
    return tuple(handler for row in WORKFLOWS for handler in row.handlers.values())
