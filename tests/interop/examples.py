"""One plausible referral, to be varied by each test in only what matters to it.

Ms Odile Farrant is invented, and so is everybody else; her NHS number is of the test range.
"""

import re
from pathlib import Path
from typing import Final

import msgspec
import pytest

from standfast.interop.outcome import TurnedAway
from standfast.interop.receiving import Understood, understand
from standfast.interop.writing import Format

FIXTURES: Final = Path(__file__).parent / "fixtures"
XML: Final = (FIXTURES / "referral.xml").read_bytes()
JSON: Final = (FIXTURES / "referral.json").read_bytes()
SHARED: Final = Path(__file__).parents[3] / "shared" / "examples" / "bars"

REQUEST_ID: Final = "0b6f1c3e-52aa-4e0f-9d5e-7a1f5b0c4417"
CORRELATION_ID: Final = "f7a1d9c2-08b4-4c55-8a3e-2d6e9f0b1122"

needs_shared: Final = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the published BaRS examples are not on this machine"
)


def shared(name: str) -> bytes:
    """Return the published example whose path under July 2026 begins with *name*."""
    return next(iter(sorted((SHARED / "2026-07").glob(f"{name}*")))).read_bytes()


def changed(old: str, new: str, *, times: int = 1) -> bytes:
    """Return the referral with the first *times* of *old* (a pattern) replaced by *new*."""
    text, count = re.subn(old, new, XML.decode(), count=times, flags=re.DOTALL)
    assert count, f"the fixture has no {old}"
    return text.encode()


def without(element: str, inside: str) -> bytes:
    """Return the referral with the first *element* of the first *inside* taken out."""
    pattern = (
        rf"(<{inside}(?: [^>]*)?>(?:(?!</{inside}>).)*?)<{element}(?: [^>]*/>|>.*?</{element}>)"
    )
    return changed(pattern, r"\1")


def as_json(**members: object) -> bytes:
    """Return the JSON referral with top-level *members* replaced."""
    return msgspec.json.encode({**msgspec.json.decode(JSON), **members})


def turned_away(body: bytes, form: Format = Format.XML) -> TurnedAway:
    """Return why *body* is turned away."""
    with pytest.raises(TurnedAway) as refused:
        understand(body, form)
    return refused.value


def taken_on(body: bytes, form: Format = Format.XML) -> Understood:
    """Return what *body* asks for."""
    return understand(body, form)
