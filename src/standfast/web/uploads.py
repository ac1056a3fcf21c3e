"""What somebody attaches: one door for files. Size first, then what the bytes are, never the name.

A picture is drawn anew, so that nothing rides along: no place where it was taken, no second file
behind it, no comment. A PDF is written anew, without its links, and refused if anything in it
acts. So is whatever else it may be.
"""

import hashlib
import io
import struct
import unicodedata
import zlib
from contextlib import suppress
from enum import StrEnum
from typing import Final

import re2
from msgspec import Struct
from PIL import ExifTags, Image

from standfast.web.apart import apart
from standfast.web.unfit import NotTaken, Unfit

LARGEST: Final = 10 * 1024 * 1024
"""Bytes of a file: a telephone's largest picture, or a letter of thirty scanned pages."""

MOST_PIXELS: Final = 24_000_000
"""A telephone's picture has 12 million; more is a bomb (30 kB can say 30 000 by 30 000)."""

WIDEST: Final = 2_000
"""Pixels of the longer side as it is kept: a rash is seen, and the file stays small."""

THUMB: Final = 240

Image.MAX_IMAGE_PIXELS = None
"""We count ourselves, before a dot is unpacked. Pillow would warn, and the filters of warnings are
the whole process's: two threads that change and restore them leave them changed."""

_DAMAGES: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    struct.error,
    zlib.error,
)
"""What Pillow raises at bytes that are no picture."""

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By the orientation that a camera wrote (EXIF 2.32, tag 0x0112)."""


class Kind(StrEnum):
    """What a file is, by its bytes."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    PDF = "application/pdf"


EXTENSIONS: Final = {Kind.JPEG: "jpg", Kind.PDF: "pdf"}
"""By what is kept: pictures of every kind are kept as JPEG."""

LONGEST_NAME: Final = 100
_EXTENSION: Final = re2.compile(r"\.[A-Za-z0-9]{1,5}$")


class Taken(Struct, frozen=True, kw_only=True):
    """A file as it is kept: for a picture, what we drew; its SHA-256 is its name."""

    kind: Kind
    body: bytes
    thumb: bytes
    """A small JPEG; empty for a PDF."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


_BEGINS: Final = (
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"%PDF-1.", Kind.PDF),
    (b"%PDF-2.", Kind.PDF),
)


def take(body: bytes) -> Taken:
    """Return *body* as it may be kept. Raises NotTaken. Slow: not on the event loop."""
    if not body:
        raise NotTaken(Unfit.EMPTY)
    if len(body) > LARGEST:
        raise NotTaken(Unfit.TOO_LARGE)
    kind = kind_of(body)
    if kind is None:
        raise NotTaken(Unfit.WRONG_KIND)
    if kind is Kind.PDF:
        return Taken(kind=kind, body=_written_anew(body), thumb=b"")
    return _drawn_anew(body, kind)


def kind_of(body: bytes) -> Kind | None:
    """Return what *body* is by how it begins, or None: nothing that is taken."""
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return Kind.WEBP
    return next((kind for begins, kind in _BEGINS if body.startswith(begins)), None)


def _written_anew(body: bytes) -> bytes:
    kept = apart(body)
    if len(kept) > LARGEST:
        raise NotTaken(Unfit.TOO_LARGE)
    return kept


def _drawn_anew(body: bytes, kind: Kind) -> Taken:
    try:
        with Image.open(io.BytesIO(body), formats=[kind.name]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise NotTaken(Unfit.TOO_MANY_PIXELS)
            if getattr(opened, "n_frames", 1) > 1:
                raise NotTaken(Unfit.MOVES)
            opened.load()
            dots, turn = opened.convert("RGB"), _turn(opened)
    except _DAMAGES as error:
        raise NotTaken(Unfit.DAMAGED) from error
    upright = dots.transpose(turn) if turn is not None else dots
    # Only the pixels go on: a new picture has no information of the old one's.
    clean = Image.frombytes("RGB", upright.size, upright.tobytes())
    return Taken(kind=Kind.JPEG, body=_jpeg(clean, WIDEST), thumb=_jpeg(clean, THUMB))


def _turn(opened: Image.Image) -> Image.Transpose | None:
    """Return how the picture is turned to stand up. What cannot be read turns nothing."""
    with suppress(
        Exception
    ):  # damaged, it may fail in any way, and all of it is dropped anyway
        return _TURNS.get(opened.getexif().get(ExifTags.Base.Orientation, 1))
    return None


def _jpeg(picture: Image.Image, widest: int) -> bytes:
    copy = picture.copy()
    copy.thumbnail((widest, widest))
    out = io.BytesIO()
    copy.save(out, "JPEG", quality=85)
    return out.getvalue()


def kept_name(sent: str, kind: Kind) -> str:
    """Return what a file is called here: its last part, whose ending says what it truly is.

    Nothing is left of folders, of controls, or of marks that turn the direction of writing.
    """
    last = unicodedata.normalize("NFC", sent.replace("\\", "/").rpartition("/")[2])
    shown = "".join(
        " " if each.isspace() else each
        for each in last
        if each.isspace() or not unicodedata.category(each).startswith("C")
    )
    stem = " ".join(_EXTENSION.sub("", shown).split()).strip(". ")[:LONGEST_NAME].strip()
    return f"{stem or 'file'}.{EXTENSIONS[kind]}"
