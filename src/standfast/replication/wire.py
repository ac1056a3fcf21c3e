"""What travels between sites: MessagePack, its size limited before it is read.

The door for it: everything is read as one of the types below and as nothing else, so that no
depth, number or kind of value gets further than this file.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from standfast.journal.entries import Entry, micros
from standfast.replication.courier import Head

PAGE_ROWS: Final = 2000
"""Of a page, as it is asked for; it goes on to the next signed row."""

PAGE_BYTES: Final = 8 * 1024 * 1024
MOST_ROWS: Final = 10_000
MOST_BYTES: Final = 24 * 1024 * 1024
"""Of a page, as it is taken: one commit may be larger than a page."""

MOST_HEADS: Final = 10_000
MOST_QUESTION: Final = 2 * 1024 * 1024
"""Bytes of a question, or of an answer about heads."""

LONGEST_WAIT: Final = 25.0
FORKED: Final = HTTPStatus.CONFLICT
KIND: Final = "application/msgpack"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_Seq = Annotated[int, Meta(ge=1, le=2**62)]
_Hash = Annotated[bytes, Meta(min_length=32, max_length=32)]
_Sig = Annotated[bytes, Meta(min_length=64, max_length=64)]
_Text = Annotated[str, Meta(max_length=300)]
_Micros = Annotated[int, Meta(ge=-(2**62), le=2**62)]
_Known = Annotated[
    dict[_Text, tuple[Annotated[int, Meta(ge=0, le=2**62)], _Hash]], Meta(max_length=MOST_HEADS)
]


class NotWire(ValueError):
    """What came is not what the protocol says. Says how, never the content."""


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """A question for heads: what is known already, and how many seconds it may wait."""

    known: _Known
    wait: Annotated[float, Meta(ge=0, le=LONGEST_WAIT)] = 0.0


class Held(Struct, frozen=True, forbid_unknown_fields=True):
    """What whoever says it has proved and put on disk."""

    heads: _Known


class _Row(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A row as it travels: the journal's columns in their order, instants in microseconds."""

    origin: _Text
    seq: _Seq
    stream: _Text
    type: _Text
    subject: _Text | None
    org: _Text
    actor: _Text
    hlc: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    occurred_at: _Micros
    recorded_at: _Micros
    key_id: _Text | None
    body: bytes
    prev: _Hash
    hash: _Hash
    sig: _Sig | None


class _Head(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    origin: _Text
    seq: _Seq
    hash: _Hash
    sig: _Sig


SomeShape = TypeVar("SomeShape")


def asked(body: bytes) -> Asked:
    """Return the question in *body*. Raises :class:`NotWire`."""
    return _read(body, Asked, MOST_QUESTION)


def held(body: bytes) -> Held:
    """Return what *body* says is held. Raises :class:`NotWire`."""
    return _read(body, Held, MOST_QUESTION)


def packed_question(known: Mapping[str, tuple[int, bytes]], wait: float) -> bytes:
    """Return a question for heads."""
    return msgspec.msgpack.encode(Asked(dict(known), min(wait, LONGEST_WAIT)))


def packed_held(heads: Mapping[str, tuple[int, bytes]]) -> bytes:
    """Return the statement of what is held here."""
    return msgspec.msgpack.encode(Held(dict(heads)))


def packed_heads(heads: Sequence[Head]) -> bytes:
    """Return *heads* as they travel."""
    return msgspec.msgpack.encode(heads)


def heads(body: bytes) -> tuple[Head, ...]:
    """Return the heads in *body*. Raises :class:`NotWire`."""
    found = _read(body, tuple[_Head, ...], MOST_QUESTION)
    if len(found) > MOST_HEADS:
        raise NotWire("more heads than any site has")
    return tuple(Head(each.origin, each.seq, each.hash, each.sig) for each in found)


def packed_rows(entries: Sequence[Entry]) -> bytes:
    """Return *entries* as they travel."""
    return msgspec.msgpack.encode([_row(entry) for entry in entries])


def rows(body: bytes) -> tuple[Entry, ...]:
    """Return the rows in *body*, none of which is proved. Raises :class:`NotWire`."""
    found = _read(body, list[_Row], MOST_BYTES)
    if len(found) > MOST_ROWS:
        raise NotWire("more rows than a page has")
    try:
        return tuple(map(_entry, found))
    except OverflowError as error:
        raise NotWire("an instant that no clock ever shows") from error


def part_to_send(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return as many of *entries* as make a page, from the first to one that is signed.

    Empty when none is signed: then more rows have to be looked at.
    """
    size, kept = 0, 0
    for number, entry in enumerate(entries, start=1):
        size += len(entry.body) + 600
        if entry.sig is not None:
            if kept and (number > PAGE_ROWS or size > PAGE_BYTES):
                break
            kept = number
    return tuple(entries[:kept])


def _read(body: bytes, shape: type[SomeShape], most: int) -> SomeShape:
    if len(body) > most:
        raise NotWire("it is too large")
    try:
        return msgspec.msgpack.decode(body, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotWire("it is not made as the protocol says") from error


def _row(entry: Entry) -> _Row:
    return _Row(
        entry.origin,
        entry.seq,
        entry.stream,
        entry.type,
        entry.subject,
        entry.org,
        entry.actor,
        entry.hlc,
        micros(entry.occurred_at),
        micros(entry.recorded_at),
        entry.key_id,
        entry.body,
        entry.prev,
        entry.hash,
        entry.sig,
    )


def _entry(row: _Row) -> Entry:
    return Entry(
        origin=row.origin,
        seq=row.seq,
        stream=row.stream,
        type=row.type,
        subject=row.subject,
        org=row.org,
        actor=row.actor,
        hlc=row.hlc,
        occurred_at=_EPOCH + timedelta(microseconds=row.occurred_at),
        recorded_at=_EPOCH + timedelta(microseconds=row.recorded_at),
        key_id=row.key_id,
        body=row.body,
        prev=row.prev,
        hash=row.hash,
        sig=row.sig,
    )
