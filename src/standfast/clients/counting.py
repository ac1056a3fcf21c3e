"""Counting calls in memory until they are written: one line a minute for each client at most.

Written one by one, refused calls would let whoever floods the site fill its journal.
"""

from datetime import datetime

from msgspec import Struct

from standfast.clients.model_calls import CountCalls, Why
from standfast.facts.clients import RefusedCalls


class Count(Struct):
    """What a process took and refused of one client since it was last written."""

    accepted: int = 0
    refused: dict[str, int] = {}
    latest_at: datetime | None = None


class Counts:
    """What this process took and refused of every client."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], Count] = {}

    def accepted(self, org: str, client_id: str, now: datetime) -> None:
        """Count one call that was let in."""
        count = self._of(org, client_id)
        count.accepted += 1
        count.latest_at = now

    def refused(self, org: str, client_id: str, why: Why) -> None:
        """Count one call that was refused. An empty *client_id*: nobody knows whose."""
        refused = self._of(org, client_id).refused
        refused[why.value] = refused.get(why.value, 0) + 1

    def take(self, now: datetime) -> list[CountCalls]:
        """Return what is to be written, and begin again."""
        counts, self._counts = self._counts, {}
        return [
            CountCalls(
                client_id=client_id,
                org=org,
                day=now.date(),
                accepted=count.accepted,
                refused=tuple(
                    RefusedCalls(reason=reason, count=number)
                    for reason, number in sorted(count.refused.items())
                ),
                latest_at=count.latest_at,
            )
            for (org, client_id), count in counts.items()
        ]

    def put_back(self, command: CountCalls) -> None:
        """Take *command* back: it could not be written."""
        count = self._of(command.org, command.client_id)
        count.accepted += command.accepted
        for each in command.refused:
            count.refused[each.reason] = count.refused.get(each.reason, 0) + each.count
        count.latest_at = count.latest_at or command.latest_at

    def _of(self, org: str, client_id: str) -> Count:
        key = (org, client_id)
        if key not in self._counts:
            self._counts[key] = Count(refused={})
        return self._counts[key]
