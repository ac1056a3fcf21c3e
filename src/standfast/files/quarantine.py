"""Files that wait for the virus scanner: looked into once it answers, shown to nobody before."""

from datetime import datetime

import structlog

from standfast.files.model import FILES, TellScan
from standfast.files.tables import waiting
from standfast.journal.contents import opened
from standfast.outbound.clamd import NotScanned, scan
from standfast.web.platform import Actor, Platform
from standfast.web.timers import Timer

_log = structlog.get_logger()


async def look(here: Platform, _: datetime) -> None:
    """Ask the scanner about each file that waits, the longest wait first, until it is away."""
    address = here.settings.clamd
    tried: list[str] = []
    while address and (found := await waiting(here.all_orgs, tried)) is not None:
        tried.append(found.file_id)
        body = await opened(here.all_orgs, found)
        if body is None:  # its record was erased meanwhile
            continue
        try:
            signature = await scan(address, body)
        except NotScanned as error:
            _log.warning("files.not_scanned", why=str(error), file=found.file_id)
            if error.away:
                return
            continue
        command = TellScan(file_id=found.file_id, signature=signature)
        await here.execute(FILES, found.contact, command, actor=_scanner(found.org))


def _scanner(org: str) -> Actor:
    """Return the scanner as the one who found something, or nothing."""
    return Actor(
        staff_id="virus-scanner",
        name="Virus scanner",
        role="machine",
        role_label="Machine",
        org=org,
        org_name=org,
        permissions=frozenset(),
    )


TIMERS = (Timer("files.quarantine", 20.0, look),)
