"""Asking ClamAV's daemon whether a file is known to be harmful: INSTREAM, over one connection.

What is asked and answered is in clamd(8). Nothing but the exact words for "nothing found" lets a
file through: whatever else is said, or not said in time, is no answer.
"""

import asyncio
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import re2

SECONDS: Final = 15.0
"""For all of it: somebody waits, and the file can be asked about again."""

_PIECE: Final = 64 * 1024
_LONGEST_ANSWER: Final = 4096
_NOTHING: Final = b"stream: OK\0"
_FOUND: Final = re2.compile(rb"stream: ([\x21-\x7e]{1,120}) FOUND\x00")

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class NotScanned(Exception):
    """The scanner did not answer this, or not in words that we know. ``away``: nobody is there."""

    def __init__(self, why: str, *, away: bool = False) -> None:
        super().__init__(why)
        self.away = away


async def scan(address: str, body: bytes, *, seconds: float = SECONDS) -> str:
    """Return what is found in *body*, empty for nothing. Raises :class:`NotScanned`.

    *address* is the settings': ``unix:/run/clamav/clamd.ctl`` or ``tcp://127.0.0.1:3310``.
    """
    try:
        async with asyncio.timeout(seconds):
            return _meaning(await _asked(address, body))
    except TimeoutError as error:
        raise NotScanned("no answer in time") from error
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise NotScanned("no whole answer") from error
    except OSError as error:
        raise NotScanned("cut off") from error


async def _asked(address: str, body: bytes) -> bytes:
    try:
        answers, questions = await _connected(address)
    except OSError as error:
        raise NotScanned("not reachable", away=True) from error
    try:
        questions.write(b"zINSTREAM\0")
        for start in range(0, len(body), _PIECE):
            piece = body[start : start + _PIECE]
            questions.write(len(piece).to_bytes(4, "big") + piece)
            await questions.drain()
        questions.write(bytes(4))
        await questions.drain()
        return await answers.readuntil(b"\0")
    finally:
        questions.close()
        with suppress(OSError):
            await questions.wait_closed()


async def _connected(address: str) -> Streams:
    where = urlsplit(address)
    if where.scheme == "unix":
        return await asyncio.open_unix_connection(where.path, limit=_LONGEST_ANSWER)
    if where.scheme == "tcp" and where.hostname:
        return await asyncio.open_connection(
            where.hostname, where.port or 3310, limit=_LONGEST_ANSWER
        )
    raise NotScanned("STANDFAST_CLAMD begins with unix:/ or tcp://", away=True)


def _meaning(answer: bytes) -> str:
    if answer == _NOTHING:
        return ""
    found = _FOUND.fullmatch(answer)
    if found is None:
        raise NotScanned("an answer that we do not know")
    return found[1].decode("ascii")
