"""Where requests may go: the site's own list, and which network addresses that may mean. Pure.

An entry is an origin, or the beginning of an address that ends in ``/``; after ``=`` stands the
network that its name may lead to, where that is not the public internet::

    https://sign-in.example  https://partner.example/fhir/  https://pds.nhs.example=10.20.0.0/16
"""

import ipaddress
from enum import StrEnum
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from msgspec import Struct

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST: Final = 2000
"""Characters of an address; longer ones are no address of anybody's."""

_PORTS: Final = {"https": 443, "http": 80}
_PLAIN: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?[]!$&'()*+,;=%"
)
"""What an address may hold (RFC 3986), without ``#``, ``@`` and whatever readers disagree on."""

_LABEL: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""An IPv4 address behind NAT64 (RFC 6052)."""

_SITE_LOCAL: Final = ipaddress.IPv6Network("fec0::/10")


class Why(StrEnum):
    """Why a request was not made, or its answer not read."""

    NOT_AN_ADDRESS = "not_an_address"
    NOT_LISTED = "not_listed"
    WRONG_NETWORK = "wrong_network"
    TOO_LARGE = "too_large"
    ENCODED = "encoded"


class NotAllowed(Exception):
    """Nothing was sent, or nothing of the answer kept. Never says what the address held."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


class Place(Struct, frozen=True, kw_only=True):
    """An entry of the list: who may be asked, and where that name may lead."""

    scheme: str
    host: str
    port: int
    prefix: str = "/"
    network: Network | None = None
    """None: any public address."""

    def may_be_at(self, address: Address) -> bool:
        """Return whether this place may be found at *address*, whatever a name server says."""
        real = _embedded(address)
        if real.is_multicast or real.is_unspecified or real.is_link_local:
            return False
        if self.network is None:
            return real.is_global and not real.is_reserved and real not in _SITE_LOCAL
        return real.version == self.network.version and real in self.network


class Target(Struct, frozen=True, kw_only=True):
    """An address that was checked: whom to ask, and for what."""

    place: Place
    path: str
    """With its query, as it goes on the wire."""


def read_list(text: str, *, loopback: bool = False) -> tuple[Place, ...]:
    """Return the entries of *text*, separated by white space or commas. Raises ValueError.

    With *loopback* (demonstration and tests) an entry may be plain ``http://127.0.0.1:PORT``.
    """
    return tuple(_entry(word, loopback=loopback) for word in text.replace(",", " ").split())


def find(url: str, places: tuple[Place, ...]) -> Target:
    """Return what to ask of whom for *url*. Raises NotAllowed."""
    scheme, host, port, path, query = _parts(url)
    for place in places:
        same = (place.scheme, place.host, place.port) == (scheme, host, port)
        if same and path.startswith(place.prefix):
            return Target(place=place, path=f"{path}?{query}" if query else path)
    raise NotAllowed(Why.NOT_LISTED)


def _entry(word: str, *, loopback: bool) -> Place:
    url, equals, said = word.partition("=")
    try:
        scheme, host, port, prefix, query = _parts(url)
    except NotAllowed as error:
        raise ValueError(f"{word} is not an address that requests could go to") from error
    if query or not prefix.endswith("/"):
        raise ValueError(f"{word}: end it in / (all below it is allowed) or leave the path out")
    network = ipaddress.ip_network(said) if equals else None
    if scheme == "http":
        if not loopback or host not in ("127.0.0.1", "[::1]", "localhost"):
            raise ValueError(f"{word}: requests go out by https only")
        network = network or ipaddress.ip_network("::1" if host == "[::1]" else "127.0.0.0/8")
    return Place(scheme=scheme, host=host, port=port, prefix=prefix, network=network)


def _parts(url: str) -> tuple[str, str, int, str, str]:
    """Return scheme, host, port, path and query of *url*, if every reader reads it alike."""
    if len(url) > LONGEST or not set(url) <= _PLAIN:
        raise NotAllowed(Why.NOT_AN_ADDRESS)
    try:
        found = urlsplit(url)
        default = _PORTS[found.scheme]
        port = found.port or default
    except (ValueError, KeyError) as error:
        raise NotAllowed(Why.NOT_AN_ADDRESS) from error
    host = found.hostname or ""
    host = f"[{host}]" if ":" in host else host
    written = (f"{host}:{port}", host) if port == default else (f"{host}:{port}",)
    path = found.path or "/"
    if found.netloc not in written or not _is_host(host) or not _is_path(path):
        raise NotAllowed(Why.NOT_AN_ADDRESS)
    return found.scheme, host, port, path, found.query


def _is_host(host: str) -> bool:
    """Return whether *host* is a DNS name in lower case, or an IP address in its one form.

    ``127.1``, ``0x7f000001``, ``017700000001`` and ``2130706433`` are names to one reader and
    addresses to another: what ends in a number must be an address as it is always written.
    """
    try:
        bare = host.removeprefix("[").removesuffix("]")
        return str(ipaddress.ip_address(bare)) == bare
    except ValueError:
        labels = host.split(".")
        return all(
            label and set(label) <= _LABEL and label[0] != "-" != label[-1] for label in labels
        ) and not labels[-1].startswith(tuple("0123456789"))


def _is_path(path: str) -> bool:
    """Return whether *path* stays below what it begins with, however it is read."""
    coarse = path.lower().replace("%2e", ".")
    return (
        path.startswith("/")
        and "//" not in path
        and "%2f" not in coarse
        and "%5c" not in coarse
        and not {".", ".."} & set(coarse.split("/"))
    )


def _embedded(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, however it is wrapped."""
    if address.version == 4:  # noqa: PLR2004
        return address
    inside = address.ipv4_mapped or address.sixtofour
    if address.teredo:
        inside = address.teredo[1]
    elif address in _TRANSLATED:
        inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return inside or address
