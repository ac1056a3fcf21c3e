"""A sign-in service of our own that signs whatever a test wants: what no real one can be made to.

It answers over HTTP on loopback like the real one, so that the site's own client is what asks.
"""

import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from standfast.identity.oidc_words import base64url
from tests.oidc.service import CLIENT_ID, ORIGIN


class Forger:
    """A service whose key, tokens and answers are the test's."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.named_issuer = self.issuer
        self.id_token = ""
        self.asked: list[str] = []
        self.form: dict[str, str] = {}
        self.down = False
        self.visitor = ""
        """Whose account the next browser that comes has; a test alone says."""

    def settings(self, **more: Any) -> dict[str, Any]:
        return {
            "oidc_issuer": self.issuer,
            "oidc_client_id": CLIENT_ID,
            "origin": ORIGIN,
            "outbound": self.issuer,
            **more,
        }

    def signed(self, claims: dict[str, Any], **header: Any) -> str:
        """Return *claims*, signed as they should be but for what *header* says."""
        said = {"alg": "RS256", "kid": "one", **header}
        return jwt.encode(said, claims, self.key, algorithms=[said["alg"]])

    def signed_by_another(self, claims: dict[str, Any]) -> str:
        """Return *claims* under our key's name, signed with a key that nobody published."""
        other = RSAKey.generate_key(2048, {"kid": "one"})
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, other, algorithms=["RS256"])

    def signed_with_the_public_key(self, claims: dict[str, Any]) -> str:
        """Return *claims* under HS256, the "secret" being the published key (RFC 8725, 2.1)."""
        said = base64url(json.dumps({"alg": "HS256", "kid": "one"}).encode())
        text = f"{said}.{base64url(json.dumps(claims).encode())}"
        secret = self.key.as_pem(private=False)
        return f"{text}.{base64url(hmac.digest(secret, text.encode(), 'sha256'))}"

    def unsigned(self, claims: dict[str, Any]) -> str:
        """Return *claims* under ``alg: none``."""
        whole = self.signed(claims)
        body = whole.split(".")[1]
        return f"eyJhbGciOiJub25lIiwia2lkIjoib25lIn0.{body}."

    def let_in(self, path: str, subject: str) -> str:
        """Let a browser's visitor in as *subject* without asking; return where to send it."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        now = int(time.time())
        self.id_token = self.signed(
            {
                "iss": self.issuer,
                "sub": subject,
                "aud": CLIENT_ID,
                "sid": "s-1",
                "iat": now,
                "exp": now + 300,
                "auth_time": now,
                "nonce": asked["nonce"],
                "acr": asked["acr_values"].split()[0],
            }
        )
        back = {"state": asked["state"], "code": "c", "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        self.asked.append(path)
        if self.down:
            return 503, {}
        match path:
            case "/.well-known/openid-configuration":
                return 200, {
                    "issuer": self.named_issuer,
                    "authorization_endpoint": f"{self.issuer}/auth",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/jwks",
                    "authorization_response_iss_parameter_supported": True,
                }
            case "/jwks":
                return 200, KeySet([self.key]).as_dict()
            case "/token":
                self.form = form
                return 200, {"id_token": self.id_token, "access_token": "a", "token_type": "B"}
            case _:
                return 404, {}


@contextmanager
def a_forger() -> Iterator[Forger]:
    """Run a forger for the length of the block."""
    held: list[Forger] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/auth?"):
                self.send_response(302)
                self.send_header("location", held[0].let_in(self.path, held[0].visitor))
                self.end_headers()
            else:
                self._answer({})

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            sent = parse_qs(self.rfile.read(length).decode())
            self._answer({name: values[0] for name, values in sent.items()})

        def _answer(self, form: dict[str, str]) -> None:
            status, body = held[0].answer(self.path, form)
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.append(Forger(server.server_port))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield held[0]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
