"""The table of roles is complete: nothing asks for a permission that nobody has."""

from standfast.app import CONTEXTS, ENTRIES, PAGES
from standfast.identity.permissions import (
    MACHINES,
    ROLES,
    Role,
    known_roles,
    label_of,
    permissions_of,
    watches,
)
from standfast.web.pages import ANYONE, SIGNED_IN

GRANTED = permissions_of(ROLES)


def test_every_role_is_in_the_table() -> None:
    assert set(ROLES) == set(Role)


def test_every_permission_that_a_page_needs_belongs_to_some_role() -> None:
    needed = {page.needs for page in PAGES} - {ANYONE, SIGNED_IN}

    assert needed <= GRANTED | MACHINES


def test_every_permission_that_a_device_entry_needs_belongs_to_some_role() -> None:
    assert {entry.needs for entry in ENTRIES} <= GRANTED


def test_every_permission_that_a_workspace_needs_belongs_to_some_role() -> None:
    needed = {each.needs for context in CONTEXTS for each in context.pages.WORKSPACES}

    assert needed <= GRANTED


def test_a_permission_begins_with_the_name_of_a_context() -> None:
    contexts = {context.name for context in CONTEXTS}

    assert {name.partition(".")[0] for name in GRANTED | MACHINES} <= contexts


def test_somebody_with_two_roles_may_do_what_either_may() -> None:
    both = permissions_of([Role.CLINICIAN, Role.SUPERVISOR])

    assert {"prescribing.prescribe", "calls.oversee"} <= both
    assert label_of([Role.CLINICIAN, Role.SUPERVISOR]) == "Clinician, Supervisor"


def test_a_role_that_a_newer_program_wrote_gives_nothing() -> None:
    assert known_roles(("wizard", "dispatcher")) == (Role.DISPATCHER,)
    assert permissions_of(known_roles(("wizard",))) == frozenset()


def test_whoever_waits_for_what_comes_in_is_told_of_it_on_a_locked_screen() -> None:
    assert watches([Role.DISPATCHER])
    assert watches([Role.PHARMACIST, Role.CALL_HANDLER])
    assert not watches([Role.PHARMACIST])


def test_only_a_clinician_prescribes_and_only_a_pharmacist_dispenses() -> None:
    assert _who_may("prescribing.prescribe") == {Role.CLINICIAN}
    assert _who_may("prescribing.dispense") == {Role.PHARMACIST}


def _who_may(permission: str) -> set[Role]:
    return {role for role, details in ROLES.items() if permission in details.permissions}
