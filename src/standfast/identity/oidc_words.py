"""What passes between us and a sign-in service, each as a type of its own."""

import base64
import hmac
from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from standfast.outbound.client import Fetched


class WayOut(Protocol):
    """What of the single outbound client is used here."""

    async def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        limit: int = ...,
        patience: float = ...,
    ) -> Fetched: ...


class Metadata(Struct, frozen=True, kw_only=True):
    """What of a service's own description is used (OpenID Connect Discovery 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str = ""
    userinfo_endpoint: str = ""
    authorization_response_iss_parameter_supported: bool = False


class Answered(Struct, frozen=True, kw_only=True):
    """The token endpoint's answer."""

    id_token: str
    access_token: str = ""


class Flow(Struct, frozen=True, kw_only=True):
    """One visit to the service: a random secret, and for what content a fresh proof is asked.

    ``content_hash`` is empty for signing in. With it the nonce is bound to the content.
    """

    secret: str
    content_hash: str = ""

    @property
    def state(self) -> str:
        return self._derived("state")

    @property
    def nonce(self) -> str:
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        return self._derived("verifier")

    def _derived(self, what: str) -> str:
        made = hmac.digest(
            self.secret.encode(), f"{what}.{self.content_hash}".encode(), "sha256"
        )
        return base64url(made)


class Known(Struct, frozen=True, kw_only=True):
    """Somebody whom the service vouches for."""

    subject: str
    sid: str
    claims: Mapping[str, Any]
    id_token: str


def base64url(raw: bytes) -> str:
    """Return *raw* as base64url without padding (RFC 7636)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
