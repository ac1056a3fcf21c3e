"""Between machines: TLS 1.3, both sides known, and everybody else refused."""

import socket
import ssl
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from standfast.vault.authority import LIFE, Issued, Kind, due, issued_by, names_of
from standfast.vault.certificates import FOLDER, Certificates, read_ledger
from standfast.vault.contexts import client_of, client_side, server_side, site_of
from standfast.vault.names import TLS
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Vault

SECONDS: Final = 10
NOW: Final = datetime.now(UTC)
"""The one clock that cannot be told: OpenSSL reads its own."""


def request(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return what another machine asks for: signed with the key that stays there."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "asked for")])
    asked = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, SHA256())
    return asked.public_bytes(Encoding.PEM)


def pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass
class Place:
    """One site with an authority of its own."""

    data: Path
    certificates: Certificates
    vault: Vault

    def give(self, kind: Kind, *names: str, at: datetime = NOW) -> tuple[Issued, bytes]:
        """Return a certificate with its chain and its key, as its holder has them."""
        key = ec.generate_private_key(ec.SECP256R1())
        line, certificate = self.certificates.issue(request(key), kind, names, at)
        return line, certificate + pem(key)

    @property
    def ca(self) -> Path:
        return self.data / FOLDER / "ca.pem"

    @property
    def crl(self) -> Path:
        return self.data / FOLDER / "crl.pem"


def place(data: Path) -> Place:
    data.mkdir(exist_ok=True)
    vault = Vault.open(data, clock=lambda: NOW)
    certificates = Certificates(data, vault)
    certificates.begin("harrowmere", ["localhost"], NOW)
    return Place(data, certificates, vault)


@pytest.fixture
def ours(tmp_path: Path) -> Place:
    return place(tmp_path / "ours")


def shaken(
    server: ssl.SSLContext, client: ssl.SSLContext, name: str = "north.example"
) -> tuple[str | None, str | None]:
    """Shake hands on loopback; return the site and the client that the listening end saw."""
    seen: list[tuple[str | None, str | None]] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SECONDS)
        port = listener.getsockname()[1]

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(SECONDS)
                try:
                    with server.wrap_socket(connection, server_side=True) as secure:
                        seen.append((site_of(secure), client_of(secure)))
                        secure.sendall(b"in")
                except OSError:
                    return

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            with (
                socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as plain,
                client.wrap_socket(plain, server_hostname=name) as secure,
            ):
                assert secure.recv(2) == b"in", "the listening end hung up"
                assert secure.version() == "TLSv1.3"
        finally:
            thread.join()
    return seen[0]


def north(ours: Place) -> ssl.SSLContext:
    _, bundle = ours.give(Kind.NODE, "north", "north.example")
    return server_side(bundle, ca=ours.ca, crl=ours.crl)


def south(ours: Place, **given: datetime) -> ssl.SSLContext:
    _, bundle = ours.give(Kind.NODE, "south", "south.example", **given)
    return client_side(bundle, ca=ours.ca, crl=ours.crl)


REFUSED: Final = (ssl.SSLError, AssertionError, ConnectionError)


def test_two_nodes_of_one_federation_know_each_other_by_uri(ours: Place) -> None:
    assert shaken(north(ours), south(ours)) == ("south", None)


def test_a_client_is_known_as_a_client_and_never_as_a_site(ours: Place) -> None:
    _, bundle = ours.give(Kind.CLIENT, "gp-connect")
    client = client_side(bundle, ca=ours.ca, crl=ours.crl)

    assert shaken(north(ours), client) == (None, "gp-connect")


def test_nobody_comes_in_without_a_certificate(ours: Place) -> None:
    client = ssl.create_default_context(cafile=str(ours.ca))

    with pytest.raises(REFUSED):
        shaken(north(ours), client)


def test_another_authoritys_certificate_is_refused(ours: Place, tmp_path: Path) -> None:
    theirs = place(tmp_path / "theirs")
    _, bundle = theirs.give(Kind.NODE, "south", "south.example")
    client = client_side(bundle, ca=ours.ca, crl=ours.crl)

    with pytest.raises(REFUSED):
        shaken(north(ours), client)


def test_an_expired_certificate_is_refused(ours: Place) -> None:
    with pytest.raises(REFUSED):
        shaken(north(ours), south(ours, at=NOW - LIFE - timedelta(hours=1)))


def test_a_certificate_that_was_taken_back_is_refused(ours: Place) -> None:
    line, bundle = ours.give(Kind.NODE, "south", "south.example")
    client = client_side(bundle, ca=ours.ca, crl=ours.crl)
    assert shaken(north(ours), client) == ("south", None)

    ours.certificates.revoke(line.serial, "the machine was stolen", NOW)

    with pytest.raises(REFUSED):
        shaken(north(ours), client)


def test_tls_1_2_is_refused(ours: Place) -> None:
    client = south(ours)
    client.minimum_version = client.maximum_version = ssl.TLSVersion.TLSv1_2

    with pytest.raises(REFUSED):
        shaken(north(ours), client)


def test_the_wrong_name_is_refused(ours: Place) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shaken(north(ours), south(ours), name="elsewhere.example")


def test_a_clients_certificate_does_not_serve(ours: Place) -> None:
    _, bundle = ours.give(Kind.CLIENT, "gp-connect")
    server = server_side(bundle, ca=ours.ca, crl=ours.crl)

    with pytest.raises(REFUSED):
        shaken(server, south(ours))


def test_a_list_that_has_run_out_is_not_believed(ours: Place) -> None:
    """Whoever keeps the newer list from us must not keep a stolen certificate alive."""
    client, (_, bundle) = south(ours), ours.give(Kind.NODE, "north", "north.example")
    assert shaken(server_side(bundle, ca=ours.ca, crl=ours.crl), client) == ("south", None)

    ours.certificates.list_again(NOW - timedelta(days=31))

    with pytest.raises(REFUSED):
        shaken(server_side(bundle, ca=ours.ca, crl=ours.crl), client)


def test_what_was_given_is_in_the_ledger(ours: Place) -> None:
    line, _ = ours.give(Kind.NODE, "south", "south.example")
    taken = ours.certificates.revoke(line.serial, "left the federation", NOW)

    assert read_ledger(ours.data).issued[-1] == taken
    assert taken.revoked_at == NOW
    assert [each.kind for each in read_ledger(ours.data).issued] == [Kind.SERVER, Kind.NODE]


def test_no_private_key_lies_beside_the_certificates(ours: Place) -> None:
    ours.give(Kind.CLIENT, "gp-connect")

    for path in (ours.data / FOLDER).iterdir():
        assert b"PRIVATE" not in path.read_bytes()


def test_a_renewed_certificate_has_the_same_names_and_a_new_key(ours: Place) -> None:
    before = ours.vault.secret(TLS)
    later = NOW + LIFE * 2 / 3 + timedelta(days=1)

    ours.certificates.renew(names_of(before), later)

    after = ours.vault.secret(TLS)
    assert due(before, later)
    assert not due(after, later)
    assert names_of(after) == names_of(before)
    assert before.rpartition(b"BEGIN PRIVATE")[2] != after.rpartition(b"BEGIN PRIVATE")[2]
    assert ours.certificates.is_ours(after)


def test_a_request_that_nobody_signed_is_refused(ours: Place) -> None:
    with pytest.raises(VaultTrouble, match="not a certificate request"):
        ours.certificates.issue(b"-----BEGIN NOTHING-----", Kind.NODE, ["south"], NOW)


def test_an_operators_certificate_is_used_if_its_key_is_its_own(
    ours: Place, tmp_path: Path
) -> None:
    theirs = place(tmp_path / "theirs")
    _, bundle = theirs.give(Kind.NODE, "south", "south.example")
    other = pem(ec.generate_private_key(ec.SECP256R1()))

    ours.certificates.use(bundle)

    assert ours.vault.secret(TLS) == bundle
    assert not ours.certificates.is_ours(bundle)
    certificate = bundle.partition(b"-----BEGIN PRIVATE")[0]
    with pytest.raises(VaultTrouble, match="does not belong"):
        ours.certificates.use(certificate + other)
    with pytest.raises(VaultTrouble, match="as PEM"):
        ours.certificates.use(certificate)


def test_a_self_signed_stranger_is_not_ours(ours: Place, tmp_path: Path) -> None:
    theirs = place(tmp_path / "theirs")

    assert not issued_by(theirs.vault.secret("tls-ca"), ours.vault.secret(TLS))
