"""Keys that a client publishes: fetched by the one way out, sparingly, beside those given here."""

import json
import threading
from collections.abc import Iterator
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from standfast.clients.model import CLIENT, RetireKey, SuspendClient
from standfast.facts.clients import Algorithm
from tests.clients.examples import (
    CLIENT_ID,
    SAM,
    ask,
    assertion,
    jwks,
    keys_of,
    private_key,
    register,
    registration,
)
from tests.support.database import Database
from tests.support.site import Site, open_site

pytestmark = pytest.mark.anyio

ES384 = Algorithm.ES384


class Publisher:
    """The client's own server, on loopback."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.uri = f"{self.origin}/jwks.json"
        self.body = ""
        self.asked = 0
        self.status = 200


@pytest.fixture(scope="module")
def running() -> Iterator[Publisher]:
    held: list[Publisher] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            publisher = held[0]
            publisher.asked += 1
            raw = publisher.body.encode()
            self.send_response(publisher.status)
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.append(Publisher(server.server_port))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield held[0]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def publisher(running: Publisher) -> Publisher:
    running.body, running.asked, running.status = jwks(ES384, "first", "second"), 0, 200
    return running


async def tries(site: Site, kid: str, which: int) -> int:
    """Ask for a token with a key of ours; return the status."""
    signed = assertion(site.clock(), kid=kid, key=private_key(ES384, which))
    return (await ask(site, signed)).status_code


async def test_a_published_key_brings_a_token_and_is_asked_for_once_an_hour(
    database: Database, publisher: Publisher
) -> None:
    async with open_site(database, outbound=publisher.origin) as site:
        await register(site, keys=(), jwks_uri=publisher.uri)
        assert [await tries(site, "second", 2) for _ in range(3)] == [200, 200, 200]
        assert publisher.asked == 1
        site.clock.move(hours=1)
        assert await tries(site, "second", 2) == 200
        assert publisher.asked == 2


async def test_a_new_key_is_asked_for_and_then_not_again_for_a_minute(
    database: Database, publisher: Publisher
) -> None:
    async with open_site(database, outbound=publisher.origin) as site:
        await register(site, keys=(), jwks_uri=publisher.uri)
        assert await tries(site, "first", 1) == 200
        publisher.body = jwks(ES384, "first", "second", "third")
        assert [await tries(site, "third", 3) for _ in range(4)] == [401] * 4
        assert publisher.asked == 1
        site.clock.move(seconds=60)
        assert await tries(site, "third", 3) == 200
        assert publisher.asked == 2


async def test_while_it_does_not_answer_the_keys_that_were_given_stand(
    database: Database, publisher: Publisher
) -> None:
    async with open_site(database, outbound=publisher.origin) as site:
        await register(site, keys=keys_of(ES384, "first"), jwks_uri=publisher.uri)
        assert await tries(site, "second", 2) == 200
        publisher.status = 503
        site.clock.move(minutes=59)
        assert await tries(site, "second", 2) == 200
        site.clock.move(minutes=2)
        assert await tries(site, "second", 2) == 401
        assert await tries(site, "first", 1) == 200


async def test_what_was_retired_here_or_suspended_is_not_fetched_back(
    database: Database, publisher: Publisher
) -> None:
    async with open_site(database, outbound=publisher.origin) as site:
        await register(site, keys=keys_of(ES384, "first"), jwks_uri=publisher.uri)
        retire = RetireKey(kid="first", valid_until=site.clock(), by="Sam Whitlock")
        await site.execute(CLIENT, CLIENT_ID, retire, actor=SAM)
        assert await tries(site, "first", 1) == 401
        renamed = json.loads(publisher.body)
        renamed["keys"][0]["kid"] = "another name"
        publisher.body = json.dumps(renamed)
        assert await tries(site, "another name", 1) == 401
        assert await tries(site, "second", 2) == 200
        suspend = SuspendClient(reason="A test", by="Sam Whitlock")
        await site.execute(CLIENT, CLIENT_ID, suspend, actor=SAM)
        publisher.asked = 0
        assert await tries(site, "third", 3) == 401
        assert publisher.asked == 0


@pytest.mark.parametrize(
    "body",
    ["", "[]", '{"keys": 1}', '{"keys": []}', "{" * 70_000, '{"keys": [{"kty": "EC"}]}'],
    ids=["nothing", "list", "number", "empty", "huge", "half a key"],
)
async def test_what_is_no_list_of_keys_opens_nothing(
    database: Database, publisher: Publisher, body: str
) -> None:
    publisher.body = body
    async with open_site(database, outbound=publisher.origin) as site:
        await register(site, keys=(), jwks_uri=publisher.uri)
        assert await tries(site, "first", 1) == 401


async def test_keys_for_something_else_private_ones_and_namesakes_are_left_out(
    database: Database, publisher: Publisher
) -> None:
    keys = json.loads(jwks(ES384, "first", "second", "third", "fourth"))["keys"]
    keys[0]["use"] = "enc"
    keys[1]["d"] = "AAAA"
    keys += [dict(keys[2], x=keys[3]["x"], y=keys[3]["y"])]
    publisher.body = json.dumps({"keys": keys})
    async with open_site(database, outbound=publisher.origin) as site:
        await register(site, keys=(), jwks_uri=publisher.uri)
        numbers = {"first": 1, "second": 2, "third": 3, "fourth": 4}
        went = {kid: await tries(site, kid, which) for kid, which in numbers.items()}
        assert went == {"first": 401, "second": 401, "third": 401, "fourth": 200}


async def test_an_address_that_the_site_may_not_ask_is_refused_at_the_form(
    database: Database, publisher: Publisher
) -> None:
    async with open_site(database, outbound=publisher.origin, actor=SAM) as site:
        form: dict[str, Any] = {
            "client_id": CLIENT_ID,
            "name": "Harrowmere 999 dispatch",
            "speaks_for": "ZZ999",
            "scope_send": "yes",
            "algorithm": "ES384",
        }
        for elsewhere in ("https://evil.example/jwks", "http://169.254.169.254/", "nonsense"):
            refused = await site.post("/clients/new", form | {"jwks_uri": elsewhere})
            assert refused.status_code == 422
            assert "STANDFAST_OUTBOUND" in refused.text
        done = await site.post("/clients/new", form | {"jwks_uri": publisher.uri})
        assert done.status_code == 303, done.text
        page = await site.get(done.headers["location"])
        assert publisher.uri in unescape(page.text)
        assert await tries(site, "first", 1) == 200
    assert registration().jwks_uri == ""
