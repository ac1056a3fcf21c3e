"""What somebody attaches: one door for files. Size first, then what the bytes are, never the name.

A picture is drawn anew, so that nothing rides along: no place where it was taken, no second file
behind it, no comment. A PDF in which something that acts is found is refused,
and so is whatever else it may be.
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


class Unfit(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    WRONG_KIND = "wrong_kind"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too_many_pixels"
    MOVES = "moves"
    ACTIVE = "active"


SENTENCES: Final[dict[Unfit, str]] = {
    Unfit.EMPTY: "Select a file first",
    Unfit.TOO_LARGE: "The file is larger than 10 MB: send a smaller picture, or fewer pages",
    Unfit.WRONG_KIND: "Send a picture (JPEG, PNG or WebP) or a PDF; nothing else is taken",
    Unfit.DAMAGED: "The file cannot be read: ask for it to be sent again",
    Unfit.TOO_MANY_PIXELS: "The picture has too many pixels: ask for a smaller one",
    Unfit.MOVES: "The picture moves: ask for one that stands still",
    Unfit.ACTIVE: "The PDF holds script, a form or another file: ask for a plain print of it",
}


EXTENSIONS: Final = {Kind.JPEG: "jpg", Kind.PDF: "pdf"}
"""By what is kept: pictures of every kind are kept as JPEG."""

LONGEST_NAME: Final = 100
_EXTENSION: Final = re2.compile(r"\.[A-Za-z0-9]{1,5}$")


class NotTaken(Exception):
    """A file is unfit. Says why, never what it held or was called."""

    def __init__(self, why: Unfit) -> None:
        super().__init__(SENTENCES[why])
        self.why = why


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
_ACTS: Final = re2.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|Filespec|OpenAction|AA|RichMedia|XFA|AcroForm"
    rb"|SubmitForm|ImportData|GoToR|GoToE|Movie|Sound|Rendition|3D|URI|Encrypt)[^A-Za-z0-9]"
)
"""Names of what a PDF could do when it is opened, or hide from whoever looks into it."""

_STREAM: Final = re2.compile(rb"stream\r?\n")
_OBJECTS: Final = re2.compile(rb"\s*[0-9]+\s+[0-9]+\s")
"""How a stream of packed objects begins: pairs of numbers (ISO 32000-2, 7.5.7)."""

_HIDES: Final = re2.compile(
    rb"/(?:LZWDecode|LZW|ASCIIHexDecode|AHx|ASCII85Decode|A85|RunLengthDecode|RL|Crypt)"
    rb"[^A-Za-z0-9]"
)
"""Other ways to pack: harmless for a picture, and a way to hide packed objects from us."""

_MOST_INFLATED: Final = 32 * 1024 * 1024
_MOST_LOOKED_INTO: Final = 4 * LARGEST
"""Bytes given to be unpacked, however many streams say that they begin in the same place."""

_MOST_ESCAPES: Final = 500_000
"""By chance a packed file of 10 MB has 40,000 of the mark; each costs time."""

_ZLIB: Final = 31
"""A zlib header, read as a number, is a multiple of it (RFC 1950)."""


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
        _must_not_act(body)
        return Taken(kind=kind, body=body, thumb=b"")
    return _drawn_anew(body, kind)


def kind_of(body: bytes) -> Kind | None:
    """Return what *body* is by how it begins, or None: nothing that is taken."""
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return Kind.WEBP
    return next((kind for begins, kind in _BEGINS if body.startswith(begins)), None)


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


def _must_not_act(body: bytes) -> None:
    """Refuse a PDF that names anything that acts, also inside its packed streams.

    A name may be written with escapes (``/J#61vaScript``), so they are undone first. What cannot
    be unpacked, or unpacks to too much, cannot be looked into, and is refused.
    """
    if b"%%EOF" not in body[-2048:]:
        raise NotTaken(Unfit.DAMAGED)
    plain = _plain_names(body)
    if _ACTS.search(plain) or (b"/ObjStm" in plain and _HIDES.search(plain)):
        raise NotTaken(Unfit.ACTIVE)
    whole = memoryview(body)
    inflated, given = _MOST_INFLATED, _MOST_LOOKED_INTO
    for found in _STREAM.finditer(body):
        end = body.find(b"endstream", found.end())
        packed = whole[found.end() : end if end > 0 else len(body)]
        if not _is_zlib(packed):
            continue
        given -= len(packed)
        unpacked = _unpacked(packed, inflated) if given > 0 else b""
        inflated -= len(unpacked)
        if given <= 0 or inflated <= 0:
            raise NotTaken(Unfit.TOO_LARGE)
        if not _OBJECTS.match(unpacked) and b"/Type" not in unpacked:
            continue  # the dots of a picture, or the strokes of a page
        if _ACTS.search(_plain_names(unpacked)):
            raise NotTaken(Unfit.ACTIVE)


def _is_zlib(packed: memoryview) -> bool:
    """Return whether what begins so was packed with deflate."""
    return (
        len(packed) > 2  # noqa: PLR2004 - the header
        and packed[0] & 0x0F == 8  # noqa: PLR2004 - deflate
        and (packed[0] * 256 + packed[1]) % _ZLIB == 0
    )


def _unpacked(packed: memoryview, most: int) -> bytes:
    """Return what *packed* holds. Its checksum is not asked: readers do not ask either."""
    try:
        return zlib.decompressobj(wbits=-zlib.MAX_WBITS).decompress(packed[2:], most)
    except zlib.error as error:
        raise NotTaken(Unfit.DAMAGED) from error


def _plain_names(text: bytes) -> bytes:
    """Return *text* with ``#61`` in names written as ``a``."""
    if b"#" not in text:
        return text
    if text.count(b"#") > _MOST_ESCAPES:
        raise NotTaken(Unfit.DAMAGED)
    first, *others = text.split(b"#")
    parts = [first]
    for part in others:
        try:
            parts.append(bytes.fromhex(part[:2].decode("ascii")) + part[2:])
        except (ValueError, UnicodeDecodeError):
            parts.append(b"#" + part)
    return b"".join(parts)


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
