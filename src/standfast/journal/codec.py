"""Events as bytes, and back. An event we do not know is kept and shown, never in the way."""

from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from standfast.kernel.messages import Decider, Event


class UnknownFact(Struct, frozen=True):
    """A fact whose tag or shape this version does not know: written by a newer one, or damaged.

    A fold passes over it; a timeline shows that it is there.
    """

    tag: str
    body: bytes


def encode(event: Event) -> tuple[str, bytes]:
    """Return the tag of *event* and its body, as JSON."""
    return tag_of(type(event)), msgspec.json.encode(event)


def decode(decider: Decider[Any, Any, Any], tag: str, body: bytes) -> Event | UnknownFact:
    """Return the event in *body*, read as one of the decider's own. Never raises."""
    try:
        event: Event = _decoder(decider.event_type).decode(body)
    except msgspec.MsgspecError:
        return UnknownFact(tag, body)
    return event


def tag_of(event_class: type[Event]) -> str:
    """Return the tag that stands on disk for *event_class*."""
    return str(event_class.__struct_config__.tag)


@cache
def _decoder(event_type: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(event_type)
