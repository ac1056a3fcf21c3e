"""TLS between machines, both sides known: 1.3 only, our authority only, the list checked.

Who is at the other end is read from the certificate's URI and from nothing else.
"""

import os
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.x509 import load_der_x509_certificate

from standfast.vault.authority import CLIENT_URI, SITE_URI, uris_of


def server_side(bundle: bytes, *, ca: Path, crl: Path) -> ssl.SSLContext:
    """Return the listening end: whoever connects shows a certificate of *ca*'s, or goes."""
    return _both(ssl.PROTOCOL_TLS_SERVER, bundle, ca, crl)


def client_side(bundle: bytes, *, ca: Path, crl: Path) -> ssl.SSLContext:
    """Return the connecting end: it shows its own and checks the other's name and list."""
    return _both(ssl.PROTOCOL_TLS_CLIENT, bundle, ca, crl)


def asking(bundle: bytes, authority: bytes) -> ssl.SSLContext:
    """Return the connecting end of an exchange: only whom *authority* (DER) certified counts.

    Names of hosts are what DNS says and prove nothing here: who it is stands in the certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_verify_locations(cadata=authority)
    with in_memory(bundle) as path:
        context.load_cert_chain(path)
    return context


def introducing() -> ssl.SSLContext:
    """Return the connecting end before anybody is known: TLS that proves nothing yet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def answering(bundle: bytes, authorities: Iterable[bytes]) -> ssl.SSLContext:
    """Return the listening end of an exchange: who shows a certificate shows one of these's.

    Somebody without one gets no further than this site's card. :func:`also_by` adds another.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    for authority in authorities:
        also_by(context, authority)
    with in_memory(bundle) as path:
        context.load_cert_chain(path)
    return context


def also_by(context: ssl.SSLContext, authority: bytes) -> None:
    """Take certificates of *authority* (DER) as well, from the next connection on."""
    context.load_verify_locations(cadata=authority)


def issued_to(certificate: bytes, authority: bytes) -> str | None:
    """Return the site that *authority* gave this certificate to (both DER); None: it did not."""
    try:
        shown = load_der_x509_certificate(certificate)
        shown.verify_directly_issued_by(load_der_x509_certificate(authority))
    except (ValueError, TypeError, InvalidSignature):
        return None
    named = [
        uri.removeprefix(SITE_URI) for uri in uris_of(certificate) if uri.startswith(SITE_URI)
    ]
    return named[0] if len(named) == 1 and named[0] else None


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
