"""What `standfast init` wrote down of a site: its settings, in a file that systemd reads too."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

NAME: Final = "site.env"
"""In the data folder; ``EnvironmentFile=`` of a service may name it."""

_LINE: Final = re.compile(r"(STANDFAST_[A-Z_]{1,40})=\"([^\"\\\n]{0,500})\"")


def write(data: Path, settings: Mapping[str, str]) -> None:
    """Write *settings*, readable by the node's own user alone. They hold secrets."""
    lines = ["# Written by `standfast init`. What the environment says counts for more.\n"]
    for name, value in settings.items():
        if not _LINE.fullmatch(line := f'STANDFAST_{name.upper()}="{value}"'):
            raise ValueError(name)
        lines.append(f"{line}\n")
    draft = data / f"{NAME}.{os.getpid()}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(data / NAME)


def read(data: Path) -> dict[str, str]:
    """Return the variables in the file of *data*; none when there is no file."""
    path = data / NAME
    if not path.exists():
        return {}
    found = map(_LINE.fullmatch, path.read_text(encoding="utf-8").splitlines())
    return {line[1]: line[2] for line in found if line}


def use(data: Path) -> None:
    """Let the environment have what the file says and it does not say itself."""
    for name, value in read(data).items():
        os.environ.setdefault(name, value)
