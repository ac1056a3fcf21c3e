"""The plain values that commands and events are made of, each with what makes it right."""

from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from msgspec import Meta

ShortText: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
LongText: TypeAlias = Annotated[str, Meta(min_length=1, max_length=4000)]
OptionalText: TypeAlias = Annotated[str, Meta(max_length=4000)]
"""Free text that may be left empty."""


def whole(pattern: str) -> str:
    """Return *pattern* for a whole text: ``$`` alone would let a line break through at its end."""
    return rf"^(?:{pattern})$(?!\n)"


PhoneNumber: TypeAlias = Annotated[str, Meta(pattern=whole(r"\+?[0-9][0-9 ]{8,14}[0-9]"))]
Uuid: TypeAlias = Annotated[
    str, Meta(pattern=whole(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"))
]
Postcode: TypeAlias = Annotated[
    str, Meta(pattern=whole(r"[A-Za-z]{1,2}[0-9][0-9A-Za-z]? ?[0-9][A-Za-z]{2}"))
]
NhsNumber: TypeAlias = Annotated[str, Meta(pattern=whole(r"[0-9]{10}"))]
"""Ten digits without spaces. Whether the check digit is right: :func:`valid_nhs_number`."""


class Sex(StrEnum):
    """A person's sex as the record has it. ``UNKNOWN`` is shown as "Not known"."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


_ELEVEN: Final = 11


def valid_nhs_number(number: str) -> bool:
    """Return whether *number* is ten digits whose last is the Modulus 11 check digit.

    NHS Data Dictionary, "NHS NUMBER": weights 10 to 2; a remainder of 10 is never issued.
    """
    if len(number) != 10 or not (number.isascii() and number.isdigit()):  # noqa: PLR2004
        return False
    total = sum(
        int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)
    )
    return (_ELEVEN - total % _ELEVEN) % _ELEVEN == int(number[9])
