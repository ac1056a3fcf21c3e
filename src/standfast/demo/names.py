"""What people are called: by background, with the ways in which records misspell it."""

from random import Random
from typing import Final
from unicodedata import category, normalize

from msgspec import Struct

from standfast.demo.data import read
from standfast.kernel.values import Sex

_MISSPELT: Final = 0.02
_SHORTENED: Final = 0.35
_GROWN: Final = 18
_MARRIED: Final = 0.6
_DOCTOR: Final = 0.012
_PLAIN: Final = str.maketrans("łŁ", "lL", "'")


class Background(Struct, frozen=True, kw_only=True):
    """Where a family's names come from."""

    weight: int
    language: str
    female: list[str]
    male: list[str]
    family: list[str]


def any_background(random: Random) -> Background:
    """Return where a household's names come from."""
    backgrounds = [Background(**each) for each in read("names")["backgrounds"]]
    return random.choices(backgrounds, [each.weight for each in backgrounds])[0]


def any_family_name(random: Random, background: Background) -> str:
    """Return a family name; now and then two joined by a hyphen."""
    name = random.choice(background.family)
    if random.random() < read("names")["doubled"]:
        other = random.choice(any_background(random).family)
        return name if other == name else f"{name}-{other}"
    return name


def any_given_name(random: Random, background: Background, sex: Sex, taken: set[str]) -> str:
    """Return a given name that nobody in the household has yet."""
    names = background.female if sex is Sex.FEMALE else background.male
    free = [name for name in names if name not in taken]
    name = random.choice(free)
    taken.add(name)
    return name


def as_recorded(random: Random, family_name: str, sex: Sex) -> str:
    """Return the family name as this person's record has it: Kowalska, Wojcik, OBrien."""
    if sex is Sex.FEMALE and family_name.endswith("ski"):
        family_name = family_name.removesuffix("ski") + "ska"
    return plain(family_name) if random.random() < _MISSPELT else family_name


def plain(name: str) -> str:
    """Return *name* as an old machine would keep it: no accent, no apostrophe."""
    letters = normalize("NFD", name.translate(_PLAIN))
    return "".join(each for each in letters if category(each) != "Mn")


def any_preferred_name(random: Random, given_name: str) -> str:
    """Return a short form somebody goes by, or nothing."""
    short: str = read("names")["short"].get(given_name, "")
    return short if random.random() < _SHORTENED else ""


def any_title(random: Random, age: int, sex: Sex) -> str:
    """Return a title that suits *age* and *sex*; empty for a child of neither."""
    if age < _GROWN:
        return {Sex.FEMALE: "Miss", Sex.MALE: "Master"}.get(sex, "")
    if random.random() < _DOCTOR:
        return "Dr"
    if sex is Sex.FEMALE:
        return "Mrs" if random.random() < _MARRIED else random.choice(("Miss", "Ms"))
    return "Mr" if sex is Sex.MALE else "Mx"
