"""What each screen weighs on the way to a browser that has nothing yet, and takes to make."""

import asyncio
import gzip
import re
import time
from html import unescape
from http import HTTPStatus

import brotli

from benchmarks.load import PAGE, Client
from benchmarks.node import Node
from benchmarks.report import Report, milliseconds, percentile

TIMES = 40
LARGEST_KB = 50
LONGEST_MS = 20

_LINKED = re.compile(
    rb'(?:<link[^>]+(?:stylesheet|preload|icon)[^>]*href|<script[^>]+src|<use[^>]+href)="([^"#]+)'
)
_IMPORTED = re.compile(
    rb"""(?:import|from)\s*["'](\.[^"']+\.js)["']|@import\s+(?:url\()?["']([^"']+)"""
)


async def measure_screens(node: Node, report: Report) -> None:
    """Print weight and time of every console screen."""
    report.say(
        "## Screens",
        "",
        "Cold: the page and everything that it links, as it travels to a browser that has",
        "nothing yet; 24 KB of it is the font. Warm: the page alone. Time: from request to the last",
        "byte, one visitor, nothing else going on.",
    )
    case_id = node.cases[0]
    screens = {
        "amira.khan": ("/calls/waiting", "/calls/shell", "/calls/queue", f"/calls/{case_id}",
                       f"/calls/{case_id}/close", "/calls/call-back", "/people", "/directory"),
        "ada.mensah": ("/prescribing/queue",),
        "ruth.calder": ("/calls/oversight", "/interop/messages", "/identity/staff"),
        "nadia.brook": ("/dispatch/board",),
        "owen.price": ("/booking/clinic",),
        "leila.haddad": ("/prescribing/dispensing",),
    }  # fmt: skip
    rows = []
    for staff_id, paths in screens.items():
        client = Client(node.port)
        await client.sign_in(staff_id)
        rows += [await _screen(client, path) for path in paths]
        client.close()
    header = (
        "screen", "warm KB", "cold KB", "cold, not compressed", "files", "p50 ms", "p99 ms", "aim",
    )  # fmt: skip
    report.table(header, rows)
    report.say(f"Aim: at most {LARGEST_KB} KB cold and {LONGEST_MS} ms.", "")


async def _screen(client: Client, path: str) -> list[str]:
    page = await client.get(path, PAGE)
    assert page.status == HTTPStatus.OK, (path, page.status)
    travelled, plain, files = await _with_all_it_links(client, page.body, page.headers)
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        await client.get(path, PAGE)
        times.append(time.perf_counter() - began)
        await asyncio.sleep(0.002)
    median = percentile(times, 0.5)
    met = travelled <= LARGEST_KB * 1024 and median * 1000 <= LONGEST_MS
    return [
        re.sub(r"[0-9a-f-]{36}", "{case}", path),
        _kb(len(page.body)),
        _kb(travelled),
        _kb(plain),
        str(files),
        milliseconds(median),
        milliseconds(percentile(times, 0.99)),
        "met" if met else "MISSED",
    ]


async def _with_all_it_links(
    client: Client, body: bytes, headers: object
) -> tuple[int, int, int]:
    """Return bytes as they travelled, bytes unpacked, and how many files that was."""
    travelled, page = len(body), unescape(_unpacked(body, headers).decode()).encode()
    plain, files = len(page), 1
    waiting = [address.decode() for address in _LINKED.findall(page)]
    seen: set[str] = set()
    while waiting:
        address = waiting.pop()
        if address in seen or not address.startswith("/static/"):
            continue
        seen.add(address)
        answer = await client.get(address, PAGE)
        assert answer.status == HTTPStatus.OK, address
        text = _unpacked(answer.body, answer.headers)
        travelled, plain, files = travelled + len(answer.body), plain + len(text), files + 1
        folder = address.rpartition("/")[0]
        if address.endswith((".js", ".css")):
            for pair in _IMPORTED.findall(text):
                named = (pair[0] or pair[1]).decode().removeprefix("./")
                waiting.append(f"{folder}/{named}")
    return travelled, plain, files


def _unpacked(body: bytes, headers: object) -> bytes:
    coding = headers.get("content-encoding", "") if isinstance(headers, dict) else ""
    return {"gzip": gzip.decompress, "br": brotli.decompress}.get(coding, bytes)(body)


def _kb(count: int) -> str:
    return f"{count / 1024:.1f}"
