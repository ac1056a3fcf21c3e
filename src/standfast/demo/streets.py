"""Streets and their postcodes: nine sectors to a town, seven in it and two in its country."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Final

from standfast.demo.data import read
from standfast.demo.geometry import along
from standfast.demo.places import RoadClass, RoadEdge, RoadMap, Street, Town
from standfast.kernel.geo import Point, distance_metres

_SECTORS: Final = 9
_URBAN: Final = 7
_STREETS: Final = 4
_UNIT_LETTERS: Final = "ABDEFGHJLNPQRSTUWXYZ"
"""Those that the inward half of a postcode may end in."""


def name_streets(
    road_map: RoadMap, towns: Sequence[Town], random: Random
) -> tuple[Street, ...]:
    """Return four streets for each sector of each town, every one along a minor road."""
    minor = [edge for edge in road_map.edges if edge.road_class is RoadClass.MINOR]
    near: dict[str, list[tuple[float, RoadEdge]]] = {town.name: [] for town in towns}
    for edge in minor:
        at = _middle(road_map, edge)
        town = min(towns, key=lambda each: distance_metres(each.point, at) / each.radius**0.5)
        near[town.name].append((distance_metres(town.point, at), edge))
    return tuple(
        street
        for town in towns
        for street in _town_streets(road_map, town, near[town.name], random)
    )


def postcode_table(streets: Sequence[Street]) -> Mapping[str, Point]:
    """Return the middle of every full postcode and of every sector."""
    table: dict[str, Point] = {}
    middles: dict[str, list[Point]] = {}
    for street in streets:
        count = len(street.postcodes)
        for place, postcode in enumerate(street.postcodes):
            table[postcode] = along(street.start, street.end, (place + 0.5) / count)
            middles.setdefault(street.sector, []).append(table[postcode])
    for sector, points in middles.items():
        table[sector] = Point(
            round(sum(each.x for each in points) / len(points), 1),
            round(sum(each.y for each in points) / len(points), 1),
        )
    return table


def _town_streets(
    road_map: RoadMap, town: Town, near: list[tuple[float, RoadEdge]], random: Random
) -> Iterator[Street]:
    """Yield the streets of *town*, from its middle outwards."""
    near.sort(key=lambda each: each[0])
    edges = [edge for _, edge in near]
    urban, rural = _URBAN * _STREETS, (_SECTORS - _URBAN) * _STREETS
    edge_of_town = max(urban, sum(metres < town.radius for metres, _ in near))
    chosen = _round_the_clock(road_map, town, _spread(edges[:edge_of_town], urban))
    chosen += _round_the_clock(road_map, town, _spread(edges[edge_of_town:], rural))
    names = _names(town, random)
    for place, edge in enumerate(chosen):
        sector = f"{town.district} {place // _STREETS + 1}"
        units = [f"{one}{other}" for one in _UNIT_LETTERS for other in _UNIT_LETTERS]
        start = place % _STREETS * 100 + random.randrange(98)
        count = 2 if place < urban and edge.length_metres > 300 else 1  # noqa: PLR2004
        yield Street(
            name=next(names),
            town=town.name,
            sector=sector,
            postcodes=tuple(sector + units[start + extra] for extra in range(count)),
            start=road_map.nodes[edge.start],
            end=road_map.nodes[edge.end],
        )


def _spread(edges: Sequence[RoadEdge], count: int) -> list[RoadEdge]:
    """Return *count* of *edges* at even steps through the list."""
    if len(edges) < count:
        raise ValueError(f"{count} streets are wanted and there are {len(edges)} roads")
    return [edges[i * len(edges) // count] for i in range(count)]


def _round_the_clock(road_map: RoadMap, town: Town, edges: list[RoadEdge]) -> list[RoadEdge]:
    """Order *edges* by direction from the middle, so that a sector's streets lie together."""

    def direction(edge: RoadEdge) -> tuple[bool, float]:
        at = _middle(road_map, edge)
        x, y = at.x - town.point.x, at.y - town.point.y
        slope = x / ((x * x + y * y) ** 0.5 or 1.0)
        return (y < 0, -slope if y >= 0 else slope)

    return sorted(edges, key=direction)


def _names(town: Town, random: Random) -> Iterator[str]:
    """Yield street names without end and without a repeat, those set for the town first."""
    words = read("streets")
    given = words["given"].get(town.name, [])
    yield from given
    pairs = [f"{one} {other}" for one in words["first"] for other in words["last"]]
    random.shuffle(pairs)
    yield from (name for name in pairs if name not in given)


def _middle(road_map: RoadMap, edge: RoadEdge) -> Point:
    return along(road_map.nodes[edge.start], road_map.nodes[edge.end], 0.5)
