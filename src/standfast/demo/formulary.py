"""The out-of-hours formulary of the demonstration: what may be prescribed, and how much.

It is for trying the program. It is not guidance, and the prescribing context must refuse it
in a live service. A code is SNOMED CT (dm+d) only where we have seen that code for that
product in an example published by NHS England; every other is our own, and says so.
"""

from functools import cache

from msgspec import Struct, convert

from standfast.demo.data import read


class Ingredient(Struct, frozen=True, kw_only=True):
    """A substance in a medicine. An allergy may name it or one of its ``classes``."""

    substance: str
    classes: tuple[str, ...] = ()


class Medicine(Struct, frozen=True, kw_only=True):
    """One line of the formulary."""

    code: str
    system: str
    """``http://snomed.info/sct`` or ``standfast-demo``."""
    code_source: str = ""
    """Where a SNOMED CT code was published; empty for our own."""
    generic_name: str
    form: str
    strength_value: float
    strength_unit: str
    """As it is said after the number: ``mg``, ``mg/5 mL``, ``micrograms/dose``."""
    route: str
    doses: tuple[str, ...]
    """The usual doses, as they are printed on the label. The first is offered first."""
    quantity_unit: str
    maximum_quantity: int
    """The most that is supplied out of hours, in ``quantity_unit``."""
    maximum_reason: str
    """Where that maximum comes from."""
    ingredients: tuple[Ingredient, ...]
    schedule: str = ""
    """The controlled-drug schedule: 2, 3, 4 (part 1), 5; empty when it is none."""


@cache
def formulary() -> tuple[Medicine, ...]:
    """Return every medicine, by name, form and strength."""
    lines = convert(read("formulary"), tuple[Medicine, ...])
    return tuple(
        sorted(lines, key=lambda each: (each.generic_name, each.form, each.strength_value))
    )
