"""Setting a live site up: its organisation, its first two administrators and their codes."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from standfast.facts.identity import OrganisationDetails
from standfast.facts.passkeys import EnrolmentKind, EnrolmentOpened
from standfast.identity import codes
from standfast.identity.model import ORGANISATION, STAFF, RegisterOrganisation, RegisterStaff
from standfast.identity.model_enrolment import (
    CODE_FOR,
    ENROLMENT,
    CancelEnrolment,
    OpenEnrolment,
)
from standfast.identity.permissions import Role
from standfast.identity.tables import persona
from standfast.identity.tables_passkeys import enrolment_of, founding_staff, passkeys_of
from standfast.journal.database import Connection
from standfast.kernel.ids import uuid7
from standfast.web.platform import Actor, Platform

INIT: Final = Actor(
    staff_id="standfast-init",
    name="standfast init",
    role="machine",
    role_label="Setting up",
    org="",
    org_name="",
    permissions=frozenset(),
)
"""Who writes the first facts of a site. Nobody signs in as it."""

HOW_MANY: Final = 2
"""Administrators that a site begins with: each confirms the other."""


class Founder(Struct, frozen=True, kw_only=True):
    """One of the first two. ``code`` is what they are told; empty when they are enrolled."""

    staff_id: str
    name: str
    code: str = ""


async def is_founded(owner: Connection) -> bool:
    """Return whether a site was set up in this database: its first two have been asked for."""
    tag = EnrolmentOpened.__struct_config__.tag
    return bool(
        await owner.fetchval("SELECT EXISTS (SELECT FROM journal_facts WHERE type = $1)", tag)
    )


async def found(
    here: Platform, organisation: OrganisationDetails, first: Sequence[Founder]
) -> list[Founder]:
    """Register *organisation* and its *first* two; return them with their codes."""
    command = RegisterOrganisation(organisation=organisation)
    await here.execute(ORGANISATION, organisation.org, command, actor=INIT)
    for each in first:
        staff = RegisterStaff(
            staff_id=each.staff_id,
            org=organisation.org,
            name=each.name,
            title="Administrator",
            roles=(Role.IT_OFFICER,),
        )
        await here.execute(STAFF, each.staff_id, staff, actor=INIT)
    return [await _with_code(here, organisation.org, each) for each in first]


async def codes_again(here: Platform) -> list[Founder]:
    """Return the first two of a site that was set up, with new codes for who has no key yet."""
    again = []
    for staff_id in await founding_staff(here.all_orgs):
        who = await persona(here.public, staff_id)
        if who is None:
            continue
        founder = Founder(staff_id=staff_id, name=who.name)
        if not await passkeys_of(here.all_orgs, staff_id):
            founder = await _with_code(here, who.org, founder)
        again.append(founder)
    return again


async def _with_code(here: Platform, org: str, founder: Founder) -> Founder:
    """Open an enrolment for *founder*, in place of any that was not used."""
    before = await enrolment_of(here.all_orgs, org, founder.staff_id)
    if before is not None:
        cancel = CancelEnrolment(by=INIT.staff_id)
        await here.execute(ENROLMENT, before.enrolment_id, cancel, actor=INIT)
    code = codes.spoken(here.random(5))
    enrolment_id = uuid7(here.clock(), here.random(10))
    command = OpenEnrolment(
        enrolment_id=enrolment_id,
        org=org,
        staff_id=founder.staff_id,
        kind=EnrolmentKind.FOUNDING,
        by=INIT.staff_id,
        proof_id="init",
        code=await codes.kept(code, here.random(16), here.clock() + CODE_FOR),
    )
    await here.execute(ENROLMENT, enrolment_id, command, actor=INIT)
    return Founder(staff_id=founder.staff_id, name=founder.name, code=code)
