"""What the directory says to people: a sentence for each refusal, and for each fact."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

from standfast.directory.model import Refusal
from standfast.directory.wording import STATES
from standfast.facts.directory import (
    CapacityReported,
    GazetteerEvent,
    NeedEvent,
    NeedStated,
    NeedWithdrawn,
    ServiceEvent,
    ServiceListed,
)

REFUSALS: Final[Mapping[StrEnum, str]] = {
    Refusal.NOT_LISTED: "This service is not in the directory. Look it up again.",
    Refusal.LISTED_BY_ANOTHER: (
        "Another organisation has listed a service by this id. Give yours a different one."
    ),
    Refusal.AGES_REVERSED: "The youngest age is above the oldest. Enter them the other way round.",
    Refusal.NOT_A_WEEKDAY: "Enter opening hours for Monday (0) to Sunday (6).",
    Refusal.OFFERS_NOTHING: "Say what the service offers: at least one need.",
}


def describe_service(event: ServiceEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case ServiceListed():
            return f"{event.service.name} was listed in the directory"
        case CapacityReported():
            state = STATES.get(event.capacity, (event.capacity, "", ""))[0]
            return f"Capacity: {state}" + ("" if event.accepting else ", taking nobody")
        case _:
            assert_never(event)


def describe_need(event: NeedEvent) -> str:
    """Return one plain sentence for *event*."""
    match event:
        case NeedStated():
            return f"Services were looked for: {event.need.label}"
        case NeedWithdrawn():
            return "The answers changed: no service is looked for now"
        case _:
            assert_never(event)


def describe_gazetteer(event: GazetteerEvent) -> str:
    """Return one plain sentence for *event*."""
    return f"{len(event.postcodes)} postcodes of {event.sector} were put in the gazetteer"


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {
    "directory.service": describe_service,
    "directory.need": describe_need,
    "directory.gazetteer": describe_gazetteer,
}
"""By kind of stream: one plain sentence for each of its events."""
