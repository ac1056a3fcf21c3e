"""What must happen because time has passed: a pack that grew old is said to be so at once."""

from datetime import datetime

from standfast.continuity.commands import NoteOld
from standfast.continuity.model_pack import OLD_AFTER, PACK
from standfast.continuity.tables import old_packs
from standfast.web.platform import Actor, Platform
from standfast.web.timers import Timer


async def notice_old(here: Platform, now: datetime) -> None:
    """Note of each organisation's newest pack that it is too old, once."""
    for each in await old_packs(here.all_orgs, now - OLD_AFTER):
        await here.execute(PACK, each.pack_id, NoteOld(), actor=itself(each.org))


def itself(org: str) -> Actor:
    """Return the site as the one who did something."""
    return Actor(
        staff_id="standfast",
        name="Standfast",
        role="machine",
        role_label="Machine",
        org=org,
        org_name=org,
        permissions=frozenset(),
    )


TIMERS = (Timer("continuity.age", 30.0, notice_old),)
