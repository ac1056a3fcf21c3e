"""One segment: a piece of one chain, or a file, with a signed line that says what it holds. Pure.

Laid out as two lines of text and the packed bytes: the line as JSON, its signature in hex, zlib.
Rows are as stored, so what is sealed stays sealed; a segment holds no key that opens anything.
"""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Meta, Struct

from standfast.journal.entries import Entry
from standfast.journal.keys import SiteKey, signed

MOST_ROWS: Final = 2_000
"""Of a segment, unless one commit is larger."""

MOST_BYTES: Final = 256 * 1024 * 1024
"""Unpacked: more is no segment of ours."""

MOST_LINE: Final = 65_536

_Bytes32 = Annotated[bytes, Meta(min_length=32, max_length=32)]


class Unsound(ValueError):
    """It is not what its line says, or no segment at all. Says how, never the content."""


class Rows(Struct, frozen=True, tag="rows", tag_field="holds", forbid_unknown_fields=True):
    """Rows *first* to *last* of *origin*, whose key is *key*; the last one's hash, signed by it."""

    origin: str
    key: _Bytes32
    first: Annotated[int, Meta(ge=1)]
    last: Annotated[int, Meta(ge=1)]
    hash: _Bytes32
    newest_at: datetime
    """When the newest of them was written."""


class File(Struct, frozen=True, tag="file", tag_field="holds", forbid_unknown_fields=True):
    """A file as ``journal_contents`` has it, sealed if it was."""

    org: str
    contact: str
    sha256: str
    media_type: str
    size: int
    actor: str
    kept_at: datetime
    key_id: str | None

    @property
    def place(self) -> tuple[str, str, str]:
        return self.org, self.contact, self.sha256


class About(Struct, frozen=True, tag="about", tag_field="holds", forbid_unknown_fields=True):
    """What the site is called and where it is: settings, none of them secret."""


Some = TypeVar("Some")
Holds: TypeAlias = Rows | File | About


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a segment holds, said by the key of the site that wrote it."""

    title: Literal["standfast segment 1"] = "standfast segment 1"
    site: str
    epoch: int
    number: Annotated[int, Meta(ge=1)]
    """Counts within one target."""
    made_at: datetime
    signer: _Bytes32
    what: Holds
    heads: dict[str, int]
    """How far each chain is held, this segment and all before it in its target taken together."""
    sha256: _Bytes32
    """Of the packed bytes that follow."""


class Segment(Struct, frozen=True):
    """A segment that is what its line says, and whose line its signer signed."""

    line: Line
    packed: bytes

    def entries(self) -> list[Entry]:
        """Return the rows in it, none of which is proved. Raises :class:`Unsound`."""
        return _decoded(self.unpacked(), list[Entry])

    def settings(self) -> dict[str, str]:
        """Return what it says about its site. Raises :class:`Unsound`."""
        return _decoded(self.unpacked(), dict[str, str])

    def unpacked(self) -> bytes:
        """Return its bytes. Raises :class:`Unsound`."""
        opener = zlib.decompressobj()
        try:
            content = opener.decompress(self.packed, MOST_BYTES)
        except zlib.error as error:
            raise Unsound("it does not unpack") from error
        if opener.unconsumed_tail or opener.unused_data or not opener.eof:
            raise Unsound("it does not unpack to its end")
        return content


def rows_packed(entries: Sequence[Entry]) -> bytes:
    """Return *entries* as a segment holds them."""
    return zlib.compress(msgspec.msgpack.encode(entries))


def settings_packed(settings: Mapping[str, str]) -> bytes:
    """Return *settings* as a segment holds them."""
    return zlib.compress(msgspec.msgpack.encode(dict(sorted(settings.items()))))


def file_packed(body: bytes) -> bytes:
    """Return a file's bytes as a segment holds them: what is sealed gets no smaller."""
    return zlib.compress(body, 0)


def made(
    what: Holds,
    packed: bytes,
    *,
    site: str,
    epoch: int,
    number: int,
    made_at: datetime,
    heads: Mapping[str, int],
    key: SiteKey,
) -> tuple[Line, bytes]:
    """Return a segment's line and the whole of its bytes, signed with *key*."""
    line = Line(
        site=site,
        epoch=epoch,
        number=number,
        made_at=made_at,
        signer=key.public,
        what=what,
        heads=dict(heads),
        sha256=hashlib.sha256(packed).digest(),
    )
    said = msgspec.json.encode(line)
    return line, b"\n".join((said, key.sign(said).hex().encode(), packed))


def read(content: bytes) -> Segment:
    """Return the segment in *content*. Who signed it may be anybody. Raises :class:`Unsound`."""
    said, _, rest = content[:MOST_LINE].partition(b"\n")
    sig, _, _ = rest.partition(b"\n")
    packed = content[len(said) + len(sig) + 2 :]
    line = _line(said, sig)
    if hashlib.sha256(packed).digest() != line.sha256:
        raise Unsound("its bytes are not what its line says")
    return Segment(line, packed)


def _line(said: bytes, sig: bytes) -> Line:
    try:
        line = msgspec.json.decode(said, type=Line)
        signature = bytes.fromhex(sig.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise Unsound("it does not begin as a segment does") from error
    if not signed(line.signer, signature, said):
        raise Unsound("its line is not signed by whom it names")
    return line


def _decoded(content: bytes, kind: type[Some]) -> Some:
    try:
        return msgspec.msgpack.decode(content, type=kind)
    except (ValueError, RecursionError, OverflowError) as error:
        raise Unsound("what it holds cannot be read") from error
