"""Which pharmacies are open now, how far away, and until when. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from standfast.facts.directory import OpenFrom, ServiceDetails
from standfast.kernel.geo import Point, distance_metres

LONDON: Final = ZoneInfo("Europe/London")
METRES_IN_A_MILE: Final = 1609.344
MOST: Final = 30
_DAY: Final = timedelta(days=1)


class Pharmacy(Struct, frozen=True, kw_only=True):
    """An open pharmacy, as it is offered."""

    service: ServiceDetails
    metres: float | None
    """In a straight line from the patient; None when it is not known where they are."""
    until: datetime | None
    """When it shuts; None when it does not, or not within a day."""

    @property
    def miles(self) -> str:
        return "" if self.metres is None else f"{self.metres / METRES_IN_A_MILE:.1f} miles"


def nearest_first(
    services: Iterable[ServiceDetails], at: datetime, point: Point | None
) -> tuple[Pharmacy, ...]:
    """Return *services*, nearest first; by name while nobody knows where the patient is."""
    found = [
        Pharmacy(
            service=service,
            metres=None if point is None else distance_metres(service.point, point),
            until=open_until(service, at),
        )
        for service in services
    ]
    found.sort(key=lambda each: (each.metres or 0, each.service.name, each.service.service_id))
    return tuple(found[:MOST])


def open_until(service: ServiceDetails, at: datetime) -> datetime | None:
    """Return when *service*, open at the aware instant *at*, shuts next."""
    if service.always_open:
        return None
    shuts: datetime | None = None
    today = at.astimezone(LONDON).date()
    spans = sorted(
        span for day in (today - _DAY, today, today + _DAY) for span in _spans(service, day)
    )
    for opens, until in spans:
        if opens <= (shuts or at) < until:
            shuts = until
    return shuts if shuts is None or shuts - at < _DAY else None


def _spans(service: ServiceDetails, day: date) -> Iterator[tuple[datetime, datetime]]:
    """Yield when *service* opens and shuts on *day*; a day of its own goes before the week."""
    particular = [each for each in service.hours if each.on == day]
    if not particular and day in service.closed_on:
        return
    usual = [each for each in service.hours if each.on is None]
    weekly = [each for each in usual if each.weekday == day.weekday()]
    for each in particular or weekly:
        yield _span(each, day)


def _span(hours: OpenFrom, day: date) -> tuple[datetime, datetime]:
    last_day = day + _DAY if hours.until <= hours.opens else day
    return (
        datetime.combine(day, hours.opens, LONDON),
        datetime.combine(last_day, hours.until, LONDON),
    )
