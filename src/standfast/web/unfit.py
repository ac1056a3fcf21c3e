"""Why a file is not taken, in a word for the code and a sentence for whoever sent it."""

from enum import StrEnum
from typing import Final


class Unfit(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    WRONG_KIND = "wrong_kind"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too_many_pixels"
    MOVES = "moves"
    ACTIVE = "active"
    LOCKED = "locked"
    TOO_MUCH = "too_much"


SENTENCES: Final[dict[Unfit, str]] = {
    Unfit.EMPTY: "Select a file first",
    Unfit.TOO_LARGE: "The file is larger than 10 MB: send a smaller picture, or fewer pages",
    Unfit.WRONG_KIND: "Send a picture (JPEG, PNG or WebP) or a PDF; nothing else is taken",
    Unfit.DAMAGED: "The file is damaged and cannot be read: ask for it to be sent again",
    Unfit.TOO_MANY_PIXELS: "The picture has too many pixels: ask for a smaller one",
    Unfit.MOVES: "The picture moves: ask for one that stands still",
    Unfit.ACTIVE: (
        "The PDF is more than pages: it has a form, a script, sound or another file in it. "
        "Ask for a plain print of it"
    ),
    Unfit.LOCKED: "The PDF is locked: ask for it without a password or protection",
    Unfit.TOO_MUCH: (
        "The PDF unpacks to more than can be looked into: ask for fewer pages, or a print of it"
    ),
}


class NotTaken(Exception):
    """A file is unfit. Says why, never what it held or was called."""

    def __init__(self, why: Unfit) -> None:
        super().__init__(SENTENCES[why])
        self.why = why
