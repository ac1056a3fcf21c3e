"""Static files, served for ever under addresses that change with their content."""

import gzip
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.web.pages import ANYONE, Page, not_found, platform
from standfast.web.rendering import STATIC

TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
}

TEXT: Final = frozenset({".css", ".js", ".svg", ".webmanifest"})
"""What gets smaller when it is compressed."""


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
    small = "gzip" in request.headers.get("accept-encoding", "") and path.suffix in TEXT
    if small:
        headers["Content-Encoding"] = "gzip"
    return Response(
        _content(path, path.stat().st_mtime_ns, small=small),
        media_type=TYPES[path.suffix],
        headers=headers,
    )


@cache
def _content(path: Path, _changed_at: int, *, small: bool) -> bytes:
    """Return the file's bytes, read and compressed once for as long as it does not change."""
    content = path.read_bytes()
    return gzip.compress(content, mtime=0) if small else content


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
