"""Which role may do what. Data, so that it can be read, printed and tested as a table."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

SHIFT: Final = timedelta(hours=12)
"""The longest that anybody stays signed in."""

IDLE: Final = timedelta(minutes=15)
"""After so long without a sign of life a screen locks, if the site has not set another time."""


class Role(StrEnum):
    """What somebody does here."""

    CALL_HANDLER = "call_handler"
    CLINICIAN = "clinician"
    SUPERVISOR = "supervisor"
    DISPATCHER = "dispatcher"
    RECEPTIONIST = "receptionist"
    PHARMACIST = "pharmacist"
    IT_OFFICER = "it_officer"
    SUPPORT = "support"
    SUPPORT_RECORDS = "support_records"
    PRIVACY_OFFICER = "privacy_officer"


class RoleDetails(Struct, frozen=True, kw_only=True):
    """What a role is called, what it may do, and whether it waits.

    A screen locks for everybody. For whoever waits for what comes in by itself the locked
    screen says how much there is: a quiet hour must not hide the next call.
    """

    label: str
    permissions: frozenset[str]
    watches: bool = False
    read_only: bool = False
    """Whoever has it may change nothing, whatever else they may do."""


_CALLS: Final = frozenset(
    {
        "calls.take",
        "calls.queue",
        "calls.read",
        "calls.close",
        "calls.way_in",
        "triage.use",
        "triage.read",
        "people.find",
        "people.read",
        "people.register",
        "people.timeline",
        "directory.use",
        "booking.book",
        "files.read",
        "files.attach",
        "continuity.key",
        "access.break_glass",
    }
)

_SUPPORT: Final = frozenset({"identity.read", "interop.watch", "directory.use"})
"""What a supplier's person may look at who may open no record."""

ROLES: Final[Mapping[Role, RoleDetails]] = {
    Role.CALL_HANDLER: RoleDetails(label="Call handler", permissions=_CALLS, watches=True),
    Role.CLINICIAN: RoleDetails(
        label="Clinician",
        permissions=_CALLS
        | {
            "calls.assess",
            "people.correct",
            "prescribing.prescribe",
            "access.label",
            "continuity.sign",
        },
    ),
    Role.SUPERVISOR: RoleDetails(
        label="Supervisor",
        permissions=_CALLS
        | {
            "calls.oversee",
            "people.correct",
            "directory.manage",
            "interop.watch",
            "interop.tell",
            "identity.read",
            "identity.confirm",
            "clients.read",
            "clients.switch",
            "keyring.sheet",
            "continuity.lead",
        },
        watches=True,
    ),
    Role.DISPATCHER: RoleDetails(
        label="Dispatcher",
        permissions=frozenset(
            {"dispatch.watch", "dispatch.desk", "dispatch.way_in", "access.break_glass"}
        ),
        watches=True,
    ),
    Role.RECEPTIONIST: RoleDetails(
        label="Receptionist",
        permissions=frozenset({"booking.clinic", "directory.use", "access.break_glass"}),
    ),
    Role.PHARMACIST: RoleDetails(
        label="Pharmacist",
        permissions=frozenset({"prescribing.dispense", "access.break_glass"}),
    ),
    Role.IT_OFFICER: RoleDetails(
        label="IT officer",
        permissions=frozenset(
            {
                "identity.read",
                "identity.manage",
                "identity.confirm",
                "interop.watch",
                "interop.tell",
                "directory.use",
                "directory.manage",
                "keyring.read",
                "keyring.sheet",
                "replication.read",
                "replication.manage",
                "clients.read",
                "clients.switch",
                "clients.manage",
            }
        ),
    ),
    Role.SUPPORT: RoleDetails(
        label="Supplier support",
        permissions=_SUPPORT,
        read_only=True,
    ),
    Role.SUPPORT_RECORDS: RoleDetails(
        label="Supplier support, with records",
        permissions=_SUPPORT
        | {"calls.read", "calls.queue", "people.read", "people.timeline", "triage.read"},
        read_only=True,
    ),
    Role.PRIVACY_OFFICER: RoleDetails(
        label="Privacy officer",
        permissions=frozenset(
            {
                "access.review",
                "access.looked",
                "access.label",
                "people.find",
                "records.govern",
                "records.disclose",
                "files.read",
            }
        ),
    ),
}

MACHINES: Final = frozenset({"interop.receive", "interop.discover"})
"""What only another system may do, which shows a token and has no role."""


def known_roles(words: Iterable[str]) -> tuple[Role, ...]:
    """Return the roles that *words* name; one that a newer program wrote is left out."""
    return tuple(Role(word) for word in words if word in set(Role))


def permissions_of(roles: Iterable[Role]) -> frozenset[str]:
    """Return all that *roles* together may do."""
    return frozenset[str]().union(*(ROLES[role].permissions for role in roles))


def label_of(roles: Iterable[Role]) -> str:
    """Return what *roles* are called: "Clinician, Supervisor"."""
    return ", ".join(ROLES[role].label for role in roles)


def watches(roles: Iterable[Role]) -> bool:
    """Return whether somebody with *roles* waits for what comes in by itself."""
    return any(ROLES[role].watches for role in roles)


def read_only(roles: Iterable[Role]) -> bool:
    """Return whether somebody with *roles* may change nothing."""
    return any(ROLES[role].read_only for role in roles)
