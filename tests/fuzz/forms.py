"""Every form of every page, filled in with anything at all; and what must hold of each answer.

Forms are read off the pages as somebody is shown them, so nobody keeps a list. What a page is
posted to that no form of the ground leads to gets every field that the source has a name for.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import httpx
from hypothesis import strategies as st
from lxml import html
from starlette.routing import Match

from standfast.app import PAGES
from standfast.identity.permissions import MACHINES
from standfast.web.pages import Page
from tests.support.fields import CHOSEN, FIELDS
from tests.support.site import Site
from tests.test_access import ENDLESS
from tests.web.test_inert import asking, runs

OF_A_SESSION: Final = frozenset({"/identity/unlock"})
"""Asks for a session of its own; the ground's people sit down without one."""

UNREAD: Final = frozenset({"/policy-reports"})
"""A browser sends these by itself, and nobody reads what is answered."""

POSTED: Final = tuple(
    page
    for page in PAGES
    if page.method not in ("GET", "HEAD")
    and page.needs not in MACHINES
    and page.path not in OF_A_SESSION
)

LOOKED: Final = (
    "access.record_opened.v1",
    "access.record_refused.v1",
    "access.people_found.v1",
    "access.signal_raised.v1",
    "clients.calls_counted.v1",
)
"""That somebody looked is written whatever becomes of the form; a timer writes what was counted."""

_SENTENCE: Final = re.compile(r"[A-Z][\w']*(?:[\s,]+[\w',-]+){3,}")
"""Four words or more. What is said at a field ends without a full stop, as GOV.UK has it."""

_LEAKS: Final = re.compile(
    r"Traceback|File \"|\.py\b.*line \d+|Expected `|ValidationError|asyncpg|msgspec|<class '"
)


PLAUSIBLE: Final = ("", "1", "Some words that say why", "2026-11-23", "07700 900417", "on")
"""What a person might leave in a field, where no page shows which it may be."""


@dataclass(frozen=True)
class Shown:
    """A form: the page that takes it, where, and what a person could leave in each field."""

    page: Page
    path: str = ""
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def everything(self) -> Mapping[str, tuple[str, ...]]:
        """The fields of the form; of a page to which no form was found, all there are."""
        if self.fields:
            return self.fields
        chosen = {name: (value,) for name, value in CHOSEN.items()}
        return {name: chosen.get(name, PLAUSIBLE) for name in FIELDS}


async def forms_of(site: Site) -> dict[str, Shown]:
    """Return each form that the pages of *site* show, and one for each page without any."""
    shown = {page.name: Shown(page) for page in POSTED}
    for page in PAGES:
        if page.method == "GET" and page.path not in ENDLESS and page.needs not in MACHINES:
            answer = await site.get(asking(site, page))
            shown |= {form.page.name: form for form in forms_in(answer)}
    return shown


def forms_in(answer: httpx.Response) -> Iterator[Shown]:
    """Yield each form that the page in *answer* has, or a button of it leads to."""
    if not answer.headers.get("content-type", "").startswith("text/html") or not answer.text:
        return
    for form in html.fromstring(answer.text).iter("form"):
        fields = dict(_fields(form))
        leads = [each.get("formaction") for each in form.iter("button")]
        if form.get("method", "").lower() == "post":
            leads.append(form.get("action") or answer.url.path)
        for action in filter(None, leads):
            path = action.partition("?")[0]
            if (page := page_at(path)) is not None:
                yield Shown(page, path, fields)


def _fields(form: html.HtmlElement) -> Iterator[tuple[str, tuple[str, ...]]]:
    for each in form.iter("input", "select", "textarea", "button"):
        if name := each.get("name"):
            options = [option.get("value", "") for option in each.iter("option")]
            yield name, tuple(options) or (each.get("value") or each.text or "",)


def page_at(path: str) -> Page | None:
    scope = {"type": "http", "method": "POST", "path": path}
    for page in POSTED:
        if page.matches(scope)[0] is Match.FULL:
            return page
    return None


NOT_ASKED: Final = ("nobody_asked", "org", "by", "now", *FIELDS)
LONG: Final = 40_000
ODD: Final = (
    *(
        "",
        " ",
        "\t",
        "\0",
        "-1",
        "0",
        "1e999",
        "NaN",
        "٣٤",
        "99999999999999999999",
        "true",
        "null",
    ),
    *(
        "2026-02-30",
        "0000-00-00",
        "9999-12-31T23:59:60Z",
        "25:61",
        "12/11/26",
        "[]",
        "{}",
        "../..",
    ),
    *(
        "' OR 1=1 --",
        "<b>x</b>",
        "\u202eabc",
        "e\u0301" * 60,
        "\ufeff",
        "\U0001f9ff",
        "%00",
        "\\u0000",
    ),
    *(
        "00000000-0000-0000-0000-000000000000",
        "x" * LONG,
        "é" * 5000,
        "\r\nSet-Cookie: a=b",
        "9" * 400,
    ),
)
TEXTS: Final = st.one_of(
    st.sampled_from(ODD), st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
)


@st.composite
def fillings(draw: st.DrawFn, form: Shown) -> list[tuple[str, str]]:
    """Return the form filled in: mostly as somebody could, some fields with anything at all.

    Any field may be missing or said twice, and there may be one that nobody asked for.
    """
    names = sorted(form.everything)
    spoilt = draw(st.sets(st.sampled_from(names), max_size=4)) if names else set()
    sent: list[tuple[str, str]] = []
    for name in names:
        value = draw(TEXTS) if name in spoilt else draw(st.sampled_from(form.everything[name]))
        times = draw(st.sampled_from((1, 1, 1, 1, 0, 2))) if name in spoilt else 1
        sent += [(name, value)] * times
    if draw(st.booleans()):
        sent.append((draw(st.sampled_from(NOT_ASKED)), draw(TEXTS)))
    return sent


@dataclass(frozen=True)
class Body:
    """The bytes that are sent, and as what."""

    content: bytes
    kind: str


@st.composite
def bodies(draw: st.DrawFn, form: Shown) -> Body:
    """Return *form* filled in, as a browser would send it or in an odder way."""
    sent = draw(fillings(form))
    how = draw(st.sampled_from(("plain", "plain", "plain", "plain", "parts", "odd")))
    if how == "parts":
        return _parts(sent)
    plain = urlencode(sent).encode()
    urlencoded = "application/x-www-form-urlencoded"
    if how == "plain":
        return Body(plain, urlencoded)
    return draw(
        st.sampled_from(
            (
                Body(b"", urlencoded),
                Body(plain.replace(b"%", b"%%"), urlencoded),
                Body(
                    urlencode([(n, v.encode("utf-16")) for n, v in sent]).encode(), urlencoded
                ),
                Body(b"&=&%ff=%fe&" + plain + b"&\xff\xfe=\x80", urlencoded),
                Body(b"&".join([b"x"] * 300), urlencoded),
                Body(plain, f"{urlencoded}; charset=utf-16"),
                Body(plain, "text/plain"),
                Body(plain, "multipart/form-data"),
                Body(_parts(sent).content[:-20], "multipart/form-data; boundary=standfast"),
                Body(json.dumps(dict(sent)).encode(), "application/json"),
                Body(b"\x00\xff" * 50, "application/octet-stream"),
            )
        )
    )


def _parts(sent: list[tuple[str, str]]) -> Body:
    parts = [
        f'--standfast\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + value.encode()
        + b"\r\n"
        for name, value in sent
    ]
    return Body(
        b"".join(parts) + b"--standfast--\r\n", "multipart/form-data; boundary=standfast"
    )


def headers_of(body: Body) -> dict[str, str]:
    """Return what a browser would say of *body*."""
    return {"accept": "text/html", "sec-fetch-site": "same-origin", "content-type": body.kind}


async def send(site: Site, page: Page, body: Body) -> httpx.Response:
    """Send *body* to *page*, as whoever may."""
    return await site.browser.request(
        page.method, asking(site, page), content=body.content, headers=headers_of(body)
    )


async def written(site: Site) -> int:
    """Return how many facts there are, but for those that somebody looked."""
    count: int = await site.all_orgs.fetch_value(
        "SELECT count(*) FROM journal WHERE type <> ALL ($1)", list(LOOKED)
    )
    return count


def wrong_with(answer: httpx.Response, facts: int) -> Iterator[str]:
    """Yield what must not be so of *answer*; *facts* is how many were written meanwhile."""
    status, text = answer.status_code, answer.text
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        yield f"it broke: {status}"
    if found := _LEAKS.search(text):
        yield f"it shows what is inside: {found[0]}"
    if status >= httpx.codes.BAD_REQUEST:
        if facts:
            yield f"refused with {status}, and {facts} facts written"
        if answer.url.path not in UNREAD and not _SENTENCE.search(words_of(answer)):
            yield f"{status} without a sentence: {words_of(answer)[:80]!r}"
    yield from (f"it runs: {each}" for each in runs(answer))


def words_of(answer: httpx.Response) -> str:
    """Return what a person reads in *answer*."""
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return answer.text
    page = html.fromstring(answer.text or "<p>")
    main = page.find(".//main")
    return " ".join((page if main is None else main).text_content().split())
