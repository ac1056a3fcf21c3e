"""The board as it is shown: incidents in groups, vehicles by distance, marks on the map."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final

from msgspec import Struct

from standfast.dispatch.commands import NOBODY_GOES, OUTCOMES
from standfast.dispatch.model_map import place_on_map
from standfast.dispatch.standards import STANDARDS, estimate_minutes
from standfast.dispatch.state import WITH_PATIENT
from standfast.dispatch.tables import IncidentRow, MapRow, Stage, VehicleRow
from standfast.dispatch.words import STATUS
from standfast.facts.dispatch import Category, VehicleStatus
from standfast.kernel.geo import Point, distance_metres

OFFERED: Final = 2
OFFERED_TO_CHOSEN: Final = 3
"""Vehicles offered in an incident's own line; the list on the right has all of them."""

SHAPES: Final[Mapping[VehicleStatus, str]] = {
    VehicleStatus.AVAILABLE: "available",
    VehicleStatus.ALLOCATED: "travelling",
    VehicleStatus.MOBILE: "travelling",
    VehicleStatus.CONVEYING: "travelling",
    VehicleStatus.ON_SCENE: "scene",
    VehicleStatus.AT_HOSPITAL: "at-hospital",
    VehicleStatus.OFF_ROAD: "off-road",
}
SHAPE_GROUPS: Final = (
    ("available", "Available"),
    ("travelling", "Travelling"),
    ("scene", "On scene"),
    ("at-hospital", "At hospital"),
    ("off-road", "Off the road"),
)
STAGE_GROUPS: Final = (
    (Stage.CLOSED, "Contradictions to settle"),
    (Stage.TO_ACCEPT, "To accept"),
    (Stage.TO_SEND, "Need a vehicle"),
    (Stage.UNDER_WAY, "Vehicles on it"),
    (Stage.ATTENDED, "Attended, to be closed"),
)
_STEPS: Final = (
    (VehicleStatus.MOBILE, "Mobile"),
    (VehicleStatus.ON_SCENE, "On scene"),
    (VehicleStatus.CONVEYING, "Conveying"),
    (VehicleStatus.AT_HOSPITAL, "At hospital"),
    (VehicleStatus.AVAILABLE, "Clear"),
)
_DONE: Final[Mapping[VehicleStatus, int]] = {
    VehicleStatus.ALLOCATED: 0,
    VehicleStatus.MOBILE: 1,
    VehicleStatus.ON_SCENE: 2,
    VehicleStatus.CONVEYING: 3,
    VehicleStatus.AT_HOSPITAL: 4,
}


class Step(Struct, frozen=True):
    """Something a vehicle can say next, as a button."""

    value: str
    label: str


class Unit(Struct, frozen=True, kw_only=True):
    """A vehicle in a list. ``minutes`` is None where no straight line can be drawn."""

    row: VehicleRow
    shape: str
    status: str
    minutes: int | None = None
    job: IncidentRow | None = None
    steps: tuple[Step, ...] = ()
    can_divert: bool = False


class Line(Struct, frozen=True, kw_only=True):
    """An incident in the list."""

    row: IncidentRow
    level: int
    is_selected: bool
    aim_minutes: int
    under_way: str
    sends: tuple[Unit, ...] = ()


class Group(Struct, frozen=True):
    """Lines under one heading."""

    label: str
    lines: tuple[Line, ...] | tuple[Unit, ...]


class Mark(Struct, frozen=True, kw_only=True):
    """Something on the map, in per cent from left and top; ``down`` others are at that spot."""

    x: float
    y: float
    down: int
    label: str
    level: int = 0
    shape: str = ""
    case_id: str = ""
    is_selected: bool = False


class Board(Struct, frozen=True, kw_only=True):
    """All that the page shows."""

    groups: tuple[Group, ...]
    unit_groups: tuple[Group, ...]
    to_accept: int
    to_send: int
    selected: Line | None
    on_it: tuple[Unit, ...]
    endings: tuple[tuple[str, str], ...]
    lower: tuple[tuple[str, str], ...]
    contradictions: tuple[str, ...]
    marks: tuple[Mark, ...]
    map_version: str


def make_board(
    incidents: Sequence[IncidentRow],
    vehicles: Sequence[VehicleRow],
    ground: MapRow | None,
    selected: IncidentRow | None,
) -> Board:
    """Return the board. *incidents* come in the order in which they are to be shown."""
    by_case = {row.case_id: row for row in incidents}
    units = tuple(_unit(row, by_case, selected) for row in vehicles)
    lines = tuple(_line(row, units, selected) for row in incidents)
    chosen = None if selected is None else _line(selected, units, selected)
    stages = Counter(row.stage for row in incidents)
    return Board(
        groups=tuple(_incident_groups(lines)),
        unit_groups=tuple(_unit_groups(units)),
        to_accept=stages[Stage.TO_ACCEPT],
        to_send=stages[Stage.TO_SEND],
        selected=chosen,
        on_it=_on_it(units, selected),
        endings=_endings(selected),
        lower=_lower(selected),
        contradictions=tuple(_contradictions(incidents, vehicles)),
        marks=tuple(_marks(lines, units, ground)),
        map_version=map_version(ground),
    )


def map_version(ground: MapRow | None) -> str:
    """Return what is in the map's address, so that a new map has a new one; empty: no map."""
    return "" if ground is None else sha256(ground.drawing.encode()).hexdigest()[:12]


def read_back(postcode: str) -> str:
    """Return a postcode as it is read back over the air: ``Hotel Mike 1, 4 Quebec Tango``."""
    halves = [" ".join(_SPOKEN.get(sign, sign) for sign in half) for half in postcode.split()]
    return ", ".join(halves)


_WORDS: Final = (
    "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November "
    "Oscar Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu"
)
_SPOKEN: Final = {word[0]: word for word in _WORDS.split()}


def _line(
    row: IncidentRow,
    units: Sequence[Unit],
    selected: IncidentRow | None,
) -> Line:
    is_selected = selected is not None and selected.case_id == row.case_id
    offered = OFFERED_TO_CHOSEN if is_selected else OFFERED
    wants_vehicle = row.stage in (Stage.TO_ACCEPT, Stage.TO_SEND) and not row.vehicles
    return Line(
        row=row,
        level=int(row.category[1]),
        is_selected=is_selected,
        aim_minutes=STANDARDS[row.category].aim_minutes,
        under_way=", ".join(
            f"{each.callsign} {STATUS[each.status].lower()}" for each in row.vehicles
        ),
        sends=_nearest(units, row)[:offered] if wants_vehicle else (),
    )


def _unit(
    row: VehicleRow, incidents: Mapping[str, IncidentRow], selected: IncidentRow | None
) -> Unit:
    job = incidents.get(row.case_id or "")
    done = _DONE.get(row.status) if row.case_id else None
    steps = () if done is None else _STEPS[done:]
    goes_elsewhere = (
        selected is not None and job is not None and job.case_id != selected.case_id
    )
    return Unit(
        row=row,
        shape=SHAPES[row.status],
        status=STATUS[row.status],
        minutes=_minutes(row, selected),
        job=job,
        steps=tuple(
            Step(status.value, label)
            for status, label in steps
            if status is not VehicleStatus.AVAILABLE or row.status in WITH_PATIENT
        ),
        can_divert=goes_elsewhere and row.status not in WITH_PATIENT and not row.contested,
    )


def _nearest(units: Iterable[Unit], incident: IncidentRow) -> tuple[Unit, ...]:
    """Return the vehicles that can be sent, the nearest in a straight line first."""
    free = [unit for unit in units if unit.row.status is VehicleStatus.AVAILABLE]
    point = incident.place.point
    if point is not None:
        free.sort(key=lambda unit: (distance_metres(unit.row.point, point), unit.row.callsign))
    return tuple(
        Unit(
            row=unit.row,
            shape=unit.shape,
            status=unit.status,
            minutes=_minutes(unit.row, incident),
        )
        for unit in free
    )


def _minutes(row: VehicleRow, incident: IncidentRow | None) -> int | None:
    if incident is None or incident.place.point is None:
        return None
    return estimate_minutes(row.point, incident.place.point)


def _incident_groups(lines: Sequence[Line]) -> Iterable[Group]:
    for stage, label in STAGE_GROUPS:
        members = tuple(line for line in lines if line.row.stage is stage)
        if members:
            yield Group(label, members)


def _unit_groups(units: Sequence[Unit]) -> Iterable[Group]:
    """Yield the vehicles by status; with an incident selected the nearest first."""
    ordered = sorted(units, key=lambda unit: unit.minutes or 0)
    for shape, label in SHAPE_GROUPS:
        members = tuple(unit for unit in ordered if unit.shape == shape)
        if members:
            yield Group(label, members)


def _on_it(units: Sequence[Unit], selected: IncidentRow | None) -> tuple[Unit, ...]:
    if selected is None:
        return ()
    ids = {each.vehicle_id for each in selected.vehicles}
    return tuple(unit for unit in units if unit.row.vehicle_id in ids)


def _endings(selected: IncidentRow | None) -> tuple[tuple[str, str], ...]:
    attended = selected is not None and selected.arrived_at is not None
    return tuple(
        (outcome.value, label)
        for outcome, label in OUTCOMES.items()
        if (outcome in NOBODY_GOES) != attended
    )


def _lower(selected: IncidentRow | None) -> tuple[tuple[str, str], ...]:
    if selected is None:
        return ()
    return tuple(
        (category.value, f"Category {category[1]}")
        for category in Category
        if category > selected.category
    )


def _contradictions(
    incidents: Sequence[IncidentRow], vehicles: Sequence[VehicleRow]
) -> Iterable[str]:
    """Yield a sentence for each vehicle that two sites sent to two places (H15)."""
    for vehicle in vehicles:
        if vehicle.contested:
            numbers = " and ".join(
                row.incident_number
                for row in incidents
                if any(each.vehicle_id == vehicle.vehicle_id for each in row.vehicles)
            )
            yield (
                f"{vehicle.callsign} was sent to {numbers}. "
                "Ring the crew, and stand it down from one."
            )


def _marks(
    lines: Sequence[Line], units: Sequence[Unit], ground: MapRow | None
) -> Iterable[Mark]:
    if ground is None:
        return
    taken: Counter[tuple[int, int]] = Counter()

    def placed(point: Point) -> tuple[Point, int]:
        at = place_on_map(point, ground.width_metres, ground.height_metres)
        spot = (round(at.x / 2), round(at.y / 2))
        taken[spot] += 1
        return at, taken[spot] - 1

    for unit in units:
        if unit.row.status is VehicleStatus.OFF_ROAD:
            continue
        at, down = placed(unit.row.point)
        yield Mark(x=at.x, y=at.y, down=down, label=unit.row.callsign, shape=unit.shape)
    for line in reversed(lines):
        point = line.row.place.point
        if point is None:
            continue
        at, down = placed(point)
        yield Mark(
            x=at.x,
            y=at.y,
            down=down,
            label=line.row.incident_number,
            level=line.level,
            case_id=line.row.case_id,
            is_selected=line.is_selected,
        )
