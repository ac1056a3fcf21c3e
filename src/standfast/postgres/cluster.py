"""Making a cluster: whole or not at all.

It is made under another name, given its roles and database in single-user mode, where no
connection can reach it, and takes its own name last. A machine that loses power in between
begins again.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from standfast.postgres.accounts import Account
from standfast.postgres.binaries import Binaries
from standfast.postgres.settings import APP, HEADING, OWNER
from standfast.postgres.trouble import PostgresTrouble

DATABASE: Final = "standfast"
BUILTIN_SINCE: Final = 17
"""From here on PostgreSQL has a C.UTF-8 of its own, the same on every machine."""

_ROLES: Final = (
    f"CREATE ROLE {OWNER} LOGIN;",
    f"CREATE ROLE {APP} LOGIN;",
    f"CREATE DATABASE {DATABASE} OWNER {OWNER};",
    f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;",
    f"GRANT CONNECT ON DATABASE {DATABASE} TO {APP};",
)
_CONTENTS: Final = (
    "CREATE EXTENSION pg_trgm;",
    "CREATE EXTENSION btree_gist;",
)


def written_by(cluster: Path) -> int | None:
    """Return the major version that wrote *cluster*; None when there is no cluster yet.

    Raises :class:`PostgresTrouble` when it is not one of ours.
    """
    if not cluster.exists():
        return None
    try:
        major = int((cluster / "PG_VERSION").read_text(encoding="ascii"))
        ours = (cluster / "postgresql.conf").read_text(encoding="utf-8").startswith(HEADING)
    except FileNotFoundError:
        ours, major = False, 0
    except ValueError:
        ours, major = False, 0
    if not ours:
        raise PostgresTrouble(
            f"{cluster} is not a PostgreSQL folder that standfast made, so it is left as it "
            "is. Move it away, or choose another folder with --data."
        )
    return major


def create(cluster: Path, binaries: Binaries, server: Account) -> None:
    """Make *cluster* with its roles, its database and the extensions that we use."""
    half = cluster.with_name(f"{cluster.name}.new")
    shutil.rmtree(half, ignore_errors=True)
    server.own(half)
    _must(server, [binaries.program("initdb"), "-D", half, *_choices(binaries.major)])
    _single_user(half, binaries, server, "postgres", _ROLES)
    _single_user(half, binaries, server, DATABASE, _CONTENTS)
    put(half / "postgresql.conf", f"{HEADING}\n", server)
    half.rename(cluster)
    _sync(cluster.parent)


def put(file: Path, text: str, server: Account) -> None:
    """Write *file* for the server to read: the old text or the new, never half of either."""
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, encoding="utf-8")
    new.chmod(0o600)
    os.chown(new, server.uid, server.gid)
    new.replace(file)


def _choices(major: int) -> list[str]:
    locale = ["--locale=C.UTF-8", "--encoding=UTF8"]
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return [
        *locale,
        *(builtin if major >= BUILTIN_SINCE else []),
        "--data-checksums",
        "--username=postgres",
        "--auth-local=peer",
        "--auth-host=reject",
        "--no-instructions",
    ]


def _single_user(
    cluster: Path, binaries: Binaries, server: Account, database: str, lines: tuple[str, ...]
) -> None:
    """Run *lines*, one statement each, with no server: nobody else can be there."""
    strict = ["-c", "exit_on_error=on", "-c", "log_min_messages=error"]
    program = binaries.program("postgres")
    sent = "\n".join([*lines, ""])
    _must(server, [program, "--single", "-D", cluster, *strict, database], sent)


def _must(server: Account, command: Sequence[str | Path], sent: str = "") -> None:
    done = server.run(command, sent=sent)
    if done.returncode != 0:
        last = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise PostgresTrouble(f"PostgreSQL could not make its folder. It said:\n{last}")


def _sync(folder: Path) -> None:
    """Put the folder's new name on the disk as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
