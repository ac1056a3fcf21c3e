"""Pictures and letters that somebody sends about an invented patient."""

import io
from typing import Any, Final

from PIL import Image

from standfast.facts.files import Bytes
from standfast.files.model import FILES, AttachFile
from standfast.journal.contents import Content
from tests.support.pdfs import letter
from tests.support.site import PROVIDER, Site

FILE_ID: Final = "01890000-0000-7000-8000-00000000f001"

EICAR: Final = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""What every virus scanner finds and nobody is harmed by (eicar.org); in two parts, so that none
finds it in this file."""

PDF: Final = letter()


def picture(colour: tuple[int, int, int] = (180, 60, 60), form: str = "JPEG") -> bytes:
    """Return a picture of one colour, which says where it was taken."""
    exif = Image.Exif()
    exif[0x010E] = "taken at 51.5074 N"
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, form, exif=exif)
    return out.getvalue()


def attaching(body: bytes = b"a picture", **changed: Any) -> AttachFile:
    """Return the command that puts *body* on a case."""
    content = Content.of("image/jpeg", body)
    given = {
        "file_id": FILE_ID,
        "case_id": "c-1",
        "org": PROVIDER,
        "file_name": "rash.jpg",
        "media_type": "image/jpeg",
        "contents": (Bytes(sha256=content.sha256, size=len(body)),),
        "scan": "not_scanned",
        "by": "amira.khan",
        "by_name": "Amira Khan",
        "sent_today": 0,
        "most_today": 2_000_000_000,
        **changed,
    }
    return AttachFile(**given)


async def make_file(
    site: Site, case_id: str, colour: tuple[int, int, int] = (180, 60, 60), **changed: Any
) -> None:
    """Put a picture with a small one on a case."""
    contents = [
        Content.of("image/jpeg", each) for each in (picture(colour), picture((9, 9, 9)))
    ]
    command = attaching(
        **changed,
        case_id=case_id,
        contents=tuple(Bytes(sha256=each.sha256, size=len(each.body)) for each in contents),
    )
    assert site.actor is not None
    await site.platform.execute(FILES, case_id, command, actor=site.actor, contents=contents)
