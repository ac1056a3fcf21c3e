"""As whom somebody comes in whom the sign-in service vouches for. Pure.

The service says who they are and may say which roles they hold where; this site's own register
says what they may do here. Nobody gets more than both of them agree on.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

ROLES_CLAIM = "nhsid_nrbac_roles"
"""Where NHS CIS2 names them: a list of objects with ``org_code`` and ``role_code``."""


class Candidate(Struct, frozen=True, kw_only=True):
    """A member of staff whom the account leads to, as this site's register has them."""

    staff_id: str
    org: str
    org_name: str
    ods_code: str
    roles: tuple[str, ...]


class Choice(Struct, frozen=True, kw_only=True):
    """One way to come in: as this member of staff, with these roles."""

    staff_id: str
    org_name: str
    roles: tuple[str, ...]


def role_map(text: str) -> Mapping[str, str]:
    """Return our word for each of the service's role codes, from the setting. Raises ValueError."""
    pairs = [word.rpartition("=") for word in text.replace(",", " ").split()]
    if any(not code or not ours for code, _, ours in pairs):
        raise ValueError("STANDFAST_OIDC_ROLES: write each as CODE=role")
    return {code: ours for code, _, ours in pairs}


def choices(
    people: Sequence[Candidate], claims: Mapping[str, Any], roles: Mapping[str, str]
) -> list[Choice]:
    """Return every way in that the register and the service agree on, each once.

    Without a map the service names no roles, and each person comes in as what they are here.
    """
    if not roles:
        return [
            Choice(staff_id=each.staff_id, org_name=each.org_name, roles=each.roles)
            for each in people
            if each.roles
        ]
    found: list[Choice] = []
    for each in people:
        for org_code, role_code in _named(claims):
            ours = roles.get(role_code)
            if ours not in each.roles or org_code not in ("", each.ods_code):
                continue
            choice = Choice(staff_id=each.staff_id, org_name=each.org_name, roles=(ours,))
            if choice not in found:
                found.append(choice)
    return found


def _named(claims: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the (organisation, role) codes that the service names; what is no role is left out."""
    said = claims.get(ROLES_CLAIM, [])
    if not isinstance(said, list):
        return []
    return [
        (each.get("org_code", "") or "", each["role_code"])
        for each in said
        if isinstance(each, dict) and isinstance(each.get("role_code"), str)
    ]
