"""Another context's fact becomes our command, in the same transaction as the fact."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from standfast.kernel.messages import Command, Decider, Event


@dataclass(frozen=True)
class Reaction:
    """When ``on`` happens here, carry out ``command(event)`` on the stream ``key(event)``.

    ``command`` may return None: nothing to do this time. A refusal in ``ignore`` means that
    what was asked is already so; any other refuses the whole, cause included, and nothing
    is written.
    """

    on: type[Event]
    decider: Decider[Any, Any, Any]
    key: Callable[[Any], str]
    command: Callable[[Any], Command | None]
    ignore: frozenset[StrEnum] = field(default_factory=frozenset)
