"""What a county is made of: towns, water, roads, streets and postcodes."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from standfast.kernel.geo import Point


class Town(Struct, frozen=True, kw_only=True):
    """A town or village. ``radius`` is how far its streets reach, in metres."""

    name: str
    point: Point
    radius: float
    district: str
    """The outward half of its postcodes: ``HM1``."""
    label: Point
    """The middle of the foot of its name on the map."""


class RoadClass(StrEnum):
    """What kind of road an edge is part of."""

    TRUNK = "trunk"
    MAJOR = "major"
    MINOR = "minor"


class RoadEdge(Struct, frozen=True, kw_only=True):
    """A piece of road between two nodes, driven in both directions."""

    start: int
    end: int
    road_class: RoadClass
    length_metres: float
    speed_kmh: float


class Road(Struct, frozen=True, kw_only=True):
    """A named or numbered road as it is drawn: the nodes it passes, in order."""

    name: str
    road_class: RoadClass
    nodes: tuple[int, ...]


class RoadMap(Struct, frozen=True, kw_only=True):
    """Every node and edge. A node's number is its place in ``nodes``."""

    nodes: tuple[Point, ...]
    edges: tuple[RoadEdge, ...]
    roads: tuple[Road, ...]


class Street(Struct, frozen=True, kw_only=True):
    """A street with houses: a stretch of minor road, under one or two postcodes."""

    name: str
    town: str
    sector: str
    """The postcode without its last two letters: ``HM1 4``."""
    postcodes: tuple[str, ...]
    start: Point
    end: Point


class Area(Struct, frozen=True, kw_only=True):
    """A named outline on the map; the last corner joins the first."""

    name: str
    outline: tuple[Point, ...]


class Place(Struct, frozen=True, kw_only=True):
    """The county as a whole, ``width`` metres by ``height`` metres."""

    name: str
    width: float
    height: float
    towns: tuple[Town, ...]
    water: tuple[Area, ...]
    parks: tuple[Area, ...]
    road_map: RoadMap
    streets: tuple[Street, ...]
    postcodes: Mapping[str, Point]
    """Every full postcode (``HM1 4QT``) and every sector (``HM1 4``)."""
