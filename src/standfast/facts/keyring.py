"""Which keys a site has, how they are sealed, and which certificates it gave. Only grows."""

from datetime import datetime
from typing import TypeAlias

from msgspec import Struct

from standfast.kernel.messages import Event


class ChainEnd(Struct, frozen=True):
    """The last row of one chain of the journal. ``hash`` is hex."""

    origin: str
    seq: int
    hash: str


class SiteKeySucceeded(Event, frozen=True, kw_only=True, tag="keyring.site_key_succeeded.v1"):
    """A new signing key took over; both keys signed this (``journal.succession``), in hex.

    ``old_signature`` is empty when the old key was lost. ``heads`` is where each of the old
    key's chains ends.
    """

    org: str
    site: str
    old_public: str
    new_public: str
    at: datetime
    heads: tuple[ChainEnd, ...]
    old_signature: str
    new_signature: str
    by: str


class KeysSealed(Event, frozen=True, kw_only=True, tag="keyring.keys_sealed.v1"):
    """The site's keys were sealed anew. ``how`` names the means, and people where they hold it."""

    org: str
    wrapping_id: str
    how: str
    sealed_at: datetime
    by: str
    site: str = ""


class CertificateIssued(Event, frozen=True, kw_only=True, tag="keyring.certificate_issued.v1"):
    """The site's own authority gave a certificate. ``serial`` is hex."""

    org: str
    serial: str
    kind: str
    names: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    by: str


class CertificateRevoked(
    Event, frozen=True, kw_only=True, tag="keyring.certificate_revoked.v1"
):
    """The certificate is no longer to be believed."""

    org: str
    serial: str
    reason: str
    revoked_at: datetime
    by: str


KeyringEvent: TypeAlias = SiteKeySucceeded | KeysSealed | CertificateIssued | CertificateRevoked
