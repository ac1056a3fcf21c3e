"""What a site decides for itself, read once from the environment."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

DEMONSTRATION_SECRET = "demonstration"  # noqa: S105 - opens demonstrations and nothing else
"""What machines show each other in a demonstration. Live sites keep theirs in the vault."""


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of one node. Each has its environment variable, ``STANDFAST_`` before it."""

    database_url: str
    """The application's role, which may add to the journal and change nothing in it."""
    reader_url: str
    """The readers' role: it sees one organisation's rows, and only with a token that proves whose."""
    data: Path
    """Where the site's key lives, and the embedded database."""
    owner_url: str = ""
    """The owner of the tables; used at start and by ``rebuild``. Workers are not told it."""
    site: str = "harrowmere"
    """Which site this is: the first part of every origin in its journal. Never changed."""
    site_name: str = "Standfast"
    """What the pages call it."""
    epoch: int = 1
    """Raised by one after every restore from a backup, so that no chain forks."""
    demonstration: bool = False
    """Invented people, sign-in by choosing one, and a mark on every page."""
    origin: str = "http://localhost:8111"
    """The address that people open, without a path. Passkeys are bound to it for ever."""
    hosts: str = ""
    """Other names, besides those of ``origin`` and ``api_url``, that requests may be for.

    As browsers send them, ``name`` or ``name:port``, with commas; ``name:*`` at any port. A
    request for any other name is refused.
    """
    secure_cookies: bool = False
    """On behind HTTPS: the session's cookie then never travels in the clear."""
    idle_minutes: int = 15
    """After so long without a sign of life a screen locks."""
    receiving_org: str = "harrowmere-urgent-care"
    """The organisation whose clinical queue takes the referrals that come in as messages."""
    receiving_org_name: str = "Harrowmere Urgent Care"
    """What that organisation is called in an answer."""
    receiving_service: str = ""
    """The DoS service id that a message must be addressed to; empty takes any."""
    accept_seconds: int = 60
    """How long an ambulance request may wait for a desk before the caller's screen says NOT SENT."""
    outcome_so_far: bool = False
    """Whether call handlers see where the questions lead before the last one is answered."""
    outbound: str = ""
    """The only addresses that this node may ask: https origins, or beginnings that end in ``/``.

    Between spaces or commas. After ``=`` the network that a name may lead to, if not the public
    internet: ``https://pds.nhs.example=10.20.0.0/16``.
    """
    outbound_ca: str = ""
    """A file of certificates to trust for them instead of the machine's own."""
    clamd: str = ""
    """Where ClamAV's daemon looks into files: `unix:/run/clamav/clamd.ctl` or `tcp://host:port`.

    Empty: files are checked and drawn anew all the same, and shown as not scanned.
    """
    files_per_day: int = 2000
    """Megabytes of files that one organisation may attach in 24 hours."""
    retention_schedule: str = ""
    """The site's own retention schedule, a YAML file that its information governance lead has
    signed. Empty: the one that comes with the program, which nobody has."""
    oidc_issuer: str = ""
    """The sign-in service (OpenID Connect, as NHS CIS2), as it names itself; empty: there is none.

    Its addresses must be listed in ``outbound`` too.
    """
    oidc_name: str = "the sign-in service"
    """What people call it: the sign-in page's button says so."""
    oidc_client_id: str = ""
    """What it knows us by."""
    oidc_algorithm: str = "RS256"
    """The one algorithm that its tokens are signed with, whatever a token says."""
    oidc_scope: str = "openid"
    """What it is asked for; NHS CIS2 gives roles for ``nationalrbacaccess``."""
    oidc_acr: str = "AAL2_OR_AAL3_ANY AAL3_ANY AAL2_ANY"
    """How sure it must be of somebody who signs in: any of these words, the first one asked for."""
    oidc_acr_fresh: str = "AAL3_ANY"
    """How sure it must be when an act needs a fresh proof."""
    oidc_max_age: int = 900
    """How many seconds ago somebody may have proven to it who they are."""
    oidc_subject: str = "sub"
    """The claim that never changes for a person: NHS CIS2's is ``nhsid_useruid``. Never e-mail."""
    oidc_userinfo: bool = False
    """Whether to ask it for more about the person, such as the roles they hold."""
    oidc_roles: str = ""
    """Its role codes and ours, as ``R8000=clinician R8001=supervisor``; empty: it names no roles."""
    roster_key: str = ""
    """The key (Ed25519, 64 hex digits) of a hub that signs the roster; empty: this site signs it."""
    pool_size: int = 6
    """Connections that each worker reads through; it writes through one more."""
    log_level: str = ""
    """What is logged: debug, info, warning or error; empty: info, in the demonstration warning."""
    log_file: str = ""
    """The file that log lines are added to; empty: standard error."""
    metrics_port: int = 0
    """Where monitoring reads figures, apart from the pages; 0: nowhere. In the environment itself."""
    metrics_host: str = "127.0.0.1"
    """The address of that port: this machine alone, unless another is named."""
    traces: str = ""
    """The OpenTelemetry collector that spans go to (OTLP over HTTP); empty: none are made."""
    siem: str = ""
    """Where security events go: `udp://`, `tcp://` or `tls://host:port`, or `unix:///dev/log`."""
    siem_ca: str = ""
    """File with the authority of that receiver's certificate, for `tls://`; empty: the system's."""
    backups: str = ""
    """The folder where backups arrive, for `doctor --security` to say how old the newest is."""
    backup_targets: str = ""
    """Folders, between commas, that the node adds segments of its journal to every minute.

    Each on another machine, which lets nobody delete there. They must exist: one may be a mount.
    """
    packs: str = ""
    """The folder where a pack of blank paper is written every four hours; empty: nowhere.

    Nobody is named in it. Nobody else may write there: whoever can change a telephone number on paper
    can send for the wrong ambulance.
    """
    packs_ring: str = ""
    """Whom a pack says to ring first, as `Manager on call=07700 900101, IT=07700 900102`."""
    tls: bool = False
    """Whether workers answer over TLS. Set by `standfast up` when there is a certificate."""
    tls_watch_seconds: int = 60
    """How often a running node looks whether its certificate is due, or another was put in."""
    keys_holder: str = ""
    """Where workers get the opened keys. Set by `standfast up` for its own workers alone."""
    workers: int = 1
    """How many workers answer the API beside each other: each has its share of a client's limit."""
    api_url: str = ""
    """Where other systems reach the API: the audience of what they sign. Live sites must say it."""
    api_port: int = 0
    """Where the API listens in a process of its own; 0: the pages' workers answer it as well."""
    api_host: str = "127.0.0.1"
    """Which address that process listens on."""
    api_tls: bool = False
    """Whether that process answers over TLS. Set by `standfast up` when it has a certificate."""
    exchange_port: int = 0
    """Where other sites reach this one's exchange (`standfast site init`); 0: there is none."""
    exchange_host: str = "127.0.0.1"
    """Which address the exchange listens on; `0.0.0.0` for every one of this machine."""
    exchange_url: str = ""
    """The exchange's own role in the database, `standfast_exchange`; the embedded one knows it."""
    api_in_flight: int = 8
    """Calls of other systems that one process carries out at once; more are told to wait."""
    api_pool_size: int = 2
    """Connections that the API reads through, apart from those that people's pages use."""
    api_client_ca: str = ""
    """File with the authority of clients' TLS certificates; named, each client must show one."""
    api_client_crl: str = ""
    """File with the list of certificates that this authority revoked; empty: it keeps none."""
    api_proxies: str = ""
    """Addresses, with commas, of the proxies whose word on a client's certificate is taken."""

    @property
    def rp_id(self) -> str:
        """The host name of :attr:`origin`, which passkeys are bound to."""
        return urlsplit(self.origin).hostname or ""

    @property
    def level(self) -> str:
        """What is logged: a demonstration's terminal is for people, a live log for machines."""
        return self.log_level or ("warning" if self.demonstration else "info")

    @property
    def has_triage_content(self) -> bool:
        """Whether there are questions to ask: the reference set is for the demonstration alone."""
        return self.demonstration

    @classmethod
    def from_environment(cls, **known: Any) -> "Settings":
        """Return the settings of this process; what is *known* already counts for more.

        Raises msgspec.ValidationError for one that is missing or cannot be right.
        """
        given = {
            name: os.environ[f"STANDFAST_{name.upper()}"]
            for name in cls.__struct_fields__
            if f"STANDFAST_{name.upper()}" in os.environ
        } | known
        return msgspec.convert(
            given, cls, strict=False, dec_hook=lambda kind, value: kind(value)
        )

    def to_environment(self) -> dict[str, str]:
        """Return the variables that make :meth:`from_environment` return this again."""
        return {
            f"STANDFAST_{name.upper()}": str(getattr(self, name))
            for name in self.__struct_fields__
        }
