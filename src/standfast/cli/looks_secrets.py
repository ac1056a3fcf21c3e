"""The security doctor's look for secrets that lie in a file or in the environment."""

import os
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from standfast.cli import site_file
from standfast.cli.looking import Look, bad, fine, watch
from standfast.cli.moving import API_BUNDLE, EXCHANGE, SHARED_KEY, strays
from standfast.settings import Settings
from standfast.vault.names import TELEPHONY, TLS_API
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import public_of

SERVICE_FILES: Final = Path("/etc/standfast")
"""Where the service's own settings lie: deploy/standfast.service."""

_LARGEST: Final = 1_000_000
_KEYS: Final = tuple(
    f"-----BEGIN {kind}PRIVATE KEY-----".encode() for kind in ("", "RSA ", "EC ", "OPENSSH ")
)
_NAMED: Final = ("SECRET", "PASSWORD", "TOKEN", "RECEIVE_KEY")

_DO: Final = {
    EXCHANGE: "standfast keys move-in, then take the line away",
    SHARED_KEY: "Take the line away: it opens nothing",
    API_BUNDLE: "standfast keys move-in, then delete the file and the line",
}
_PASSWORD: Final = "Use peer or certificate authentication: docs/security/database.md"  # noqa: S105
_ANOTHER: Final = "Take it out of there; give a service its secrets as credentials"


def looks(
    data: Path,
    settings: Settings,
    environment: Mapping[str, str] = os.environ,
    service_files: Path = SERVICE_FILES,
) -> Iterator[Look]:
    """Yield each secret that is found outside the vault, and whether those inside are in use."""
    what = "Secrets outside the vault"
    found = [*_strays(data), *_variables(data, environment, service_files)]
    found += [*_files(data, settings, service_files)]
    if not found:
        yield fine(what, "none in a file or in this environment")
    for said, do in dict.fromkeys(found):
        yield bad(what, said, do)
    try:
        yield _exchange(data)
        yield _api(data, settings)
    except VaultTrouble as trouble:
        yield bad("Shared secrets", str(trouble), "Fetch keys.sealed from the last backup")


def _strays(data: Path) -> Iterator[tuple[str, str]]:
    for stray in strays(data):
        yield f"{stray.name} in {stray.where}", _DO[stray.name]


def _variables(
    data: Path, environment: Mapping[str, str], service_files: Path
) -> Iterator[tuple[str, str]]:
    """Yield every variable with a secret in it: here, and in files that make an environment."""
    places = {
        "the environment": environment,
        str(data / site_file.NAME): _lines_of(data / site_file.NAME),
    }
    for path in sorted(service_files.glob("*.env")) if service_files.is_dir() else ():
        places[str(path)] = _lines_of(path)
    for where, known in places.items():
        for name, value in known.items():
            if name in _DO and value:
                yield f"{name} in {where}", _DO[name]
            elif name == "PGPASSWORD" or (name.startswith("STANDFAST_") and _holds(value)):
                yield f"a password in {name} in {where}", _PASSWORD
            elif name.startswith("STANDFAST_") and name.endswith(_NAMED) and value:
                yield f"{name} in {where}", _ANOTHER


def _lines_of(path: Path) -> dict[str, str]:
    """Return the variables that the lines of *path* set, as a shell or systemd would."""
    known = {}
    for line in _read(path).decode(errors="replace").splitlines():
        name, is_set, value = line.strip().removeprefix("export ").partition("=")
        if is_set and not name.startswith("#"):
            known[name.strip()] = value.strip().strip("\"'")
    return known


def _holds(value: str) -> bool:
    """Return whether *value* is an address with a password in it."""
    try:
        return any(bool(urlsplit(word).password) for word in value.split())
    except ValueError:
        return False


def _files(data: Path, settings: Settings, service_files: Path) -> Iterator[tuple[str, str]]:
    """Yield every file with a private key in it that the settings or the folders name."""
    named = (settings.outbound_ca, settings.siem_ca, settings.api_client_ca)
    beside = (
        path
        for folder in (data, data / "tls", service_files)
        if folder.is_dir()
        for path in sorted(folder.iterdir())
    )
    for path in (*(Path(each) for each in named if each), *beside):
        held = _read(path)
        if any(each in held for each in _KEYS):
            yield f"a private key in {path}", "standfast tls use takes it in; delete the file"


def _exchange(data: Path) -> Look:
    what = "Telephone exchange's secret"
    count = int(public_of(data, TELEPHONY) or 0)
    if count == 0:
        do = "Where an exchange is to tell of calls: standfast keys rotate telephony"
        return watch(what, "none: no exchange is believed", do)
    if count > 1:
        do = "When the exchange has changed over: standfast keys rotate telephony --settle"
        return watch(what, f"{count} are good beside each other", do)
    return fine(what, "in the vault")


def _api(data: Path, settings: Settings) -> Look:
    what = "TLS of the API"
    if not settings.api_port:
        return fine(what, "the pages' own: it has no port of its own")
    if public_of(data, TLS_API):
        return fine(what, "a certificate of its own, its key in the vault")
    try:
        is_here = ip_address(settings.api_host).is_loopback
    except ValueError:
        is_here = settings.api_host == "localhost"
    if is_here:
        return fine(what, "none, and nobody but this machine reaches it")
    return bad(
        what, f"none, and {settings.api_host} is for others", "standfast tls api --name …"
    )


def _read(path: Path) -> bytes:
    try:
        small = path.is_file() and path.stat().st_size <= _LARGEST
        return path.read_bytes() if small else b""
    except OSError:
        return b""
