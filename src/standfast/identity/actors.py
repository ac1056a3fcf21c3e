"""Who is signed in, and what they may, as the platform's pages know them."""

from msgspec import structs

from standfast.identity.permissions import known_roles, label_of, permissions_of, read_only
from standfast.identity.tables import Persona
from standfast.identity.tables_sessions import SignedInPerson
from standfast.kernel.access import Assurance
from standfast.web.platform import Actor


def actor_of(
    person: SignedInPerson | Persona, session_id: str, told: tuple[str, ...] = ()
) -> Actor:
    """Return *person* as the platform's pages know them."""
    came_as = () if isinstance(person, Persona) else person.came_as
    roles = known_roles(role for role in person.roles if role in came_as or not came_as)
    who = Actor(
        staff_id=person.staff_id,
        name=person.name,
        role=roles[0].value if roles else "",
        roles=tuple(role.value for role in roles),
        role_label=label_of(roles),
        org=person.org,
        org_name=person.org_name,
        permissions=permissions_of(roles),
        session_id=session_id,
        read_only=read_only(roles),
        until=person.until,
    )
    if isinstance(person, Persona):
        return who
    return structs.replace(
        who,
        permissions=frozenset() if person.is_unconfirmed else who.permissions,
        assurance=Assurance(person.assurance),
        way=person.way,
        offline=person.offline,
        told=told,
        signed_in_at=person.signed_in_at,
        shift_until=person.expires_at,
    )


def newcomer(who: Persona) -> Actor:
    """Return *who* as they prove who they are: nobody is signed in, and no role holds yet.

    So supplier support, who may change nothing, can still register the key they were granted.
    """
    return structs.replace(actor_of(who, ""), permissions=frozenset(), read_only=False)
