"""A live site's people, one of each role, each with a passkey in software and a session of theirs."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Final

import httpx
from webauthn.helpers import bytes_to_base64url

from standfast.facts.passkeys import NewPasskey
from standfast.identity.model import ORGANISATION, STAFF, RegisterOrganisation, RegisterStaff
from standfast.identity.model_passkeys import PASSKEYS, RegisterPasskey
from standfast.identity.passkeys import handle_of
from standfast.identity.permissions import Role
from tests.identity.examples import LOADER, URGENT_CARE
from tests.identity.live import Person
from tests.support.site import PROVIDER, Site

WORKERS: Final[Mapping[Role, str]] = {
    Role.CALL_HANDLER: "joe.tran",
    Role.CLINICIAN: "ada.mensah",
    Role.SUPERVISOR: "ruth.calder",
    Role.DISPATCHER: "nadia.brook",
    Role.RECEPTIONIST: "owen.hale",
    Role.PHARMACIST: "priya.shah",
    Role.IT_OFFICER: "sam.whitlock",
    Role.PRIVACY_OFFICER: "mira.sandoval",
}
REASON: Final = "Her GP is on the line and asks for the allergies"


async def hire(site: Site, role: Role, staff_id: str = "") -> Person:
    """Let somebody work at the provider as *role*, and sign them in with their passkey."""
    staff_id = staff_id or WORKERS[role]
    command = RegisterOrganisation(organisation=URGENT_CARE)
    await site.execute(ORGANISATION, PROVIDER, command, actor=LOADER)
    name = staff_id.replace(".", " ").title()
    staff = RegisterStaff(
        staff_id=staff_id, org=PROVIDER, name=name, title=role.value, roles=(role,)
    )
    await site.execute(STAFF, staff_id, staff, actor=LOADER)
    person = Person(site, staff_id)
    person.key.handle = bytes_to_base64url(handle_of(PROVIDER, staff_id))
    made = NewPasskey(
        credential_id=person.key.id,
        public_key=person.key.public_key,
        sign_count=0,
        name="First key",
    )
    key = RegisterPasskey(org=PROVIDER, staff_id=staff_id, passkey=made)
    await site.execute(PASSKEYS, staff_id, key, actor=LOADER)
    answer = await person.sign_in()
    assert answer.status_code == 200, answer.text
    return person


async def walk(person: Person, path: str, record_id: str, kind: str = "person") -> str:
    """Try to open *path*, doing what each page asks; return how it went, a letter a step.

    ``p``: a fresh proof was asked and given; ``g``: a reason, with its proof; ``x``: refused with
    a sentence. It ends in ``o`` once the page is open.
    """
    went = ""
    for _ in range(4):
        page = await person.get(path)
        if page.status_code in (HTTP_OK, HTTP_SEE_OTHER):
            return f"{went}o"
        if page.status_code == httpx.codes.PRECONDITION_REQUIRED:
            led = await person.confirm(page)
            went += "p"
        elif 'action="/access/break-glass"' in page.text:
            form = {"kind": kind, "record_id": record_id, "back": path, "reason": REASON}
            assert field(page, "back") in (path, "/")
            led = await person.does("/access/break-glass", **form)
            went += "g"
        else:
            assert page.status_code == httpx.codes.FORBIDDEN, (page.status_code, page.text)
            return f"{went}x {sentence(page)}"
        assert (led.status_code, led.headers["location"]) == (303, path), led.text
    raise AssertionError(f"{person.staff_id} is asked again and again for {path}: {went}")


def sentence(page: httpx.Response) -> str:
    """Return what a page that refuses says."""
    said = re.search(r'<p class="large">([^<]+)</p>', page.text)
    assert said, page.text
    return unescape(said[1])


def field(page: httpx.Response, name: str) -> str:
    """Return the value of a hidden field of *page*."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)">', page.text)
    assert found, page.text
    return unescape(found[1])


HTTP_OK: Final = httpx.codes.OK
HTTP_SEE_OTHER: Final = httpx.codes.SEE_OTHER
