"""What browsers tell of: content that the policy of our pages stopped. Counted, never kept.

A report quotes the page's address and what it held, so nothing of it is stored or logged but
which rule it was, and that only from our own list.
"""

from http import HTTPStatus
from typing import Final

import structlog
from prometheus_client import Counter
from starlette.requests import Request
from starlette.responses import Response

from standfast.web.hostile import Hostile, Json, read_body, read_json
from standfast.web.pages import ANYONE, Page
from standfast.web.security import POLICY, REPORTS

LARGEST: Final = 16 * 1024
OTHER: Final = "other"

RULES: Final = frozenset(rule.split()[0] for rule in POLICY.split("; ")) | {
    "script-src-elem",
    "script-src-attr",
    "style-src-elem",
    "style-src-attr",
    "frame-src",
    "object-src",
    "media-src",
}
"""What a report may name; anything else is counted as ``other``."""

STOPPED: Final = Counter(
    "standfast_policy_stopped",
    "Content that a page's security policy stopped, as browsers report it",
    ["rule"],
)

_log = structlog.get_logger()
_told: set[str] = set()


async def take_report(request: Request) -> Response:
    """Count a report; log the first of each rule since this worker began."""
    try:
        body = await read_body(request, media_types=("application/csp-report",), limit=LARGEST)
        rule = _rule(read_json(body))
    except Hostile:
        return Response(status_code=HTTPStatus.BAD_REQUEST)
    STOPPED.labels(rule).inc()
    if rule not in _told:
        _told.add(rule)
        _log.warning("web.policy_stopped", rule=rule)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _rule(report: Json) -> str:
    told = report.get("csp-report") if isinstance(report, dict) else None
    said = told.get("effective-directive") if isinstance(told, dict) else None
    return said if isinstance(said, str) and said in RULES else OTHER


PAGES: Final = (Page(REPORTS, take_report, needs=ANYONE, method="POST"),)
