"""Somebody at a browser: signs in by choosing a person, looks at pages, presses buttons."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, cast
from urllib.parse import urlsplit

import httpx
from lxml import html
from lxml.html import FormElement, HtmlElement

from standfast.simulate.measured import Kind, Tally

AS_A_PAGE: Final = {"accept": "text/html", "sec-fetch-site": "same-origin"}
AS_A_SCRIPT: Final = {"accept": "application/json", "sec-fetch-site": "same-origin"}

LONGEST_WORD: Final = 30
"""Characters of a part of an address; what is longer is an id."""

PATIENCE: Final = 30.0
"""Seconds that somebody waits for one answer."""


_PLACES: Final = (
    "//*[@class='problems']//li",
    "//*[@class='problems']",
    "//*[contains(@class, 'empty')]/p",
    "//*[contains(@class, 'notice')]",
)
"""Where a page says why something was not done."""


class Unreachable(Exception):
    """The node did not answer, or answered with a fault of its own."""


class Seen:
    """An answer of the node, as a person sees it."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.location = response.headers.get("location", "")
        self._response = response
        self._root: HtmlElement | None = None

    @property
    def root(self) -> HtmlElement:
        """The page. An empty answer is an empty page."""
        if self._root is None:
            self._root = html.fromstring(self._response.text.strip() or "<p></p>")
        return self._root

    @property
    def done(self) -> bool:
        """Whether what was asked for was carried out."""
        return self.status < HTTPStatus.BAD_REQUEST

    @property
    def json(self) -> Any:
        return self._response.json()

    def why(self) -> str:
        """Return the sentence that says why it was not carried out."""
        if "json" in self._response.headers.get("content-type", ""):
            said = self.json
            return str(said.get("error") or said.get("errors") or said)
        for place in _PLACES:
            found = self.root.xpath(place)
            if found:
                return " ".join(found[0].text_content().split())
        return f"status {self.status}"

    def form(self, ending: str, *, containing: str = "") -> FormElement | None:
        """Return the first form whose address ends in *ending*, if there is one."""
        for form in self.root.xpath("descendant-or-self::form"):
            action = urlsplit(form.get("action", "")).path
            if action.endswith(ending) and containing in action:
                return cast("FormElement", form)
        return None

    def links(self, prefix: str) -> list[str]:
        """Return the addresses of links that begin with *prefix*, each once."""
        found = self.root.xpath("descendant-or-self::a/@href")
        return list(dict.fromkeys(str(href) for href in found if href.startswith(prefix)))


class Browser:
    """One browser with its own session."""

    def __init__(self, client: httpx.AsyncClient, tally: Tally) -> None:
        self._client = client
        self.tally = tally
        self.staff_id = ""

    async def sign_in(self, staff_id: str) -> None:
        """Choose to be *staff_id*."""
        answer = await self._send("POST", "/sign-in", data={"staff_id": staff_id})
        if answer.status != HTTPStatus.SEE_OTHER:
            raise Unreachable(f"{staff_id} could not sign in: {answer.why()}")
        self.staff_id = staff_id

    async def look(self, path: str, kind: Kind) -> Seen:
        """Look at a page or a part of one."""
        with self.tally.times.measure(kind):
            return await self._send("GET", path)

    async def press(
        self, form: FormElement, kind: Kind, fill: Mapping[str, str] | None = None
    ) -> Seen:
        """Send *form* as it stands, with *fill* filled in."""
        return await self.post(form.get("action", ""), {**filled(form), **(fill or {})}, kind)

    async def post(self, path: str, data: Mapping[str, str], kind: Kind) -> Seen:
        """Send a form. A refusal is counted under its sentence."""
        with self.tally.times.measure(kind):
            answer = await self._send("POST", path, data=dict(data))
        if not answer.done:
            self.tally.refuse(answer.why())
        return answer

    async def post_json(self, path: str, body: Any, kind: Kind | None = None) -> Seen:
        """Send JSON, as a script does."""
        if kind is None:
            return await self._send("POST", path, json=body, headers=AS_A_SCRIPT)
        with self.tally.times.measure(kind):
            return await self._send("POST", path, json=body, headers=AS_A_SCRIPT)

    async def _send(self, method: str, path: str, **more: Any) -> Seen:
        headers = more.pop("headers", AS_A_PAGE)
        try:
            response = await self._client.request(method, path, headers=headers, **more)
        except httpx.HTTPError as error:
            self.tally.trouble[f"{method} {_shape(path)}: {type(error).__name__}"] += 1
            raise Unreachable(str(error)) from error
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.tally.trouble[f"{method} {_shape(path)}: {response.status_code}"] += 1
            raise Unreachable(f"{path}: {response.status_code}")
        return Seen(response)


def filled(form: FormElement) -> dict[str, str]:
    """Return the fields of *form* as they stand, without its buttons."""
    return dict(form.form_values())


def choices(form: FormElement, name: str) -> list[str]:
    """Return what may be chosen for the radio buttons, list or buttons called *name*."""
    found = form.xpath(
        f".//input[@name='{name}']/@value | .//select[@name='{name}']//option/@value"
        f" | .//button[@name='{name}']/@value"
    )
    return [str(value) for value in found if value]


def _shape(path: str) -> str:
    """Return *path* with ids left out, so that troubles of one kind are counted together."""
    return "/".join(
        "…" if len(part) > LONGEST_WORD else part for part in urlsplit(path).path.split("/")
    )
