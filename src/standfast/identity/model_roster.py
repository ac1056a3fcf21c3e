"""The rules of the roster: its number only rises, and an older one is not believed. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

from standfast.facts.roster import RosterEvent, RosterMade
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText, whole

LIFE: Final = timedelta(hours=72)
"""Control 6: how long a site may go on by what it knew when it was cut off."""


class Refusal(StrEnum):
    """Why a roster is not believed, or somebody not let in by it."""

    OUT_OF_TURN = "roster_out_of_turn"
    MISSING = "roster_missing"
    TAMPERED = "roster_tampered"
    WRONG_SITE = "roster_wrong_site"
    EXPIRED = "roster_expired"
    ROLLED_BACK = "roster_rolled_back"
    NOT_YET = "roster_not_yet"
    NOT_LISTED = "roster_not_listed"
    DISABLED = "roster_disabled"
    OTHER_KEY = "roster_other_key"
    HUB_SIGNS = "roster_hub_signs"


class RecordRoster(Command, frozen=True, kw_only=True):
    """Keep that this roster was signed, so that no older one counts from now on."""

    site: ShortText
    org: ShortText
    sequence: Annotated[int, Meta(ge=1)]
    digest: Annotated[str, Meta(pattern=whole(r"[0-9a-f]{64}"))]
    staff: int
    made_at: datetime
    expires_at: datetime


class Rosters(Struct, frozen=True):
    """The newest roster that is known. None: there was none."""

    newest: RosterMade | None = None

    @property
    def sequence(self) -> int:
        """The newest number, 0 before the first."""
        return self.newest.sequence if self.newest else 0


def decide_roster(known: Rosters, command: RecordRoster, _: datetime) -> Sequence[RosterEvent]:
    """Record the next one. Whoever else made one meanwhile makes this one out of turn."""
    if command.sequence <= known.sequence:
        raise Refused(Refusal.OUT_OF_TURN)
    return (
        RosterMade(
            site=command.site,
            org=command.org,
            sequence=command.sequence,
            digest=command.digest,
            staff=command.staff,
            made_at=command.made_at,
            expires_at=command.expires_at,
        ),
    )


def evolve_roster(known: Rosters, event: RosterEvent) -> Rosters:
    """Learn one fact: the highest number stands."""
    return Rosters(event) if event.sequence > known.sequence else known


ROSTERS: Final[Decider[Rosters, RecordRoster, RosterEvent]] = Decider(
    stream="identity.roster",
    sealed=False,
    event_type=RosterEvent,
    initial=Rosters(),
    decide=decide_roster,
    evolve=evolve_roster,
    org=lambda known: known.newest.org if known.newest else "",
)
