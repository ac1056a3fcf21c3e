"""One file, as a browser sends it: a form with it in, read in memory and never put on a disk."""

from typing import Final

from msgspec import Struct
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from standfast.web.uploads import LARGEST

FIELDS: Final = 4
_FORM: Final = 1024


class NotAForm(Exception):
    """What was sent is no form with one file in it."""


class Sent(Struct, frozen=True, kw_only=True):
    """What arrived. ``said`` is how large the sender says it is; None: they do not say.

    ``staff_id`` is who chose the file, as the page knows them; empty: it does not say.
    """

    name: str
    body: bytes
    said: int | None
    staff_id: str = ""


class _InMemory(MultiPartParser):
    """Keeps what comes in memory: a patient's file lies in no temporary folder."""

    spool_max_size = LARGEST + _FORM

    def close(self) -> None:
        """Let go of everything, of a file as well that never ended."""
        for file in self._files_to_close_on_error:
            file.close()


async def sent_file(request: Request) -> Sent:
    """Return the one file that was sent as ``file``. Raises :class:`NotAForm`."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise NotAForm
    parser = _InMemory(
        request.headers, request.stream(), max_files=1, max_fields=FIELDS, max_part_size=_FORM
    )
    try:
        form = await parser.parse()
        file, said = form.get("file"), form.get("size", "")
        if not isinstance(file, UploadFile):
            raise NotAForm
        return Sent(
            name=file.filename or "",
            body=await file.read(LARGEST + 1),
            staff_id=str(form.get("staff", "")),
            said=int(said) if isinstance(said, str) and _is_number(said) else None,
        )
    except (MultiPartException, KeyError, UnicodeDecodeError) as error:
        raise NotAForm from error
    finally:
        parser.close()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10  # noqa: PLR2004 - 10 MB has eight
