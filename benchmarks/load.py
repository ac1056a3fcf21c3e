"""A light HTTP/1.1 client: a browser's requests without a browser's cost."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

PAGE = {
    "accept": "text/html",
    "accept-encoding": "gzip, br",
    "sec-fetch-site": "same-origin",
}
SCRIPT = {
    "accept": "application/json",
    "accept-encoding": "gzip",
    "sec-fetch-site": "same-origin",
    "content-type": "application/json",
}


@dataclass(frozen=True)
class Answer:
    """What came back: the bytes as they travelled."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """One connection, kept open, with the cookie of whoever signed in on it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._cookie = ""

    async def sign_in(self, staff_id: str) -> None:
        """Choose to be *staff_id*."""
        answer = await self.form("/sign-in", {"staff_id": staff_id})
        assert answer.status == HTTPStatus.SEE_OTHER, answer
        set_ = answer.headers["set-cookie"].split("\n")
        self._cookie = "; ".join(each.partition(";")[0] for each in set_)

    async def get(self, path: str, headers: Mapping[str, str] = PAGE) -> Answer:
        """Look at a page."""
        return await self._send("GET", path, headers, b"")

    async def form(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Send a form."""
        headers = {**PAGE, "content-type": "application/x-www-form-urlencoded"}
        return await self._send("POST", path, headers, urlencode(fields).encode())

    async def json(self, path: str, body: bytes) -> Answer:
        """Send JSON."""
        return await self._send("POST", path, SCRIPT, body)

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send *body* as another system does."""
        return await self._send("POST", path, headers, body)

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        lines = [f"{method} {path} HTTP/1.1", f"host: 127.0.0.1:{self._port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if self._cookie:
            lines.append(f"cookie: {self._cookie}")
        if body or method == "POST":
            lines.append(f"content-length: {len(body)}")
        self._writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return await _answer(self._reader)

    def close(self) -> None:
        """Close the connection."""
        if self._writer is not None:
            self._writer.close()


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    headers: dict[str, str] = {}
    for name, _, value in (line.partition(":") for line in lines):
        before = headers.get(name.lower(), "")  # cookies come one a line
        headers[name.lower()] = f"{before}\n{value.strip()}" if before else value.strip()
    if headers.get("transfer-encoding") == "chunked":
        body = await _chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(int(first.split()[1]), headers, body)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return body


class Stopwatch:
    """Answers that came in, by kind, and how long each took in seconds."""

    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = {}
        self.failed: dict[str, int] = {}

    async def time(self, kind: str, answer: "asyncio.Future[Answer] | object") -> Answer:
        """Wait for *answer* and count it; one that failed is counted apart."""
        began = time.perf_counter()
        got: Answer = await answer  # type: ignore[misc]
        if got.status < HTTPStatus.BAD_REQUEST:
            self.taken.setdefault(kind, []).append(time.perf_counter() - began)
        else:
            self.failed[f"{kind} {got.status}"] = self.failed.get(f"{kind} {got.status}", 0) + 1
        return got
