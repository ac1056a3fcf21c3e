"""The content that this site has: read from ``content/``, compiled, one JSON for devices.

Everything about shape is refused here; what is unsafe is found by
:mod:`standfast.triage.check`.
"""

from functools import cache
from importlib.resources import files
from typing import TypeVar

import msgspec
from msgspec import Struct

from standfast.triage.compiling import compile_content
from standfast.triage.protocols import ProtocolSet
from standfast.triage.written import (
    AdviceFile,
    ContentError,
    DispositionFile,
    Written,
    WrittenProtocol,
)

Shape = TypeVar("Shape", bound=Struct)


@cache
def written() -> Written:
    """Return the reference content, read once. Raises :class:`ContentError`."""
    folder = files("standfast.triage") / "content"
    names = sorted((folder / "protocols").iterdir(), key=lambda file: file.name)
    return Written(
        dispositions=read((folder / "dispositions.yaml").read_bytes(), DispositionFile),
        advice=read((folder / "advice.yaml").read_bytes(), AdviceFile),
        protocols=tuple(read(file.read_bytes(), WrittenProtocol) for file in names),
    )


@cache
def current() -> ProtocolSet:
    """Return the reference content, compiled once."""
    return compile_content(written())


def protocol_set(version: str) -> ProtocolSet | None:
    """Return the content of exactly this *version*; None when this site does not have it."""
    return current() if version == current().version else None


@cache
def compiled_json() -> bytes:
    """Return the reference content as one JSON document, for a device."""
    return msgspec.json.encode(current())


def read(text: bytes, shape: type[Shape]) -> Shape:
    """Return one content file. Raises :class:`ContentError` with the place of the fault."""
    try:
        return msgspec.yaml.decode(text, type=shape)
    except msgspec.DecodeError as fault:
        raise ContentError(f"{shape.__name__}: {fault}") from fault
