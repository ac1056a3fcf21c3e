"""Names as they are heard and typed: without accents, by sound, and with slips. Pure."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_LETTERS: Final = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th"}
)
_JOINED: Final = re.compile("['\N{RIGHT SINGLE QUOTATION MARK}`.]")
_APART: Final = re.compile(r"[\W\d_]+")

_SOUNDS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^(wr|rh)", "r"),
        (r"^(kn|gn)", "n"),
        (r"^(mc|mac)(?=.{3})", "mk"),
        (r"ph|v", "f"),
        (r"gh", ""),
        (r"sch", "sk"),
        (r"sh|z|x", "s"),
        (r"th", "t"),
        (r"ck|q", "k"),
        (r"c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"g(?=[eiy])", "j"),
        (r"y", "i"),
        (r"(.)\1+", r"\1"),
        (r"(?<=.)[aeiouh]", ""),
    )
)
"""English spelling, roughly: what is written differently and sounds the same."""

ALIKE: Final = 0.5
"""Two words that share fewer pairs of letters than this are different words."""


@lru_cache(maxsize=16384)
def fold(text: str) -> tuple[str, ...]:
    """Return the words of *text* in plain small letters: ``O'Neíll-Bright``: oneill, bright."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(word for word in _APART.split(_JOINED.sub("", plain)) if word)


@lru_cache(maxsize=8192)
def sound(word: str) -> str:
    """Return what a folded *word* sounds like: the same for Smith, Smyth and Smythe."""
    for pattern, replacement in _SOUNDS:
        word = pattern.sub(replacement, word)
    return word


def sounds(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sounds of *words* that say enough to be looked for."""
    return tuple(dict.fromkeys(each for each in map(sound, words) if len(each) > 1))


def likeness(asked: str, name: str) -> float:
    """Return how alike two folded words are: 1 the same, 0 different."""
    if asked == name:
        return 1.0
    if len(asked) > 1 and name.startswith(asked):
        return 0.9
    heard = sound(asked)
    if len(heard) > 1 and heard == sound(name):
        return 0.85
    shared = _shared_pairs(asked, name)
    return 0.85 * shared if shared >= ALIKE else 0.0


def _shared_pairs(one: str, other: str) -> float:
    """Return the Sørensen-Dice coefficient of the words' pairs of letters."""
    ours, theirs = _pairs(one), _pairs(other)
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))


@lru_cache(maxsize=8192)
def _pairs(word: str) -> frozenset[str]:
    framed = f"^{word}$"
    return frozenset(framed[at : at + 2] for at in range(len(framed) - 1))
