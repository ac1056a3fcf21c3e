"""What somebody attaches: one door for files. Size first, then what the bytes are, never the name.

A picture is drawn anew, so that nothing rides along: no place where it was taken, no second file
behind it, no comment. A PDF that could act is refused. Whatever else it is, it is refused.
"""

import hashlib
import io
import warnings
import zlib
from enum import StrEnum
from typing import Final

import re2
from msgspec import Struct
from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST: Final = 768 * 1024
"""Bytes of a file: with its form it stays below what any request may be."""

MOST_PIXELS: Final = 24_000_000
"""A telephone's picture has 12 million; more is a bomb (30 kB can say 30 000 by 30 000)."""

WIDEST: Final = 2_000
"""Pixels of the longer side as it is kept: a rash is seen, and the file stays small."""

THUMB: Final = 240


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
    Unfit.TOO_LARGE: "The file is larger than 750 kB: send a smaller picture, or fewer pages",
    Unfit.WRONG_KIND: "Send a picture (JPEG, PNG or WebP) or a PDF; nothing else is taken",
    Unfit.DAMAGED: "The file cannot be read: ask for it to be sent again",
    Unfit.TOO_MANY_PIXELS: "The picture has too many pixels: ask for a smaller one",
    Unfit.MOVES: "The picture moves: ask for one that stands still",
    Unfit.ACTIVE: "The PDF holds script, a form or another file: ask for a plain print of it",
}


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
_MOST_INFLATED: Final = 32 * 1024 * 1024


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
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(body), formats=[kind.name]) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise NotTaken(Unfit.TOO_MANY_PIXELS)
                if getattr(opened, "n_frames", 1) > 1:
                    raise NotTaken(Unfit.MOVES)
                opened.load()
                upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotTaken(Unfit.TOO_MANY_PIXELS) from error
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        Warning,
    ) as error:
        raise NotTaken(Unfit.DAMAGED) from error
    # Only the pixels go on: a new picture has no information of the old one's.
    clean = Image.frombytes("RGB", upright.size, upright.tobytes())
    return Taken(kind=Kind.JPEG, body=_jpeg(clean, WIDEST), thumb=_jpeg(clean, THUMB))


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
    if _ACTS.search(_plain_names(body)):
        raise NotTaken(Unfit.ACTIVE)
    left = _MOST_INFLATED
    for found in _STREAM.finditer(body):
        packed = body[found.end() : found.end() + LARGEST]
        if packed[:1] not in (b"x", b"h", b"H", b"X"):  # zlib's first byte
            continue
        unpacker = zlib.decompressobj()
        try:
            plain = unpacker.decompress(packed, left)
        except zlib.error:
            continue
        left -= len(plain)
        if left <= 0:
            raise NotTaken(Unfit.TOO_LARGE)
        if b"/Type" in plain and _ACTS.search(_plain_names(plain)):
            raise NotTaken(Unfit.ACTIVE)


def _plain_names(text: bytes) -> bytes:
    """Return *text* with ``#61`` in names written as ``a``."""
    if b"#" not in text:
        return text
    first, *others = text.split(b"#")
    parts = [first]
    for part in others:
        try:
            parts.append(bytes.fromhex(part[:2].decode("ascii")) + part[2:])
        except (ValueError, UnicodeDecodeError):
            parts.append(b"#" + part)
    return b"".join(parts)
