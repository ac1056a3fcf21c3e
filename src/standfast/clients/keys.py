"""Public keys as people paste them: a JWKS or a certificate, with everything wrong named.

A private key that is pasted is refused without being kept or shown: whoever pasted it must make
a new one.
"""

import binascii
import hashlib
import warnings
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from standfast.clients.model import MOST_KEYS
from standfast.facts.clients import Algorithm, ClientKey
from standfast.web.hostile import Hostile, Json, read_json

PublicKey: TypeAlias = RSAKey | ECKey | OKPKey

LARGEST: Final = 64_000
"""Bytes of a JWKS or of certificates."""
LEAST_RSA_BITS: Final = 2048
MOST_RSA_BITS: Final = 8192
LONGEST_KID: Final = 200

_KINDS: Final[Mapping[Algorithm, tuple[str, str]]] = {
    Algorithm.RS512: ("RSA", ""),
    Algorithm.RS384: ("RSA", ""),
    Algorithm.ES384: ("EC", "P-384"),
    Algorithm.ES256: ("EC", "P-256"),
    Algorithm.EDDSA: ("OKP", "Ed25519"),
}
"""Which kind of key, on which curve, each algorithm signs with."""

_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_KEPT: Final = ("kty", "crv", "n", "e", "x", "y")


class BadKeys(Exception):
    """What was pasted holds no key that can be used; ``sentences`` say everything wrong."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__(sentences[0])
        self.sentences = sentences


def read_keys(pasted: str, algorithm: Algorithm, now: datetime) -> tuple[ClientKey, ...]:
    """Return the public keys in *pasted*, a JWKS, one JWK or PEM. Raises BadKeys."""
    text = pasted.strip()
    if not text:
        raise BadKeys(("Enter a JWKS or a certificate",))
    if len(text.encode()) > LARGEST:
        raise BadKeys(("This is longer than any JWKS or certificate. Enter only the keys",))
    if "PRIVATE KEY-----" in text:
        raise BadKeys((PRIVATE_PASTED,))
    found = _certified(text, now) if text.startswith("-----BEGIN") else _listed(text)
    problems: list[str] = []
    keys: list[ClientKey] = []
    for place, jwk, expires_at in found:
        wrong = [*_wrong(jwk, algorithm)]
        problems += [f"{place}: {each}" for each in wrong]
        if not wrong:
            keys.append(_client_key(jwk, expires_at))
    problems += _twice(keys)
    if problems:
        raise BadKeys(tuple(problems))
    return tuple(keys)


def published_keys(body: bytes, algorithm: Algorithm) -> tuple[ClientKey, ...]:
    """Return the keys of a published JWKS that *algorithm* signs with. Raises BadKeys.

    What else stands there (keys for encryption, of another algorithm) is nobody's mistake. Of
    two of one name neither is taken.
    """
    try:
        value = read_json(body, limit=LARGEST, depth=8)
    except Hostile as hostile:
        raise BadKeys((f"This is not JSON: {hostile}",)) from hostile
    members = [jwk for jwk in _members(value) if not any(_wrong(jwk, algorithm))]
    named = [jwk["kid"] for jwk in members]
    return tuple(_client_key(jwk, None) for jwk in members if named.count(jwk["kid"]) == 1)


def public_key(key: ClientKey) -> PublicKey:
    """Return *key* as it verifies a signature."""
    return _imported(msgspec.json.decode(key.jwk))


def _listed(text: str) -> Iterator[tuple[str, dict[str, Any], datetime | None]]:
    try:
        value = read_json(text.encode(), limit=LARGEST, depth=8)
    except Hostile as hostile:
        raise BadKeys((f"This is neither JSON nor a certificate: {hostile}",)) from hostile
    for number, jwk in enumerate(_members(value), start=1):
        yield f"Key {number}", jwk, None


def _members(value: Json) -> list[dict[str, Any]]:
    """Return the keys of a JWKS, or the one that was pasted alone."""
    if isinstance(value, dict) and "kty" in value:
        return [value]
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list) or not keys:
        raise BadKeys(('A JWKS is an object with "keys", a list of at least one key',))
    if len(keys) > MOST_KEYS:
        raise BadKeys((f"A client has at most {MOST_KEYS} keys. Enter only those in use",))
    members = [key for key in keys if isinstance(key, dict)]
    if len(members) < len(keys):
        raise BadKeys(('Each of "keys" must be an object, a JSON Web Key',))
    return members


def _certified(text: str, now: datetime) -> Iterator[tuple[str, dict[str, Any], datetime]]:
    try:
        certificates = x509.load_pem_x509_certificates(text.encode())
    except ValueError as error:
        raise BadKeys((_NOT_A_CERTIFICATE,)) from error
    for number, each in enumerate(certificates[:MOST_KEYS], start=1):
        place = f"Certificate {number}"
        if not each.not_valid_before_utc <= now < each.not_valid_after_utc:
            raise BadKeys((f"{place} is not valid today. Ask for one that is",))
        public = each.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        kind = RSAKey if isinstance(each.public_key(), rsa.RSAPublicKey) else ECKey
        try:
            jwk = dict(_any_key(public, kind).as_dict(private=False))
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise BadKeys((f"{place} has a key of a kind that is not taken here",)) from error
        thumbprint = hashlib.sha256(each.public_bytes(Encoding.DER)).digest()
        jwk["kid"] = urlsafe_b64encode(thumbprint).rstrip(b"=").decode()
        yield place, jwk, each.not_valid_after_utc


def _any_key(pem: bytes, kind: type[RSAKey | ECKey]) -> PublicKey:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a short key: we say so ourselves
        try:
            return kind.import_key(pem)
        except (JoseError, ValueError, TypeError):
            return OKPKey.import_key(pem)


def _wrong(jwk: dict[str, Any], algorithm: Algorithm) -> Iterator[str]:
    """Yield everything that keeps *jwk* from being a key of *algorithm*."""
    kind, curve = _KINDS[algorithm]
    kid = jwk.get("kid")
    if _PRIVATE & jwk.keys():
        yield PRIVATE_PASTED
        return
    if not isinstance(kid, str) or not 0 < len(kid) <= LONGEST_KID or not kid.isprintable():
        yield 'it needs a "kid" of 1 to 200 characters'
    if jwk.get("use", "sig") != "sig":
        yield 'its "use" must be "sig": it is for signing'
    if jwk.get("alg", algorithm.value) != algorithm.value:
        yield f'its "alg" is not {algorithm.value}, which this client signs with'
    if jwk.get("kty") != kind:
        yield f"{algorithm.value} needs a key of type {kind}"
        return
    if curve and jwk.get("crv") != curve:
        yield f"{algorithm.value} needs a key on the curve {curve}"
        return
    size = _rsa_bits(jwk)
    if size is not None and not LEAST_RSA_BITS <= size <= MOST_RSA_BITS:
        yield f"an RSA key here has {LEAST_RSA_BITS} to {MOST_RSA_BITS} bits; this has {size}"
        return
    try:
        _imported(jwk)
    except (JoseError, ValueError, TypeError, KeyError):
        yield "its numbers are no public key"


def _twice(keys: list[ClientKey]) -> Iterator[str]:
    if len({key.kid for key in keys}) < len(keys):
        yield 'Two keys have the same "kid": give each its own'
    elif len({key.thumbprint for key in keys}) < len(keys):
        yield "The same key is there twice: enter it once"


def _client_key(jwk: dict[str, Any], expires_at: datetime | None) -> ClientKey:
    kept: dict[str, Any] = {name: jwk[name] for name in _KEPT if name in jwk}
    return ClientKey(
        kid=jwk["kid"],
        jwk=msgspec.json.encode(kept, order="sorted").decode(),
        thumbprint=_imported(kept).thumbprint(),
        expires_at=expires_at,
    )


def _imported(jwk: dict[str, Any]) -> PublicKey:
    kept = {name: str(jwk[name]) for name in _KEPT if name in jwk}
    kinds: Mapping[str, type[PublicKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    key = kinds[kept["kty"]].import_key(kept)  # type: ignore[arg-type]
    _ = key.public_key  # the numbers are looked at only now
    return key


def _rsa_bits(jwk: dict[str, Any]) -> int | None:
    """Return the length of an RSA key; None: it is of another kind, or no number."""
    number = jwk.get("n")
    if jwk.get("kty") != "RSA" or not isinstance(number, str):
        return None
    try:
        raw = urlsafe_b64decode(number + "=" * (-len(number) % 4))
    except (binascii.Error, ValueError):
        return None
    return int.from_bytes(raw).bit_length()


PRIVATE_PASTED: Final = (
    "This holds a private key, which nobody but the client may have. It was not kept. Tell them "
    "to make a new pair, and to send the public half alone"
)
_NOT_A_CERTIFICATE: Final = (
    "This begins like a certificate and is none. Enter it whole, from BEGIN to END"
)
