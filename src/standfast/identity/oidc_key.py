"""The key that proves to the sign-in service that we are we: an RSA or EC key of the vault's."""

from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

LEAST_BITS: Final = 2048
"""Of an RSA key."""


def client_key(pem: bytes) -> ECKey | RSAKey:
    """Return our key. Raises ValueError if *pem* is neither RSA nor EC P-256, and private."""
    for kind in (RSAKey, ECKey):
        try:
            key = kind.import_key(pem)
        except (JoseError, ValueError, TypeError):
            continue
        if isinstance(key, RSAKey) and key.is_private and key.raw_value.key_size >= LEAST_BITS:
            return key
        if isinstance(key, ECKey) and key.is_private and key.curve_name == "P-256":
            return key
    raise ValueError("The key 'oidc-client' is no private key, RSA of 2,048 bits or EC P-256")


def algorithm_of(key: ECKey | RSAKey) -> str:
    """Return what our own key signs with: RS512 as the NHS's interfaces ask, or ES256."""
    return "RS512" if isinstance(key, RSAKey) else "ES256"


def published(key: ECKey | RSAKey) -> dict[str, Any]:
    """Return the public half of *key*, as a sign-in service fetches it."""
    public = key.as_dict(private=False)
    kid = key.thumbprint()
    return {"keys": [{**public, "kid": kid, "use": "sig", "alg": algorithm_of(key)}]}
