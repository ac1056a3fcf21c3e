"""Who a site is: its card, signed by its own key, and the code by which two people compare two.

Pure. What a card says counts for what the two people who compared it have accepted, and no more:
nobody's card is believed because a third site shows it.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated, Final, Literal

import msgspec
import re2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import load_der_x509_certificate
from msgspec import Meta, Struct

from standfast.journal.entries import micros
from standfast.journal.heads import code_of
from standfast.journal.keys import signed
from standfast.kernel.values import whole

LARGEST: Final = 65_536
"""Bytes of a card as it travels."""

_TITLE: Final = "standfast site card 1"
_JOIN: Final = "standfast join 1"
_SITE: Final = re2.compile("[a-z0-9][a-z0-9-]{0,62}")
_ORIGIN: Final = re2.compile(
    "(?P<site>[a-z0-9][a-z0-9-]{0,62})[.](?P<epoch>[1-9][0-9]{0,8})(-[0-9a-f]{8})?[.][0-9]{1,3}"
)
_HOST: Final = re2.compile(
    "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?([.][a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)
_MOST_PORT: Final = 65_535

Key = Annotated[bytes, Meta(min_length=32, max_length=32)]
Name = Annotated[str, Meta(pattern=whole("[a-z0-9][a-z0-9-]{0,62}"))]
Org = Annotated[str, Meta(min_length=1, max_length=100)]


class End(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The last row that a retired key signed in one origin."""

    origin: Annotated[str, Meta(max_length=100)]
    seq: Annotated[int, Meta(ge=1, le=2**62)]
    hash: Key


class Earlier(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A key that the present one succeeded, and where each of its chains ends.

    ``ends`` is None where nobody knows any more: the site was lost, and its key with it.
    """

    key: Key
    ends: Annotated[tuple[End, ...], Meta(max_length=256)] | None


class SiteCard(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, kw_only=True):
    """Who a site is. ``made_at`` is in microseconds since 1970, ``authority`` DER."""

    title: Literal["standfast site card 1"] = _TITLE
    site: Name
    epoch: Annotated[int, Meta(ge=1, le=999_999_999)]
    number: Annotated[int, Meta(ge=1, le=2**31)]
    made_at: Annotated[int, Meta(ge=0, le=2**62)]
    signing: Key
    earlier: Annotated[tuple[Earlier, ...], Meta(max_length=32)]
    sealing: Key
    authority: Annotated[bytes, Meta(min_length=64, max_length=8192)]
    addresses: Annotated[
        tuple[Annotated[str, Meta(max_length=260)], ...], Meta(min_length=1, max_length=8)
    ]
    organisations: Annotated[tuple[Org, ...], Meta(min_length=1, max_length=64)]


class SignedCard(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A card as it travels and is kept: the very bytes that were signed, and the signature."""

    content: Annotated[bytes, Meta(max_length=LARGEST)]
    sig: Annotated[bytes, Meta(min_length=64, max_length=64)]

    @property
    def card(self) -> SiteCard:
        """What it says; it was read before."""
        return msgspec.msgpack.decode(self.content, type=SiteCard)

    def packed(self) -> bytes:
        """Return it as one piece."""
        return msgspec.msgpack.encode(self)


class NoCard(ValueError):
    """What was handed over is no card: damaged, not signed by its own key, or not sensible."""


def signed_card(card: SiteCard, sign: Callable[[bytes], bytes]) -> SignedCard:
    """Return *card* signed with its own key; whatever nobody would take is an error of ours."""
    content = msgspec.msgpack.encode(card)
    made = SignedCard(content, sign(content))
    read_card(made.packed())
    return made


def read_card(packed: bytes) -> SignedCard:
    """Return the card in *packed*, once its own key has signed it. Raises :class:`NoCard`."""
    if len(packed) > LARGEST:
        raise NoCard("it is too large")
    try:
        found = msgspec.msgpack.decode(packed, type=SignedCard)
        card = found.card
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NoCard("it is not made as a card is") from error
    if not signed(card.signing, found.sig, found.content):
        raise NoCard("its own key has not signed it")
    if found.content != msgspec.msgpack.encode(card):
        raise NoCard("it can be read in two ways")
    if not all(is_address(each) for each in card.addresses):
        raise NoCard("it has an address that is none")
    if any("\0" in org or "|" in org for org in card.organisations):
        raise NoCard("it has an organisation with a name that none may have")
    if not _is_authority(card.authority):
        raise NoCard("it has no authority of its own in it")
    return found


def code_between(one: SignedCard, other: SignedCard) -> str:
    """Return what two people compare by telephone: 120 bits of both cards, whoever asks.

    Whoever stands between shows each side a card of their own, and would have to find two
    such cards with one code: by pairs that is the work of the square root, 2**60 signatures.
    """
    ordered = sorted((one, other), key=lambda each: (each.card.site, each.content))
    said = [_JOIN, *([each.content, each.sig] for each in ordered)]
    return code_of(hashlib.sha256(msgspec.msgpack.encode(said)).digest())


def follows(known: SiteCard, newer: SiteCard, taken: Iterable[str]) -> bool:
    """Return whether *newer* may take the place of *known* with nobody asked.

    It may say another address, and organisations that nobody else has (*taken*). Keys, the
    authority, the epoch: people compare those again.
    """
    same = ("site", "epoch", "signing", "earlier", "sealing", "authority")
    added = set(newer.organisations) - set(known.organisations)
    return (
        newer.number > known.number
        and all(getattr(known, name) == getattr(newer, name) for name in same)
        and not added & set(taken)
    )


def site_of(origin: str) -> str | None:
    """Return the site that writes *origin*; None where it is no origin's name."""
    found = _ORIGIN.fullmatch(origin)
    return None if found is None else str(found["site"])


def epoch_of(origin: str) -> int:
    """Return the epoch in *origin*, which is an origin's name."""
    found = _ORIGIN.fullmatch(origin)
    return 0 if found is None else int(found["epoch"])


def is_site(name: str) -> bool:
    """Return whether a site may be called *name*."""
    return _SITE.fullmatch(name) is not None


def is_address(text: str) -> bool:
    """Return whether *text* is ``host:port``, the host a name or an address as always written."""
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or port != str(int(port)):
        return False
    if not 0 < int(port) <= _MOST_PORT:
        return False
    bare = host.removeprefix("[").removesuffix("]")
    try:
        return str(ip_address(bare)) == bare and (":" in bare) == host.startswith("[")
    except ValueError:
        last = host.rpartition(".")[2]
        return _HOST.fullmatch(host) is not None and not last[:1].isdigit()


def stamp(at: datetime) -> int:
    """Return *at* as a card has it."""
    return micros(at)


def _is_authority(der: bytes) -> bool:
    """Return whether *der* is a certificate that signs others, and itself."""
    try:
        found = load_der_x509_certificate(der)
        found.verify_directly_issued_by(found)
        return isinstance(found.public_key(), ec.EllipticCurvePublicKey)
    except (ValueError, TypeError, InvalidSignature):
        return False
