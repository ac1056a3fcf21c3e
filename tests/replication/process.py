"""A site's exchange in a process of its own, to be killed without warning.

``python -m tests.replication.process SITE PORT`` reads the database's address, a line break and
the site's certificate and key from its standard input, and says ``up``.
"""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from random import random

import uvloop

from standfast.app import PROJECTIONS
from standfast.replication.running import Means, exchanging
from tests.replication.real import Real


async def start(site: Real) -> "subprocess.Popen[bytes]":
    """Start the exchange of *site*; return once it answers."""
    process = subprocess.Popen(  # noqa: ASYNC220 - started in no time
        [sys.executable, "-m", "tests.replication.process", site.name, str(site.port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(site.database.exchange_dsn.encode() + b"\n" + site.bundle)
    process.stdin.close()
    await asyncio.to_thread(process.stdout.readline)
    return process


def end(process: "subprocess.Popen[bytes]") -> None:
    """Kill it, as a power cut does."""
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


async def _exchange(name: str, port: int) -> None:
    dsn, _, bundle = sys.stdin.buffer.read().partition(b"\n")
    means = Means(
        dsn=dsn.decode(),
        site=name,
        bundle=bundle,
        projections=PROJECTIONS,
        clock=lambda: datetime.now(UTC),
        random=random,
    )
    async with exchanging(means, host="127.0.0.1", port=port):
        sys.stdout.write("up\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_exchange(sys.argv[1], int(sys.argv[2])))
