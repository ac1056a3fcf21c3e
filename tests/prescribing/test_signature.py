"""A signature is a fresh touch of the prescriber's passkey, for exactly what it signs (H24)."""

import hashlib

import pytest

from standfast.facts.people import AllergyStatus
from standfast.identity.model_answer import ANSWER
from standfast.prescribing.content import content_bytes
from tests.identity.authenticator import Authenticator
from tests.identity.live import Person, code_on
from tests.prescribing.examples import ADA
from tests.prescribing.place import (
    NEED_PAGE,
    ask_for,
    furnish,
    hidden,
    known,
    record,
    write_page,
)
from tests.support.database import Database
from tests.support.site import PROVIDER, Site, open_site

pytestmark = pytest.mark.anyio


async def with_a_key(site: Site, staff_id: str) -> Person:
    """Let Sam and Ruth give *staff_id* a passkey, as in the demonstration."""
    sam, ruth, who = (Person(site, each) for each in ("sam.whitlock", "ruth.calder", staff_id))
    for each in (sam, ruth):
        await each.post("/sign-in", staff_id=each.staff_id)
    path = f"/identity/staff/{staff_id}"
    assert (await sam.post(f"{path}/enrol", kind="first")).status_code == 303
    shown = await ruth.post(f"{path}/confirm", seen="yes")
    assert (await who.enrol(code_on(shown))).status_code == 200
    return who


async def drafted(site: Site) -> tuple[Person, dict[str, str]]:
    """Have Ada, who came with her passkey, write; return her and what signing would send."""
    await furnish(site)
    await record(site, AllergyStatus.NONE_KNOWN)
    await ask_for(site)
    ada = await with_a_key(site, ADA.staff_id)
    await ada.post(f"{NEED_PAGE}/take")
    site.browser.cookies = ada.browser.cookies
    written = await ada.post(f"{NEED_PAGE}/write", **await write_page(site))
    assert written.status_code == 303, written.text
    page = (await ada.get(f"{NEED_PAGE}/sign")).text
    assert "You will be asked for your passkey" in page
    order = {name: hidden(page, name) for name in ("prescription_id", "content_hash")}
    return ada, {**order, "confirmed": "yes"}


async def test_it_is_signed_with_a_fresh_touch_for_exactly_its_content(
    database: Database,
) -> None:
    async with open_site(database, real_sign_in=True) as site:
        ada, order = await drafted(site)
        asked = await ada.post(f"{NEED_PAGE}/sign", **order)
        assert asked.status_code == 428
        for words in ("amoxicillin 500 mg capsule", "One three times a day for 5 days"):
            assert words in asked.text
        assert "OKONKWO-BRIGHT, Margaret" in asked.text
        signed = await ada.confirm(asked)
        assert signed.headers["location"] == f"{NEED_PAGE}/pharmacy"
        (one,) = (await known(site)).prescriptions
        assert one.signature is not None
        assert one.content is not None
        answer = await site.state(ANSWER, one.signature.proof_id)

        assert answer.taken is not None
        assert answer.taken.staff_id == ADA.staff_id
        assert answer.taken.content_hash == one.signature.content_hash
        assert (
            answer.taken.content_hash == hashlib.sha256(content_bytes(one.content)).hexdigest()
        )


async def test_nobody_signs_at_anothers_open_desk(database: Database) -> None:
    async with open_site(database, real_sign_in=True) as site:
        ada, order = await drafted(site)
        asked = await ada.post(f"{NEED_PAGE}/sign", **order)
        answer = await ada.confirm(asked, Authenticator())

        assert answer.status_code == 428
        assert (await known(site)).prescriptions[0].signature is None


async def test_a_touch_for_one_prescription_signs_no_other(database: Database) -> None:
    async with open_site(database, real_sign_in=True) as site:
        ada, order = await drafted(site)
        asked = await ada.post(f"{NEED_PAGE}/sign", **order)
        more = await ada.post(f"{NEED_PAGE}/write", **await write_page(site, quantity="21"))
        assert more.status_code == 303
        page = (await ada.get(f"{NEED_PAGE}/sign")).text
        newer = {name: hidden(page, name) for name in ("prescription_id", "content_hash")}
        answer = await ada.confirm(asked, altered=newer)

        assert answer.status_code == 428
        assert "is not this" in answer.text
        assert [one.signature for one in (await known(site)).prescriptions] == [None] * len(
            (await known(site)).prescriptions
        )


async def test_what_is_wrong_is_said_before_anybody_is_asked(database: Database) -> None:
    async with open_site(database, real_sign_in=True) as site:
        ada, order = await drafted(site)
        unticked = await ada.post(f"{NEED_PAGE}/sign", **{**order, "confirmed": ""})

        assert unticked.status_code == 422
        assert "Tick that you have checked it" in unticked.text
        assert ADA.org == PROVIDER
