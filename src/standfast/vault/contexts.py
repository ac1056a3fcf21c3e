"""TLS between machines, both sides known: 1.3 only, our authority only, the list checked.

Who is at the other end is read from the certificate's URI and from nothing else.
"""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from standfast.vault.authority import CLIENT_URI, SITE_URI, uris_of


def server_side(bundle: bytes, *, ca: Path, crl: Path) -> ssl.SSLContext:
    """Return the listening end: whoever connects shows a certificate of *ca*'s, or goes."""
    return _both(ssl.PROTOCOL_TLS_SERVER, bundle, ca, crl)


def client_side(bundle: bytes, *, ca: Path, crl: Path) -> ssl.SSLContext:
    """Return the connecting end: it shows its own and checks the other's name and list."""
    return _both(ssl.PROTOCOL_TLS_CLIENT, bundle, ca, crl)


def site_of(connection: ssl.SSLSocket | ssl.SSLObject) -> str | None:
    """Return the site at the other end of *connection*; None where it is none."""
    return _named(connection, SITE_URI)


def client_of(connection: ssl.SSLSocket | ssl.SSLObject) -> str | None:
    """Return the API client at the other end of *connection*; None where it is none."""
    return _named(connection, CLIENT_URI)


@contextmanager
def in_memory(content: bytes) -> Iterator[str]:
    """Lend *content* under a path that no disk knows, for what reads keys from files only."""
    descriptor = os.memfd_create("standfast", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, content)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _both(protocol: int, bundle: bytes, ca: Path, crl: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF | ssl.VERIFY_X509_STRICT
    context.load_verify_locations(ca)
    context.load_verify_locations(crl)
    with in_memory(bundle) as path:
        context.load_cert_chain(path)
    return context


def _named(connection: ssl.SSLSocket | ssl.SSLObject, begins: str) -> str | None:
    shown = connection.getpeercert(binary_form=True)
    if shown is None:
        return None
    uris = uris_of(shown)
    found = [uri.removeprefix(begins) for uri in uris if uri.startswith(begins)]
    return found[0] if len(found) == 1 and found[0] else None
