"""The whole way: a message posted to a running platform on PostgreSQL, and what came of it."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import uuid4

import httpx
import msgspec
import pytest

from standfast.interop.fhir import Encounter
from standfast.interop.message import Message
from standfast.interop.model import MESSAGE, message_id
from standfast.interop.reading import read_bundle
from standfast.interop.xml_in import read_xml
from standfast.journal.writer import Conflict, Unavailable
from standfast.web.hostile import MAX_BYTES
from standfast.web.platform import Platform
from tests.interop.examples import (
    CORRELATION_ID,
    JSON,
    REQUEST_ID,
    XML,
    changed,
    needs_shared,
    shared,
    without,
)
from tests.support.database import Database
from tests.support.site import PROVIDER, TRUST, Site, open_site, somebody

RUTH: Final = somebody(
    "ruth.calder", "Ruth Calder", "supervisor", PROVIDER, "interop.watch", "interop.tell"
)
NADIA: Final = somebody(
    "nadia.brook", "Nadia Brook", "dispatcher", TRUST, "interop.watch", "interop.tell"
)
POST: Final = "/bars/$process-message"

pytestmark = pytest.mark.anyio


class Sender:
    """Another system with its own headers."""

    def __init__(self, site: Site) -> None:
        self.site = site

    async def post(self, body: bytes, **headers: str) -> httpx.Response:
        """Send *body* as XML unless *headers* (_ for -) say otherwise; "" leaves one out."""
        sent = {
            "content-type": "application/fhir+xml",
            "x-request-id": REQUEST_ID,
            "x-correlation-id": CORRELATION_ID,
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in sent.items() if value}
        return await self.site.browser.post(POST, content=body, headers=kept)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        sent = {"x-request-id": REQUEST_ID, "x-correlation-id": CORRELATION_ID} | headers
        return await self.site.browser.get(path, headers=sent)

    async def streams(self) -> int:
        count: int = await self.site.all_orgs.fetch_value(
            "SELECT count(*) FROM journal WHERE type = 'interop.referral_received.v1'"
        )
        return count


@asynccontextmanager
async def sender_to(
    database: Database,
    **settings: Any,
) -> AsyncIterator[Sender]:
    async with open_site(database, actor=RUTH, **settings) as site:
        yield Sender(site)


def issue(answer: httpx.Response) -> tuple[int, str, str]:
    """Return the status, the BaRS code and the issue code of a refusal, in whichever format."""
    assert answer.headers["x-request-id"]
    assert answer.headers["x-correlation-id"]
    if "json" in answer.headers["content-type"]:
        found = msgspec.json.decode(answer.content)
        assert found["resourceType"] == "OperationOutcome"
        first = found["issue"][0]
        return answer.status_code, first["details"]["coding"][0]["code"], first["code"]
    node = read_xml(answer.content)
    first_issue = node.parts["issue"][0]
    coding = first_issue.parts["details"][0].parts["coding"][0]
    return answer.status_code, coding.text("code"), first_issue.text("code")


async def test_a_referral_is_taken_on_and_answered_with_its_case(database: Database) -> None:
    async with sender_to(database) as sender:
        answer = await sender.post(XML)

        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/fhir+xml"
        assert answer.headers["x-request-id"] == REQUEST_ID
        assert answer.headers["x-correlation-id"] == CORRELATION_ID
        message = Message(read_bundle(read_xml(answer.content)).bundle)
        known = await sender.site.state(MESSAGE, message_id(REQUEST_ID))
        assert known.accepted is not None
        assert message.all(Encounter)[1].id == known.accepted.case_id
        (kept,) = await sender.site.kept("type = 'interop.referral_received.v1'")
        assert msgspec.json.decode(kept)["body"] == XML.decode()


async def test_the_same_message_again_is_a_duplicate_and_opens_nothing(
    database: Database,
) -> None:
    async with sender_to(database) as sender:
        await sender.post(XML)

        again = await sender.post(XML)
        in_capitals = await sender.post(XML, x_request_id=REQUEST_ID.upper())

        assert issue(again) == (409, "REC_CONFLICT", "duplicate")
        assert issue(in_capitals) == (409, "REC_CONFLICT", "duplicate")
        assert await sender.streams() == 1


async def test_the_same_content_under_a_new_request_id_opens_no_second_case(
    database: Database,
) -> None:
    async with sender_to(database) as sender:
        await sender.post(XML)

        again = await sender.post(XML, x_request_id=str(uuid4()))

        assert issue(again) == (409, "REC_CONFLICT", "duplicate")
        assert await sender.streams() == 1


async def test_two_that_arrive_at_the_same_moment_open_one_case(database: Database) -> None:
    async with sender_to(database) as sender:
        answers = await asyncio.gather(*(sender.post(XML) for _ in range(6)))

        assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
        assert await sender.streams() == 1


async def test_other_content_under_the_same_request_id_is_a_conflict(
    database: Database,
) -> None:
    async with sender_to(database) as sender:
        await sender.post(XML)

        other = await sender.post(changed("numb", "warm"))
        rubbish = await sender.post(b"rubbish")

        assert issue(other) == (409, "REC_CONFLICT", "conflict")
        assert issue(rubbish) == (400, "REC_BAD_REQUEST", "structure")
        assert await sender.streams() == 1


async def test_other_content_under_a_new_request_id_is_another_referral(
    database: Database,
) -> None:
    async with sender_to(database) as sender:
        await sender.post(XML)

        other = await sender.post(
            changed('family value="Farrant', 'family value="Okoro'), x_request_id=str(uuid4())
        )

        assert other.status_code == 200
        assert await sender.streams() == 2


async def test_a_message_that_was_refused_may_be_sent_right(database: Database) -> None:
    async with sender_to(database) as sender:
        refused = await sender.post(without("timestamp", "Bundle"))
        mended = await sender.post(XML)

        assert issue(refused) == (400, "REC_BAD_REQUEST", "required")
        assert mended.status_code == 200


async def test_json_is_read_and_each_answer_is_in_the_format_that_was_asked_for(
    database: Database,
) -> None:
    async with sender_to(database) as sender:
        answer = await sender.post(
            JSON, content_type="application/fhir+json", accept="application/fhir+json"
        )
        again = await sender.post(XML, accept="application/fhir+json")
        neither = await sender.post(XML, accept="text/html")

        assert answer.status_code == 200
        assert msgspec.json.decode(answer.content)["resourceType"] == "Bundle"
        assert again.headers["content-type"] == "application/fhir+json"
        assert issue(neither) == (406, "REC_NOT_ACCEPTABLE", "processing")


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (b"rubbish", {}, (400, "REC_BAD_REQUEST", "structure")),
        (b"", {}, (400, "REC_BAD_REQUEST", "structure")),
        (b"{", {"content_type": "application/json"}, (400, "REC_BAD_REQUEST", "structure")),
        (b"<!DOCTYPE a><a/>", {}, (400, "REC_BAD_REQUEST", "security")),
        (b"[" * 500, {"content_type": "text/xml"}, (400, "REC_BAD_REQUEST", "structure")),
        (XML, {"content_type": "text/csv"}, (415, "REC_BAD_REQUEST", "not-supported")),
        (XML, {"content_encoding": "gzip"}, (415, "REC_BAD_REQUEST", "not-supported")),
        (b" " * (MAX_BYTES + 1), {}, (413, "REC_BAD_REQUEST", "too-long")),
        (XML, {"x_request_id": "no-guid"}, (400, "REC_BAD_REQUEST", "value")),
        (
            XML,
            {"nhsd_target_identifier": "?"},
            (400, "REC_BAD_REQUEST", "structure"),
        ),
        (
            changed("versionId value=.1.0.0.", 'versionId value="9.0.0"'),
            {},
            (422, "REC_UNPROCESSABLE_ENTITY", "not-supported"),
        ),
        (
            changed('value="a3t1"', 'value="a1t1"'),
            {},
            (501, "REC_NOT_IMPLEMENTED", "not-supported"),
        ),
    ],
)
async def test_what_cannot_be_taken_on_is_answered_as_the_guide_says(
    database: Database, body: bytes, headers: dict[str, str], expected: tuple[int, str, str]
) -> None:
    async with sender_to(database) as sender:
        answer = await sender.post(body, **headers)

        assert issue(answer) == expected
        assert "Farrant" not in answer.text
        assert await sender.streams() == 0


async def test_a_message_without_ids_is_refused_without_exception(database: Database) -> None:
    async with sender_to(database) as sender:
        answer = await sender.post(XML, x_request_id="", x_correlation_id="")

        outcome = read_xml(answer.content)
        assert answer.status_code == 400
        assert [each.text("code") for each in outcome.parts["issue"]] == ["required"] * 2


async def test_a_live_site_lets_nobody_in_on_a_shared_key(database: Database) -> None:
    async with sender_to(database, demonstration=False) as sender:
        nobody = await sender.post(XML)
        with_key = await sender.post(XML, authorization="Bearer a-key-of-this-site-alone")

        assert issue(nobody) == (401, "REC_UNAUTHORIZED", "security")
        assert issue(with_key) == (401, "REC_UNAUTHORIZED", "security")
        assert with_key.headers["www-authenticate"].startswith("Bearer ")


async def test_a_live_site_never_opens_to_the_demonstrations_key(database: Database) -> None:
    async with sender_to(database, demonstration=False) as sender:
        answer = await sender.post(XML, authorization="Bearer demonstration")

        assert answer.status_code == 401


async def test_the_demonstration_lets_in_this_machine_and_nobody_through_a_proxy(
    database: Database,
) -> None:
    async with sender_to(database) as sender:
        through = await sender.post(XML, x_forwarded_for="203.0.113.7")
        with_key = await sender.post(
            XML, x_forwarded_for="203.0.113.7", authorization="Bearer demonstration"
        )

        assert through.status_code == 401
        assert with_key.status_code == 200


async def test_a_message_for_another_service_is_refused_where_the_site_has_a_service(
    database: Database,
) -> None:
    target = base64.b64encode(b'{"value": "7", "system": "x"}').decode()
    async with sender_to(database, receiving_service="9000000001") as sender:
        misrouted = await sender.post(XML, nhsd_target_identifier=target)
        right = await sender.post(XML)

        assert issue(misrouted) == (400, "REC_BAD_REQUEST", "value")
        assert right.status_code == 200


async def test_metadata_and_message_definitions_can_be_read(database: Database) -> None:
    async with sender_to(database) as sender:
        metadata = await sender.get("/bars/metadata")
        found = await sender.get("/bars/MessageDefinition?context=urn:x|9000000001")
        no_context = await sender.get("/bars/MessageDefinition")
        slots = await sender.get("/bars/Slot")

        assert metadata.json()["resourceType"] == "CapabilityStatement"
        assert found.json()["entry"][0]["resource"]["resourceType"] == "MessageDefinition"
        assert issue(no_context) == (400, "REC_BAD_REQUEST", "required")
        assert issue(slots) == (501, "REC_NOT_IMPLEMENTED", "not-supported")


async def test_a_supervisor_sees_what_became_of_each_message(database: Database) -> None:
    async with sender_to(database) as sender:
        await sender.post(without("timestamp", "Bundle"), x_request_id=str(uuid4()))
        await sender.post(XML)
        site = sender.site

        page = await site.get("/interop/messages")

        assert page.status_code == 200
        for text in ("Harrowmere Ambulance Trust", "Dx335", "SF-", "Bundle.timestamp is"):
            assert text in page.text
        assert "Farrant" not in page.text
        others = await site.as_(NADIA).get("/interop/messages/_list")
        assert "Harrowmere Ambulance Trust" not in others.text
        nobody = await site.as_(None).get("/interop/messages")
        assert nobody.status_code in (303, 401)


@needs_shared
async def test_the_published_example_is_taken_on_and_its_copy_is_a_duplicate(
    database: Database,
) -> None:
    async with sender_to(database) as sender:
        answer = await sender.post(shared("REFREQ02"))
        again = await sender.post(shared("REFREQ02"))

        assert answer.status_code == 200, answer.text
        assert issue(again) == (409, "REC_CONFLICT", "duplicate")


@pytest.mark.parametrize(("lost", "status"), [(Unavailable(), 503), (Conflict(), 425)])
async def test_what_is_a_matter_of_time_says_when_to_come_again(
    database: Database, monkeypatch: pytest.MonkeyPatch, lost: Exception, status: int
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise lost

    async with sender_to(database) as sender:
        monkeypatch.setattr(Platform, "execute", fails)
        answer = await sender.post(XML)

    assert answer.status_code == status
    assert answer.headers["retry-after"] == "5"
