"""What we tell PostgreSQL: three files, written afresh at every start. Pure text."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

OWNER: Final = "standfast_owner"
"""Owns the database and its tables; makes and drops them."""

APP: Final = "standfast_app"
"""What the program works as: no tables of its own, no powers but those it is granted."""

READER: Final = "standfast_reader"
"""What pages read as: one organisation's rows, and only with a token that proves whose."""

EXCHANGE: Final = "standfast_exchange"
"""What takes in and serves journals between sites: rows as they are stored, and no key."""

HEADING: Final = "# Written by standfast at every start; put your own settings in local.conf."
PORT: Final = 5432
"""Only a part of the socket's name: no network port is opened."""

_MEGABYTE: Final = 1024 * 1024


def postgresql_conf(
    *, socket: Path, memory_bytes: int, changed: Mapping[str, str] | None = None
) -> str:
    """Return the server's settings for a machine with *memory_bytes*, *changed* last."""
    values = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": str(socket),
        "unix_socket_permissions": "0700",
        "max_connections": "120",
        # Answered only when it is on the disk.
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "wal_level": "replica",
        # performance/findings.md, measured on our mix.
        "shared_buffers": f"{_share(memory_bytes, eighths=1, most=4096)}MB",
        "effective_cache_size": f"{_share(memory_bytes, eighths=4, most=65536)}MB",
        "wal_buffers": "64MB",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "jit": "off",
        "random_page_cost": "1.1",
        # A container's /dev/shm is too small for them, and short queries gain nothing.
        "max_parallel_workers_per_gather": "0",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # A failed statement is told to the program. Its text and values, which may be about
        # a person, stay out of the log.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length": "0",
        "log_statement": "none",
        "log_checkpoints": "off",
        **(changed or {}),
    }
    lines = [f"{name} = {_quoted(value)}" for name, value in values.items()]
    return "\n".join([HEADING, *lines, "include_if_exists 'local.conf'", ""])


def hba_conf() -> str:
    """Return who may connect: known users of this machine, over the socket, and no one else."""
    return f"{HEADING}\nlocal all all peer map=standfast\n"


def ident_conf(*, server: str, ours: str) -> str:
    """Return which user of this machine may be which role: both ours, and the server's all."""
    allowed = [
        (user, role)
        for user in dict.fromkeys((ours, server))
        for role in (OWNER, APP, READER, EXCHANGE)
    ]
    lines = [f'standfast "{user}" {role}' for user, role in [*allowed, (server, "postgres")]]
    return "\n".join([HEADING, *lines, ""])


def memory_bytes() -> int:
    """Return what this machine, or the container we are in, may use."""
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii"))
    except (OSError, ValueError):  # no container, or no limit: "max"
        return physical
    return min(physical, limit)


def _share(available_bytes: int, *, eighths: int, most: int) -> int:
    return max(128, min(most, available_bytes * eighths // 8 // _MEGABYTE))


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
