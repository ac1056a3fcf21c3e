"""What comes in from outside, read without trusting it: bodies and JSON. XML: hostile_xml.

A request is refused for its size, type or encoding before it is read; JSON is refused for its
depth and its number of parts before it is parsed, and for whatever two readers could understand
differently. The one thing that is ever raised here is :class:`Hostile`.
"""

import json
import re
from collections.abc import Collection
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NoReturn, TypeAlias

from starlette.requests import Request

from standfast.web.security import LARGEST_BODY, TooLarge

MAX_BYTES: Final = LARGEST_BODY
"""The largest BaRS example is 61 KB; a day of device entries is smaller still."""

MAX_DEPTH: Final = 40
"""FHIR messages nest to about 14."""

MAX_DIGITS: Final = 40

MAX_ITEMS: Final = 2_000
"""In one list or object. The largest example has 61 entries; a device sends 500 at most."""

MAX_PARTS: Final = 100_000
"""Brackets and commas of a whole body."""

Json: TypeAlias = "bool | int | float | Decimal | str | list[Json] | dict[str, Json] | None"

_BOM: Final = b"\xef\xbb\xbf"
_MARK: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
# A whole string; an unended one runs to the end, and nothing is tried twice: this is linear.
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_FILLING: Final = bytes(set(range(256)) - set(b"[]{},"))
_OPENING, _CLOSING, _COMMA = frozenset(b"[{"), frozenset(b"]}"), ord(",")
# What XML cannot write, UTF-8 cannot encode or PostgreSQL cannot store.
_BAD: Final = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Fault(StrEnum):
    """Every way in which something from outside can be unfit to read."""

    TOO_LARGE = "too_large"
    WRONG_TYPE = "wrong_type"
    ENCODED = "encoded"
    NOT_UTF8 = "not_utf8"
    MALFORMED = "malformed"
    TOO_DEEP = "too_deep"
    TOO_MANY = "too_many"
    DUPLICATE_KEY = "duplicate_key"
    NOT_A_NUMBER = "not_a_number"
    BAD_CHARACTER = "bad_character"
    DOCTYPE = "doctype"


SENTENCES: Final[dict[Fault, str]] = {
    Fault.TOO_LARGE: "The body is larger than this service accepts",
    Fault.WRONG_TYPE: "The body is not of a media type that this service reads",
    Fault.ENCODED: "The body is compressed; send it as it is",
    Fault.NOT_UTF8: "The body is not UTF-8 text",
    Fault.MALFORMED: "The body is cut short or not well formed",
    Fault.TOO_DEEP: "The body is nested deeper than this service accepts",
    Fault.TOO_MANY: "The body has more parts than this service accepts",
    Fault.DUPLICATE_KEY: "An object in the body has the same name twice",
    Fault.NOT_A_NUMBER: "A number in the body is not finite or is too long",
    Fault.BAD_CHARACTER: "The body has a character that text may not have",
    Fault.DOCTYPE: "The body has a DOCTYPE or an entity declaration",
}


class Hostile(Exception):
    """Something from outside is unfit to read. Says what kind of fault, never the content."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(SENTENCES[fault])
        self.fault = fault


async def read_body(
    request: Request, *, media_types: Collection[str], limit: int = MAX_BYTES
) -> bytes:
    """Return the body of *request*, if it is one of *media_types* and at most *limit* bytes.

    Raises :class:`Hostile`: from the headers alone where they tell, else at the first chunk
    too many.
    """
    if media_type(request) not in media_types:
        raise Hostile(Fault.WRONG_TYPE)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Hostile(Fault.ENCODED)
    said = request.headers.get("content-length", "")
    if said and not (said.isascii() and said.isdigit() and len(said) <= MAX_DIGITS):
        raise Hostile(Fault.MALFORMED)
    if int(said or 0) > limit:
        raise Hostile(Fault.TOO_LARGE)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise Hostile(Fault.TOO_LARGE)
    except TooLarge as error:
        raise Hostile(Fault.TOO_LARGE) from error
    return bytes(body)


def media_type(request: Request) -> str:
    """Return the media type that *request* says its body has, in lower case, bare."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def read_text(body: bytes, *, limit: int = MAX_BYTES) -> str:
    """Return *body* as text: UTF-8, no control characters. Raises Hostile."""
    if len(body) > limit:
        raise Hostile(Fault.TOO_LARGE)
    try:
        text = body.removeprefix(_BOM).decode()
    except UnicodeDecodeError as error:
        raise Hostile(Fault.NOT_UTF8) from error
    if text.startswith(_MARK):
        raise Hostile(Fault.MALFORMED)
    if _BAD.search(text):
        raise Hostile(Fault.BAD_CHARACTER)
    return text


def without_control(text: str) -> str:
    """Return *text* less what no text may have: nobody typed it, and no message could carry it."""
    return _BAD.sub("", text)


def read_json(
    body: bytes, *, limit: int = MAX_BYTES, depth: int = MAX_DEPTH, exact: bool = False
) -> Json:
    """Return the JSON value in *body*. Raises :class:`Hostile`.

    Unlike the standard library's, this reader refuses a name given twice, NaN, Infinity and
    numbers that become so, lone surrogates and NUL, and counts and looks at the depth before
    it parses.
    *exact* keeps a decimal as it was written, as a ``Decimal``, instead of the nearest float.
    """
    text = read_text(body, limit=limit)
    _check_shape(body, depth)
    try:
        value: Json = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_decimal if exact else _float,
            parse_int=_int,
        )
    except (ValueError, RecursionError) as error:
        raise Hostile(Fault.MALFORMED) from error
    if "\\u" in text:
        _check_strings(value)
    return value


def _check_shape(body: bytes, allowed: int) -> None:
    """Refuse what is nested too deep or has too many parts, from its brackets and commas."""
    shape = _STRING.sub(b"", body).translate(None, _FILLING)
    counts: list[int] = []
    for byte in shape[: MAX_PARTS + 1]:
        if byte in _OPENING:
            counts.append(1)
            if len(counts) > allowed:
                raise Hostile(Fault.TOO_DEEP)
        elif byte == _COMMA and counts:
            counts[-1] += 1
            if counts[-1] > MAX_ITEMS:
                raise Hostile(Fault.TOO_MANY)
        elif byte in _CLOSING and counts:
            counts.pop()
    if len(shape) > MAX_PARTS:
        raise Hostile(Fault.TOO_MANY)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Hostile(Fault.DUPLICATE_KEY)
    return value


def _refuse_constant(_: str) -> NoReturn:
    raise Hostile(Fault.NOT_A_NUMBER)


def _int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise Hostile(Fault.NOT_A_NUMBER)
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits) if len(digits) <= MAX_DIGITS else float("inf")
    if number in (float("inf"), float("-inf")):
        raise Hostile(Fault.NOT_A_NUMBER)
    return number


def _decimal(digits: str) -> Decimal:
    near, exact = _float(digits), Decimal(digits)
    if near == 0 and exact != 0:  # 1e-999999999: a megabyte of noughts when it is written out
        raise Hostile(Fault.NOT_A_NUMBER)
    return exact


def _check_strings(value: Json) -> None:
    """Refuse the characters that an escape can smuggle in."""
    waiting: list[Json] = [value]
    while waiting:
        match waiting.pop():
            case str(text):
                if _BAD.search(text):
                    raise Hostile(Fault.BAD_CHARACTER)
            case list(items):
                waiting.extend(items)
            case dict(members):
                waiting.extend(members)
                waiting.extend(members.values())
            case _:
                pass
