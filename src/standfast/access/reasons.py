"""What counts as a reason: words that whoever reviews it can weigh. Pure."""

from typing import Final

SHORTEST: Final = 10
"""Characters. "x" and "needed" explain nothing to whoever reviews it."""

FEWEST_WORDS: Final = 2
FEWEST_LETTERS: Final = 4
"""Different ones, of any script: "aaaa aaaaaa" and rows of dots are no reason."""


def explains(reason: str) -> bool:
    """Return whether *reason* is words, and not only as many characters as are asked for."""
    words = [word for word in reason.split() if any(map(str.isalpha, word))]
    letters = set(filter(str.isalpha, reason.casefold()))
    long = len(" ".join(reason.split())) >= SHORTEST
    return long and len(words) >= FEWEST_WORDS and len(letters) >= FEWEST_LETTERS
