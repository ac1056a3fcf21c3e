"""The keyring as tables: what an IT officer is shown."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from standfast.journal.database import Reader
from standfast.kernel.rows import Projection, Row
from standfast.keyring.model import KEYRING, Keyring
from standfast.web.platform import Answerer

SCHEMA: Final = """
    CREATE TABLE keyring_certificates (
        org        text        NOT NULL,
        serial     text        NOT NULL,
        kind       text        NOT NULL,
        names      jsonb       NOT NULL,
        issued_at  timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,          -- NULL: it is believed
        reason     text        NOT NULL,
        PRIMARY KEY (org, serial)
    );
    CREATE TABLE keyring_changes (
        org        text        NOT NULL,
        change_id  text        NOT NULL,
        what       text        NOT NULL,
        changed_at timestamptz NOT NULL,
        by         text        NOT NULL,
        PRIMARY KEY (org, change_id)
    );
"""

CONSTRAINTS: Final[Mapping[str, StrEnum]] = {}


class CertificateRow(Row, frozen=True, kw_only=True):
    """A certificate that this site gave."""

    TABLE: ClassVar[str] = "keyring_certificates"
    KEY: ClassVar[tuple[str, ...]] = ("org", "serial")

    org: str
    serial: str
    kind: str
    names: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    reason: str = ""


class ChangeRow(Row, frozen=True, kw_only=True):
    """How the keys are sealed, or a signing key that took over."""

    TABLE: ClassVar[str] = "keyring_changes"
    KEY: ClassVar[tuple[str, ...]] = ("org", "change_id")

    org: str
    change_id: str
    what: str
    changed_at: datetime
    by: str


def rows(known: Keyring) -> Iterator[Row]:
    """Yield the certificates, the present sealing and every succession."""
    for serial, given in known.issued.items():
        taken = known.revoked.get(serial)
        yield CertificateRow(
            org=known.org,
            serial=serial,
            kind=given.kind,
            names=given.names,
            issued_at=given.issued_at,
            expires_at=given.expires_at,
            revoked_at=taken.revoked_at if taken else None,
            reason=taken.reason if taken else "",
        )
    if known.sealing is not None:
        yield ChangeRow(
            org=known.org,
            change_id=f"{known.sealing.site}/{known.sealing.wrapping_id}",
            what=f"Keys sealed with {known.sealing.how}",
            changed_at=known.sealing.sealed_at,
            by=known.sealing.by,
        )
    for each in known.successions:
        yield ChangeRow(
            org=known.org,
            change_id=f"{each.site}/{each.new_public}",
            what=f"Signing key {each.new_public[:8]} took over from {each.old_public[:8]}",
            changed_at=each.at,
            by=each.by,
        )


async def certificates(db: Reader, org: str) -> list[CertificateRow]:
    """Return the site's certificates, the one that ends soonest first."""
    return await db.fetch(
        CertificateRow,
        """
          SELECT org, serial, kind, names, issued_at, expires_at, revoked_at, reason
            FROM keyring_certificates
           WHERE org = $1
        ORDER BY revoked_at IS NOT NULL, expires_at, serial
        """,
        org,
    )


async def changes(db: Reader, org: str) -> list[ChangeRow]:
    """Return what was changed about the keys, newest first."""
    return await db.fetch(
        ChangeRow,
        """
          SELECT org, change_id, what, changed_at, by
            FROM keyring_changes
           WHERE org = $1
        ORDER BY changed_at DESC, change_id
        """,
        org,
    )


PROJECTIONS: Final = (Projection(KEYRING, rows, (CertificateRow, ChangeRow)),)
ANSWERS: Final[Mapping[str, Answerer]] = {}
