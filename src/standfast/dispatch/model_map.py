"""The trust's map: a drawing that is published, and only a drawing. Pure."""

from datetime import datetime
from typing import Final

from lxml import etree
from msgspec import Struct

from standfast.dispatch.refusals import Refusal
from standfast.facts.dispatch import MapEvent, MapPublished
from standfast.kernel.geo import Point
from standfast.kernel.messages import Command, Decider, Refused

WIDTH: Final = 800.0
HEIGHT: Final = 600.0
"""The picture, in its own units. What is drawn on it is placed in hundredths of these."""

DRAWN_WITH: Final = frozenset({"g", "path", "text"})
SAID_OF_THEM: Final = frozenset(
    {
        "class", "d", "x", "y", "fill", "stroke-width", "stroke-linecap", "stroke-linejoin",
        "font-size", "text-anchor",
    }
)  # fmt: skip
"""All that a map needs. Anything else could be made to do something when it is looked at."""


class PublishMap(Command, frozen=True, kw_only=True):
    """Draw the map anew: the inside of an SVG of 800 by 600 (:class:`MapPublished`)."""

    org: str
    drawing: str
    width_metres: float
    height_metres: float


class DeskMap(Struct, frozen=True, kw_only=True):
    """The map as it was last published; ``drawing`` is empty before."""

    org: str = ""
    drawing: str = ""
    width_metres: float = 1.0
    height_metres: float = 1.0


def decide(known: DeskMap, command: PublishMap, now: datetime) -> tuple[MapEvent, ...]:
    """Publish the drawing, unless it is the one that hangs there."""
    if command.width_metres <= 0 or command.height_metres <= 0:
        raise Refused(Refusal.NOT_A_MAP)
    _must_be_drawing(command.drawing)
    same = (command.drawing, command.width_metres, command.height_metres) == (
        known.drawing, known.width_metres, known.height_metres,
    )  # fmt: skip
    if same:
        return ()
    return (
        MapPublished(
            org=command.org,
            drawing=command.drawing,
            width_metres=command.width_metres,
            height_metres=command.height_metres,
            published_at=now,
        ),
    )


def evolve(_: DeskMap, event: MapEvent) -> DeskMap:
    """Learn one fact: the latest map stands."""
    return DeskMap(
        org=event.org,
        drawing=event.drawing,
        width_metres=event.width_metres,
        height_metres=event.height_metres,
    )


def place_on_map(point: Point, width_metres: float, height_metres: float) -> Point:
    """Return where *point* is on the picture, in per cent from its left and top."""
    scale = min(WIDTH / width_metres, HEIGHT / height_metres)
    x = (WIDTH - width_metres * scale) / 2 + point.x * scale
    y = (HEIGHT + height_metres * scale) / 2 - point.y * scale
    return Point(round(x / WIDTH * 100, 2), round(y / HEIGHT * 100, 2))


def _must_be_drawing(drawing: str) -> None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(f"<g>{drawing}</g>", parser)
    except etree.XMLSyntaxError as error:
        raise Refused(Refusal.NOT_A_MAP) from error
    for element in root.iter():
        if element.tag not in DRAWN_WITH or not SAID_OF_THEM.issuperset(element.keys()):
            raise Refused(Refusal.NOT_A_MAP)


MAP: Final = Decider(
    stream="dispatch.map",
    sealed=False,
    event_type=MapEvent,
    initial=DeskMap(),
    decide=decide,
    evolve=evolve,
    org=lambda known: known.org,
)
