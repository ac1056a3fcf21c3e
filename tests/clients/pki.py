"""A certificate authority of the tests' own, and the certificates that clients show."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import count
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_serials = count(1_000)


@dataclass(frozen=True)
class Issued:
    """A certificate with its key, as one PEM file and as DER."""

    pem: bytes
    der: bytes
    serial: int

    def write(self, path: Path) -> Path:
        path.write_bytes(self.pem)
        return path


@dataclass
class Authority:
    """A CA. *now* is when it signs."""

    name: str = "Harrowmere clients"
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP384R1())
        self._subject = _named(self.name)
        self.certificate = (
            self._builder(self._subject, self._key.public_key(), days=3_650, before=2)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(ca=True), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA384())
        )

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(
        self, *names: x509.GeneralName, days: int = 30, before: int = 1, server: bool = False
    ) -> Issued:
        """Return a certificate for *names*, good from *before* days ago for *days* from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        use = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        serial = next(_serials)
        made = (
            self._builder(_named("a client"), key.public_key(), days, before, serial)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .add_extension(_usage(ca=False), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA384())
        )
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Issued(
            made.public_bytes(Encoding.PEM) + private, made.public_bytes(Encoding.DER), serial
        )

    def revocations(self, *serials: int, days: int = 7) -> bytes:
        """Return the list of revoked certificates, good for *days*."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._subject)
            .last_update(self.now - timedelta(days=8))
            .next_update(self.now + timedelta(days=days))
        )
        for serial in serials:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(serial)
                .revocation_date(self.now - timedelta(hours=1))
                .build()
            )
        return builder.sign(self._key, hashes.SHA384()).public_bytes(Encoding.PEM)

    def _builder(
        self,
        subject: x509.Name,
        public: ec.EllipticCurvePublicKey,
        days: int,
        before: int,
        serial: int | None = None,
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._subject)
            .public_key(public)
            .serial_number(serial or next(_serials))
            .not_valid_before(self.now - timedelta(days=before))
            .not_valid_after(self.now + timedelta(days=days))
        )


def dns(name: str) -> x509.DNSName:
    return x509.DNSName(name)


def uri(name: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(name)


def here() -> x509.IPAddress:
    """Return the name of a server on this machine."""
    return x509.IPAddress(ip_address("127.0.0.1"))


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
