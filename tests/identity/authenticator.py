"""A passkey in software, for tests that speak HTTP: honest, or wrong in one way at a time."""

import hashlib
import json
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

ORIGIN: Final = "http://localhost:8111"
RP_ID: Final = "localhost"

PRESENT: Final = 0x01
VERIFIED: Final = 0x04
HAS_KEY: Final = 0x40


class Authenticator:
    """Holds one key for whoever made it, and signs what it is asked to."""

    def __init__(
        self,
        *,
        origin: str = ORIGIN,
        rp_id: str = RP_ID,
        verifies: bool = True,
        counts: bool = True,
        framed: bool = False,
    ) -> None:
        self.origin = origin
        self.rp_id = rp_id
        self.verifies = verifies
        self.counts = counts
        self.framed = framed
        self.count = 0
        self._private = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = hashlib.sha256(self._cose()).digest()
        self.handle = ""

    @property
    def id(self) -> str:
        return bytes_to_base64url(self.credential_id)

    @property
    def public_key(self) -> str:
        return bytes_to_base64url(self._cose())

    def clone(self) -> "Authenticator":
        """Return a second device with the same private key, which counts by itself."""
        copy = Authenticator(origin=self.origin, rp_id=self.rp_id, counts=self.counts)
        copy._private = self._private
        copy.credential_id, copy.handle, copy.count = (
            self.credential_id,
            self.handle,
            self.count,
        )
        return copy

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """Make the key that *options* ask for."""
        self.handle = options["user"]["id"]
        client = self._client("webauthn.create", base64url_to_bytes(options["challenge"]))
        length = len(self.credential_id).to_bytes(2, "big")
        attested = bytes(16) + length + self.credential_id + self._cose()
        data = self._data(HAS_KEY) + attested
        statement = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(clientDataJSON=client, attestationObject=statement)

    def touch(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer *question*, as ``passkey.js`` does."""
        if self.counts:
            self.count += 1
        client = self._client("webauthn.get", bytes.fromhex(question["challenge"]))
        data = self._data(0)
        signed = data + hashlib.sha256(client).digest()
        signature = self._private.sign(signed, ec.ECDSA(hashes.SHA256()))
        answer = self._answer(
            clientDataJSON=client, authenticatorData=data, signature=signature
        )
        answer["response"]["userHandle"] = self.handle
        return answer

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        rp_hash = hashlib.sha256(self.rp_id.encode()).digest()
        return rp_hash + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: bytes) -> bytes:
        said = {
            "type": kind,
            "challenge": bytes_to_base64url(challenge),
            "origin": self.origin,
            "crossOrigin": self.framed,
        }
        return json.dumps(said).encode()

    def _answer(self, **response: bytes) -> dict[str, Any]:
        told = {name: bytes_to_base64url(value) for name, value in response.items()}
        return {"id": self.id, "rawId": self.id, "type": "public-key", "response": told}

    def _cose(self) -> bytes:
        numbers = self._private.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})
