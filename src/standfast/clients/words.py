"""What clients say to people: a sentence for each refusal, and for each fact."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

from standfast.clients.model import Refusal
from standfast.clients.model_calls import Why
from standfast.facts.clients import (
    ApiTurnedOff,
    ApiTurnedOn,
    ClientChanged,
    ClientEnded,
    ClientEvent,
    ClientRegistered,
    ClientResumed,
    ClientSuspended,
    KeyAdded,
    KeyRetired,
    SwitchEvent,
    TokenEvent,
    UseEvent,
)

REFUSALS: Final[Mapping[StrEnum, str]] = {
    Refusal.CLIENT_EXISTS: "Another client has this id, or had it. Choose a different one.",
    Refusal.NO_SUCH_CLIENT: "There is no such client. Register it first.",
    Refusal.CLIENT_ENDED: "This client has ended for good. Register it anew, under another id.",
    Refusal.NO_SCOPE: "A client that may do nothing is no use. Tick at least one scope.",
    Refusal.NO_KEY: "There is no key. Enter its JWKS or its certificate.",
    Refusal.KEY_EXISTS: (
        "The client has this key, or one of this id, or had it. Ask them for a new key."
    ),
    Refusal.NO_SUCH_KEY: "The client has no such key. Go back and look at its keys again.",
    Refusal.LAST_KEY: (
        "Without this key the client could not call. Add its new key first, or suspend the client."
    ),
    Refusal.TOO_MANY_KEYS: "The client has ten keys already. Remove one that it no longer uses.",
    Refusal.ASSERTION_USED: "This assertion was used before. Send a new one, with another jti.",
}

REASONS: Final[Mapping[Why, str]] = {
    Why.NO_TOKEN: "Showed no token",
    Why.UNKNOWN_TOKEN: "Token not known",
    Why.OLD_TOKEN: "Token expired or void",
    Why.SUSPENDED: "Client suspended or ended",
    Why.CERTIFICATE: "TLS certificate missing or not right",
    Why.SCOPE: "Scope not granted",
    Why.QUOTA: "Over its limit",
    Why.BUSY: "All places were taken",
    Why.OFF: "API was off",
    Why.ASSERTION: "Assertion not right",
    Why.REPLAYED: "Assertion used before",
    Why.REQUEST: "Request for a token not right",
}
"""Why calls were refused, as the IT officer reads it."""


def describe_client(event: ClientEvent) -> str:  # noqa: PLR0911 - one for each kind
    """Return one plain sentence for *event*."""
    match event:
        case ClientRegistered():
            return f"{event.name} may call this site as {event.client_id}"
        case ClientChanged():
            return f"What {event.client_id} may do, or how much, was changed"
        case KeyAdded():
            return f"{event.client_id} may sign with the key {event.key.kid} as well"
        case KeyRetired():
            return f"The key {event.kid} of {event.client_id} was retired"
        case ClientSuspended():
            return f"{event.client_id} was suspended: {event.reason}"
        case ClientResumed():
            return f"{event.client_id} may call again"
        case ClientEnded():
            return f"{event.client_id} has ended: {event.reason}"
        case _:
            assert_never(event)


def describe_token(event: TokenEvent) -> str:
    """Return one plain sentence for *event*."""
    return f"{event.client_id} got an access token for its key {event.kid}"


def describe_switch(event: SwitchEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case ApiTurnedOff():
            return f"The API was turned off: {event.reason}"
        case ApiTurnedOn():
            return "The API was turned on again"
        case _:
            assert_never(event)


def describe_use(event: UseEvent) -> str:
    """Return one plain sentence for *event*."""
    refused = sum(each.count for each in event.refused)
    return f"{event.client_id or 'Unknown callers'}: {event.accepted} calls taken, {refused} refused"


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {
    "clients.client": describe_client,
    "clients.token": describe_token,
    "clients.switch": describe_switch,
    "clients.use": describe_use,
}
"""By kind of stream: one plain sentence for each of its events."""
