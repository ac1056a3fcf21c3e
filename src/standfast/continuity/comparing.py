"""Two readings of what stands on the paper, and who may say which is right. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from msgspec import Struct

from standfast.continuity.fields import SAFETY
from standfast.facts.paper import Safety, SafetyWord

NOTHING: Final = ("", "none", "nil", "nkda", "no")


class Readings(Struct, frozen=True, kw_only=True):
    """What two people read, and who they are."""

    first: Safety
    first_by: Collection[str]
    second: Safety
    second_by: str

    def side(self, by: str) -> str:
        """Return whose part somebody has in this: of one of the readings, or only their own."""
        if by in self.first_by:
            return "first"
        return "second" if by == self.second_by else by


def same(one: Safety, other: Safety) -> bool:
    """Return whether two people read the same: capitals, spaces and full stops do not count."""
    return not differing(one, other)


def differing(one: Safety, other: Safety) -> tuple[str, ...]:
    """Return the fields that two people read differently."""
    return tuple(
        name for name in SAFETY if _bare(getattr(one, name)) != _bare(getattr(other, name))
    )


def reasons(safety: Safety) -> tuple[str, ...]:
    """Return why a clinician must see this: more stands there than that there is nothing."""
    something = [name for name in SAFETY if _bare(getattr(safety, name)) not in NOTHING]
    return (f"There is something under {', '.join(something)}",) if something else ()


def agreed(
    readings: Readings, words: Mapping[str, SafetyWord], word: SafetyWord
) -> tuple[str, ...] | None:
    """Return who says what *word* says, if these may settle it; else None.

    A third person may, with what one of the two read. Everything else needs two: both who read
    it, or anybody besides whoever said it first.
    """
    with_it = [each for each in words.values() if same(each.safety, word.safety)]
    with_it = [*(each for each in with_it if each.by != word.by), word]
    sides = {readings.side(each.by) for each in with_it}
    is_third = readings.side(word.by) == word.by
    if len(sides) > 1 or (is_third and _was_read(readings, word.safety)):
        return tuple(each.by_name for each in with_it)
    return None


def said(readings: Readings, words: Iterable[SafetyWord]) -> dict[str, tuple[str, ...]]:
    """Return what was said of each field that neither had read."""
    texts: dict[str, dict[str, str]] = {name: {} for name in SAFETY}
    read = (readings.first, readings.second)
    for word in words:
        for name in SAFETY:
            text = getattr(word.safety, name)
            if _bare(text) not in {_bare(getattr(each, name)) for each in read}:
                texts[name].setdefault(_bare(text), text)
    return {name: tuple(each.values()) for name, each in texts.items()}


def _was_read(readings: Readings, safety: Safety) -> bool:
    read = (readings.first, readings.second)
    return all(
        _bare(getattr(safety, name)) in {_bare(getattr(each, name)) for each in read}
        for name in SAFETY
    )


def _bare(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())
