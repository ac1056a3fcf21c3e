"""The county as SVG, styled by class alone: the page it stands in owns the colours.

Classes: ``map-water``, ``map-park``, ``map-road-trunk``, ``map-road-major``,
``map-road-minor``, ``map-label``. Widths, joins and the one fill that must not be black are
plain attributes, which any rule of a style sheet overrides.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import chain, pairwise
from typing import Final

from standfast.demo.places import Place, Road, RoadClass, RoadMap
from standfast.demo.structs import World
from standfast.kernel.geo import Point

_STROKES: Final = {RoadClass.MINOR: 0.8, RoadClass.MAJOR: 2.0, RoadClass.TRUNK: 3.6}
"""In the order they are drawn, in units of the picture at 800 wide."""
_LABEL: Final = {"Northbridge": 17, "Kingsmoor": 14, "Saltmarsh": 14, "Aldersea": 14}
_SMALL_LABEL: Final = 12
_USUAL_WIDTH: Final = 800.0


class Projection:
    """From the county's metres to a picture's units: whole county in view, north up."""

    def __init__(self, place: Place, width: float, height: float) -> None:
        self.scale = min(width / place.width, height / place.height)
        self._left = (width - place.width * self.scale) / 2
        self._foot = (height + place.height * self.scale) / 2

    def __call__(self, point: Point) -> tuple[float, float]:
        return (
            round(self._left + point.x * self.scale, 1),
            round(self._foot - point.y * self.scale, 1),
        )


def draw_map(world: World, width: float, height: float) -> str:
    """Return the map as the inside of an SVG whose ``viewBox`` is ``0 0 width height``.

    Put markers on it with ``Projection(world.place, width, height)(point)``. It is escaped.
    """
    place = world.place
    at = Projection(place, width, height)
    size = min(width, at.scale * place.width) / _USUAL_WIDTH
    return "\n".join(
        [
            *_areas("map-park", (each.outline for each in place.parks), at),
            *_areas("map-water", (each.outline for each in place.water), at),
            *_roads(place.road_map, at, size),
            *_labels(place, at, size),
        ]
    )


def _areas(css: str, outlines: Iterable[Sequence[Point]], at: Projection) -> Iterator[str]:
    for outline in outlines:
        yield f'<path class="{css}" d="{_path([at(point) for point in outline])}z"/>'


def _roads(road_map: RoadMap, at: Projection, size: float) -> Iterator[str]:
    ways = Counter(chain.from_iterable((edge.start, edge.end) for edge in road_map.edges))
    for kind, stroke in _STROKES.items():
        lines = (
            _line(road, road_map.nodes, ways, at)
            for road in road_map.roads
            if road.road_class is kind
        )
        yield (
            f'<path class="map-road-{kind}" fill="none" stroke-width="{stroke * size:.1f}"'
            f' stroke-linecap="round" stroke-linejoin="round" d="{"".join(lines)}"/>'
        )


def _line(road: Road, nodes: Sequence[Point], ways: Mapping[int, int], at: Projection) -> str:
    """Return a road as a path. A lane's corners are rounded where no other road meets it."""
    points = [at(nodes[number]) for number in road.nodes]
    if road.road_class is not RoadClass.MINOR:
        return _path(points)
    drawn, here = [_path(points[:1])], points[0]
    for number, corner, following in zip(road.nodes[1:], points[1:], points[2:], strict=False):
        if ways[number] == 2:  # noqa: PLR2004
            halfway = _middle(corner, following)
            drawn.append(f"q{_step(here, corner)} {_step(here, halfway)}")
            here = halfway
        else:
            drawn.append("l" + _step(here, corner))
            here = corner
    return "".join(drawn) + "l" + _step(here, points[-1])


def _labels(place: Place, at: Projection, size: float) -> Iterator[str]:
    for town in place.towns:
        x, y = at(town.label)
        font = _LABEL.get(town.name, _SMALL_LABEL) * size
        yield (
            f'<text class="map-label" x="{x:g}" y="{y:g}" font-size="{font:.1f}"'
            f' text-anchor="middle">{escape(town.name)}</text>'
        )


def _path(points: Sequence[tuple[float, float]]) -> str:
    start = f"M{points[0][0]:g} {points[0][1]:g}"
    return start + "".join("l" + _step(one, other) for one, other in pairwise(points))


def _step(one: tuple[float, float], other: tuple[float, float]) -> str:
    """Return the way from *one* to *other* as short as SVG can read it: ``-.5 3``."""
    x, y = _short(other[0] - one[0]), _short(other[1] - one[1])
    return x + y if y.startswith("-") else f"{x} {y}"


def _short(number: float) -> str:
    text = f"{number:.1f}".removesuffix(".0")
    return text.replace("0.", ".") if text.lstrip("-").startswith("0.") else text


def _middle(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return round((one[0] + other[0]) / 2, 1), round((one[1] + other[1]) / 2, 1)
