"""The site's own certificate authority: certificates for its server, its peers and its clients.

Private keys of others never come here: a peer or a client sends a request (PKCS#10) and gets
a certificate. TLS 1.3 and P-256 throughout; the authority itself is P-384.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

from standfast.vault.trouble import VaultTrouble

AUTHORITY_LIFE: Final = timedelta(days=3650)
LIFE: Final = timedelta(days=90)
"""Of every certificate. Renewed when a third of it is left."""

LIST_LIFE: Final = timedelta(days=30)
"""How long a revocation list is believed: longer than any site is ever cut off."""

BACK: Final = timedelta(minutes=5)
"""How far a peer's clock may be behind ours."""

SITE_URI: Final = "standfast://site/"
CLIENT_URI: Final = "standfast://client/"


class Kind(StrEnum):
    """What a certificate is for."""

    SERVER = "server"
    NODE = "node"
    CLIENT = "client"


class Issued(Struct, frozen=True, kw_only=True):
    """One line of the ledger: a certificate that was given. ``serial`` is hex."""

    serial: str
    kind: Kind
    names: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    reason: str = ""


def new_authority(site: str, now: datetime) -> bytes:
    """Return a new authority for *site*: its certificate and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP384R1())
    name = _name(f"Standfast authority of {site}")
    certificate = (
        _begun(name, name, now, AUTHORITY_LIFE)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
        .sign(key, SHA384())
    )
    return certificate.public_bytes(Encoding.PEM) + _pem(key)


def issue(
    authority: bytes,
    public: ec.EllipticCurvePublicKey,
    kind: Kind,
    names: Sequence[str],
    now: datetime,
) -> tuple[Issued, bytes]:
    """Return the ledger's line and the certificate (PEM) that *authority* gives to *public*.

    *names* are host names and addresses for a server, the site's name and its host names for
    a node, the client's id for a client.
    """
    ours, key = _read(authority)
    expires_at = now + LIFE
    certificate = (
        _begun(_name(names[0]), ours.subject, now, LIFE)
        .public_key(public)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(_uses(kind)), critical=False)
        .add_extension(x509.SubjectAlternativeName(_alternatives(kind, names)), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(_signer(ours), critical=False)
        .sign(key, SHA256())
    )
    line = Issued(
        serial=f"{certificate.serial_number:x}",
        kind=kind,
        names=tuple(names),
        issued_at=now,
        expires_at=expires_at,
    )
    return line, certificate.public_bytes(Encoding.PEM)


def issue_server(
    authority: bytes, names: Sequence[str], now: datetime, kind: Kind = Kind.SERVER
) -> tuple[Issued, bytes]:
    """Return the ledger's line and a new server's certificate, chain and key, as one PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    line, certificate = issue(authority, key.public_key(), kind, names, now)
    return line, certificate + certificate_of(authority) + _pem(key)


def requested(request: bytes) -> ec.EllipticCurvePublicKey:
    """Return the key for which *request* (PKCS#10, PEM) asks for a certificate."""
    try:
        asked = x509.load_pem_x509_csr(request)
        public = asked.public_key()
        proved = asked.is_signature_valid
    except ValueError as error:
        raise VaultTrouble("That is not a certificate request (PKCS#10, PEM).") from error
    if not proved or not isinstance(public, ec.EllipticCurvePublicKey):
        raise VaultTrouble("The request must be for a P-256 or P-384 key, and signed with it.")
    return public


def revocations(
    authority: bytes, ledger: Sequence[Issued], now: datetime, number: int
) -> bytes:
    """Return the revocation list (PEM) of all in *ledger* that was taken back."""
    ours, key = _read(authority)
    listed = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ours.subject)
        .last_update(now - BACK)
        .next_update(now + LIST_LIFE)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(_signer(ours), critical=False)
    )
    for line in ledger:
        if line.revoked_at is not None:
            listed = listed.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(int(line.serial, 16))
                .revocation_date(line.revoked_at)
                .build()
            )
    return listed.sign(key, SHA384()).public_bytes(Encoding.PEM)


def certificate_of(bundle: bytes) -> bytes:
    """Return the first certificate in *bundle* (PEM), which anybody may have."""
    return x509.load_pem_x509_certificate(bundle).public_bytes(Encoding.PEM)


def life_of(bundle: bytes) -> tuple[datetime, datetime]:
    """Return from when until when the first certificate in *bundle* is good."""
    certificate = x509.load_pem_x509_certificate(bundle)
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def names_of(bundle: bytes) -> tuple[str, ...]:
    """Return the host names and addresses that the first certificate in *bundle* is for."""
    certificate = x509.load_pem_x509_certificate(bundle)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    hosts = names.value.get_values_for_type(x509.DNSName)
    addresses = names.value.get_values_for_type(x509.IPAddress)
    return (*hosts, *map(str, addresses))


def uris_of(certificate: bytes) -> list[str]:
    """Return who a certificate (DER) is for, as its URIs say."""
    read = x509.load_der_x509_certificate(certificate)
    try:
        names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return names.value.get_values_for_type(x509.UniformResourceIdentifier)


def issued_by(authority: bytes, bundle: bytes) -> bool:
    """Return whether *authority* signed the first certificate in *bundle*."""
    ours, _ = _read(authority)
    try:
        x509.load_pem_x509_certificate(bundle).verify_directly_issued_by(ours)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def due(bundle: bytes, now: datetime) -> bool:
    """Return whether a third or less of the certificate's life is left."""
    since, until = life_of(bundle)
    return until - now <= (until - since) / 3


def belongs(bundle: bytes) -> bool:
    """Return whether the key in *bundle* is that of its first certificate."""
    key = load_pem_private_key(bundle, password=None)
    return x509.load_pem_x509_certificate(bundle).public_key() == key.public_key()


def _begun(
    subject: x509.Name, issuer: x509.Name, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACK)
        .not_valid_after(now + life)
    )


def _alternatives(kind: Kind, names: Sequence[str]) -> list[x509.GeneralName]:
    match kind:
        case Kind.SERVER:
            return [_host(name) for name in names]
        case Kind.NODE:
            site, *hosts = names
            return [
                x509.UniformResourceIdentifier(SITE_URI + site),
                *(_host(name) for name in hosts),
            ]
        case Kind.CLIENT:
            return [x509.UniformResourceIdentifier(CLIENT_URI + names[0])]


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _uses(kind: Kind) -> list[x509.ObjectIdentifier]:
    server, client = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
    return {
        Kind.SERVER: [server],
        Kind.NODE: [server, client],
        Kind.CLIENT: [client],
    }[kind]


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _signer(ours: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    known = ours.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known)


def _name(words: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words[:64])])


def _read(authority: bytes) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = load_pem_private_key(authority, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - we made it
    return x509.load_pem_x509_certificate(authority), key


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
