"""What stands in a cell of a table that a spreadsheet may open."""

from typing import Final

_WORKED_OUT: Final = tuple("=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20")
"""How a cell begins that a spreadsheet works out, or sends somewhere, when it is opened."""


def cell(text: str) -> str:
    """Return *text* so that a spreadsheet shows it: marked as words where it would be worked out."""
    return f"'{text}" if text.lstrip(" ").startswith(_WORKED_OUT) else text
