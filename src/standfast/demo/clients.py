"""Another system that may call a demonstration, with a key that everybody may know."""

import hashlib
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey
from msgspec import json

from standfast.clients.model import RegisterClient
from standfast.facts.clients import Algorithm, ClientKey, Quota, Scope

DEMONSTRATION_CLIENT: Final = "demo"
_SPEAKS_FOR: Final = ("ZZ999", "ZZ111")


def demonstration_key() -> ECKey:
    """Return the key pair: it follows from a word, so that no file holds it."""
    number = int.from_bytes(hashlib.sha384(b"standfast demonstration client").digest())
    key = ec.derive_private_key(number >> 1, ec.SECP384R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ECKey.import_key(pem)


def demonstration_client(org: str, by: str) -> RegisterClient:
    """Return the order that registers it."""
    public = demonstration_key().as_dict(private=False)
    kept = {name: public[name] for name in ("kty", "crv", "x", "y")}
    key = ClientKey(
        kid=DEMONSTRATION_CLIENT,
        jwk=json.encode(kept, order="sorted").decode(),
        thumbprint=demonstration_key().thumbprint(),
    )
    return RegisterClient(
        client_id=DEMONSTRATION_CLIENT,
        org=org,
        name="Demonstration partner",
        speaks_for=_SPEAKS_FOR,
        algorithm=Algorithm.ES384,
        scopes=tuple(Scope),
        quota=Quota(per_minute=600, in_flight=8, kilobytes_per_minute=50_000),
        keys=(key,),
        by=by,
    )
