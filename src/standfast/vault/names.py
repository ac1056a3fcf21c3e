"""Which secrets a site has, what each is for, and how one is made."""

import os
from collections.abc import Callable, Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_pem_x509_certificate
from msgspec import Struct

from standfast.vault.shared import newest_first
from standfast.vault.trouble import VaultTrouble

SITE: Final = "site"
SITE_NEXT: Final = "site-next"
HOME_ENTRY: Final = "home-entry"
DATA_KEYS: Final = "data-keys"
OIDC_CLIENT: Final = "oidc-client"
TLS: Final = "tls"
TLS_CA: Final = "tls-ca"
TLS_API: Final = "tls-api"
TELEPHONY: Final = "telephony"
TLS_EXCHANGE: Final = "tls-exchange"
EXCHANGE_SEALING: Final = "exchange-sealing"

_RSA_BITS: Final = 4096
"""What NHS CIS2 asks of a client's key (RS512)."""


class Kind(Struct, frozen=True, kw_only=True):
    """One secret: what it is for, how it is made and what everybody may know of it.

    ``make`` is None for what must be set up first. Only what is ``for_pages`` is ever given to
    a process that answers requests.
    """

    says: str
    make: Callable[[], bytes] | None = None
    public: Callable[[bytes], bytes] = lambda _: b""
    for_pages: bool = True


def kind_of(name: str) -> Kind:
    """Return what is known of the secret *name*. Raises :class:`VaultTrouble`."""
    if name not in SECRETS:
        raise VaultTrouble(f"There is no key called '{name}' here: {', '.join(SECRETS)}.")
    return SECRETS[name]


def _new_site_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes_raw()


def _site_public(secret: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def _new_rsa_key() -> bytes:
    key = generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _rsa_public(secret: bytes) -> bytes:
    public = load_pem_private_key(secret, password=None).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _certificate(bundle: bytes) -> bytes:
    return load_pem_x509_certificate(bundle).public_bytes(Encoding.PEM)


def _new_sealing_key() -> bytes:
    return X25519PrivateKey.generate().private_bytes_raw()


def _sealing_public(secret: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def _new_data_key() -> bytes:
    return os.urandom(32)


SECRETS: Final[Mapping[str, Kind]] = {
    SITE: Kind(
        says="Signs every commit of this site's journal",
        make=_new_site_key,
        public=_site_public,
    ),
    SITE_NEXT: Kind(
        says="A new signing key whose taking over was cut off",
        public=_site_public,
        for_pages=False,
    ),
    HOME_ENTRY: Kind(
        says="Seals key-safe codes and other ways into a home", make=_new_data_key
    ),
    DATA_KEYS: Kind(
        says="Seals the data keys that patients' records are sealed with", make=_new_data_key
    ),
    OIDC_CLIENT: Kind(
        says="Shows a sign-in service that it is us who ask",
        make=_new_rsa_key,
        public=_rsa_public,
    ),
    TLS: Kind(says="This server's certificate and its key", public=_certificate),
    TLS_API: Kind(says="The API's certificate and its key", public=_certificate),
    TLS_EXCHANGE: Kind(
        says="Shows other sites which one this is, and its key", public=_certificate
    ),
    EXCHANGE_SEALING: Kind(
        says="Opens what other sites seal for this one",
        make=_new_sealing_key,
        public=_sealing_public,
        for_pages=False,
    ),
    TELEPHONY: Kind(
        says="Shows that it is the telephone exchange that tells us of a call",
        public=lambda secret: f"{len(newest_first(secret))}".encode(),
    ),
    TLS_CA: Kind(
        says="Signs the certificates of this site", public=_certificate, for_pages=False
    ),
}
