"""The token endpoint and what is published about it (RFC 6749, 7521, 7523, 8414, 8705)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

import structlog
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.clients.assertion import BadAssertion, Claimed, Proven, prove, read_claimed
from standfast.clients.certificates import BadCertificate
from standfast.clients.gate import REALM, SiteGate, hash_of
from standfast.clients.limits import Caller
from standfast.clients.model import State
from standfast.clients.model_calls import TOKEN, TOKEN_LIFE, IssueToken, Why, token_id
from standfast.clients.published import good_keys
from standfast.clients.tables import ClientRow, client_of_any
from standfast.facts.clients import Algorithm, ClientKey, Quota, Scope
from standfast.journal.database import CONNECTION_LOST
from standfast.journal.doors import DOORS, door_token
from standfast.journal.writer import Conflict, OutcomeUnknown, Unavailable
from standfast.kernel.messages import Refused
from standfast.web.hostile import Hostile, read_body
from standfast.web.machines import NotAdmitted
from standfast.web.pages import platform
from standfast.web.platform import Actor, Platform

FORM: Final = "application/x-www-form-urlencoded"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LARGEST: Final = 16_000
MOST_FIELDS: Final = 20
_log = structlog.get_logger()


class NoToken(Exception):
    """No token is given: the error code of RFC 6749, and words for the client's programmer."""

    def __init__(
        self, error: str, sentence: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST
    ) -> None:
        super().__init__(sentence)
        self.error = error
        self.sentence = sentence
        self.status = status
        self.headers: Mapping[str, str] = {}


class Asked(Struct, frozen=True, kw_only=True):
    """A request for a token."""

    claimed: Claimed
    scopes: tuple[str, ...]
    """Empty: all that the client was granted."""


async def token(request: Request) -> Response:
    """Give a client an access token for its assertion, or say in OAuth's words why not."""
    gate = platform(request).gate
    assert isinstance(gate, SiteGate)  # noqa: S101 - app.py puts it there
    try:
        async with gate.room(request):
            return await _token(request, gate)
    except NoToken as no:
        body = {"error": no.error, "error_description": no.sentence}
        return JSONResponse(body, no.status, headers=dict(no.headers))
    except NotAdmitted as no:
        error = "slow_down" if no.status is HTTPStatus.TOO_MANY_REQUESTS else _UNAVAILABLE
        body = {"error": error, "error_description": no.sentence}
        return JSONResponse(body, no.status, headers=no.headers)
    except (Conflict, OutcomeUnknown, Unavailable, *CONNECTION_LOST):
        body = {"error": _UNAVAILABLE, "error_description": "The store cannot be reached"}
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse(body, status, headers={"retry-after": "5"})


async def metadata(request: Request) -> Response:
    """Publish where and how a token is to be had (RFC 8414; SMART App Launch 2.2)."""
    try:
        base = base_url(request)
    except NoToken as no:
        body = {"error": no.error, "error_description": no.sentence}
        return JSONResponse(body, no.status)
    return JSONResponse(
        {
            "issuer": base,
            "token_endpoint": f"{base}/oauth/token",
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": list(Algorithm),
            "scopes_supported": list(Scope),
            "response_types_supported": [],
            "tls_client_certificate_bound_access_tokens": True,
            "capabilities": ["client-confidential-asymmetric"],
            "service_documentation": f"{base}/openapi.json",
        }
    )


async def _token(request: Request, gate: SiteGate) -> Response:
    here = platform(request)
    now = here.clock()
    gate.check_stranger(request, now)
    try:
        asked = await _asked(request)
    except NoToken:
        gate.failed(request, "", "", Why.REQUEST)
        raise
    found = await client_of_any(here.all_orgs, asked.claimed.client_id)
    keys = await good_keys(here, found, asked.claimed.kid) if found else ()
    proven = _proven(request, gate, found, asked.claimed, keys)
    assert found  # noqa: S101 - nobody else can have proven anything
    gate.charge_token(_caller(found), now)
    scopes, token = _granted(asked.scopes, found), token_id(found.client_id, proven.jti)
    secret = _secret(here, token, found.org, found.client_id)
    command = IssueToken(
        token_id=token,
        org=found.org,
        client_id=found.client_id,
        token_hash=hash_of(secret),
        kid=proven.kid,
        scopes=scopes,
        certificate=_certificate(request, gate, found),
    )
    try:
        await here.execute(TOKEN, command.token_id, command, actor=_actor(found))
    except Refused as refused:
        gate.failed(request, found.org, found.client_id, Why.REPLAYED)
        raise _invalid_client(here.sentence(refused.reason)) from refused
    gate.counts.accepted(found.org, found.client_id, now)
    _log.info("clients.token", client=found.client_id, token=command.token_id)
    return JSONResponse(
        {
            "access_token": secret,
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIFE.total_seconds()),
            "scope": " ".join(scopes),
        }
    )


def _secret(here: Platform, *about: str) -> str:
    """Return an access token that PostgreSQL proves was made here for what *about* names."""
    return door_token(here.secret(DOORS), here.random(16), *about)


async def _asked(request: Request) -> Asked:
    """Return what the form asks for. Raises NoToken."""
    try:
        body = await read_body(request, media_types=(FORM,), limit=LARGEST)
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except (Hostile, ValueError) as error:
        raise NoToken(
            "invalid_request", f"Send a form, {FORM}, of 16,000 bytes at most"
        ) from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise NoToken("invalid_request", "Something was sent twice")
    if form.get("grant_type") != "client_credentials":
        raise NoToken("unsupported_grant_type", "The grant_type must be client_credentials")
    if form.get("client_assertion_type") != ASSERTION_TYPE or "client_secret" in form:
        says = f"The client_assertion_type must be {ASSERTION_TYPE}; secrets are not taken"
        raise NoToken("invalid_request", says)
    try:
        claimed = read_claimed(form.get("client_assertion", ""))
    except BadAssertion as bad:
        raise _invalid_client(str(bad)) from bad
    if form.get("client_id", claimed.client_id) != claimed.client_id:
        raise NoToken("invalid_request", "The client_id is not the iss of the assertion")
    return Asked(claimed=claimed, scopes=tuple(form.get("scope", "").split()))


def _proven(
    request: Request,
    gate: SiteGate,
    found: ClientRow | None,
    claimed: Claimed,
    keys: tuple[ClientKey, ...],
) -> Proven:
    """Return what the assertion proves. Raises NoToken; each failure is counted."""
    now = platform(request).clock()
    org = found.org if found else ""
    known_id = found.client_id if found else ""
    try:
        proven = prove(
            claimed,
            algorithm=found.algorithm if found else Algorithm.RS512,
            keys=keys,
            audience=f"{base_url(request)}/oauth/token",
            now=now,
        )
    except BadAssertion as bad:
        gate.failed(request, org, known_id, Why.ASSERTION)
        raise _invalid_client(str(bad)) from bad
    assert found is not None  # noqa: S101 - without keys nothing is proven
    if found.state is not State.ACTIVE:
        gate.failed(request, org, known_id, Why.SUSPENDED)
        raise _invalid_client("This client was suspended: ask the site's IT officer")
    return proven


def _granted(asked: tuple[str, ...], found: ClientRow) -> tuple[Scope, ...]:
    """Return the scopes that were asked for and are granted. Raises NoToken."""
    unknown = [scope for scope in asked if scope not in set(Scope)]
    if unknown:
        raise NoToken("invalid_scope", f"The scopes here are {', '.join(Scope)}")
    scopes = tuple(scope for scope in found.scopes if not asked or scope.value in asked)
    if not scopes:
        raise NoToken("invalid_scope", "None of these scopes is granted to this client")
    return scopes


def _certificate(request: Request, gate: SiteGate, found: ClientRow) -> str:
    """Return what the token is bound to: the certificate's thumbprint, or nothing."""
    try:
        certificate = gate.certificate(request, platform(request).clock())
    except BadCertificate as bad:
        gate.failed(request, found.org, found.client_id, Why.CERTIFICATE)
        raise _invalid_client(str(bad)) from bad
    if certificate is None and not found.certificate_name:
        return ""
    if certificate is not None and found.certificate_name in certificate.names:
        return certificate.thumbprint
    gate.failed(request, found.org, found.client_id, Why.CERTIFICATE)
    raise _invalid_client(_OVER_TLS if certificate is None else _OTHER_NAME)


def base_url(request: Request) -> str:
    """Return the API's address as clients know it: a setting, never what the caller says.

    A demonstration has none set; there, whoever asks says which address they used.
    """
    settings = platform(request).settings
    if settings.api_url:
        return settings.api_url.rstrip("/")
    if settings.demonstration:
        return str(request.base_url).rstrip("/")
    raise NoToken(
        _UNAVAILABLE,
        "This site has not said where its API is: its IT officer sets STANDFAST_API_URL",
        HTTPStatus.SERVICE_UNAVAILABLE,
    )


def _caller(found: ClientRow) -> Caller:
    quota = Quota(
        per_minute=found.per_minute,
        in_flight=found.in_flight,
        kilobytes_per_minute=found.kilobytes_per_minute,
    )
    return Caller(client_id=found.client_id, org=found.org, quota=quota)


def _actor(found: ClientRow) -> Actor:
    return Actor(
        staff_id=f"client:{found.client_id}",
        name=found.name,
        role="api_client",
        role_label="Another system",
        org=found.org,
        org_name="",
        permissions=frozenset(),
    )


def _invalid_client(sentence: str) -> NoToken:
    no = NoToken("invalid_client", sentence, HTTPStatus.UNAUTHORIZED)
    no.headers = {"www-authenticate": f'Bearer realm="{REALM}"'}
    return no


_UNAVAILABLE: Final = "temporarily_unavailable"
_OVER_TLS: Final = "Ask over mutual TLS: you were registered with a certificate"
_OTHER_NAME: Final = "Your TLS certificate is not in the name that was registered"
