"""The wrapping key under a key that never leaves a PKCS#11 token (HSM, smart card, SoftHSM).

The token does one thing: it unwraps the wrapping key at start, when somebody types its PIN
or a credential holds it. Needs the extra ``standfast[pkcs11]``.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from standfast.vault.asking import Ask
from standfast.vault.credentials import DIRECTORY
from standfast.vault.trouble import VaultTrouble

KEY_LABEL: Final = "standfast-wrapping"
PIN_NAME: Final = "standfast-pin"
"""The credential that may hold the token's PIN, so that a service starts by itself."""

_NONCE_BYTES: Final = 12


class ByToken(Struct, frozen=True, kw_only=True, tag_field="how", tag="token"):
    """The wrapping key, encrypted by a key of the token's."""

    module: str
    token: str
    nonce: bytes
    wrapped: bytes

    @property
    def says(self) -> str:
        """How the keys are sealed, in a few words."""
        return f"PKCS#11 token '{self.token}'"


def wrap(key: bytes, *, module: str, token: str, pin: str) -> ByToken:
    """Encrypt the wrapping *key* with a key of the token's, made there if it has none."""
    nonce = os.urandom(_NONCE_BYTES)
    with _key_of_token(module, token, pin, make=True) as (ours, how):
        wrapped = bytes(ours.encrypt(key, **how(nonce)))
    return ByToken(module=module, token=token, nonce=nonce, wrapped=wrapped)


def unwrap(sealing: ByToken, ask: Ask) -> bytes:
    """Have the token decrypt the wrapping key; its PIN is a credential's, or is asked for."""
    pin = _given_pin() or ask(f"PIN of the token '{sealing.token}':", secret=True)
    with _key_of_token(sealing.module, sealing.token, pin, make=False) as (ours, how):
        return bytes(ours.decrypt(sealing.wrapped, **how(sealing.nonce)))


def _given_pin() -> str | None:
    folder = os.environ.get(DIRECTORY)
    file = Path(folder) / PIN_NAME if folder else None
    return file.read_text(encoding="utf-8").strip() if file and file.is_file() else None


@contextmanager
def _key_of_token(
    module: str, token: str, pin: str, *, make: bool
) -> Iterator[tuple[Any, Callable[[bytes], dict[str, Any]]]]:
    """Log in to the token and lend its key, with the words that make it use AES-GCM."""
    try:
        import pkcs11  # noqa: PLC0415 - an extra: most sites have no token
    except ImportError as error:
        raise VaultTrouble(
            "PKCS#11 is an extra of this program: pip install 'standfast[pkcs11]'"
        ) from error

    def how(nonce: bytes) -> dict[str, Any]:
        bound = pkcs11.GCMParams(nonce=nonce, aad=KEY_LABEL.encode())
        return {"mechanism": pkcs11.Mechanism.AES_GCM, "mechanism_param": bound}

    try:
        with pkcs11.lib(module).get_token(token_label=token).open(rw=make, user_pin=pin) as at:
            held = list(at.get_objects(_which(pkcs11)))
            if not held and not make:
                raise VaultTrouble(f"The token '{token}' has lost its key '{KEY_LABEL}'.")
            aes = pkcs11.KeyType.AES
            yield (
                held[0] if held else at.generate_key(aes, 256, label=KEY_LABEL, store=True),
                how,
            )
    except (pkcs11.PKCS11Error, RuntimeError) as error:
        said = type(error).__name__
        raise VaultTrouble(
            f"The token '{token}' did not do it ({said}). Look whether it is plugged in, that "
            f"{module} is its driver, and that the PIN is right: a few wrong ones lock it."
        ) from error


def _which(pkcs11: Any) -> dict[Any, Any]:
    return {
        pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY,
        pkcs11.Attribute.LABEL: KEY_LABEL,
    }
