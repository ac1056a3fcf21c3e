"""What a form is called, on paper and in its square code. Pure; never anything of a patient."""

import hashlib
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import re2
import segno
from msgspec import Struct

from standfast.kernel.ids import child_id

LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, which are misheard or misread."""

PREFIX: Final = "SF1:"
"""How the square code begins: another's code on the same sheet is not taken for ours."""

MOST_FORMS: Final = 100
"""In one pack: a ream holds five, and people carry them."""

_MISREAD: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_WRITTEN: Final = re2.compile(r"([0-9A-Z]{6})-?([0-9]{3})-?([0-9A-Z]{2})")


class FormName(Struct, frozen=True):
    """Which form it is: the pack's number, and the form's own in it."""

    pack: str
    number: int


def pack_number(pack_id: str) -> str:
    """Return what people call a pack: six letters and digits, always the same for one id."""
    bits = int.from_bytes(hashlib.sha256(UUID(pack_id).bytes).digest()[:4], "big")
    return _spelt(bits, 6)


def form_id(pack_id: str, number: int) -> str:
    """Return the id of a form, which is the id of the case that it becomes."""
    return child_id(pack_id, f"form {number}")


def form_code(pack: str, number: int) -> str:
    """Return what stands on a form: pack, number and two letters that find a slip of the pen."""
    return f"{pack}-{number:03d}-{_check(pack, number)}"


def read_code(text: str) -> FormName | None:
    """Return which form *text* names, typed or scanned; None when it names none."""
    bare = text.strip().upper().removeprefix(PREFIX).replace(" ", "").translate(_MISREAD)
    found = _WRITTEN.fullmatch(bare)
    if found is None:
        return None
    pack, number, check = found[1], int(found[2]), found[3]
    return FormName(pack, number) if check == _check(pack, number) else None


def square(code: str) -> Sequence[str]:
    """Return the dots of the square code, a row of 0 and 1 for each line, without its margin.

    Error correction H: three parts in ten may be torn, stained or lost to the photocopier.
    """
    made = segno.make_qr(PREFIX + code, error="h", boost_error=False)
    return ["".join("1" if dot else "0" for dot in row) for row in made.matrix]


def _check(pack: str, number: int) -> str:
    digest = hashlib.sha256(f"standfast paper {pack} {number}".encode()).digest()
    return _spelt(int.from_bytes(digest[:2], "big"), 2)


def _spelt(bits: int, length: int) -> str:
    return "".join(LETTERS[bits >> (5 * place) & 31] for place in reversed(range(length)))
