"""``python -m tools.fuzz_forms [examples]``: fill in every form of a running demonstration.

Everybody of the demonstration signs in and follows the links; what pages show is sent back with
anything at all in it. An answer that breaks, leaks, runs, or writes what it refused ends it with
exit code 1, and is printed.
"""

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urljoin, urlsplit

import asyncpg
import httpx
import uvloop
from hypothesis import HealthCheck, Phase, given, settings
from lxml import html

from standfast.app import PAGES
from standfast.demo.personas import PERSONAS
from standfast.postgres import EmbeddedPostgres
from standfast.web.pages import Page
from tests.fuzz.forms import (
    LOOKED,
    Body,
    Shown,
    bodies,
    forms_in,
    headers_of,
    words_of,
    wrong_with,
)
from tests.support.node import Node, a_node

EXAMPLES: Final = 40
"""For each form of each person: about ten minutes in all."""

ALIKE: Final = 3
"""How many pages of one kind somebody looks at."""

CALLS: Final = 40

ROUNDS: Final = 2
"""How often each has a turn: what one took on, another sees the second time."""

ENDS_IT: Final = frozenset({"/sign-out", "/identity/lock", "/identity/unlock", "/sign-in"})
"""After these somebody else sits there; tests/fuzz/test_forms.py fills them in."""

SAFE: Final = {"sec-fetch-site": "same-origin", "accept": "text/html"}


def main(examples: int) -> int:
    """Fill in the forms; return 1 if anything was wrong."""
    wrong: list[str] = []
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="standfast-forms-") as folder:
        Path(folder).chmod(0o711)
        with a_node(Path(folder), "--demo", "--no-ringing") as node:
            work_done(node)
            for persona in PERSONAS * ROUNDS:
                with browser_at(node) as browser:
                    browser.post("/sign-in", data={"staff_id": persona.staff_id})
                    forms = list(shown_to(browser))
                    for form in forms:
                        found[form.page.name] += 1
                        wrong += filled_in(node, browser, persona.staff_id, form, examples)
                print(f"{persona.name}: {len(forms)} forms", flush=True)
    print(*sorted(found), sep="\n")
    print(f"{len(found)} kinds of form, {sum(found.values())} in all, {examples} times each")
    for each in dict.fromkeys(wrong):
        print(each)
    return int(bool(wrong))


def work_done(node: Node) -> None:
    """Have callers ring and everybody deal with them, so that pages have something to show."""
    words = ("simulate", "--url", node.address, "--calls", str(CALLS), "--rate", "300")
    command = [sys.executable, "-m", "standfast", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def browser_at(node: Node) -> httpx.Client:
    """Return a browser that asks as a page of ours would."""
    return httpx.Client(base_url=node.address, headers=SAFE, timeout=30)


def shown_to(browser: httpx.Client) -> Iterator[Shown]:
    """Yield a form of each kind that somebody comes to by following links."""
    waiting, seen, kinds = ["/"], {"/"}, Counter[str]()
    forms: set[str] = set()
    while waiting:
        path = waiting.pop(0)
        answer = browser.get(path)
        if answer.is_redirect:
            waiting += _new([urljoin(path, answer.headers["location"])], seen, kinds)
            continue
        for form in forms_in(answer):
            if form.page.path not in ENDS_IT and form.page.name not in forms:
                forms.add(form.page.name)
                yield form
        if answer.headers.get("content-type", "").startswith("text/html") and answer.text:
            leads = html.fromstring(answer.text).xpath("//a/@href | //*/@data-live | //*/@link")
            waiting += _new([urljoin(path, each) for each in leads], seen, kinds)


def _new(links: list[str], seen: set[str], kinds: "Counter[str]") -> list[str]:
    """Return those of *links* that lead to one more page of a kind not seen often."""
    fresh = []
    for link in links:
        parts = urlsplit(link)
        page = None if parts.netloc else _kind(parts.path)
        kind = f"{page.name if page else ''}?{','.join(sorted(parse_qs(parts.query)))}"
        if page is not None and link not in seen and kinds[kind] < ALIKE:
            seen.add(link)
            kinds[kind] += 1
            fresh.append(link)
    return fresh


def _kind(path: str) -> Page | None:
    scope = {"type": "http", "method": "GET", "path": path}
    matching = (page for page in PAGES if page.matches(scope)[0].value == 2)  # noqa: PLR2004
    page = next(matching, None)
    return page if page is not None and page.path != "/live" else None


def filled_in(
    node: Node, browser: httpx.Client, staff_id: str, form: Shown, examples: int
) -> list[str]:
    """Return what was wrong with any answer to *form*, each filled in in another way."""
    wrong: list[str] = []

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(body=bodies(form))
    def fill(body: Body) -> None:
        before = _written(node, staff_id)
        answer = browser.request(
            form.page.method, form.path, content=body.content, headers=headers_of(body)
        )
        facts = _written(node, staff_id) - before
        wrong.extend(
            f"{form.page.name} ({staff_id}): {each}\n    {words_of(answer)[:200]}\n    {body}"
            for each in wrong_with(answer, facts)
        )

    fill()
    return wrong


def _written(node: Node, staff_id: str) -> int:
    """Return how many facts *staff_id* has written, but for those of having looked."""

    async def count() -> int:
        dsn = EmbeddedPostgres(node.data.absolute() / "postgres").owner_dsn
        owner: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
        try:
            return int(
                await owner.fetchval(
                    "SELECT count(*) FROM journal WHERE actor = $1 AND type <> ALL ($2)",
                    staff_id,
                    list(LOOKED),
                )
            )
        finally:
            await owner.close()

    return uvloop.run(count())


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES))
