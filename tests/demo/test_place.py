"""The county's map: whole, drivable and small enough to send."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations, pairwise
from math import isclose
from typing import Final
from xml.etree import ElementTree as ET

from standfast.demo.geometry import crosses, curve, inside
from standfast.demo.map import Projection, draw_map
from standfast.demo.places import RoadClass
from standfast.demo.world import make_world
from standfast.kernel.geo import Point, distance_metres
from standfast.kernel.values import Postcode

WORLD: Final = make_world(111, datetime(2026, 11, 22, 14, 7, tzinfo=UTC))
PLACE: Final = WORLD.place
ROADS: Final = PLACE.road_map
CLASSES: Final = {
    "map-water",
    "map-park",
    "map-road-trunk",
    "map-road-major",
    "map-road-minor",
    "map-label",
}


def test_every_node_can_be_reached_from_every_other() -> None:
    beside: dict[int, list[int]] = {}
    for edge in ROADS.edges:
        beside.setdefault(edge.start, []).append(edge.end)
        beside.setdefault(edge.end, []).append(edge.start)
    reached, ahead = {0}, [0]
    while ahead:
        for node in beside[ahead.pop()]:
            if node not in reached:
                reached.add(node)
                ahead.append(node)
    assert len(reached) == len(ROADS.nodes)


def test_an_edge_is_as_long_as_its_ends_are_apart() -> None:
    for edge in ROADS.edges:
        apart = distance_metres(ROADS.nodes[edge.start], ROADS.nodes[edge.end])
        assert isclose(edge.length_metres, apart, abs_tol=0.1)
        assert edge.length_metres > 0
        assert 30 <= edge.speed_kmh <= 100
    assert {edge.road_class for edge in ROADS.edges} == set(RoadClass)


def test_no_two_roads_cross_without_meeting() -> None:
    lines = sorted(
        (
            sorted(
                (ROADS.nodes[edge.start], ROADS.nodes[edge.end]),
                key=lambda point: (point.x, point.y),
            )
            for edge in ROADS.edges
        ),
        key=lambda ends: ends[0].x,
    )
    for place, (start, end) in enumerate(lines):
        for other_start, other_end in lines[place + 1 :]:
            if other_start.x > end.x:
                break
            assert not crosses(start, end, other_start, other_end)


def test_every_drawn_stretch_is_an_edge_and_every_edge_is_drawn() -> None:
    drawn = {frozenset(pair) for road in ROADS.roads for pair in pairwise(road.nodes)}
    assert drawn == {frozenset((edge.start, edge.end)) for edge in ROADS.edges}


def test_no_road_is_in_the_sea_or_the_mere() -> None:
    for area in PLACE.water:
        if area.name in {"Harrow Bay", "Harrow Mere"}:
            assert not any(inside(node, area.outline) for node in ROADS.nodes)


def test_the_river_is_crossed_only_by_main_roads() -> None:
    river = next(area.outline for area in PLACE.water if area.name == "River Harrow")
    middle = [_middle(one, other) for one, other in zip(river, river[::-1], strict=True)]
    line = middle[: len(middle) // 2]
    over = [
        edge.road_class
        for edge in ROADS.edges
        if any(
            crosses(ROADS.nodes[edge.start], ROADS.nodes[edge.end], *at)
            for at in pairwise(line)
        )
    ]
    assert over
    assert RoadClass.MINOR not in over


def test_there_are_a_hundred_and_eight_sectors_and_every_street_has_its_postcodes() -> None:
    sectors = {f"HM{district} {sector}" for district in range(1, 13) for sector in range(1, 10)}
    assert sectors <= PLACE.postcodes.keys()
    full = [postcode for street in PLACE.streets for postcode in street.postcodes]
    assert len(set(full)) == len(full)
    assert set(full) | sectors == set(PLACE.postcodes)
    assert {street.sector for street in PLACE.streets} == sectors
    assert _postcodes_are_well_formed(full)


def test_a_town_has_no_two_streets_of_one_name() -> None:
    names = [(street.town, street.name) for street in PLACE.streets]
    assert len(set(names)) == len(names)


def test_everything_is_within_the_county() -> None:
    points = [*ROADS.nodes, *PLACE.postcodes.values(), *(town.point for town in PLACE.towns)]
    for point in points:
        assert 0 <= point.x <= PLACE.width
        assert 0 <= point.y <= PLACE.height


def test_the_map_is_small_and_is_styled_by_class_alone() -> None:
    for width, height in ((400, 300), (800, 600), (1200, 900), (700, 800)):
        drawn = draw_map(WORLD, width, height)
        assert len(drawn.encode()) <= 40_000
        svg = ET.fromstring(f"<svg>{drawn}</svg>")  # noqa: S314 -- our own words
        assert {each.get("class") for each in svg} == CLASSES
        assert not any(each.get("style") for each in svg.iter())
        assert {each.tag for each in svg} == {"path", "text"}


def test_every_town_is_on_the_map() -> None:
    drawn = draw_map(WORLD, 800, 600)
    assert all(f">{town.name}<" in drawn for town in PLACE.towns)


def test_north_is_up_and_the_whole_county_is_in_view() -> None:
    at = Projection(PLACE, 900, 600)
    assert at(Point(0, 0)) == (50.0, 600.0)
    assert at(Point(PLACE.width, PLACE.height)) == (850.0, 0.0)


def test_a_curve_passes_each_of_its_points() -> None:
    points = (Point(0, 0), Point(1000, 500), Point(1800, -300), Point(2500, 0))
    line = curve(points, 100)
    assert set(points) <= set(line)
    assert all(distance_metres(*pair) < 150 for pair in pairwise(line))


def test_crossing_means_passing_through() -> None:
    a, b, c, d = Point(0, 0), Point(2, 2), Point(0, 2), Point(2, 0)
    assert crosses(a, b, c, d)
    assert not any(crosses(a, b, *pair) for pair in combinations((b, c, a), 2))


def _middle(one: Point, other: Point) -> Point:
    return Point((one.x + other.x) / 2, (one.y + other.y) / 2)


def _postcodes_are_well_formed(postcodes: Sequence[str]) -> bool:
    from msgspec import convert  # noqa: PLC0415

    return all(convert(each, Postcode) for each in postcodes)
