"""A pack of paper, and who deals with it."""

from typing import Final

from standfast.continuity.codes import form_id, pack_number
from standfast.continuity.commands import PrintPack
from standfast.continuity.commands_form import KeepPicture
from standfast.continuity.model_form import FORM
from standfast.continuity.model_pack import PACK
from standfast.facts.continuity import IssuedForm
from standfast.facts.paper import PictureBytes
from standfast.journal.contents import Content
from standfast.kernel.ids import child_id
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


PICTURE: Final = Content.of("image/jpeg", b"no picture, and as good as one for whoever asks")
PICTURE_ID: Final = child_id(form_id(PACK_ID, 1), f"picture {PICTURE.sha256}")


async def make_picture(site: Site) -> None:
    """Keep a picture of the first form."""
    command = KeepPicture(
        form_id=form_id(PACK_ID, 1),
        pack_id=PACK_ID,
        org=PROVIDER,
        number=1,
        contents=(PictureBytes(sha256=PICTURE.sha256, size=len(PICTURE.body)),),
        by="sunita.rao",
        by_name="Sunita Rao",
    )
    await site.platform.execute(
        FORM, command.form_id, command, actor=SUNITA, contents=[PICTURE]
    )


async def make_pack(site: Site) -> None:
    """Print a pack of three forms for any call and one for chest pain."""
    await site.execute(PACK, PACK_ID, PRINT, actor=SUNITA)
