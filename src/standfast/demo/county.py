"""County Harrowmere itself: land, water and roads.

The same for every seed, so that the documents, the tests and the people who show it always
speak of the same place.
"""

from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any, Final

from standfast.demo.data import read
from standfast.demo.geometry import closed_curve, curve, kilometres, ribbon
from standfast.demo.places import Area, Place, RoadClass, RoadMap, Town
from standfast.demo.roads import build_roads
from standfast.demo.streets import name_streets, postcode_table
from standfast.kernel.geo import Point

_LAYOUT: Final = 1948
"""The seed of lanes and street names. Another gives another county."""
_OFFSHORE: Final = 200.0
"""Where the sea ends, kilometres east: far beyond every picture."""


@cache
def make_place() -> Place:
    """Return the county."""
    county = read("county")
    towns = tuple(_town(each) for each in county["towns"])
    coast = curve(kilometres(county["coast"]), 500)
    sea = (*coast, *kilometres([[_OFFSHORE, -4], [_OFFSHORE, 49]]))
    river = _river("River Harrow", county["river"])
    lakes = tuple(_outlined(each) for each in county["lakes"])
    random = Random(_LAYOUT)  # noqa: S311
    road_map = build_roads(
        [
            (each["name"], RoadClass(each["class"]), kilometres(each["points"]))
            for each in county["roads"]
        ],
        towns,
        size=(county["width"], county["height"]),
        shores=(sea, river.outline, *(lake.outline for lake in lakes)),
        banks=(
            coast,
            curve(kilometres(county["river"]), 400),
            *(_ring(lake.outline) for lake in lakes),
        ),
        random=random,
    )
    streets = name_streets(road_map, towns, random)
    return Place(
        name=county["name"],
        width=county["width"],
        height=county["height"],
        towns=towns,
        water=(
            Area(name="Harrow Bay", outline=sea),
            river,
            *(_river(each["name"], each["points"]) for each in county["streams"]),
            *lakes,
        ),
        parks=tuple(_outlined(each) for each in county["parks"]),
        road_map=road_map,
        streets=streets,
        postcodes=postcode_table(streets),
    )


def nearest_node(road_map: RoadMap, point: Point) -> int:
    """Return the number of the node that is nearest to *point*."""
    return min(
        range(len(road_map.nodes)),
        key=lambda node: (
            (road_map.nodes[node].x - point.x) ** 2 + (road_map.nodes[node].y - point.y) ** 2
        ),
    )


def _town(town: dict[str, Any]) -> Town:
    label = town.get("label", (town["x"], town["y"] + town["radius"] * 0.9))
    return Town(
        name=town["name"],
        point=Point(town["x"] * 1000, town["y"] * 1000),
        radius=town["radius"] * 1000,
        district=town["district"],
        label=Point(label[0] * 1000, label[1] * 1000),
    )


def _outlined(area: dict[str, Any]) -> Area:
    return Area(name=area["name"], outline=closed_curve(kilometres(area["points"]), 450))


def _river(name: str, points: Sequence[Sequence[float]]) -> Area:
    widths = [point[2] for point in points]
    return Area(name=name, outline=ribbon(kilometres(points), widths, 600))


def _ring(outline: tuple[Point, ...]) -> tuple[Point, ...]:
    return (*outline, outline[0])
