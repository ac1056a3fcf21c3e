"""What browsers tell of the policy: counted by rule, and nothing else of it kept."""

import json
from typing import Any, Final

import pytest

from standfast.web.reports import OTHER, STOPPED
from tests.support.database import Database
from tests.support.site import Site, open_site

pytestmark = pytest.mark.anyio

CANARY: Final = "OKONKWO-BRIGHT"


def report(rule: object) -> dict[str, Any]:
    return {
        "csp-report": {
            "effective-directive": rule,
            "document-uri": f"http://site/{CANARY}",
            "script-sample": CANARY,
        }
    }


async def send(site: Site, body: object, kind: str = "application/csp-report") -> int:
    answer = await site.browser.post(
        "/policy-reports", content=json.dumps(body), headers={"content-type": kind}
    )
    return answer.status_code


def counted(rule: str) -> float:
    return float(STOPPED.labels(rule)._value.get())  # noqa: SLF001


async def test_a_report_is_counted_by_its_rule_and_not_kept(
    database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    async with open_site(database) as site:
        before = counted("script-src-elem"), counted(OTHER)
        assert await send(site, report("script-src-elem")) == 204
        strange: list[object] = [report(CANARY), report(["script-src"]), report(7), {}, [], "w"]
        for each in strange:
            assert await send(site, each) == 204

        assert counted("script-src-elem") == before[0] + 1
        assert counted(OTHER) == before[1] + 6
    printed = capfd.readouterr()
    assert CANARY not in printed.out + printed.err


async def test_what_is_no_report_is_refused(database: Database) -> None:
    async with open_site(database) as site:
        before = counted(OTHER)
        assert await send(site, {}, "text/plain") == 400
        assert await send(site, "x" * 20_000) == 400
        assert counted(OTHER) == before
