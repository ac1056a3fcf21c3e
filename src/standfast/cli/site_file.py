"""What `standfast init` wrote down of a site: its settings, in a file that systemd reads too."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from standfast.vault import files

NAME: Final = "site.env"
"""In the data folder; ``EnvironmentFile=`` of a service may name it."""

NO_SETTINGS: Final = frozenset({"STANDFAST_TELEPHONY_SECRET", "STANDFAST_RECEIVE_KEY"})
"""What an older version wrote there, which belongs into the vault."""

_LINE: Final = re.compile(r"(STANDFAST_[A-Z_]{1,40})=\"([^\"\\\n]{0,500})\"")


def write(data: Path, settings: Mapping[str, str]) -> None:
    """Write *settings*, readable by the node's own user alone. No secret is among them."""
    lines = ["# Written by `standfast init`. What the environment says counts for more.\n"]
    for name, value in settings.items():
        if not _LINE.fullmatch(line := f'STANDFAST_{name.upper()}="{value}"'):
            raise ValueError(name)
        lines.append(f"{line}\n")
    files.replace(data / NAME, "".join(lines).encode())


def fitting(settings: Mapping[str, str]) -> dict[str, str]:
    """Return those of *settings* that say something and that the file can hold."""
    return {
        name: value
        for name, value in settings.items()
        if value and _LINE.fullmatch(f'STANDFAST_{name.upper()}="{value}"')
    }


def forget(data: Path, names: set[str]) -> bool:
    """Take *names* out of the file and overwrite what lay there; tell whether any was in it.

    The new file is in its place before the old one's bytes go: a power cut loses no setting.
    """
    path = data / NAME
    if not names & read_all(data).keys():
        return False
    with path.open("r+b") as old:
        lines = old.read().decode().splitlines(keepends=True)
        kept = (line for line in lines if _name_in(line) not in names)
        files.replace(path, "".join(kept).encode())
        size = old.seek(0, os.SEEK_END)
        old.seek(0)
        old.write(bytes(size))
        old.flush()
        os.fsync(old.fileno())
    return True


def read(data: Path) -> dict[str, str]:
    """Return the settings in the file of *data*; none when there is no file.

    A secret that an older version wrote there is no setting: :mod:`standfast.cli.moving`.
    """
    return {name: value for name, value in read_all(data).items() if name not in NO_SETTINGS}


def read_all(data: Path) -> dict[str, str]:
    """Return every variable in the file of *data*, with the secrets of an older version."""
    path = data / NAME
    if not path.exists():
        return {}
    found = map(_LINE.fullmatch, path.read_text(encoding="utf-8").splitlines())
    return {line[1]: line[2] for line in found if line}


def use(data: Path) -> None:
    """Let the environment have what the file says and it does not say itself."""
    for name, value in read(data).items():
        os.environ.setdefault(name, value)


def _name_in(line: str) -> str:
    return line.partition("=")[0].strip()
