"""The site's certificates as they lie in its folder: the ledger, the list of those taken back.

Keys are in the vault; what lies in ``tls/`` anybody may read: the authority's certificate
(``ca.pem``), the revocation list (``crl.pem``), what was given to whom (``issued.json``).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from cryptography.x509 import load_pem_x509_crl
from msgspec import Struct
from msgspec.structs import replace

from standfast.vault import authority, files
from standfast.vault.authority import Issued, Kind
from standfast.vault.names import TLS, TLS_CA, TLS_EXCHANGE
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Vault

FOLDER: Final = "tls"


class Ledger(Struct, frozen=True, kw_only=True):
    """Every certificate that this site gave, and how often its revocation list was made."""

    lists_made: int = 0
    issued: tuple[Issued, ...] = ()


class Certificates:
    """The site's authority at work, in the folder *data* and with the keys of *vault*."""

    def __init__(self, data: Path, vault: Vault) -> None:
        self._data = data
        self._vault = vault

    def begin(self, site: str, names: Sequence[str], now: datetime) -> Issued:
        """Make the authority, if there is none, and the server's first certificate."""
        if self._vault.find(TLS_CA) is None:
            self._vault.put(TLS_CA, authority.new_authority(site, now))
        return self.renew(names, now)

    def renew(self, names: Sequence[str], now: datetime, *, of: str = TLS) -> Issued:
        """Give a server of ours, *of* the pages or of the API, a new certificate and key."""
        line, bundle = authority.issue_server(self._authority(), names, now)
        self._write(line, now)
        self._vault.put(of, bundle)
        return line

    def for_exchange(self, site: str, hosts: Sequence[str], now: datetime) -> Issued:
        """Give this site's exchange a new certificate and key; make the authority if need be."""
        if self._vault.find(TLS_CA) is None:
            self._vault.put(TLS_CA, authority.new_authority(site, now))
        names = (site, *hosts)
        line, bundle = authority.issue_server(self._authority(), names, now, Kind.NODE)
        self._write(line, now)
        self._vault.put(TLS_EXCHANGE, bundle)
        return line

    def issue(
        self, request: bytes, kind: Kind, names: Sequence[str], now: datetime
    ) -> tuple[Issued, bytes]:
        """Return the ledger's line and a certificate for the key in *request*."""
        public = authority.requested(request)
        line, certificate = authority.issue(self._authority(), public, kind, names, now)
        self._write(line, now)
        return line, certificate + authority.certificate_of(self._authority())

    def revoke(self, serial: str, reason: str, now: datetime) -> Issued:
        """Take a certificate back: nobody who reads the new list believes it any more."""
        ledger = read_ledger(self._data)
        found = [line for line in ledger.issued if line.serial.startswith(serial.lower())]
        if not serial or len(found) != 1:
            raise VaultTrouble("Say enough of the serial to mean one: standfast tls status")
        taken = replace(found[0], revoked_at=found[0].revoked_at or now, reason=reason)
        kept = (taken if line == found[0] else line for line in ledger.issued)
        self._put(replace(ledger, issued=tuple(kept)), now)
        return taken

    def list_again(self, now: datetime) -> None:
        """Make the revocation list anew, so that it is believed for another while."""
        self._put(read_ledger(self._data), now)

    def is_ours(self, bundle: bytes) -> bool:
        """Return whether our own authority gave the certificate in *bundle*."""
        return authority.issued_by(self._authority(), bundle)

    def use(self, bundle: bytes, *, of: str = TLS) -> None:
        """Let a server of ours show an operator's certificate: chain and key, as one PEM."""
        try:
            fits = authority.belongs(bundle)
        except (ValueError, TypeError) as error:
            raise VaultTrouble(
                "Give a certificate and its key as PEM, the key without a passphrase: it is "
                "sealed with the site's other keys as soon as it is read."
            ) from error
        if not fits:
            raise VaultTrouble("That key does not belong to that certificate.")
        self._vault.put(of, bundle)

    def _authority(self) -> bytes:
        found = self._vault.find(TLS_CA)
        if found is None:
            raise VaultTrouble("This site has no authority of its own yet: standfast tls init")
        return found

    def _write(self, line: Issued, now: datetime) -> None:
        ledger = read_ledger(self._data)
        self._put(replace(ledger, issued=(*ledger.issued, line)), now)

    def _put(self, ledger: Ledger, now: datetime) -> None:
        ledger = replace(ledger, lists_made=ledger.lists_made + 1)
        ours = self._authority()
        listed = authority.revocations(ours, ledger.issued, now, ledger.lists_made)
        folder = self._data / FOLDER
        folder.mkdir(mode=0o711, exist_ok=True)
        written = msgspec.json.format(msgspec.json.encode(ledger), indent=1)
        files.replace(folder / "issued.json", written)
        files.replace(folder / "crl.pem", listed)
        files.replace(folder / "ca.pem", authority.certificate_of(ours))


def read_ledger(data: Path) -> Ledger:
    """Return what was given so far. Raises VaultTrouble when the ledger is damaged."""
    path = data / FOLDER / "issued.json"
    if not path.exists():
        return Ledger()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Ledger)
    except ValueError as error:
        raise VaultTrouble(f"{path} is damaged: fetch it from the last backup.") from error


def list_made_at(data: Path) -> datetime:
    """Return when the revocation list was last made; the beginning of time without one."""
    path = data / FOLDER / "crl.pem"
    if not path.exists():
        return datetime.min.replace(tzinfo=UTC)
    return load_pem_x509_crl(path.read_bytes()).last_update_utc
