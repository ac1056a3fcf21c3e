"""Who calls, once it is known: the actor that the journal names, and what it may ask."""

from ipaddress import ip_address
from typing import Final

from starlette.requests import Request

from standfast.clients.limits import Caller
from standfast.clients.tables import Presented
from standfast.facts.clients import OPENS, Quota
from standfast.settings import Settings
from standfast.web.machines import Machine
from standfast.web.platform import Actor

DEMONSTRATION_QUOTA: Final = Quota(
    per_minute=60_000, in_flight=64, kilobytes_per_minute=1_000_000
)
"""Of whoever calls a demonstration from its own machine, or with the key that all may know."""

_PASSED_ON: Final = ("forwarded", "x-forwarded-for", "x-real-ip")


def known_machine(found: Presented, settings: Settings) -> tuple[Machine, Caller]:
    """Return the client whose token was shown: it may what was asked and is granted still."""
    scopes = set(found.token_scopes) & set(found.scopes)
    actor = Actor(
        staff_id=f"client:{found.client_id}",
        name=found.name,
        role="api_client",
        role_label="Another system",
        org=found.org,
        org_name=settings.receiving_org_name,
        permissions=frozenset(OPENS[scope] for scope in scopes),
    )
    caller = Caller(
        client_id=found.client_id,
        org=found.org,
        quota=Quota(
            per_minute=found.per_minute,
            in_flight=found.in_flight,
            kilobytes_per_minute=found.kilobytes_per_minute,
        ),
    )
    return Machine(actor=actor, speaks_for=frozenset(found.speaks_for)), caller


def demonstrated(settings: Settings) -> tuple[Machine, Caller]:
    """Return whoever plays another system in a demonstration."""
    actor = Actor(
        staff_id="bars",
        name="Booking and Referral",
        role="api_client",
        role_label="Another system",
        org=settings.receiving_org,
        org_name=settings.receiving_org_name,
        permissions=frozenset(OPENS.values()),
    )
    caller = Caller(
        client_id="this-machine", org=settings.receiving_org, quota=DEMONSTRATION_QUOTA
    )
    return Machine(actor=actor, speaks_for=None), caller


def from_here(request: Request) -> bool:
    """Return whether the caller is on this machine, and no proxy speaks for another."""
    if request.client is None or any(name in request.headers for name in _PASSED_ON):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def address_of(request: Request, proxies: frozenset[str]) -> str:
    """Return where the call comes from; of a named proxy, what that proxy saw."""
    address = request.client.host if request.client else ""
    if address in proxies:
        return request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip() or address
    return address
