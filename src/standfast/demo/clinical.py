"""What the record says about somebody's health: allergies, medicines, flags and notes."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from msgspec import Struct

from standfast.demo.data import read
from standfast.facts.people import Allergy, AllergyStatus, CurrentMedicine, Flag, SpecialNote
from standfast.kernel.values import Sex

LOCAL_CODES: Final = "standfast-demo"
"""The code system of what we coded ourselves: never to be taken for SNOMED CT."""

_KNOWN: Final = 0.16
_NOT_RECORDED: Final = 0.14
_NEEDS_OLD_AGE: Final = 60
_AUTHORS: Final = (
    "Dr H. Marsh",
    "Dr S. Rahman",
    "Sister J. Coates",
    "Dr L. Okafor",
    "Dr P. Wynne",
)


class Health(Struct, frozen=True, kw_only=True):
    """The clinical part of a person."""

    allergy_status: AllergyStatus = AllergyStatus.NONE_KNOWN
    allergies: tuple[Allergy, ...] = ()
    medicines: tuple[CurrentMedicine, ...] = ()
    flags: tuple[Flag, ...] = ()
    notes: tuple[SpecialNote, ...] = ()


def invent_health(random: Random, *, age: int, sex: Sex, today: date) -> Health:
    """Return a plausible record for somebody of *age* and *sex*."""
    chance = random.random()
    allergies: tuple[Allergy, ...] = ()
    status = AllergyStatus.NONE_KNOWN
    if chance < _KNOWN + age * 0.001:
        status, allergies = AllergyStatus.KNOWN, _allergies(random)
    elif chance > 1 - _NOT_RECORDED:
        status = AllergyStatus.NOT_RECORDED
    flags = _flags(random, age)
    return Health(
        allergy_status=status,
        allergies=allergies,
        medicines=_medicines(random, age, sex),
        flags=flags,
        notes=_notes(random, flags, today),
    )


def allergy(substance: str, reaction: str, severity: str) -> Allergy:
    """Return an allergy to one of the substances in ``data/clinical.json``."""
    known = read("clinical")["substances"][substance]
    return Allergy(
        substance=substance,
        display=known["display"],
        code=known.get("code", substance),
        system=known.get("system", LOCAL_CODES),
        reaction=reaction,
        severity=severity,
    )


def medicine(name: str) -> CurrentMedicine:
    """Return the repeat medicine called *name* in ``data/clinical.json``."""
    return _medicine(
        next(each for each in read("clinical")["medicines"] if each["name"] == name)
    )


def flag(kind: str) -> Flag:
    """Return the flag of that *kind* in ``data/clinical.json``."""
    return _flag(next(each for each in read("clinical")["flags"] if each["kind"] == kind))


def _allergies(random: Random) -> tuple[Allergy, ...]:
    choices = read("clinical")["allergies"]
    weights = [each["weight"] for each in choices]
    drawn = random.choices(choices, weights, k=2 if random.random() < 0.15 else 1)  # noqa: PLR2004
    by_substance = {each["substance"]: each for each in drawn}
    return tuple(
        allergy(substance, *random.choice(each["reactions"]))
        for substance, each in by_substance.items()
    )


def _medicines(random: Random, age: int, sex: Sex) -> tuple[CurrentMedicine, ...]:
    taken = [
        each
        for each in read("clinical")["medicines"]
        if _suits(each, age)
        and each.get("sex", sex) == sex
        and random.random() < each["chance"] * _with_age(age)
    ]
    if {"apixaban", "warfarin"} <= {each["name"] for each in taken}:
        taken = [each for each in taken if each["name"] != "warfarin"]
    return tuple(_medicine(each) for each in taken)


def _flags(random: Random, age: int) -> tuple[Flag, ...]:
    return tuple(
        _flag(each)
        for each in read("clinical")["flags"]
        if _suits(each, age) and random.random() < each["chance"]
    )


def _notes(random: Random, flags: Sequence[Flag], today: date) -> tuple[SpecialNote, ...]:
    """Return a note for each flag that wants one. Some are past the day of their review."""
    texts = read("clinical")["notes"]
    notes = []
    for each in flags:
        if each.kind in texts:
            written = today - timedelta(days=random.randrange(5, 300))
            notes.append(
                SpecialNote(
                    text=random.choice(texts[each.kind]),
                    author=random.choice(_AUTHORS),
                    written_on=written,
                    review_on=written + timedelta(days=180),
                )
            )
    return tuple(notes)


def _suits(choice: dict[str, Any], age: int) -> bool:
    return bool(choice.get("from", 0) <= age <= choice.get("to", 120))


def _with_age(age: int) -> float:
    return 1.4 if age >= _NEEDS_OLD_AGE else 0.8


def _medicine(choice: dict[str, Any]) -> CurrentMedicine:
    return CurrentMedicine(
        generic_name=choice["name"],
        form=choice["form"],
        strength=choice["strength"],
        dose=choice["dose"],
        ingredients=tuple(choice["ingredients"]),
    )


def _flag(choice: dict[str, Any]) -> Flag:
    return Flag(kind=choice["kind"], label=choice["label"], detail=choice["detail"])
