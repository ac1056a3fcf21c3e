"""Our side of a sign-in service in the shape of NHS CIS2: an OpenID Connect relying party.

Authorization code with PKCE, a client assertion signed by our key, and every answer checked by
``oidc_tokens``. It asks the service for its metadata, its keys and our tokens, and nobody else
for anything. Nothing is kept between leaving for the service and coming back but one random
secret in the browser's own cookie, from which state, nonce and verifier all follow.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from standfast.identity.oidc_key import algorithm_of
from standfast.identity.oidc_tokens import (
    Expected,
    Goodbye,
    Untrusted,
    Why,
    check_goodbye,
    check_identity,
    signed_claims,
)
from standfast.identity.oidc_words import (
    Answered,
    Flow,
    Known,
    Metadata,
    WayOut,
    base64url,
)
from standfast.kernel.ids import uuid7
from standfast.outbound.allowed import NotAllowed
from standfast.outbound.client import Unanswered
from standfast.settings import Settings
from standfast.web.hostile import Hostile, read_json

BACK: Final = "/sign-in/service/back"
KEYS_AGAIN: Final = timedelta(minutes=1)
"""However many tokens name a key that nobody knows, the service is asked for its keys so often."""

METADATA_LIFE: Final = timedelta(hours=1)
ASSERTION_LIFE: Final = timedelta(seconds=60)
PATIENCE: Final = 3.0
"""Seconds: somebody waits for this in front of a screen."""

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

Answer = TypeVar("Answer")

_log = structlog.get_logger()


class RelyingParty:
    """One worker's view of the sign-in service: its description, its keys, whether it answers."""

    def __init__(
        self,
        settings: Settings,
        outbound: WayOut,
        *,
        key: ECKey | RSAKey,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
    ) -> None:
        self.issuer = settings.oidc_issuer
        self.client_id = settings.oidc_client_id
        self._settings = settings
        self._outbound = outbound
        self.key = key
        self._clock = clock
        self._random = random
        self._metadata: Metadata | None = None
        self._metadata_at: datetime | None = None
        self._keys: KeySet | None = None
        self._keys_at: datetime | None = None
        self.missed = 0
        """How often in a row the service did not answer."""
        self.down_since: datetime | None = None

    @property
    def redirect_uri(self) -> str:
        return self._settings.origin + BACK

    async def look(self) -> None:
        """Ask whether the service is there; remember the answer in ``missed``."""
        self._metadata_at = None
        try:
            await self.metadata()
        except Untrusted as error:
            _log.warning("oidc.service_down", why=error.why.value, missed=self.missed)

    async def metadata(self) -> Metadata:
        """Return what the service says of itself, no older than an hour. Raises Untrusted."""
        now = self._clock()
        if self._metadata and self._metadata_at and now - self._metadata_at < METADATA_LIFE:
            return self._metadata
        address = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
        found = _decoded(await self._ask(address), Metadata)
        if found.issuer != self.issuer:
            raise Untrusted(Why.ISSUER)
        ours = urlsplit(self.issuer).scheme
        for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
            if urlsplit(url).scheme != ours:
                raise Untrusted(Why.SHAPE)
        self._metadata, self._metadata_at = found, now
        return found

    async def way_there(self, flow: Flow) -> str:
        """Return where to send the browser. Raises Untrusted if the service does not answer.

        With a content hash the service must ask for the proof anew, and the higher one.
        """
        fresh = bool(flow.content_hash)
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self._settings.oidc_scope,
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": base64url(hashlib.sha256(flow.verifier.encode()).digest()),
            "code_challenge_method": "S256",
            "acr_values": self._settings.oidc_acr_fresh if fresh else self._settings.oidc_acr,
            "max_age": str(self._settings.oidc_max_age),
        }
        if fresh:
            asked |= {"prompt": "login", "max_age": "0"}
        endpoint = (await self.metadata()).authorization_endpoint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    async def come_back(self, flow: Flow, sent: Mapping[str, str]) -> Known:
        """Return who came back with the parameters *sent*. Raises Untrusted.

        The state is compared before anything is asked of anybody.
        """
        if not hmac.compare_digest(sent.get("state", "").encode(), flow.state.encode()):
            raise Untrusted(Why.STATE)
        service = await self.metadata()
        named = sent.get("iss")
        if named != self.issuer and (
            named is not None or service.authorization_response_iss_parameter_supported
        ):
            raise Untrusted(Why.ISSUER)  # RFC 9207: another service answered in its place
        if "error" in sent or not sent.get("code"):
            raise Untrusted(Why.REFUSED)
        answered = await self._exchanged(service, sent["code"], flow.verifier)
        claims = await self._claims(answered.id_token)
        check_identity(claims, self._expected(flow), self._clock())
        more = await self._more(service, claims, answered.access_token)
        subject = more.get(self._settings.oidc_subject)
        if not isinstance(subject, str) or not subject:
            raise Untrusted(Why.SUBJECT)
        sid = claims.get("sid", "")
        return Known(
            subject=subject,
            sid=sid if isinstance(sid, str) else "",
            claims=more,
            id_token=answered.id_token,
        )

    async def goodbye(self, token: str) -> Goodbye:
        """Return what a logout token says. Raises Untrusted."""
        claims = await self._claims(token)
        return check_goodbye(
            claims, issuer=self.issuer, client_id=self.client_id, now=self._clock()
        )

    async def way_out(self, id_token: str) -> str:
        """Return where the service ends its own session; empty if it has no such place."""
        endpoint = (await self.metadata()).end_session_endpoint
        if not endpoint:
            return ""
        asked = {
            "client_id": self.client_id,
            "post_logout_redirect_uri": self._settings.origin + "/sign-in",
        }
        if id_token:
            asked["id_token_hint"] = id_token
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def _expected(self, flow: Flow) -> Expected:
        fresh = bool(flow.content_hash)
        accepted = self._settings.oidc_acr_fresh if fresh else self._settings.oidc_acr
        seconds = 60 if fresh else self._settings.oidc_max_age
        return Expected(
            issuer=self.issuer,
            client_id=self.client_id,
            nonce=flow.nonce,
            acr=frozenset(accepted.split()),
            max_age=timedelta(seconds=seconds),
        )

    async def _exchanged(self, service: Metadata, code: str, verifier: str) -> Answered:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
            "client_id": self.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._assertion(service.token_endpoint),
        }
        body = await self._ask(
            service.token_endpoint,
            method="POST",
            body=urlencode(form).encode(),
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        return _decoded(body, Answered)

    def _assertion(self, audience: str) -> str:
        """Return a minute's proof that we are we (RFC 7523)."""
        now = self._clock()
        algorithm = algorithm_of(self.key)
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": audience,
            "jti": uuid7(now, self._random(10)),
            "iat": int(now.timestamp()),
            "exp": int((now + ASSERTION_LIFE).timestamp()),
        }
        header = {"alg": algorithm, "kid": self.key.thumbprint(), "typ": "JWT"}
        return jwt.encode(header, claims, self.key, algorithms=[algorithm])

    async def _claims(self, token: str) -> Mapping[str, Any]:
        """Return what *token* says; of a key we do not know the service is asked, now and then."""
        algorithm, keys = self._settings.oidc_algorithm, await self._service_keys()
        try:
            return signed_claims(token, keys, algorithm)
        except Untrusted as error:
            newer = keys
            if error.why is Why.UNKNOWN_KEY:
                newer = await self._service_keys(again=True)
            if newer is keys:
                raise
        return signed_claims(token, newer, algorithm)

    async def _service_keys(self, *, again: bool = False) -> KeySet:
        """Return the service's keys, no older than an hour; *again*: newer ones, if it is time."""
        now = self._clock()
        age = now - self._keys_at if self._keys_at else METADATA_LIFE
        if self._keys is not None and age < (KEYS_AGAIN if again else METADATA_LIFE):
            return self._keys
        self._keys_at = now  # before the answer: whoever asks meanwhile makes do with the old
        try:
            uri = (await self.metadata()).jwks_uri
            found = _decoded(await self._ask(uri), dict[str, list[dict[str, Any]]])
        except Untrusted as error:
            if self._keys is None or error.why is not Why.UNREACHABLE:
                raise
            return self._keys  # the network is gone: what it said last stands
        signing = [each for each in found.get("keys", []) if each.get("use", "sig") == "sig"]
        try:
            self._keys = KeySet.import_key_set({"keys": signing})
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Untrusted(Why.SHAPE) from error
        return self._keys

    async def _more(
        self, service: Metadata, claims: Mapping[str, Any], access_token: str
    ) -> Mapping[str, Any]:
        """Return *claims* with what the service says of the person beside them.

        It must be about the same person (OpenID Connect Core 5.3.2), and adds only.
        """
        if not self._settings.oidc_userinfo or not service.userinfo_endpoint:
            return claims
        headers = {"authorization": f"Bearer {access_token}", "accept": "application/json"}
        said = _decoded(
            await self._ask(service.userinfo_endpoint, headers=headers), dict[str, Any]
        )
        if said.get("sub") != claims["sub"]:
            raise Untrusted(Why.SUBJECT)
        return {**said, **claims}

    async def _ask(
        self,
        url: str,
        *,
        method: str = "GET",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        try:
            answer = await self._outbound.fetch(
                url, method=method, body=body, headers=headers, patience=PATIENCE
            )
        except (Unanswered, NotAllowed) as error:
            self._miss()
            raise Untrusted(Why.UNREACHABLE) from error
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._miss()
            raise Untrusted(Why.UNREACHABLE)
        self.missed, self.down_since = 0, None
        if answer.status != HTTPStatus.OK:
            raise Untrusted(Why.REFUSED)
        return answer.body

    def _miss(self) -> None:
        self.missed += 1
        self.down_since = self.down_since or self._clock()


def _decoded(body: bytes, kind: type[Answer]) -> Answer:
    try:
        return msgspec.convert(read_json(body), kind)
    except (Hostile, msgspec.ValidationError) as error:
        raise Untrusted(Why.SHAPE) from error
