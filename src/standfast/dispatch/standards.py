"""How soon somebody must be there, by category: dated data, with its source.

NHS England, Ambulance Response Programme, October 2017, as collected in
``shared/domain/kpi_and_ambulance_standards.md``, "Ambulance": C1 mean 7 minutes and nine in
ten within 15; C2 mean 18 and 40; C3 nine in ten within 120; C4 within 180.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from standfast.facts.dispatch import Category
from standfast.kernel.geo import Point, distance_metres


class Standard(Struct, frozen=True):
    """Minutes from request to arrival: what the desk aims at, and what nine in ten get."""

    aim_minutes: int
    nine_in_ten_minutes: int


STANDARDS: Final[Mapping[Category, Standard]] = {
    Category.C1: Standard(7, 15),
    Category.C2: Standard(18, 40),
    Category.C3: Standard(120, 120),
    Category.C4: Standard(180, 180),
}
"""The aim is the mean where the standard has one; the board counts down to it."""

STRAIGHT_LINE_KMH: Final = 50.0
"""How fast a vehicle gets nearer in a straight line. Our own guess until there is routing: by
road 9.9 km took 8.7 minutes (``shared/dispatch/findings.md``), and roads bend."""

SETTING_OFF_MINUTES: Final = 1.0
"""From being told to moving."""


def respond_by(category: Category, since: datetime) -> datetime:
    """Return when somebody is to be there, if asked for at *since*."""
    return since + timedelta(minutes=STANDARDS[category].aim_minutes)


def estimate_minutes(start: Point, end: Point) -> int:
    """Return whole minutes for the straight line, at least 1. An estimate: say so beside it."""
    driving = distance_metres(start, end) / 1000 / STRAIGHT_LINE_KMH * 60
    return max(1, round(SETTING_OFF_MINUTES + driving))
