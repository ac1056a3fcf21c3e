"""Plain geometry for an invented map: curves through points, crossings, insides."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import ceil, hypot

from standfast.kernel.geo import Point, distance_metres


def curve(points: Sequence[Point], step: float) -> tuple[Point, ...]:
    """Return a smooth line through *points* (Catmull-Rom), a corner about every *step* metres.

    Each of *points* is on it exactly, so that roads which share one still meet there.
    """
    ends = [_beyond(points[1], points[0]), *points, _beyond(points[-2], points[-1])]
    line = [points[0]]
    for before, start, end, after in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        count = max(1, ceil(distance_metres(start, end) / step))
        line += [_between(before, start, end, after, i / count) for i in range(1, count)]
        line.append(end)
    return tuple(line)


def closed_curve(points: Sequence[Point], step: float) -> tuple[Point, ...]:
    """Return a smooth outline through *points*, which the last corner closes to the first."""
    count = len(points)
    around = [points[i % count] for i in range(-3, count + 4)]
    whole = curve(around, step)
    begin, end = whole.index(points[0], 1), len(whole) - 1 - whole[::-1].index(points[0])
    return whole[begin:end]


def ribbon(points: Sequence[Point], widths: Sequence[float], step: float) -> tuple[Point, ...]:
    """Return the outline of a river along *points*, as wide at each as *widths* says."""
    line = curve(points, step)
    wide = _widths(line, points, widths)
    left, right = [], []
    for i, at in enumerate(line):
        before, after = line[max(i - 1, 0)], line[min(i + 1, len(line) - 1)]
        length = distance_metres(before, after)
        across = ((before.y - after.y) / length, (after.x - before.x) / length)
        half = wide[i] / 2
        left.append(Point(at.x + across[0] * half, at.y + across[1] * half))
        right.append(Point(at.x - across[0] * half, at.y - across[1] * half))
    return (*left, *reversed(right))


def crosses(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Return whether the stretch from *a* to *b* properly crosses that from *c* to *d*."""
    return _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0


def inside(point: Point, outline: Sequence[Point]) -> bool:
    """Return whether *point* is within *outline* (even-odd rule)."""
    within = False
    for one, other in pairwise((*outline, outline[0])):
        if (one.y > point.y) != (other.y > point.y):
            x = one.x + (point.y - one.y) / (other.y - one.y) * (other.x - one.x)
            within ^= point.x < x
    return within


def along(start: Point, end: Point, part: float, *, aside: float = 0.0) -> Point:
    """Return the point *part* of the way from *start* to *end*, *aside* metres to the left."""
    length = distance_metres(start, end) or 1.0
    dx, dy = end.x - start.x, end.y - start.y
    x = start.x + dx * part - dy / length * aside
    y = start.y + dy * part + dx / length * aside
    return Point(round(x, 1), round(y, 1))


class Nearby:
    """Points by place, to be asked for those around another."""

    def __init__(self, size: float) -> None:
        self._size = size
        self._cells: dict[tuple[int, int], list[tuple[Point, int]]] = {}

    def add(self, point: Point, number: int) -> None:
        self._cells.setdefault(self._cell(point), []).append((point, number))

    def around(self, point: Point, reach: float) -> Iterator[tuple[float, int]]:
        """Yield distance and number of every point less than *reach* metres away."""
        x, y = self._cell(point)
        span = ceil(reach / self._size)
        for i in range(x - span, x + span + 1):
            for j in range(y - span, y + span + 1):
                for other, number in self._cells.get((i, j), ()):
                    metres = hypot(other.x - point.x, other.y - point.y)
                    if metres < reach:
                        yield metres, number

    def _cell(self, point: Point) -> tuple[int, int]:
        return int(point.x // self._size), int(point.y // self._size)


def kilometres(pairs: Iterable[Sequence[float]]) -> tuple[Point, ...]:
    """Return the points of a list of ``[x, y]`` in kilometres."""
    return tuple(Point(pair[0] * 1000, pair[1] * 1000) for pair in pairs)


def _beyond(one: Point, other: Point) -> Point:
    return Point(2 * other.x - one.x, 2 * other.y - one.y)


def _between(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    """Return the point at *t* from *b* to *c* of the curve through all four."""

    def mix(p: float, q: float, r: float, s: float) -> float:
        cubic = (3 * (q - r) + s - p) * t + 2 * p - 5 * q + 4 * r - s
        return round(q + t / 2 * ((r - p) + t * cubic), 1)

    return Point(mix(a.x, b.x, c.x, d.x), mix(a.y, b.y, c.y, d.y))


def _widths(
    line: Sequence[Point], points: Sequence[Point], widths: Sequence[float]
) -> list[float]:
    """Return the width at each corner of *line*, changing evenly between *points*."""
    marks = [line.index(point) for point in points]
    wide: list[float] = []
    for (i, j), (start, end) in zip(pairwise(marks), pairwise(widths), strict=True):
        wide += [start + (end - start) * n / (j - i) for n in range(j - i)]
    return [*wide, widths[-1]]


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
