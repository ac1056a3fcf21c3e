"""The county's road map: main roads as they were drawn, lanes and town streets grown between.

Lanes join points scattered over the land by the rule of the relative neighbourhood graph
(two are joined unless a third is nearer to both), streets by the Gabriel graph (unless a
third is within the circle between them, or well nearer to both). That gives the loops and
dead ends of real lanes and the blocks of real towns, and no two that cross without meeting.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from random import Random
from typing import Final

from standfast.demo.geometry import Nearby, crosses, curve, inside
from standfast.demo.places import Road, RoadClass, RoadEdge, RoadMap, Town
from standfast.kernel.geo import Point, distance_metres

SPEED_KMH: Final = {
    RoadClass.TRUNK: (64.0, 95.0),
    RoadClass.MAJOR: (48.0, 80.0),
    RoadClass.MINOR: (32.0, 56.0),
}
"""In a town, and outside one: what ambulances make of such roads, rounded."""

_CORNER: Final = 900.0
"""A main road has a node about this often, in metres."""
_LANES: Final = 1750.0
_STREETS: Final = 430.0
_NEIGHBOURS: Final = 24
_BLOCKS: Final = 0.88
"""Nearer to 0 gives towns of triangles, nearer to 1 towns of dead ends."""
_TRIES: Final = 9000

MainRoad = tuple[str, RoadClass, tuple[Point, ...]]
Barrier = Sequence[Point]


class _Draft:
    """A road map being made: points with numbers, and who is joined to whom."""

    def __init__(self) -> None:
        self.nodes: list[Point] = []
        self.number: dict[Point, int] = {}
        self.classes: dict[tuple[int, int], RoadClass] = {}
        self.near = Nearby(1500.0)

    def node(self, point: Point) -> int:
        if point not in self.number:
            self.number[point] = len(self.nodes)
            self.near.add(point, len(self.nodes))
            self.nodes.append(point)
        return self.number[point]

    def join(self, one: int, other: int, road_class: RoadClass) -> None:
        self.classes.setdefault((min(one, other), max(one, other)), road_class)


def build_roads(
    main: Iterable[MainRoad],
    towns: Sequence[Town],
    *,
    size: tuple[float, float],
    shores: Sequence[Barrier],
    banks: Sequence[Barrier],
    random: Random,
) -> RoadMap:
    """Return the map. *shores* are outlines no node is in; no lane crosses one of *banks*."""
    draft = _Draft()
    roads = [_main_road(draft, *each) for each in main]
    _scatter(draft, towns, size=size, shores=shores, random=random)
    _join_neighbours(draft, towns, banks)
    _bridge_islands(draft, banks)
    return _finish(draft, roads, towns)


def _main_road(draft: _Draft, name: str, kind: RoadClass, points: tuple[Point, ...]) -> Road:
    numbers = tuple(draft.node(point) for point in curve(points, _CORNER))
    for one, other in pairwise(numbers):
        draft.join(one, other, kind)
    return Road(name=name, road_class=kind, nodes=numbers)


def _scatter(
    draft: _Draft,
    towns: Sequence[Town],
    *,
    size: tuple[float, float],
    shores: Sequence[Barrier],
    random: Random,
) -> None:
    """Add points for streets in every town, then for lanes everywhere else."""
    for town in towns:
        for _ in range(int((town.radius / _STREETS) ** 2 * 9)):
            point = Point(
                round(town.point.x + random.uniform(-1, 1) * town.radius, 1),
                round(town.point.y + random.uniform(-1, 1) * town.radius, 1),
            )
            away = distance_metres(point, town.point) / town.radius
            room = _STREETS * (0.75 + 0.6 * away)
            if away < 1 and _has_room(draft, point, room, shores):
                draft.node(point)
    for _ in range(_TRIES):
        point = Point(
            round(random.uniform(0, size[0]), 1), round(random.uniform(0, size[1]), 1)
        )
        if _has_room(draft, point, _LANES * random.uniform(0.75, 1.2), shores):
            draft.node(point)


def _has_room(draft: _Draft, point: Point, room: float, shores: Sequence[Barrier]) -> bool:
    """Return whether *point* is on land and nothing is within *room* metres of it."""
    if next(draft.near.around(point, room), None) is not None:
        return False
    return not any(inside(point, shore) for shore in shores)


def _join_neighbours(draft: _Draft, towns: Sequence[Town], banks: Sequence[Barrier]) -> None:
    """Join neighbours by lanes and streets that cross neither water nor a main road."""
    nodes = draft.nodes
    main = [(nodes[one], nodes[other]) for one, other in draft.classes]
    for number, point in enumerate(nodes):
        found = sorted(draft.near.around(point, _LANES * 2.2))[1 : _NEIGHBOURS + 1]
        in_town = any(distance_metres(point, town.point) < town.radius for town in towns)
        for place, (metres, other) in enumerate(found):
            if other < number or (number, other) in draft.classes:
                continue
            at = nodes[other]
            between = [
                (here, distance_metres(nodes[third], at)) for here, third in found[:place]
            ]
            if in_town:
                parted = any(
                    here**2 + there**2 < metres**2 or max(here, there) < metres * _BLOCKS
                    for here, there in between
                )
            else:
                parted = any(there < metres for _, there in between)
            if not (
                parted
                or any(crosses(point, at, *road) for road in main)
                or _over_water(point, at, banks)
            ):
                draft.join(number, other, RoadClass.MINOR)


def _over_water(one: Point, other: Point, banks: Sequence[Barrier]) -> bool:
    low, high = min(one.x, other.x) - 3000, max(one.x, other.x) + 3000
    return any(
        crosses(one, other, a, b)
        for bank in banks
        for a, b in pairwise(bank)
        if low < a.x < high
    )


def _bridge_islands(draft: _Draft, banks: Sequence[Barrier]) -> None:
    """Join what no road reaches yet by its shortest way over land, until none is left."""
    while True:
        groups = _groups(len(draft.nodes), draft.classes)
        mainland = max(groups, key=len)
        if len(mainland) == len(draft.nodes):
            return
        reached = frozenset(mainland)
        island = min(groups, key=len)
        _, one, other = min(
            (metres, number, near)
            for number in island
            for metres, near in draft.near.around(draft.nodes[number], 12_000)
            if near in reached
            and not _over_water(draft.nodes[number], draft.nodes[near], banks)
        )
        draft.join(one, other, RoadClass.MINOR)


def _groups(count: int, edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the nodes in groups between which no edge leads."""
    leader = list(range(count))

    def find(node: int) -> int:
        while leader[node] != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    for one, other in edges:
        leader[find(one)] = find(other)
    groups: dict[int, list[int]] = {}
    for node in range(count):
        groups.setdefault(find(node), []).append(node)
    return list(groups.values())


def _finish(draft: _Draft, main: Sequence[Road], towns: Sequence[Town]) -> RoadMap:
    """Give every edge its length and speed, and string the lanes together for drawing."""
    nodes = tuple(draft.nodes)
    edges = []
    for (one, other), kind in draft.classes.items():
        start, end = nodes[one], nodes[other]
        built_up = any(distance_metres(start, town.point) < town.radius for town in towns)
        edges.append(
            RoadEdge(
                start=one,
                end=other,
                road_class=kind,
                length_metres=round(distance_metres(start, end), 1),
                speed_kmh=SPEED_KMH[kind][0 if built_up else 1],
            )
        )
    lanes = _strings(nodes, (edge for edge in edges if edge.road_class is RoadClass.MINOR))
    return RoadMap(nodes=nodes, edges=tuple(edges), roads=(*main, *lanes))


def _strings(nodes: Sequence[Point], edges: Iterable[RoadEdge]) -> list[Road]:
    """Return lanes: edges laid end to end for as long as there is one to follow."""
    beside: dict[int, list[int]] = {}
    for edge in edges:
        beside.setdefault(edge.start, []).append(edge.end)
        beside.setdefault(edge.end, []).append(edge.start)
    lanes = []
    for first in sorted(beside, key=lambda node: (len(beside[node]) != 1, node)):
        while beside[first]:
            lane = [first]
            while beside[lane[-1]]:
                onward = _straightest(nodes, lane, beside[lane[-1]])
                beside[lane[-1]].remove(onward)
                beside[onward].remove(lane[-1])
                lane.append(onward)
            lanes.append(Road(name="", road_class=RoadClass.MINOR, nodes=tuple(lane)))
    return lanes


def _straightest(nodes: Sequence[Point], lane: Sequence[int], choices: Sequence[int]) -> int:
    """Return the one of *choices* that turns least from the way *lane* was going."""
    if len(lane) == 1:
        return choices[0]
    before, here = nodes[lane[-2]], nodes[lane[-1]]
    length = distance_metres(before, here)

    def ahead(choice: int) -> float:
        there = nodes[choice]
        forward = (there.x - here.x) * (here.x - before.x) + (there.y - here.y) * (
            here.y - before.y
        )
        return forward / (length * distance_metres(here, there))

    return max(choices, key=ahead)
