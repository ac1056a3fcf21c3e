"""Who works at an organisation and may do something there."""

from msgspec import Struct

from standfast.facts.identity import StaffSummary
from standfast.identity.permissions import known_roles, permissions_of
from standfast.journal.database import Reader


class _Colleague(Struct, frozen=True):
    staff_id: str
    name: str
    title: str
    roles: tuple[str, ...]
    registration: str


async def with_permission(db: Reader, org: str, permission: str) -> tuple[StaffSummary, ...]:
    """Answer who works at *org* and has *permission*, by name."""
    found = await db.fetch(
        _Colleague,
        """
          SELECT staff_id, name, title, roles, registration
            FROM identity_staff
           WHERE org = $1 AND disabled_at IS NULL AND (until IS NULL OR until > now())
        ORDER BY name, staff_id
        """,
        org,
    )
    return tuple(
        StaffSummary(
            staff_id=each.staff_id,
            name=each.name,
            title=each.title,
            org=org,
            org_name="",
            registration=each.registration,
        )
        for each in found
        if permission in permissions_of(known_roles(each.roles))
    )
