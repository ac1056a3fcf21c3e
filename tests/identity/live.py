"""A live site's people, each with a passkey in software: how they come in, over HTTP alone."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html import unescape
from typing import Any, Final

import httpx
from lxml import html as lxml_html

from standfast.facts.identity import OrganisationDetails
from standfast.identity.founding import Founder, found
from tests.identity.authenticator import Authenticator
from tests.support.database import Database
from tests.support.site import PROVIDER, Site, open_site

COOKIE: Final = "standfast-session"
HARROWMERE: Final = OrganisationDetails(
    org=PROVIDER, name="Harrowmere Urgent Care", kind="provider", phone="01632 960111"
)
SAM: Final = Founder(staff_id="sam.whitlock", name="Sam Whitlock")
INES: Final = Founder(staff_id="ines.maro", name="Ines Maro")


class Person:
    """Somebody with a browser and a passkey of their own."""

    def __init__(self, site: Site, staff_id: str, key: Authenticator | None = None) -> None:
        self.site = site
        self.staff_id = staff_id
        self.key = key or Authenticator()
        self.browser = site.another_browser()

    async def get(self, path: str) -> httpx.Response:
        return await self.browser.get(path, headers={"accept": "text/html"})

    async def post(self, path: str, **form: Any) -> httpx.Response:
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
        return await self.browser.post(path, data=form, headers=headers)

    async def send(self, path: str, body: Any) -> httpx.Response:
        headers = {"accept": "application/json", "sec-fetch-site": "same-origin"}
        return await self.browser.post(path, json=body, headers=headers)

    async def enrol(self, code: str, name: str = "First key") -> httpx.Response:
        """Give the code that was said, and register this person's key with it."""
        tried = await self.send("/sign-in/enrol", {"staff_id": self.staff_id, "code": code})
        if tried.status_code != 200:
            return tried
        asked = tried.json()
        body = {
            "nonce": asked["nonce"],
            "enrolment_id": asked["enrolment_id"],
            "name": name,
            "answer": self.key.make(asked["options"]),
        }
        return await self.send("/sign-in/enrol/passkey", body)

    async def question(self, staff_id: str = "") -> dict[str, Any]:
        asked: dict[str, Any] = (
            await self.send("/sign-in/question", {"staff_id": staff_id})
        ).json()
        return asked

    async def sign_in(
        self, key: Authenticator | None = None, *, unlock: bool = False
    ) -> httpx.Response:
        """Touch the key at the way in, or at a locked screen."""
        asked = await self.question()
        answer = (key or self.key).touch(asked)
        body = {"nonce": asked["nonce"], "answer": answer, "unlock": unlock}
        return await self.send("/sign-in/passkey", body)

    async def confirm(
        self,
        page: httpx.Response,
        key: Authenticator | None = None,
        altered: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Confirm what *page* asks, as step-up.js does; fields may be *altered* on the way."""
        assert page.status_code == 428, (page.status_code, page.text)
        form = lxml_html.fromstring(page.text).xpath("//form[@data-step-up]")[0]
        asked = {"challenge": form.get("data-challenge"), "rp_id": form.get("data-rp-id")}
        fields = dict(form.form_values())
        fields["step_up_answer"] = httpx.Response(200, json=(key or self.key).touch(asked)).text
        return await self.post(form.get("action"), **{**fields, **(altered or {})})

    async def does(self, path: str, **form: Any) -> httpx.Response:
        """Send a form that must be confirmed, and confirm it."""
        return await self.confirm(await self.post(path, **form))

    def making(self, page: httpx.Response) -> dict[str, Any]:
        """Return what *page* asks this person's device to make."""
        form = lxml_html.fromstring(page.text).xpath("//form[@data-make-key]")[0]
        options = json.loads(form.get("data-options"))
        return {"nonce": form.get("data-nonce"), "options": options}

    async def is_in(self) -> bool:
        return (await self.get("/identity/keys")).status_code == 200


def code_on(page: httpx.Response) -> str:
    """Return the code that *page* shows, as it is said."""
    shown = re.search(r'class="code num">([^<]+)<', page.text)
    assert shown, page.text
    return unescape(shown[1])


@asynccontextmanager
async def live_site(
    database: Database, *, confirmed: bool = True, **settings: Any
) -> AsyncIterator[tuple[Site, Person, Person]]:
    """Run a live site that has just been set up, with its first two enrolled and confirmed."""
    async with open_site(database, real_sign_in=True, demonstration=False, **settings) as site:
        told = await found(site.platform, HARROWMERE, (SAM, INES))
        sam, ines = (Person(site, each.staff_id) for each in told)
        for person, founder in ((sam, told[0]), (ines, told[1])):
            answer = await person.enrol(founder.code)
            assert answer.status_code == 200, answer.text
        for person in (sam, ines) if confirmed else ():
            answer = await person.does("/identity/founding", seen="yes")
            assert answer.status_code == 303, answer.text
        site.clock.move(seconds=5)
        yield site, sam, ines


async def newcomer(site: Site, opens: Person, confirms: Person, person: Person | str) -> Person:
    """Register somebody and enrol them, as two colleagues do."""
    person = Person(site, person) if isinstance(person, str) else person
    staff_id = person.staff_id
    registered = await opens.does(
        "/identity/register",
        staff_id=staff_id,
        name=staff_id.replace(".", " ").title(),
        title="Clinician",
        roles="clinician",
        registration="GMC 0000000",
    )
    assert registered.status_code == 303, registered.text
    opened = await opens.does(f"/identity/staff/{staff_id}/enrol", kind="first")
    assert opened.status_code == 303, opened.text
    confirmed = await confirms.does(f"/identity/staff/{staff_id}/confirm", seen="yes")
    answer = await person.enrol(code_on(confirmed))
    assert answer.status_code == 200, answer.text
    return person
