"""The security doctor's look at the site itself: its keys, its settings, its certificates."""

import asyncio
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

import msgspec

from standfast.cli import looks_backup, looks_escrow, looks_secrets, site_file
from standfast.cli.looking import Look, bad, fine, watch
from standfast.cli.verified import last_verified
from standfast.outbound.clamd import NotScanned, scan
from standfast.settings import Settings
from standfast.vault.authority import life_of
from standfast.vault.certificates import list_made_at
from standfast.vault.names import TLS, TLS_API
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import in_the_open, public_of, sealed_keys

VERIFIED_WITHIN: Final = timedelta(days=1)
BACKED_UP_WITHIN: Final = timedelta(days=1)
ROSTER_LASTS: Final = timedelta(hours=72)
PATCHED_WITHIN: Final = timedelta(days=35)
"""A month's round of updates and a few days; what is urgent goes out within 14 (control 41)."""

_SOON: Final = timedelta(days=14)


def looks(data: Path, settings: Settings, now: datetime) -> Iterator[Look]:
    """Yield what there is to say of the site in *data*."""
    yield _sealed(data)
    yield _modes(data)
    yield from looks_secrets.looks(data, settings)
    yield _demonstration(settings)
    yield _tls(data, now)
    yield from _tls_of_api(data, now)
    yield _list(data, now)
    yield _verified(data, now)
    if settings.backups or not settings.backup_targets:
        yield _backups(settings, now)
    yield from looks_backup.looks(data, settings, now)
    yield from looks_escrow.looks(data, now)
    yield _scanner(settings)
    yield _roster(data, now)
    yield _patched(now)


def _sealed(data: Path) -> Look:
    what = "Keys sealed"
    try:
        held = sealed_keys(data)
    except VaultTrouble as trouble:
        return bad(what, str(trouble), "Fetch keys.sealed from the last backup")
    names = [path.name for path in in_the_open(data)]
    if held is None:
        return bad(what, "they lie in the open", "standfast keys seal")
    if names:
        return bad(what, f"in the open as well: {', '.join(names)}", "Delete these files")
    return fine(what, held.sealing.says)


def _scanner(settings: Settings) -> Look:
    what = "Files scanned"
    if not settings.clamd:
        found = "no virus scanner is named: files on cases are shown as not scanned"
        return watch(what, found, "Install ClamAV's daemon and set STANDFAST_CLAMD")
    try:
        asyncio.run(scan(settings.clamd, b"a file of nothing but these words"))
    except NotScanned as error:
        found = f"the scanner does not answer ({error}): files wait and nobody can open them"
        return bad(what, found, f"Look why nobody answers at {settings.clamd}")
    return fine(what, f"by {settings.clamd}")


def _modes(data: Path) -> Look:
    what = "File modes"
    private = [
        path
        for pattern in ("*.key", "keys.sealed", "wrapping.cred", site_file.NAME)
        for path in data.glob(pattern)
    ]
    open_ones = [path.name for path in private if _mode(path) & 0o077]
    if data.exists() and _mode(data) & 0o022:
        return bad(what, f"others may write in {data}", f"chmod go-w {data}")
    if open_ones:
        return bad(what, f"others may read {', '.join(open_ones)}", "chmod 600 them")
    return fine(what, f"{len(private)} files, readable by their owner alone")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _demonstration(settings: Settings) -> Look:
    what = "Demonstration"
    if settings.demonstration:
        return bad(what, "switched on", "Unset STANDFAST_DEMONSTRATION: anybody may sign in")
    return fine(what, "off")


def _tls(data: Path, now: datetime) -> Look:
    what = "TLS"
    try:
        shown = public_of(data, TLS)
    except VaultTrouble as trouble:
        return bad(what, str(trouble), "Fetch keys.sealed from the last backup")
    if not shown:
        return bad(what, "not set up", "standfast tls init, or tls use with your certificate")
    return _life(what, shown, now, "standfast tls renew")


def _tls_of_api(data: Path, now: datetime) -> Iterator[Look]:
    with suppress(VaultTrouble):  # said of the keys already
        shown = public_of(data, TLS_API)
        if shown:
            yield _life("TLS certificate of the API", shown, now, "standfast tls renew --api")


def _life(what: str, shown: bytes, now: datetime, do: str) -> Look:
    left = life_of(shown)[1] - now
    if left <= timedelta():
        return bad(what, "the certificate has run out", do)
    found = f"1.3, {left.days} days left"
    return watch(what, found, do) if left < _SOON else fine(what, found)


def _list(data: Path, now: datetime) -> Look:
    what = "Revocation list"
    made_at = list_made_at(data)
    if made_at.year == 1:
        return fine(what, "none: no certificate was given here")
    age = now - made_at
    if age > _SOON:
        return watch(what, f"{age.days} days old", "Start the node: it makes one every day")
    return fine(what, f"{_age(age)} old")


def _verified(data: Path, now: datetime) -> Look:
    what, do = "Journal proved", "standfast verify, every night"
    last = last_verified(data)
    if last is None:
        return watch(what, "never on this machine", do)
    if last.fault:
        return bad(what, f"FAULT: {last.fault}", "Keep the folder as it is and call for help")
    age = now - last.at
    found = f"{_age(age)} ago, {last.rows:,} rows"
    return watch(what, found, do) if age > VERIFIED_WITHIN else fine(what, found)


def _backups(settings: Settings, now: datetime) -> Look:
    what = "Backups"
    if not settings.backups:
        return watch(
            what, "none that this node knows of", "Set STANDFAST_BACKUPS to their folder"
        )
    folder = Path(settings.backups)
    made = [path.stat().st_mtime for path in folder.glob("*")] if folder.is_dir() else []
    if not made:
        return bad(what, f"none in {folder}", "See docs/operations.md")
    age = now - datetime.fromtimestamp(max(made), UTC)
    if age > BACKED_UP_WITHIN:
        return bad(what, f"the newest is {_age(age)} old", "Find out why none was made since")
    return fine(what, f"the newest is {_age(age)} old")


def _roster(data: Path, now: datetime) -> Look:
    what = "Roster for a cut-off site"
    path = data / "roster.json"
    if not path.exists():
        return watch(what, "none", "It is made once somebody has a passkey and the node runs")
    age = now - datetime.fromtimestamp(path.stat().st_mtime, UTC)
    if age > ROSTER_LASTS:
        return bad(
            what, f"{_age(age)} old: it opens nothing", "Start the node: it signs a new one"
        )
    return fine(what, f"{_age(age)} old")


def _patched(now: datetime) -> Look:
    what = "Dependencies brought up to date"
    placed = [
        Path(str(each.locate_file("")))
        / f"{each.name.replace('-', '_')}-{each.version}.dist-info"
        for each in distributions()
        if each.name
    ]
    times = [path.stat().st_mtime for path in placed if path.exists()]
    if not times:
        return watch(what, "not known", "Look in the update ledger")
    age = now - datetime.fromtimestamp(max(times), UTC)
    found = f"{_age(age)} ago"
    if age > PATCHED_WITHIN:
        return watch(what, found, "Install the newest release; urgent fixes within 14 days")
    return fine(what, found)


def _age(age: timedelta) -> str:
    if age < timedelta(hours=1):
        return f"{max(0, int(age.total_seconds() // 60))} min"
    if age < timedelta(days=2):
        return f"{int(age.total_seconds() // 3600)} h"
    return f"{age.days} days"


def settings_here(data: Path) -> Settings:
    """Return the settings of this environment, whether or not a database is named in it."""
    site_file.use(data)
    unnamed = {
        name: ""
        for name in ("database_url", "reader_url", "owner_url")
        if f"STANDFAST_{name.upper()}" not in os.environ
    }
    try:
        return Settings.from_environment(data=data, **unnamed)
    except msgspec.ValidationError as error:
        raise VaultTrouble(f"A setting (STANDFAST_…) cannot be right: {error}") from error
