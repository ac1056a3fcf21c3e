"""Bodies about a person: sealed as they are written, opened as they are read, and only here.

Each record (the streams of one contact, one person's own) has a data key of its own, which is
sealed under the site's ring of keys and lies in a table apart from the journal. Whoever has the
journal alone has noise; whoever destroys the key destroys the record, and every hash still holds.
"""

import os
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from standfast.observability.figures import NOT_OPENED
from standfast.vault.boxes import KEY_BYTES, Box, WrongKey
from standfast.vault.names import DATA_KEYS
from standfast.vault.ring import Ring
from standfast.vault.vault import Keys

NONCE_BYTES: Final = 12
REMEMBERED: Final = 20_000
"""Opened keys that a process keeps in memory, the latest used."""

Record: TypeAlias = tuple[str, str]
"""An organisation, and the name of what it keeps: a contact, a person."""

UNOPENED: Final = b""
"""What stands for a body that cannot be opened. It is no event: a fold passes over it."""


ERASED: Final = "records.erasure"
"""The kind of stream whose moving means that a key was destroyed: whoever remembers it forgets."""


class Erased(Exception):
    """The record's key was destroyed: nothing more can be written in it."""


class SealedBodies(RuntimeError):
    """Something would fold sealed facts without the keys, as if they had never been written."""


class Asks(Protocol):
    """A pool, or a connection."""

    async def fetch(self, sql: str, /, *values: Any) -> list[Any]:
        """Return what *sql* finds."""
        ...


class DataKey(Struct, frozen=True):
    """An opened key. It is never shown, logged or written anywhere as it is."""

    id: str
    org: str
    record: str
    secret: bytes
    cipher: AESGCM


class NewKeys(Struct, frozen=True):
    """Keys that a commit adds, each sealed: the columns of ``journal_data_keys``."""

    ids: list[str]
    orgs: list[str]
    records: list[str]
    wrapped_by: list[str]
    wrapped: list[bytes]


class SealedFact(Protocol):
    """What is looked at of a row of the journal to open it."""

    @property
    def origin(self) -> str: ...
    @property
    def seq(self) -> int: ...
    @property
    def stream(self) -> str: ...
    @property
    def org(self) -> str: ...
    @property
    def key_id(self) -> str | None: ...
    @property
    def body(self) -> bytes: ...


class Sealing:
    """The data keys of one process: made, remembered, asked for by their ids."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._ring = Ring(keys.secret(DATA_KEYS))
        self._by_id: OrderedDict[str, DataKey] = OrderedDict()
        self._by_record: dict[Record, str] = {}

    def known(self, records: Iterable[Record]) -> dict[Record, DataKey]:
        """Return the keys of *records*, as far as they are remembered."""
        found = {}
        for record in records:
            id_ = self._by_record.get(record)
            if id_ is not None:
                self._by_id.move_to_end(id_)
                found[record] = self._by_id[id_]
        return found

    def made(self, records: Iterable[Record]) -> dict[Record, DataKey]:
        """Return new keys for *records*; they count once they are on disk (:meth:`keep`)."""
        return {record: _new_key(*record) for record in sorted(records)}

    def wrapped(self, keys: Collection[DataKey]) -> NewKeys:
        """Return *keys* sealed, as they lie on disk."""
        boxes = [self._ring.seal(each.secret, _about(each)) for each in keys]
        return NewKeys(
            [each.id for each in keys],
            [each.org for each in keys],
            [each.record for each in keys],
            [by for by, _ in boxes],
            [box.nonce + box.body for _, box in boxes],
        )

    def keep(self, keys: Iterable[DataKey]) -> None:
        """Remember *keys*, which are on disk."""
        for each in keys:
            self._by_id[each.id] = each
            self._by_id.move_to_end(each.id)
            self._by_record[each.org, each.record] = each.id
        while len(self._by_id) > REMEMBERED:
            _, oldest = self._by_id.popitem(last=False)
            self._forget_record(oldest)

    def forget(self) -> None:
        """Remember nothing: a key was destroyed somewhere."""
        self._by_id.clear()
        self._by_record.clear()

    async def records(self, asks: Asks, key_ids: Collection[str]) -> dict[str, str]:
        """Return which record each of these keys is of, as far as they are here."""
        await self.load(asks, key_ids)
        return {id_: self._by_id[id_].record for id_ in key_ids if id_ in self._by_id}

    async def learn(self, asks: Asks, records: Collection[Record]) -> None:
        """Find out what is on disk of the keys of *records*. Raises :class:`Erased`."""
        for record in records:
            id_ = self._by_record.get(record)
            if id_ is not None:
                self._forget_record(self._by_id.pop(id_))
        rows = await asks.fetch(
            "SELECT key_id, org, record, wrapped_by, wrapped"
            "  FROM tenancy.data_keys_of($1::text[], $2::text[])",
            [org for org, _ in records],
            [record for _, record in records],
        )
        for row in rows:
            key = self._opened_key(row) if row["wrapped"] is not None else None
            if key is None:
                raise Erased(row["record"])
            self.keep([key])

    async def load(self, asks: Asks, key_ids: Iterable[str | None]) -> None:
        """Ask for the keys of *key_ids* that are not remembered. What is not here stays away."""
        missing = sorted({each for each in key_ids if each} - self._by_id.keys())
        if not missing:
            return
        rows = await asks.fetch(
            "SELECT key_id, org, record, wrapped_by, wrapped FROM tenancy.data_keys($1::text[])",
            missing,
        )
        self.keep(key for row in rows if (key := self._opened_key(row)) is not None)

    def opened(self, key_id: str, body: bytes, bound: bytes) -> bytes:
        """Return what was sealed in *body*, or :data:`UNOPENED`; its key was loaded before."""
        key = self._by_id.get(key_id)
        if key is not None:
            try:
                return unseal(key.cipher, body, bound)
            except WrongKey:
                pass
        NOT_OPENED.inc()
        return UNOPENED

    def _opened_key(self, row: Mapping[str, Any]) -> DataKey | None:
        """Return the key of *row*; None where no key of this site's opens it."""
        ring, by, wrapped = self._ring, row["wrapped_by"], row["wrapped"]
        if by not in ring:  # the ring has grown since this process read it
            self._ring = ring = Ring(self._keys.anew(DATA_KEYS))
        about = about_key(row["key_id"], row["org"], row["record"])
        try:
            secret = ring.unseal(by, Box(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]), about)
        except WrongKey:
            return None
        return DataKey(row["key_id"], row["org"], row["record"], secret, AESGCM(secret))

    def _forget_record(self, key: DataKey) -> None:
        if self._by_record.get((key.org, key.record)) == key.id:
            del self._by_record[key.org, key.record]


class Opener:
    """Opens facts that pages read, with keys that the program's own role asks for."""

    def __init__(self, sealing: Sealing, asks: Asks) -> None:
        self._sealing = sealing
        self._asks = asks

    async def bodies(self, facts: Sequence[SealedFact]) -> list[bytes]:
        """Return the bodies of *facts*, each as it was written, or :data:`UNOPENED`."""
        await self._sealing.load(self._asks, (each.key_id for each in facts))
        return [
            each.body
            if each.key_id is None
            else self._sealing.opened(
                each.key_id,
                each.body,
                body_bound(each.origin, each.seq, each.stream, each.org),
            )
            for each in facts
        ]

    async def bytes(self, key_id: str, body: bytes, bound: bytes) -> bytes:
        """Return what was sealed in *body* for *bound*, or :data:`UNOPENED`."""
        await self._sealing.load(self._asks, (key_id,))
        return self._sealing.opened(key_id, body, bound)


def seal(cipher: AESGCM, body: bytes, bound: bytes) -> bytes:
    """Return *body* sealed for what it is *bound* to: 96 random bits, then AES-256-GCM."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, body, bound)


def unseal(cipher: AESGCM, body: bytes, bound: bytes) -> bytes:
    """Return what :func:`seal` was given. Raises :class:`WrongKey`."""
    try:
        return cipher.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError) as error:
        raise WrongKey("a sealed body") from error


async def opened_facts(
    sealing: Sealing | None, asks: Asks, rows: Sequence[Any]
) -> list[tuple[str, bytes, int]]:
    """Return tag, body and hlc of *rows* of the journal, opened as far as that can be.

    *asks* may ask for keys by their ids. Raises :class:`SealedBodies` where something is sealed
    and whoever calls has no keys at all.
    """
    sealed = {row["key_id"] for row in rows} - {None}
    if not sealed:
        return [(row["type"], row["body"], row["hlc"]) for row in rows]
    if sealing is None:
        raise SealedBodies("open the site's keys first")
    await sealing.load(asks, sealed)
    return [(row["type"], _body(sealing, row), row["hlc"]) for row in rows]


async def readable(sealing: Sealing | None, asks: Asks, rows: Sequence[Any]) -> list[bytes]:
    """Return the bodies of *rows*, each opened if it can be: else, or without keys, empty."""
    if sealing is None:
        return [row["body"] if row["key_id"] is None else UNOPENED for row in rows]
    return [body for _, body, _ in await opened_facts(sealing, asks, rows)]


def _body(sealing: Sealing, row: Any) -> bytes:
    body: bytes = row["body"]
    if row["key_id"] is None:
        return body
    return sealing.opened(
        row["key_id"],
        body,
        body_bound(row["origin"], row["seq"], row["stream"], row["org"]),
    )


def body_bound(origin: str, seq: int, stream: str, org: str) -> bytes:
    """Return what a sealed body is bound to: moved to another row it does not open."""
    return msgspec.msgpack.encode(("standfast body 1", origin, seq, stream, org))


def file_bound(org: str, contact: str, sha256: str) -> bytes:
    """Return what the bytes of a file are bound to."""
    return msgspec.msgpack.encode(("standfast file 1", org, contact, sha256))


def _new_key(org: str, record: str) -> DataKey:
    secret = os.urandom(KEY_BYTES)
    return DataKey(os.urandom(16).hex(), org, record, secret, AESGCM(secret))


def _about(key: DataKey) -> str:
    return about_key(key.id, key.org, key.record)


def about_key(key_id: str, org: str, record: str) -> str:
    """Return what a sealed data key is bound to."""
    return f"standfast data key 1|{key_id}|{org}|{record}"
