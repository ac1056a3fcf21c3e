"""Static files, served for ever under addresses that change with their content.

They travel without their comments and compressed: the first page of a shift may come over a
poor line.
"""

import gzip
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import brotli
from rjsmin import jsmin
from starlette.requests import Request
from starlette.responses import Response

from standfast.web.pages import ANYONE, Page, not_found, platform
from standfast.web.rendering import STATIC

TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
}

TEXT: Final = frozenset({".css", ".js", ".svg", ".webmanifest"})
"""What gets smaller when it is compressed."""


def shorter_styles(styles: str) -> str:
    """Return *styles* without comments and indents; no space that could mean something goes."""
    return _NOT_STYLE.sub("", styles)


_NOT_STYLE: Final = re.compile(r"/\*.*?\*/|(?<=\n)\s+", re.DOTALL)

SHORTENED: Final[Mapping[str, Callable[[str], str]]] = {".css": shorter_styles, ".js": jsmin}
"""What comments and spaces are taken out of."""

COMPRESSED: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "br": brotli.compress,
    "gzip": lambda content: gzip.compress(content, mtime=0),
}
"""How, the smallest first."""


async def static_file(request: Request) -> Response:
    """Answer with a file of ``static/``; one asked for under an old address is still given."""
    path = (STATIC / request.path_params["path"]).resolve()
    if not path.is_relative_to(STATIC) or not path.is_file() or path.suffix not in TYPES:
        return await not_found(request)
    fresh = request.path_params["version"] == platform(request).templates.version
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if fresh else "no-cache",
        "Vary": "Accept-Encoding",
    }
    coding = _coding(request) if path.suffix in TEXT else ""
    if coding:
        headers["Content-Encoding"] = coding
    return Response(
        _content(path, path.stat().st_mtime_ns, coding=coding),
        media_type=TYPES[path.suffix],
        headers=headers,
    )


def _coding(request: Request) -> str:
    """Return the smallest coding that the browser reads."""
    sent = request.headers.get("accept-encoding", "")
    named = {each.partition(";")[0].strip() for each in sent.split(",")}
    return next((coding for coding in COMPRESSED if coding in named), "")


@cache
def _content(path: Path, _changed_at: int, *, coding: str) -> bytes:
    """Return what travels, made once for as long as the file does not change."""
    content = path.read_bytes()
    if path.suffix in SHORTENED:
        content = SHORTENED[path.suffix](content.decode()).encode()
    return COMPRESSED[coding](content) if coding else content


async def service_worker(request: Request) -> Response:
    """Answer with the service worker, at the root so that it may serve every page."""
    script = (STATIC / "sw.js").read_text(encoding="utf-8")
    return Response(
        script.replace("__VERSION__", platform(request).templates.version),
        media_type=TYPES[".js"],
        headers={"Cache-Control": "no-cache"},
    )


PAGES: Final = (
    Page("/static/{version}/{path:path}", static_file, needs=ANYONE),
    Page("/sw.js", service_worker, needs=ANYONE),
)
