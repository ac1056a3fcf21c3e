"""Another system's program gone bad, or somebody who plays it (threat model, row 20)."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import httpx
import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from standfast.clients.model import CLIENT, RetireKey, SuspendClient
from standfast.facts.clients import Algorithm, Quota, Scope
from tests.attack.registry import Ground, Outcome, add, attack, got_through, refused
from tests.clients.examples import (
    AUDIENCE,
    CLIENT_ID,
    SAM,
    ask,
    assertion,
    private_key,
    read,
    register,
    send,
    token_for,
)
from tests.support.site import NOON, Site

ATTACKED: Final = "attacked-999"
AT: Final = int(NOON.timestamp())
WHO: Final[dict[str, Any]] = {"iss": ATTACKED, "sub": ATTACKED}


def _signed(**changed: Any) -> str:
    return assertion(NOON, **(WHO | changed))


def _forged(header: dict[str, Any], secret: bytes = b"", digest: Any = None) -> str:
    """Return an assertion put together by hand, signed with *secret* if there is a *digest*."""
    claims = {**WHO, "aud": AUDIENCE, "exp": AT + 60, "jti": "forged"}
    parts = [msgspec.json.encode(header), msgspec.json.encode(claims)]
    unsigned = ".".join(base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in parts)
    mac = hmac.new(secret, unsigned.encode(), digest).digest() if digest else b""
    return f"{unsigned}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def _public_pem() -> bytes:
    public = private_key(Algorithm.ES384).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _own_keys(**header: Any) -> str:
    return _signed(key=private_key(Algorithm.ES384, 9), header=header)


FORGERIES: Final[dict[str, Callable[[], str]]] = {
    "with a key of one's own": lambda: _signed(key=private_key(Algorithm.ES384, 9)),
    "with no algorithm": lambda: _forged({"alg": "none", "kid": "first"}),
    "with HS256 and the public key as the secret": lambda: _forged(
        {"alg": "HS256", "kid": "first"}, _public_pem(), hashlib.sha256
    ),
    "with a key that the assertion brings (jwk)": lambda: _own_keys(jwk={"kty": "EC"}),
    "with a key to be fetched (jku)": lambda: _own_keys(jku="https://evil.example/jwks"),
    "with a certificate to be fetched (x5u)": lambda: _own_keys(x5u="https://evil.example/c"),
    "with a certificate that it brings (x5c)": lambda: _own_keys(x5c=["AAAA"]),
    "under the id of another key": lambda: _signed(kid="../../dev/null"),
    "with another algorithm than the client's": lambda: _signed(
        algorithm=Algorithm.ES256, key=private_key(Algorithm.ES256)
    ),
    "for another audience": lambda: _signed(aud="https://elsewhere.example/oauth/token"),
    "for several audiences": lambda: _signed(aud=[AUDIENCE, "https://elsewhere.example"]),
    "that has expired": lambda: _signed(iat=AT - 400, exp=AT - 100),
    "that lasts for a day": lambda: _signed(exp=AT + 86_400),
    "from the future": lambda: _signed(iat=AT + 120, exp=AT + 200),
    "without a jti": lambda: _signed(jti=None),
    "of one client in the name of another": lambda: _signed(sub=CLIENT_ID),
}


def _forgery(make: Callable[[], str]) -> Any:
    async def attempt(ground: Ground) -> Outcome:
        async with ground.site() as site:
            await register(site, client_id=ATTACKED)
            return _no_token(await ask(site, make()))

    return attempt


for _name, _make in FORGERIES.items():
    add(f"Get a token with an assertion {_name}", "clients", _forgery(_make))


def _no_token(answer: httpx.Response) -> Outcome:
    if answer.status_code == HTTPStatus.OK:
        return got_through("a token was given")
    return refused(f"the token endpoint: {answer.json()['error_description'][:60]}")


def _not_let_in(answer: httpx.Response) -> Outcome:
    if answer.is_success:
        return got_through("the API answered")
    issue = answer.json()["issue"][0]
    return refused(f"the API: {issue['diagnostics'].partition(': ')[2][:60]}")


@attack("Get a second token with an assertion that was used, at another worker")
async def replay(ground: Ground) -> Outcome:
    async with ground.site() as site, ground.site() as other:
        await register(site, client_id=ATTACKED)
        signed = _signed()
        assert (await ask(site, signed)).is_success
        return _no_token(await ask(other, signed))


@attack("Use the token of a client that was suspended a moment ago, at another worker")
async def suspended(ground: Ground) -> Outcome:
    async with ground.site() as site, ground.site() as other:
        await register(site, client_id=ATTACKED)
        token = await token_for(site, **WHO)
        assert (await read(other, token)).is_success
        order = SuspendClient(reason="Stolen laptop", by="sam.whitlock")
        await site.execute(CLIENT, ATTACKED, order, actor=SAM)
        return _not_let_in(await read(other, token))


@attack("Use a token that has ended")
async def late(ground: Ground) -> Outcome:
    async with ground.site() as site:
        await register(site, client_id=ATTACKED)
        token = await token_for(site, **WHO)
        site.clock.now += timedelta(minutes=5)
        return _not_let_in(await read(site, token))


@attack("Sign with a key that was retired")
async def retired(ground: Ground) -> Outcome:
    async with ground.site() as site:
        await register(site, client_id=ATTACKED, jwks_uri="https://partner.example/jwks")
        order = RetireKey(kid="first", valid_until=site.clock(), by="sam.whitlock")
        await site.execute(CLIENT, ATTACKED, order, actor=SAM)
        return _no_token(await ask(site, _signed()))


@attack("Ask for more than was granted")
async def over_broad(ground: Ground) -> Outcome:
    async with ground.site() as site:
        await register(site, client_id=ATTACKED, scopes=(Scope.READ,))
        for scope in ("bars.send", "bars.read bars.send admin", "*"):
            answer = await ask(site, _signed(), scope=scope)
            if answer.is_success:
                return got_through(f"{scope} was given")
        both = await ask(site, _signed(), scope="bars.read bars.send")
        return _not_let_in(await send(site, both.json()["access_token"]))


@attack("Send a referral in the name of another organisation")
async def another_sender(ground: Ground) -> Outcome:
    async with ground.site() as site:
        await register(site, client_id=ATTACKED, speaks_for=("ZZ777",))
        return _not_let_in(await send(site, await token_for(site, **WHO)))


@attack("Send the same referral five times at once")
async def five_times(ground: Ground) -> Outcome:
    async with ground.site() as site:
        await register(site, client_id=ATTACKED, quota=Quota(per_minute=600, in_flight=8))
        token = await token_for(site, **WHO)
        await asyncio.gather(*(send(site, token) for _ in range(5)))
        count = await _referrals(site)
        if count != 1:
            return got_through(f"{count} referrals")
        return refused("the message's id: one referral")


@attack("Say whose certificate it is, without being the proxy")
async def header(ground: Ground) -> Outcome:
    async with ground.site() as site:
        await register(site, client_id=ATTACKED, certificate_name="bars-zz999.example")
        return _no_token(await ask(site, _signed(), headers={"client-cert": ":AAAA:"}))


@attack("Guess tokens until one is right")
async def guess(ground: Ground) -> Outcome:
    async with ground.site() as site:
        answers = [await read(site, f"{number:064x}") for number in range(60)]
        if any(answer.is_success for answer in answers):
            return got_through("a guess was right")
        if answers[-1].status_code != HTTPStatus.TOO_MANY_REQUESTS:
            return got_through("one may go on guessing")
        return refused("the limit of the address: 20 guesses at once, then 2 a second")


async def _referrals(site: Site) -> int:
    count: int = await site.all_orgs.fetch_value(
        "SELECT count(*) FROM journal WHERE type = 'interop.referral_received.v1'"
    )
    return count
