"""The keys of one site, in the open for the demonstration or sealed in one file.

Everything that is sealed lies in ``keys.sealed``, so that every change is one rename: a power
cut leaves the keys as they were before it, or as they are after.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from standfast.vault import credentials, custodians, files, tokens
from standfast.vault.asking import Ask, nobody
from standfast.vault.boxes import Box, WrongKey, new_key, seal, unseal
from standfast.vault.credentials import ByCredential
from standfast.vault.custodians import ByCustodians
from standfast.vault.names import SECRETS, kind_of
from standfast.vault.ring import with_new_key
from standfast.vault.tokens import ByToken
from standfast.vault.trouble import VaultTrouble

FILE: Final = "keys.sealed"
LOCK: Final = "keys.lock"

Sealing: TypeAlias = ByCustodians | ByCredential | ByToken


class Keys(Protocol):
    """Where whoever needs a secret asks for it."""

    def secret(self, name: str) -> bytes:
        """Return the secret *name*, made on first use. Raises :class:`VaultTrouble`."""
        ...

    def anew(self, name: str) -> bytes:
        """Return the secret *name* as it is now, not as it is remembered."""
        ...

    def lately(self, name: str) -> bytes:
        """Return the secret *name* as it was a few seconds ago at most; cheap to ask often."""
        ...


class Kept(Struct, frozen=True, forbid_unknown_fields=True):
    """One sealed secret, since when it is this one, and what anybody may know of it."""

    made_at: datetime
    public: bytes
    box: Box


class SealedKeys(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of ``keys.sealed``."""

    version: int = 1
    wrapping_id: str
    wrapped_at: datetime
    sealing: Sealing
    secrets: dict[str, Kept]


class Listed(Struct, frozen=True, kw_only=True):
    """A secret as it may be shown to anybody: never itself."""

    name: str
    says: str
    sealed: bool
    made_at: datetime
    public: bytes = b""


class Vault:
    """The opened keys in the folder *data*. Nothing here is ever printed or logged."""

    def __init__(
        self, data: Path, clock: Callable[[], datetime], wrapping: bytes | None
    ) -> None:
        self._data = data
        self._clock = clock
        self._wrapping = wrapping

    @classmethod
    def open(cls, data: Path, *, clock: Callable[[], datetime], ask: Ask = nobody) -> "Vault":
        """Open the keys in *data*, asking people where people hold them.

        Raises :class:`VaultTrouble` with what to do when they cannot be opened.
        """
        held = sealed_keys(data)
        if held is None:
            return cls(data, clock, None)
        vault = cls(data, clock, unwrap(held.sealing, ask))
        vault._prove(held)
        return vault

    @property
    def sealed(self) -> bool:
        """Whether the keys lie sealed on disk."""
        return self._wrapping is not None

    def secret(self, name: str) -> bytes:
        """Return the secret *name*, made on first use. Raises :class:`VaultTrouble`."""
        found = self.find(name)
        if found is not None:
            return found
        kind = kind_of(name)
        if kind.make is None:
            raise VaultTrouble(
                f"There is no '{name}' yet ({kind.says.lower()}): set it up first."
            )
        with files.alone(self._data / LOCK):
            found = self.find(name)  # another process may have been first
            if found is None:
                found = kind.make()
                self._keep(name, found)
        return found

    def anew(self, name: str) -> bytes:
        """Return the secret *name* as it is now: nothing is remembered here."""
        return self.secret(name)

    def lately(self, name: str) -> bytes:
        """Return the secret *name* as it is now, as :meth:`anew`."""
        return self.secret(name)

    def grow(self, name: str) -> None:
        """Give the ring of keys *name* a new key, which seals from now on."""
        found = self.secret(name)
        with files.alone(self._data / LOCK):
            self._keep(name, with_new_key(self.find(name) or found))

    def find(self, name: str) -> bytes | None:
        """Return the secret *name*, or None where there is none."""
        kind_of(name)
        if self._wrapping is None:
            path = plain_file(self._data, name)
            return path.read_bytes() if path.exists() else None
        held = self._held()
        return self._opened(held, name) if name in held.secrets else None

    def put(self, name: str, secret: bytes) -> None:
        """Let *secret* be the site's *name* from now on."""
        kind_of(name)
        with files.alone(self._data / LOCK):
            self._keep(name, secret)

    def drop(self, name: str) -> None:
        """Forget the secret *name*."""
        with files.alone(self._data / LOCK):
            if self._wrapping is None:
                files.remove(plain_file(self._data, name))
            else:
                held = self._held()
                left = {key: kept for key, kept in held.secrets.items() if key != name}
                _write(self._data, replace(held, secrets=left))

    def succeed(self, name: str, successor: str) -> None:
        """Let the secret *successor* take the place of *name*, in one step."""
        found = self.secret(successor)
        with files.alone(self._data / LOCK):
            if self._wrapping is None:
                files.replace(plain_file(self._data, name), found)
                files.remove(plain_file(self._data, successor))
                return
            held = self._held()
            secrets = {**held.secrets, name: self._sealed(held.wrapping_id, name, found)}
            del secrets[successor]
            _write(self._data, replace(held, secrets=secrets))

    def seal(self, wrap: Callable[[bytes], Sealing], wrapping: bytes | None = None) -> None:
        """Seal every key anew under a new wrapping key, which *wrap* gives into safe hands.

        What lay in the open is taken away afterwards. *wrapping* is given where the hands
        decide what the key is (a credential of the system's).
        """
        with files.alone(self._data / LOCK):
            opened = self._everything()
            key = wrapping or new_key()
            now, id_ = self._clock(), new_key()[:8].hex()
            sealing = wrap(key)
            self._wrapping = key
            secrets = {
                name: self._sealed(id_, name, secret, made_at=made_at)
                for name, (secret, made_at) in opened.items()
            }
            _write(
                self._data,
                SealedKeys(wrapping_id=id_, wrapped_at=now, sealing=sealing, secrets=secrets),
            )
        tidy(self._data)

    def _everything(self) -> dict[str, tuple[bytes, datetime]]:
        """Return every secret that there is, and since when."""
        if self._wrapping is not None:
            held = self._held()
            return {
                name: (self._opened(held, name), kept.made_at)
                for name, kept in held.secrets.items()
            }
        return {
            each.name: (plain_file(self._data, each.name).read_bytes(), each.made_at)
            for each in listed(self._data)
        }

    def _keep(self, name: str, secret: bytes) -> None:
        if self._wrapping is None:
            files.replace(plain_file(self._data, name), secret)
            return
        held = self._held()
        kept = self._sealed(held.wrapping_id, name, secret)
        _write(self._data, replace(held, secrets={**held.secrets, name: kept}))

    def _sealed(
        self, wrapping_id: str, name: str, secret: bytes, *, made_at: datetime | None = None
    ) -> Kept:
        assert self._wrapping is not None  # noqa: S101 - only where keys are sealed
        public, since = kind_of(name).public(secret), made_at or self._clock()
        box = seal(self._wrapping, secret, _about(wrapping_id, name, since, public))
        return Kept(since, public, box)

    def _opened(self, held: SealedKeys, name: str) -> bytes:
        assert self._wrapping is not None  # noqa: S101 - only where keys are sealed
        kept = held.secrets[name]
        about = _about(held.wrapping_id, name, kept.made_at, kept.public)
        try:
            return unseal(self._wrapping, kept.box, about)
        except WrongKey as error:
            raise VaultTrouble(
                f"'{name}' in {FILE} does not open: the file was changed, or sealed anew since "
                "this node started. Start the node again; else fetch the file from a backup."
            ) from error

    def _held(self) -> SealedKeys:
        held = sealed_keys(self._data)
        if held is None:
            raise VaultTrouble(f"{FILE} has gone from {self._data}: fetch it from a backup.")
        return held

    def _prove(self, held: SealedKeys) -> None:
        """Open every key once: a wrong wrapping key is found now, and not in the night."""
        for name in held.secrets:
            self._opened(held, name)
        tidy(self._data)


def unwrap(sealing: Sealing, ask: Ask) -> bytes:
    """Return the wrapping key from whoever holds it."""
    match sealing:
        case ByCustodians():
            return custodians.unwrap(sealing, ask)
        case ByCredential():
            return credentials.unwrap(sealing)
        case ByToken():
            return tokens.unwrap(sealing, ask)


def sealed_keys(data: Path) -> SealedKeys | None:
    """Return what lies sealed in *data*; None where keys lie in the open, or nowhere yet."""
    path = data / FILE
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=SealedKeys)
    except ValueError as error:  # not JSON, not ours, or not text at all
        raise VaultTrouble(f"{path} is damaged: fetch it from the last backup.") from error


def listed(data: Path) -> list[Listed]:
    """Return every secret in *data* as it may be shown. Opens nothing."""
    held = sealed_keys(data)
    if held is not None:
        return [
            Listed(
                name=name,
                says=kind_of(name).says,
                sealed=True,
                made_at=kept.made_at,
                public=kept.public,
            )
            for name, kept in held.secrets.items()
        ]
    return [_in_the_open(data, name) for name in SECRETS if plain_file(data, name).exists()]


def public_of(data: Path, name: str) -> bytes | None:
    """Return what anybody may know of the secret *name*, such as a public key."""
    return next((each.public for each in listed(data) if each.name == name), None)


def in_the_open(data: Path) -> list[Path]:
    """Return the files in *data* that hold a secret which nothing seals."""
    return [path for name in SECRETS if (path := plain_file(data, name)).exists()]


def plain_file(data: Path, name: str) -> Path:
    """Return where the demonstration keeps the secret *name*."""
    return data / f"{name}.key"


def tidy(data: Path) -> None:
    """Finish what a power cut may have left: keys in the open beside the sealed ones."""
    held = sealed_keys(data)
    for path in in_the_open(data):
        if held is not None and path.name.removesuffix(".key") in held.secrets:
            files.remove(path)


def _in_the_open(data: Path, name: str) -> Listed:
    path, kind = plain_file(data, name), kind_of(name)
    made_at = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    return Listed(
        name=name,
        says=kind.says,
        sealed=False,
        made_at=made_at,
        public=kind.public(path.read_bytes()),
    )


def _about(wrapping_id: str, name: str, made_at: datetime, public: bytes) -> str:
    """Return what a sealed key is bound to: moved to another name or date it does not open."""
    return f"standfast key|{wrapping_id}|{name}|{made_at.isoformat()}|{public.hex()}"


def _write(data: Path, held: SealedKeys) -> None:
    files.replace(data / FILE, msgspec.json.format(msgspec.json.encode(held), indent=1))
