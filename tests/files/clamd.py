"""A virus scanner that speaks clamd's protocol on a real socket, well or badly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.files.examples import EICAR


class Scanner:
    """Finds EICAR. ``says`` is what it answers instead; ``pieces`` splits its answer."""

    def __init__(
        self, says: bytes | None = None, *, pieces: bool = False, hears: int = -1
    ) -> None:
        self.says = says
        self.pieces = pieces
        self.hears = hears
        self.heard: list[bytes] = []

    async def serve(self, asked: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            if self.hears < 0:
                self.heard.append(await _body(asked))
                said = self.says
                if said is None:
                    bad = EICAR in self.heard[-1]
                    said = b"stream: Eicar-Signature FOUND\0" if bad else b"stream: OK\0"
            else:
                await asked.readexactly(self.hears)
                said = self.says or b""
            for part in [said[n : n + 1] for n in range(len(said))] if self.pieces else [said]:
                answer.write(part)
                await answer.drain()
                await asyncio.sleep(0)
        answer.close()


async def _body(asked: asyncio.StreamReader) -> bytes:
    assert await asked.readuntil(b"\0") == b"zINSTREAM\0"
    body = b""
    while size := int.from_bytes(await asked.readexactly(4), "big"):
        body += await asked.readexactly(size)
    return body


@asynccontextmanager
async def scanning(scanner: Scanner, path: Path) -> AsyncIterator[str]:
    """Let *scanner* listen at *path*; yield its address as the settings have it."""
    server = await asyncio.start_unix_server(scanner.serve, path)
    async with server:
        yield f"unix:{path}"
    path.unlink(missing_ok=True)
