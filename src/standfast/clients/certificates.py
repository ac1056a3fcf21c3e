"""The TLS certificate of a client (RFC 8705): where it is read from, and when it is believed.

It comes from our own TLS listener (the ASGI extension ``tls``), or in the header ``Client-Cert``
(RFC 9440) from a proxy whose address the site has named, and from nowhere else. Chain, dates and
revocation are looked at here in either case, so that a proxy which forgets to is no way in.
"""

import binascii
import hashlib
from base64 import b64decode, urlsafe_b64encode
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from msgspec import Struct
from starlette.requests import Request

HEADER: Final = "client-cert"
LONGEST: Final = 20_000


class BadCertificate(Exception):
    """The certificate is not believed. Its words are for the client's programmer."""


class Certificate(Struct, frozen=True):
    """A certificate that was believed."""

    thumbprint: str
    """RFC 8705 ``x5t#S256``."""
    names: frozenset[str]


class Authority:
    """Whose certificates are believed: a file of CA certificates, and one of revoked ones.

    Both are read again when they change. A list of revoked ones that is out of date, or not
    signed by the CA, is as good as none: then nobody is believed.
    """

    def __init__(self, ca: Path, crl: Path | None) -> None:
        self._ca = ca
        self._crl = crl
        self._seen: tuple[float, ...] = ()
        self._certificates: list[x509.Certificate] = []
        self._lists: list[x509.CertificateRevocationList] = []

    def check(self, der: bytes, now: datetime) -> Certificate:
        """Return the certificate in *der*, if it is to be believed. Raises BadCertificate."""
        self._read()
        try:
            certificate = x509.load_der_x509_certificate(der)
            verifier = (
                PolicyBuilder()
                .store(Store(self._certificates))
                .time(now)
                .build_client_verifier()
            )
            chain = verifier.verify(certificate, []).chain
        except (VerificationError, ValueError, UnsupportedAlgorithm) as error:
            raise BadCertificate(
                "Your TLS certificate is not valid today, or not by the authority of this site"
            ) from error
        self._check_revoked(certificate, chain[1] if len(chain) > 1 else certificate, now)
        return Certificate(thumbprint_of(der), names_of(certificate))

    def _check_revoked(
        self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
    ) -> None:
        if self._crl is None:
            return
        for each in self._lists:
            if each.issuer != certificate.issuer or not _signed_by(each, issuer):
                continue
            ends = each.next_update_utc
            if ends is None or now >= ends:
                raise BadCertificate(
                    "This site's list of revoked certificates is out of date: ask its IT officer"
                )
            if each.get_revoked_certificate_by_serial_number(certificate.serial_number):
                raise BadCertificate("Your TLS certificate was revoked")
            return
        raise BadCertificate(
            "This site has no list of revoked certificates for your authority: ask its IT officer"
        )

    def _read(self) -> None:
        files = [path for path in (self._ca, self._crl) if path is not None]
        try:
            seen = tuple(path.stat().st_mtime for path in files)
            if seen == self._seen:
                return
            self._certificates = x509.load_pem_x509_certificates(self._ca.read_bytes())
            self._lists = _lists(self._crl.read_bytes()) if self._crl else []
        except (OSError, ValueError) as error:
            raise BadCertificate(
                "This site's certificate authority cannot be read: ask its IT officer"
            ) from error
        self._seen = seen


def shown(request: Request, proxies: frozenset[str]) -> bytes | None:
    """Return the certificate that the caller showed, as DER; None: none was shown.

    Raises BadCertificate for a header that nobody but a named proxy may send.
    """
    header = request.headers.get(HEADER)
    if header is not None:
        if request.client is None or request.client.host not in proxies:
            raise BadCertificate("The header Client-Cert is taken from this site's proxy alone")
        return _from_header(header)
    tls = request.scope.get("extensions", {}).get("tls") or {}
    chain = tls.get("client_cert_chain") or ()
    if not chain:
        return None
    return x509.load_pem_x509_certificate(chain[0].encode()).public_bytes(Encoding.DER)


def thumbprint_of(der: bytes) -> str:
    """Return the ``x5t#S256`` of a certificate."""
    return urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


def names_of(certificate: x509.Certificate) -> frozenset[str]:
    """Return what the certificate says its owner is called.

    The common name counts only where there is no alternative name, as RFC 6125 has it.
    """
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return frozenset(str(each.value) for each in common)
    kinds = (x509.UniformResourceIdentifier, x509.DNSName)
    names = (extension.value.get_values_for_type(kind) for kind in kinds)
    return frozenset(name for each in names for name in each)


def _from_header(header: str) -> bytes:
    """Return the certificate of a ``Client-Cert`` header: base64 between two colons."""
    plain = len(header) <= LONGEST and header.startswith(":") and header.endswith(":")
    try:
        return b64decode(header.strip(":"), validate=True) if plain else b""
    except (binascii.Error, ValueError) as error:
        raise BadCertificate("The header Client-Cert is not base64 between colons") from error


def _signed_by(each: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        return bool(each.is_signature_valid(issuer.public_key()))  # type: ignore[arg-type]
    except (InvalidSignature, TypeError, ValueError, UnsupportedAlgorithm):
        return False


def _lists(pem: bytes) -> list[x509.CertificateRevocationList]:
    """Return every list in a file that may hold one for each authority."""
    end = b"-----END X509 CRL-----"
    return [
        x509.load_pem_x509_crl(part + end + b"\n") for part in pem.split(end) if part.strip()
    ]
