"""Making the roster regularly, keeping it on disk, and letting people in by it while cut off.

A cut-off site makes no new one: 72 hours after the last it knew, it lets nobody in. A person
at the console may make one all the same, and the journal says so.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from msgspec import Struct

from standfast.identity import roster as rules
from standfast.identity.ending import machine
from standfast.identity.model_passkeys import PASSKEYS
from standfast.identity.model_roster import LIFE, ROSTERS, RecordRoster, Refusal
from standfast.identity.outside import is_cut_off
from standfast.identity.roster import (
    Roster,
    RosterOrganisation,
    RosterPasskey,
    RosterPerson,
    admitted,
    believed,
    digest_of,
    seal,
)
from standfast.journal.keys import SiteKey
from standfast.kernel.messages import Refused
from standfast.vault import files
from standfast.vault.names import SITE
from standfast.web.platform import Actor, Platform
from standfast.web.timers import Timer

FILE: Final = "roster.json"
EVERY: Final = timedelta(hours=1)
"""How old the newest may become before the next is made."""

_log = structlog.get_logger()


class Member(Struct, frozen=True, kw_only=True):
    """One row of staff, and one of their keys if they have any."""

    staff_id: str
    org: str
    name: str
    title: str
    roles: tuple[str, ...]
    registration: str
    until: datetime | None
    disabled_at: datetime | None


class KeyOf(Struct, frozen=True, kw_only=True):
    """One passkey that opens something, and whose."""

    staff_id: str
    credential_id: str
    public_key: str


async def make(here: Platform, actor: Actor | None = None) -> Roster:
    """Sign the next roster and put it on disk; return it.

    Raises ``Refused`` when another worker made one at the same moment, or a hub signs it here.
    """
    if here.settings.roster_key:
        raise Refused(Refusal.HUB_SIGNS)
    known = await here.state(ROSTERS, here.settings.site)
    now = here.clock()
    roster = await collected(here, sequence=known.sequence + 1, now=now)
    raw = seal(roster, _site_key(here))
    org = roster.organisations[0].org if roster.organisations else here.settings.site
    command = RecordRoster(
        site=roster.site,
        org=org,
        sequence=roster.sequence,
        digest=digest_of(raw),
        staff=len(roster.people),
        made_at=roster.made_at,
        expires_at=roster.expires_at,
    )
    await here.execute(ROSTERS, roster.site, command, actor=actor or machine(org))
    files.replace(path_of(here), raw)
    return roster


async def current(here: Platform) -> Roster:
    """Return the roster on disk, if it may be relied on now. Raises ``Refused``."""
    return believed(
        _read(path_of(here)),
        trusted=trusted(here),
        site=here.settings.site,
        known=await here.state(ROSTERS, here.settings.site),
        now=here.clock(),
    )


async def admit(
    here: Platform, *, staff_id: str, credential_id: str, public_key: str, sign_count: int
) -> datetime | None:
    """Return until when somebody with this passkey is let in by the roster.

    None: this site is not cut off, and its own tables know. Raises ``Refused``.
    """
    if not is_cut_off(here):
        return None
    roster = await current(here)
    admitted(
        roster,
        staff_id=staff_id,
        credential_id=credential_id,
        public_key=public_key,
        sign_count=sign_count,
    )
    return roster.expires_at


async def keep(here: Platform, now: datetime) -> None:
    """Make the next roster when it is time, or when the one on disk is not to be relied on.

    Where nobody has a passkey, as in the demonstration, there is nobody whom one could let in.
    """
    if here.settings.roster_key or is_cut_off(here):
        return
    if not await here.all_orgs.fetch_value("SELECT EXISTS (SELECT FROM identity_passkeys)"):
        return
    try:
        roster = await current(here)
    except Refused as refused:
        _log.warning("roster.not_believed", why=str(refused.reason))
    else:
        if now - roster.made_at < EVERY and await _is_as_it_was(here, roster):
            return
    await make(here)


def trusted(here: Platform) -> frozenset[bytes]:
    """Return whose signature counts: the hub's if the site has one, else its own."""
    named = here.settings.roster_key
    return frozenset({bytes.fromhex(named) if named else _site_key(here).public})


def path_of(here: Platform) -> Path:
    """Return where the roster lies."""
    return here.settings.data / FILE


async def collected(here: Platform, *, sequence: int, now: datetime) -> Roster:
    """Return everybody on this node as they are now."""
    keys: dict[str, list[RosterPasskey]] = defaultdict(list)
    for each in await here.all_orgs.fetch(KeyOf, _KEYS):
        known = (await here.state(PASSKEYS, each.staff_id)).key(each.credential_id)
        keys[each.staff_id].append(
            RosterPasskey(
                credential_id=each.credential_id,
                public_key=each.public_key,
                sign_count=known.sign_count if known else 0,
            )
        )
    people = [
        RosterPerson(
            staff_id=each.staff_id,
            org=each.org,
            name=each.name,
            title=each.title,
            roles=each.roles,
            registration=each.registration,
            until=each.until,
            disabled=each.disabled_at is not None,
            passkeys=tuple(keys[each.staff_id]),
        )
        for each in await here.all_orgs.fetch(Member, _MEMBERS)
    ]
    return Roster(
        site=here.settings.site,
        sequence=sequence,
        made_at=now,
        expires_at=now + LIFE,
        organisations=tuple(await here.all_orgs.fetch(RosterOrganisation, _ORGANISATIONS)),
        people=tuple(people),
    )


async def _is_as_it_was(here: Platform, roster: Roster) -> bool:
    """Return whether nobody came, left or was given a key since; counters may have moved."""
    return _without_counters(
        await collected(here, sequence=roster.sequence, now=roster.made_at)
    ) == _without_counters(roster)


def _without_counters(roster: Roster) -> object:
    return [
        (
            (each.staff_id, each.org, each.roles, each.until, each.disabled),
            [(key.credential_id, key.public_key) for key in each.passkeys],
        )
        for each in roster.people
    ]


def _site_key(here: Platform) -> SiteKey:
    return SiteKey.of(here.keys.secret(SITE))


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(rules.LARGEST + 1)
    except OSError:
        return None


_ORGANISATIONS: Final = """
  SELECT org, name, kind, ods_code
    FROM identity_organisations
ORDER BY org
"""
_MEMBERS: Final = """
  SELECT staff_id, org, name, title, roles, registration, until, disabled_at
    FROM identity_staff
ORDER BY staff_id
"""
_KEYS: Final = """
  SELECT staff_id, credential_id, public_key
    FROM identity_passkeys
   WHERE locked_at IS NULL
ORDER BY staff_id, credential_id
"""

TIMERS: Final[tuple[Timer, ...]] = (Timer("the roster", 60, keep),)
