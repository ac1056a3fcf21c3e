"""When a service is open, by the clock on the wall in London. Pure."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from standfast.facts.directory import OpenFrom, ServiceDetails

LONDON: Final = ZoneInfo("Europe/London")

AHEAD: Final = 8
"""Days that are looked through for the next opening: a week and what is left of today."""

_DAY: Final = timedelta(days=1)


class Span(NamedTuple):
    """From ``opens_at`` until before ``closes_at``, in UTC."""

    opens_at: datetime
    closes_at: datetime


def spans(service: ServiceDetails, at: datetime) -> tuple[Span, ...]:
    """Return when *service* is open around and after *at*, earliest first, none touching.

    They reach from the evening before to ``AHEAD`` days later; one that ends there goes on.
    """
    today = at.astimezone(LONDON).date()
    days = (today + timedelta(days=number) for number in range(-1, AHEAD))
    return _joined(sorted(span for day in days for span in _spans_of(service, day)))


def span_at(service: ServiceDetails, at: datetime) -> Span | None:
    """Return the stretch in which *service* is open at *at*, or None."""
    return next(
        (each for each in spans(service, at) if each.opens_at <= at < each.closes_at), None
    )


def next_span(service: ServiceDetails, after: datetime) -> Span | None:
    """Return the next stretch that begins after *after*, or None within ``AHEAD`` days."""
    return next((each for each in spans(service, after) if each.opens_at > after), None)


def never_closes(span: Span, at: datetime) -> bool:
    """Return whether *span* has no end that matters at *at*: it lasts for days."""
    return span.closes_at - at > timedelta(days=AHEAD - 2)


def _spans_of(service: ServiceDetails, day: date) -> Iterator[Span]:
    """Yield the stretches that begin on *day*: a named date goes before the weekday."""
    if day in service.closed_on:
        return
    named = [each for each in service.hours if each.on == day]
    if service.always_open and not named:
        yield Span(_instants(day, time()).latest, _instants(day + _DAY, time()).earliest)
        return
    usual = [
        each for each in service.hours if each.on is None and each.weekday == day.weekday()
    ]
    for each in named or usual:
        span = _span(each, day)
        if span.opens_at < span.closes_at:
            yield span


def _span(hours: OpenFrom, day: date) -> Span:
    """Return *hours* as they fall on *day*.

    On the nights when the clocks change a time may come twice or never. A service then opens
    at the later instant and closes at the earlier: nobody is sent to a closed door.
    """
    end = day if hours.until > hours.opens else day + _DAY
    return Span(_instants(day, hours.opens).latest, _instants(end, hours.until).earliest)


class _Instants(NamedTuple):
    earliest: datetime
    latest: datetime


def _instants(day: date, clock: time) -> _Instants:
    local = datetime.combine(day, clock, LONDON)
    both = [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
    return _Instants(min(both), max(both))


def _joined(ordered: list[Span]) -> tuple[Span, ...]:
    """Return *ordered* with those that touch made one, as where a night is two entries."""
    joined: list[Span] = []
    for span in ordered:
        if joined and span.opens_at <= joined[-1].closes_at:
            last = joined.pop()
            joined.append(Span(last.opens_at, max(last.closes_at, span.closes_at)))
        else:
            joined.append(span)
    assert all(one.closes_at < other.opens_at for one, other in pairwise(joined))  # noqa: S101
    return tuple(joined)
