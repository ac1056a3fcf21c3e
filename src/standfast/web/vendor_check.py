"""Checks that other people's files, which we ship, are to the byte what their lock says."""

import hashlib
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from standfast.web.rendering import STATIC

VENDOR: Final = STATIC / "vendor"
LOCK: Final = "vendor.lock"


class Asset(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One vendored file: what it is, whose, under which licence, and its SHA-256 in hex."""

    file: str
    name: str
    version: str
    licence: str
    source: str
    sha256: str


class Lock(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``tools/vendor/build`` wrote down."""

    asset: tuple[Asset, ...]


def differences(folder: Path = VENDOR) -> tuple[str, ...]:
    """Return a sentence for each way in which *folder* is not what its lock says."""
    lock = msgspec.toml.decode((folder / LOCK).read_bytes(), type=Lock)
    wanted = {asset.file: asset for asset in lock.asset}
    present = {path.name for path in folder.iterdir()} - {LOCK}
    missing = [f"{name} is missing" for name in sorted(wanted.keys() - present)]
    unlisted = [f"{name} is not in {LOCK}" for name in sorted(present - wanted.keys())]
    changed = [
        f"{name} is not the {wanted[name].name} {wanted[name].version} that was locked"
        for name in sorted(wanted.keys() & present)
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != wanted[name].sha256
    ]
    return (*missing, *unlisted, *changed)
