"""Requests that must not leave, and a real server on this machine that counts what arrives."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Final

import pytest

from standfast.outbound.allowed import NotAllowed, Why, find, read_list
from standfast.outbound.client import Outbound, Resolve, Unanswered, resolve
from tests.outbound.certificates import certificate_for

pytestmark = pytest.mark.anyio

PARTNER: Final = "https://partner.example https://other.example/fhir/"
PLACES: Final = read_list(PARTNER)


class Listener:
    """A server on loopback that counts who connects, and answers what it is told to."""

    def __init__(self) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with_head = await reader.readuntil(b"\r\n\r\n")
        self.requests.append(with_head)
        writer.write(self.answer)
        writer.close()


@asynccontextmanager
async def listening(
    host: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[Listener]:
    listener = Listener()
    server = await asyncio.start_server(listener.serve, host, port, ssl=tls)
    listener.port = server.sockets[0].getsockname()[1]
    async with server:
        yield listener


# --- Addresses that lead inside ------------------------------------------------------------

INSIDE: Final = [
    "http://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "https://localhost:{port}/",
    "https://localhost.:{port}/",
    "https://LOCALHOST:{port}/",
    "https://[::1]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:7f00:1]:{port}/",
    "https://[::127.0.0.1]:{port}/",
    "https://[64:ff9b::7f00:1]:{port}/",
    "https://[2002:7f00:1::]:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f000001:{port}/",
    "https://0x7f.0.0.1:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://017700000001:{port}/",
    "https://127.1:{port}/",
    "https://127.0.1:{port}/",
    "https://0:{port}/",
    "https://0.0.0.0:{port}/",
    "https://[::]:{port}/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[fd00:ec2::254]/latest/meta-data/",
    "https://10.0.0.1/",
    "https://192.168.1.1/",
    "https://partner.example@127.0.0.1:{port}/",
    "https://partner.example:443@127.0.0.1:{port}/",
    "https://user:secret@partner.example/",
    "https://partner.example#@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}#partner.example/",
    "https://127.0.0.1:{port}\\@partner.example/",
    "https://partner.example\\.evil.example/",
    "https://partner.example.evil.example/",
    "https://partner.example:{port}/",
    "https://partner.example:443443/",
    "https://partner.example:0443/",
    "https://partner.example:+443/",
    "https://PARTNER.example/",
    "https://partner.example./",
    "https://partner%2eexample/",
    "https://\uff50artner.example/",
    "https://partner\u3002example/",
    "https://127\u30020\u30020\u30021:{port}/",
    "https://①②⑦.0.0.1:{port}/",
    "https://partner.example/\r\nhost: 127.0.0.1",
    "https://partner.example /",
    " https://partner.example/",
    "https:/partner.example/",
    "https:partner.example",
    "//127.0.0.1:{port}/",
    "http://partner.example/",
    "ftp://partner.example/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_GET",
    "dict://127.0.0.1:{port}/",
    "jar:https://127.0.0.1:{port}!/",
    "data:text/plain,ok",
    "javascript:alert(1)",
    "https://",
    "",
    "https://partner.example/" + "a" * 3000,
    "https://other.example/",
    "https://other.example/fhir",
    "https://other.example/fhir/../admin",
    "https://other.example/fhir/%2e%2e/admin",
    "https://other.example/fhir/.%2E/admin",
    "https://other.example/fhir/..%2fadmin",
    "https://other.example/fhir//127.0.0.1/",
    "https://other.example/fhir/..\\admin",
    "https://other.example/fhirs/",
    "https://[fe80::1%25eth0]/",
    "https://[::1]evil:{port}/",
    "https://[::1:{port}/",
]


async def nobody_is_asked(_host: str, _port: int) -> Sequence[str]:
    raise AssertionError("a name was looked up that is not on the list")


async def test_no_address_that_is_not_listed_sends_a_single_packet() -> None:
    async with (
        listening() as counting,
        Outbound(PLACES, resolve=nobody_is_asked) as client,
    ):
        for address in INSIDE:
            with pytest.raises(NotAllowed):
                await client.fetch(address.format(port=counting.port))
            with pytest.raises(NotAllowed):
                await client.fetch(address.replace("{port}", str(counting.port)), method="POST")

        assert counting.connections == 0


WRONG_ANSWERS: Final = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104 - what a hostile name server says
    "10.1.2.3",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::169.254.169.254",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "fe80::1",
    "fe80::1%lo",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("answer", WRONG_ANSWERS)
async def test_a_listed_name_that_leads_inside_is_not_followed(answer: str) -> None:
    async def hostile(_host: str, _port: int) -> Sequence[str]:
        return ["93.184.216.34", answer]

    async with Outbound(PLACES, resolve=hostile) as client:
        with pytest.raises(NotAllowed) as refused:
            await client.fetch("https://partner.example/")

    assert refused.value.why is Why.WRONG_NETWORK


def test_what_is_public_may_be_asked() -> None:
    import ipaddress  # noqa: PLC0415 - for one line

    for public in ("93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"):
        assert PLACES[0].may_be_at(ipaddress.ip_address(public))


async def test_a_metadata_service_is_nobodys_network() -> None:
    """Not even a list that names it on purpose lets a request through to link-local."""
    places = read_list("https://169.254.169.254=169.254.0.0/16")
    async with Outbound(places, resolve=nobody_is_asked) as client:
        with pytest.raises(NotAllowed):
            await client.fetch("https://169.254.169.254/")


# --- Over TLS, to a server that is really there ---------------------------------------------


async def test_a_name_is_looked_up_once_and_the_checked_address_is_asked(
    tmp_path: Path,
) -> None:
    """Rebinding: the second answer leads to 127.0.0.1, where somebody listens and counts."""
    authority, tls = certificate_for("partner.example", tmp_path)
    answers = iter([["127.0.0.2"], ["127.0.0.1"]])
    asked: list[str] = []

    async def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    async with (
        listening("127.0.0.2", tls=tls) as partner,
        listening("127.0.0.1", tls=tls, port=partner.port) as victim,
        Outbound(
            read_list(f"https://partner.example:{partner.port}/a/=127.0.0.2/32"),
            trust=ssl.create_default_context(cafile=authority),
            resolve=rebinding,
        ) as client,
    ):
        url = f"https://partner.example:{partner.port}/a/b?c=d"
        fetched = await client.fetch(url, headers={"x-request-id": "1", "Host": "evil"})
        with pytest.raises(NotAllowed):
            await client.fetch(url)

        assert (fetched.status, fetched.body) == (HTTPStatus.OK, b"ok")
        assert asked == ["partner.example"] * 2
        assert (partner.connections, victim.connections) == (1, 0)
        request = partner.requests[0].lower()
        assert request.startswith(b"get /a/b?c=d http/1.1\r\n")
        assert b"host: partner.example:%d\r\n" % partner.port in request
        assert b"evil" not in request


async def test_another_names_certificate_is_refused(tmp_path: Path) -> None:
    authority, tls = certificate_for("elsewhere.example", tmp_path)
    async with (
        listening(tls=tls) as partner,
        Outbound(
            read_list(f"https://partner.example:{partner.port}=127.0.0.1/32"),
            trust=ssl.create_default_context(cafile=authority),
            resolve=_at("127.0.0.1"),
        ) as client,
    ):
        with pytest.raises(Unanswered):
            await client.fetch(f"https://partner.example:{partner.port}/")

        assert partner.requests == []


async def test_an_authority_that_is_not_trusted_is_refused(tmp_path: Path) -> None:
    _, tls = certificate_for("partner.example", tmp_path)
    async with (
        listening(tls=tls) as partner,
        Outbound(
            read_list(f"https://partner.example:{partner.port}=127.0.0.1/32"),
            resolve=_at("127.0.0.1"),
        ) as client,
    ):
        with pytest.raises(Unanswered):
            await client.fetch(f"https://partner.example:{partner.port}/")

        assert partner.requests == []


# --- What the other side may do -------------------------------------------------------------


@asynccontextmanager
async def asking(
    answer: bytes,
) -> AsyncIterator[tuple[Outbound, Listener, str]]:
    """Open a client for one server on loopback, as the demonstration may have."""
    async with listening() as server:
        server.answer = answer
        origin = f"http://127.0.0.1:{server.port}"
        async with Outbound(read_list(origin, loopback=True), resolve=resolve) as client:
            yield client, server, f"{origin}/"


def redirect_to(place: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n".encode()


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with listening() as victim, asking(b"") as (client, server, url):
        server.answer = redirect_to(f"http://127.0.0.1:{victim.port}/")
        fetched = await client.fetch(url)

        assert fetched.status is HTTPStatus.FOUND
        assert victim.connections == 0


async def test_a_redirect_that_may_be_followed_leads_only_where_the_list_leads() -> None:
    async with listening() as victim, asking(b"") as (client, server, url):
        for place in (f"http://127.0.0.1:{victim.port}/", "http://2130706433/", "//10.0.0.1/"):
            server.answer = redirect_to(place)
            with pytest.raises(NotAllowed):
                await client.fetch(url, redirects=3)

        assert victim.connections == 0


async def test_redirects_end() -> None:
    async with asking(redirect_to("/again")) as (client, server, url):
        fetched = await client.fetch(url, redirects=3)

        assert fetched.status is HTTPStatus.FOUND
        assert len(server.requests) == 4


async def test_an_answer_that_is_too_large_is_not_kept() -> None:
    endless = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"5\r\nhello\r\n" * 100
    for answer in (endless, b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n" + b"h" * 500):
        async with asking(answer) as (client, _, url):
            with pytest.raises(NotAllowed) as refused:
                await client.fetch(url, limit=64)
            assert refused.value.why is Why.TOO_LARGE


async def test_a_compressed_answer_is_not_unpacked() -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n\x1f\x8b"
    async with asking(answer) as (client, server, url):
        with pytest.raises(NotAllowed) as refused:
            await client.fetch(url)

        assert refused.value.why is Why.ENCODED
        assert b"accept-encoding: identity\r\n" in server.requests[0]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ncut",
        b"HTTP/1.1 999 What\r\ncontent-length: 0\r\n\r\n",
    ],
)
async def test_half_an_answer_is_none(answer: bytes) -> None:
    async with asking(answer) as (client, _, url):
        with pytest.raises(Unanswered):
            await client.fetch(url)


async def test_whoever_does_not_answer_in_time_is_left() -> None:
    """The listener takes the request and says nothing: the patience given is a tenth."""
    released = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await released.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, Outbound(read_list(origin, loopback=True)) as client:
        with pytest.raises(Unanswered):
            await client.fetch(f"{origin}/", patience=0.1)
        released.set()


async def test_nobody_there_is_said_so() -> None:
    async with asking(b"") as (client, _, url):
        pass
    with pytest.raises(Unanswered):
        await client.fetch(url)


async def test_no_cookie_is_kept_and_no_proxy_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = b"HTTP/1.1 200 OK\r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n"
    async with listening() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with asking(answer) as (client, server, url):
            await client.fetch(url)
            await client.fetch(url)

            assert b"cookie" not in server.requests[1].lower()
            assert proxy.connections == 0


# --- The list itself ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entry",
    [
        "http://partner.example",
        "http://127.0.0.1:8000",
        "partner.example",
        "https://partner.example/a",
        "https://partner.example/?a",
        "https://user@partner.example",
        "https://127.1",
        "https://2130706433",
        "https://0x7f.1",
        "https://-partner.example",
        "https://partner_.example",
        "https://partner.example=10.0.0.1/8",
        "https://partner.example=nonsense",
    ],
)
def test_an_entry_that_could_mean_two_things_stops_the_start(entry: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_list(entry)


def test_only_loopback_may_be_plain_and_only_in_the_demonstration() -> None:
    with pytest.raises(ValueError, match="https only"):
        read_list("http://partner.example", loopback=True)
    place = read_list("http://127.0.0.1:8000", loopback=True)[0]
    assert (place.scheme, place.port) == ("http", 8000)


def test_an_entry_names_an_origin_or_what_lies_below_an_address() -> None:
    assert find("https://partner.example", PLACES).path == "/"
    assert find("https://partner.example:443/a?b=c", PLACES).path == "/a?b=c"
    assert find("https://other.example/fhir/Patient", PLACES).path == "/fhir/Patient"
    assert read_list("") == ()


def _at(*addresses: str) -> Resolve:
    async def always(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return always
