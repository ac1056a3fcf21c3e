"""One plausible client, and what its own program would send. Signed by PyJWT, not by us."""

from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Any, Final

import httpx
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from standfast.clients.keys import read_keys
from standfast.clients.model import CLIENT, RegisterClient
from standfast.facts.clients import Algorithm, ClientKey, Quota, Scope
from tests.interop.examples import CORRELATION_ID, REQUEST_ID, XML
from tests.support.site import NOON, PROVIDER, Site, somebody

SAM: Final = somebody(
    "sam.whitlock",
    "Sam Whitlock",
    "it_officer",
    PROVIDER,
    "clients.read",
    "clients.manage",
    "clients.switch",
)
CLIENT_ID: Final = "harrowmere-999"
AUDIENCE: Final = "http://site/oauth/token"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SENDER_ODS: Final = "ZZ999"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_numbers: Final = count(1)


def private_key(algorithm: Algorithm, which: int = 1) -> PrivateKey:
    """Return a key pair, made once in a run for each *algorithm* and number."""
    return _made(algorithm, which)


@cache
def _made(algorithm: Algorithm, which: int) -> PrivateKey:
    match algorithm:
        case Algorithm.RS512 | Algorithm.RS384:
            return rsa.generate_private_key(65537, 2048 + 64 * (which - 1))
        case Algorithm.ES384:
            return ec.generate_private_key(ec.SECP384R1())
        case Algorithm.ES256:
            return ec.generate_private_key(ec.SECP256R1())
        case Algorithm.EDDSA:
            return ed25519.Ed25519PrivateKey.generate()


def jwks(algorithm: Algorithm, *kids: str, **members: object) -> str:
    """Return what the client's people send: a JWKS with a key for each of *kids*."""
    method = jwt.get_algorithm_by_name(algorithm.value)
    keys = []
    for number, kid in enumerate(kids, start=1):
        public = private_key(algorithm, number).public_key()
        jwk = method.to_jwk(public, as_dict=True)
        jwk.pop("key_ops", None)
        keys.append({**jwk, "kid": kid, "use": "sig", **members})
    return msgspec.json.encode({"keys": keys}).decode()


def keys_of(algorithm: Algorithm, *kids: str) -> tuple[ClientKey, ...]:
    """Return the keys of :func:`jwks` as they are kept."""
    return read_keys(jwks(algorithm, *kids), algorithm, NOON)


def registration(algorithm: Algorithm = Algorithm.ES384, **changed: Any) -> RegisterClient:
    """Return the order that lets the ambulance service's system in."""
    given: dict[str, Any] = {
        "client_id": CLIENT_ID,
        "org": PROVIDER,
        "name": "Harrowmere 999 dispatch",
        "speaks_for": (SENDER_ODS,),
        "algorithm": algorithm,
        "scopes": (Scope.SEND, Scope.READ),
        "quota": Quota(),
        "keys": keys_of(algorithm, "first"),
        "by": "sam.whitlock",
    }
    return RegisterClient(**{**given, **changed})


async def register(site: Site, algorithm: Algorithm = Algorithm.ES384, **changed: Any) -> None:
    """Register the client as the IT officer does."""
    command = registration(algorithm, **changed)
    await site.execute(CLIENT, command.client_id, command, actor=SAM)


def assertion(
    now: datetime,
    *,
    algorithm: Algorithm = Algorithm.ES384,
    key: Any = None,
    kid: str = "first",
    header: dict[str, Any] | None = None,
    **claims: Any,
) -> str:
    """Return an assertion as the client's program makes it; a claim given as None is left out."""
    at = int(now.timestamp())
    said: dict[str, Any] = {
        "iss": CLIENT_ID,
        "sub": CLIENT_ID,
        "aud": AUDIENCE,
        "iat": at,
        "exp": at + 240,
        "jti": f"jti-{next(_numbers)}",
    } | claims
    kept = {name: value for name, value in said.items() if value is not None}
    signer = key or private_key(algorithm)
    return jwt.encode(
        kept, signer, algorithm=algorithm.value, headers={"kid": kid, **(header or {})}
    )


async def ask(site: Site, signed: str, *, headers: Any = None, **form: str) -> httpx.Response:
    """Ask for a token as the client's program does."""
    sent = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": signed,
    } | form
    return await site.browser.post("/oauth/token", data=sent, headers=headers)


async def token_for(site: Site, **claims: Any) -> str:
    """Return a token of the client."""
    answer = await ask(site, assertion(site.clock(), **claims))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


async def send(site: Site, token: str, body: bytes = XML, **headers: str) -> httpx.Response:
    """Post a referral with *token*; "" shows none."""
    sent = {
        "content-type": "application/fhir+xml",
        "accept": "application/fhir+json",
        "x-request-id": REQUEST_ID,
        "x-correlation-id": CORRELATION_ID,
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        sent["authorization"] = f"Bearer {token}"
    return await site.browser.post("/bars/$process-message", content=body, headers=sent)


async def read(site: Site, token: str, **headers: str) -> httpx.Response:
    """Read the capability statement with *token*."""
    sent = {
        "accept": "application/fhir+json",
        "x-request-id": REQUEST_ID,
        "x-correlation-id": CORRELATION_ID,
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    return await site.browser.get(
        "/bars/metadata", headers={**sent, "authorization": f"Bearer {token}"}
    )


MINUTE: Final = timedelta(minutes=1)
