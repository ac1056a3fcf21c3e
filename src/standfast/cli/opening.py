"""Opening the site's keys at the console, and what a live node must have before it starts."""

import getpass
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from standfast.cli import site_file
from standfast.cli.node import Addresses, errors, stop
from standfast.settings import Settings
from standfast.vault.asking import nobody
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Vault


def now() -> datetime:
    """Return the time; the command line is above everything that may not ask for it."""
    return datetime.now(UTC)


def ask(question: str, *, secret: bool) -> str:
    """Ask whoever sits at the terminal; without one, read a line of what was piped in."""
    if sys.stdin.isatty():
        if secret:
            return getpass.getpass(f"{question} ")
        errors.print(question, end=" ")
        return input()
    line = sys.stdin.readline()
    return line.rstrip("\n") if line else nobody(question, secret=secret)


def opened(data: Path) -> Vault:
    """Return the opened keys in *data*; say why and end when they cannot be."""
    try:
        return Vault.open(data, clock=now, ask=ask)
    except VaultTrouble as trouble:
        stop(str(trouble))
        raise


def settings_of(where: Addresses, data: Path, **known: object) -> Settings:
    """Return what the environment says, then the site's file, and what we know better."""
    site_file.use(data)
    try:
        settings = Settings.from_environment(
            database_url=where.app,
            reader_url=where.reader,
            owner_url=where.owner,
            exchange_url=where.exchange,
            data=data.absolute(),
            **known,
        )
    except msgspec.ValidationError as error:
        stop(f"A setting (STANDFAST_…) in the environment cannot be right: {error}")
        raise
    if settings.origin.startswith("https://"):
        return replace(settings, secure_cookies=True)
    return settings


def refuse_unfit(settings: Settings, vault: Vault, *, founded: bool) -> None:
    """End, with everything that is missing, unless this node is fit for live work."""
    if settings.demonstration:
        return
    missing: list[str] = []
    if not vault.sealed:
        missing.insert(
            0,
            "The site's keys lie in the open, which only the demonstration may do. "
            f"Seal them: standfast keys seal --data {settings.data}",
        )
    if not founded:
        missing.insert(
            0,
            "Nobody can sign in: the site is not set up. "
            f"Say: standfast init --data {settings.data}",
        )
    if missing:
        listed = "\n".join(f"  - {each}" for each in missing)
        stop(f"This node is not fit for live work yet:\n{listed}")


def who() -> str:
    """Return who stands at the console, as the journal names them."""
    return f"console:{os.environ.get('SUDO_USER') or getpass.getuser()}"
