"""A pack of paper, and who deals with it."""

from typing import Final

from standfast.continuity.codes import pack_number
from standfast.continuity.commands import PrintPack
from standfast.continuity.model_pack import PACK
from standfast.facts.continuity import IssuedForm
from standfast.triage.content import current
from tests.support.site import PROVIDER, Site, somebody

PACK_ID: Final = "01890000-0000-7000-8000-00000000d001"
NUMBER: Final = pack_number(PACK_ID)

SUNITA: Final = somebody(
    "sunita.rao",
    "Sunita Rao",
    "supervisor",
    PROVIDER,
    "continuity.lead",
    "continuity.key",
    "calls.read",
    org_name="Harrowmere Urgent Care",
)

CHEST: Final = IssuedForm(number=4, protocol="chest-pain", title="Chest pain")
PRINT: Final = PrintPack(
    pack_id=PACK_ID,
    org=PROVIDER,
    number=NUMBER,
    forms=(*(IssuedForm(number=number) for number in (1, 2, 3)), CHEST),
    content=current().version,
    by="sunita.rao",
    by_name="Sunita Rao",
)


async def make_pack(site: Site) -> None:
    """Print a pack of three forms for any call and one for chest pain."""
    await site.execute(PACK, PACK_ID, PRINT, actor=SUNITA)
