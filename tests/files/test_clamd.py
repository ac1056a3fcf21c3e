"""The scanner's client: only the exact words for nothing found let anything through."""

import asyncio
from pathlib import Path

import pytest

from standfast.outbound.clamd import NotScanned, scan
from tests.files.clamd import Scanner, scanning
from tests.files.examples import EICAR

pytestmark = pytest.mark.anyio

LARGE = b"a picture of several pieces " * 50_000


async def test_it_finds_what_is_there_and_nothing_where_nothing_is(tmp_path: Path) -> None:
    scanner = Scanner(pieces=True)
    async with scanning(scanner, tmp_path / "clamd") as address:
        assert await scan(address, LARGE) == ""
        assert await scan(address, LARGE + EICAR) == "Eicar-Signature"

    assert scanner.heard == [LARGE, LARGE + EICAR]


async def test_it_asks_over_tcp_as_well() -> None:
    server = await asyncio.start_server(Scanner().serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert await scan(f"tcp://127.0.0.1:{port}", EICAR) == "Eicar-Signature"


@pytest.mark.parametrize(
    "says",
    [
        b"",
        b"stream: OK",
        b"stream: OK\n\0",
        b"stream:  OK\0",
        b"OK\0",
        b"stream: O\0K\0",
        b"\0",
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: Can't allocate memory ERROR\0",
        b"stream: OK FOUND\n\0",
        b"stream: " + b"x" * 200 + b" FOUND\0",
        b"stream: \x1b[31mred FOUND\0",
        b"stream: two words FOUND\0",
        b"x" * 100_000 + b"\0",
    ],
    ids=range(14),
)
async def test_whatever_else_it_says_is_no_answer(says: bytes, tmp_path: Path) -> None:
    async with scanning(Scanner(says), tmp_path / "clamd") as address:
        with pytest.raises(NotScanned) as unsaid:
            await scan(address, b"a picture")

    assert not unsaid.value.away


@pytest.mark.parametrize("hears", [0, 10, 5000])
async def test_one_that_hangs_up_early_is_no_answer(hears: int, tmp_path: Path) -> None:
    async with scanning(Scanner(hears=hears), tmp_path / "clamd") as address:
        with pytest.raises(NotScanned):
            await scan(address, LARGE * 4)


async def test_one_that_answers_too_soon_does_not_let_a_file_through_unread(
    tmp_path: Path,
) -> None:
    """It says what it says of part of the file: the rest was not looked into."""
    async with scanning(Scanner(b"ERROR\0", hears=100), tmp_path / "clamd") as address:
        with pytest.raises(NotScanned):
            await scan(address, LARGE * 4)


async def test_one_that_says_nothing_in_time_is_no_answer(tmp_path: Path) -> None:
    async with scanning(Scanner(hears=1_000_000), tmp_path / "clamd") as address:
        with pytest.raises(NotScanned):
            await scan(address, b"a picture", seconds=0.05)


@pytest.mark.parametrize(
    "address", ["unix:/nowhere/clamd", "tcp://127.0.0.1:1", "http://a", "tcp://", "clamd"]
)
async def test_one_that_is_away_or_no_address_is_said_to_be_away(address: str) -> None:
    with pytest.raises(NotScanned) as unsaid:
        await scan(address, b"a picture")

    assert unsaid.value.away
