"""Makes a screenshot small: the pixels of a PNG, in at most 256 colours. Standard library only.

A screen has few colours; the rest are the edges of letters, which nobody misses when the
rarest of them become their nearest neighbour.
"""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
COLOURS: Final = 256
RGB: Final = 2
PALETTE: Final = 3
DEPTH: Final = 8
STEP: Final = 8
"""Shades closer than this become one before the commonest are chosen."""


def smaller(png: bytes) -> bytes:
    """Return *png*, 8-bit RGB without interlacing as Chromium makes it, with a palette."""
    width, height, rows = _rows(png)
    pixels = [row[at : at + 3] for row in rows for at in range(0, len(row), 3)]
    counted = Counter(pixels)
    palette = _palette(counted)
    index = {colour: _nearest(colour, palette) for colour in counted}
    flat = bytes(index[pixel] for pixel in pixels)
    lines = b"".join(b"\0" + flat[at : at + width] for at in range(0, width * height, width))
    return b"".join(
        (
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, DEPTH, PALETTE, 0, 0, 0)),
            _chunk(b"PLTE", b"".join(palette)),
            _chunk(b"IDAT", zlib.compress(lines, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _palette(counted: Counter[bytes]) -> Sequence[bytes]:
    """Return the commonest colours, each the commonest of its shade."""
    shades: dict[bytes, bytes] = {}
    total: Counter[bytes] = Counter()
    for colour, count in counted.most_common():
        shade = bytes(part // STEP for part in colour)
        total[shades.setdefault(shade, colour)] += count
    return [colour for colour, _ in total.most_common(COLOURS)]


def _nearest(colour: bytes, palette: Sequence[bytes]) -> int:
    red, green, blue = colour
    return min(
        range(len(palette)),
        key=lambda at: (
            (palette[at][0] - red) ** 2
            + (palette[at][1] - green) ** 2
            + (palette[at][2] - blue) ** 2
        ),
    )


def _rows(png: bytes) -> tuple[int, int, list[bytes]]:
    """Return width, height and the rows of *png*, three bytes to a pixel."""
    chunks = list(_chunks(png))
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if (depth, kind, interlaced) != (DEPTH, RGB, 0):
        raise ValueError("not an 8-bit RGB picture without interlacing")
    data = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    stride = width * 3
    before = bytes(stride)
    rows = []
    for start in range(0, len(data), stride + 1):
        before = _unfiltered(data[start], data[start + 1 : start + 1 + stride], before)
        rows.append(before)
    return width, height, rows


def _unfiltered(how: int, line: bytes, above: bytes) -> bytes:
    """Return *line* as it was before PNG's filter *how* (RFC 2083, section 6)."""
    if how == 0:
        return line
    row = bytearray(line)
    for at, value in enumerate(row):
        left = row[at - 3] if at > 2 else 0  # noqa: PLR2004 - three bytes to a pixel
        corner = above[at - 3] if at > 2 else 0  # noqa: PLR2004
        added = (
            left,
            above[at],
            (left + above[at]) // 2,
            _paeth(left, above[at], corner),
        )[how - 1]
        row[at] = (value + added) & 0xFF
    return bytes(row)


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda each: abs(guess - each))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(name: bytes, body: bytes) -> bytes:
    return (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    )
