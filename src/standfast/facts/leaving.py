"""Who may no longer come in, since when and why. This file only ever grows."""

from datetime import datetime
from typing import TypeAlias

from standfast.kernel.messages import Event


class StaffDisabled(Event, frozen=True, kw_only=True, tag="identity.staff_disabled.v1"):
    """From this instant on the person has no way in, and every session of theirs is over."""

    staff_id: str
    org: str
    by: str
    reason: str
    disabled_at: datetime


class StaffEnablingProposed(
    Event, frozen=True, kw_only=True, tag="identity.staff_enabling_proposed.v1"
):
    """Somebody asks that the person be let in again; a second one has to agree."""

    staff_id: str
    org: str
    by: str
    reason: str
    proposed_at: datetime


class StaffEnabled(Event, frozen=True, kw_only=True, tag="identity.staff_enabled.v1"):
    """Two people agreed that the person may come in again, from this instant on."""

    staff_id: str
    org: str
    proposed_by: str
    by: str
    enabled_at: datetime


LeavingEvent: TypeAlias = StaffDisabled | StaffEnablingProposed | StaffEnabled
