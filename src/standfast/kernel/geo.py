"""Where things are, on the site's own flat grid."""

from math import hypot

from msgspec import Struct


class Point(Struct, frozen=True):
    """A place on the grid: ``x`` metres east and ``y`` metres north of its corner."""

    x: float
    y: float


def distance_metres(one: Point, other: Point) -> float:
    """Return the straight-line distance in metres."""
    return hypot(one.x - other.x, one.y - other.y)
