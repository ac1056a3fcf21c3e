"""Which services can take somebody, best first, and why the others cannot. Pure.

After NHS England's directory search ("CheckCapacitySummary" v1.5): a service is left out for
each test that it fails, and what is left is ordered by distance, the own practice first.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from standfast.directory import wording
from standfast.directory.hours import Span, next_span, span_at, spans
from standfast.facts.directory import NeedDetails, ServiceDetails
from standfast.kernel.geo import distance_metres
from standfast.kernel.values import Sex

HOUR: Final = timedelta(hours=1)
CLOSING: Final = timedelta(minutes=30)
"""A service that closes sooner than this after somebody could come is left out (step 4)."""

CATCH_ALL: Final = 2
CATCH_ALL_METRES: Final = 60_000
"""The two nearest emergency departments within 60 km, when nobody else is left (step 6)."""

EMERGENCY: Final = "emergency_department"
OWN_PRACTICE: Final = "own_practice"
_FAR: Final = float("inf")


class ServiceNow(Struct, frozen=True, kw_only=True):
    """A service with what it said last of itself; ``capacity`` is "" if it said nothing yet."""

    details: ServiceDetails
    capacity: str
    accepting: bool
    reported_at: datetime | None


class Candidate(Struct, frozen=True, kw_only=True):
    """A service that can take the person. ``distance`` in metres; None: not known.

    ``open_in`` is the stretch in which they could be seen, which may not have begun.
    """

    service: ServiceNow
    name: str
    distance: float | None
    open_in: Span


class LeftOut(Struct, frozen=True, kw_only=True):
    """A service that cannot, with a sentence for every test it fails.

    ``offers`` says that it does what is needed: it failed only for who, where or when.
    """

    service: ServiceNow
    distance: float | None
    why: tuple[str, ...]
    offers: bool


class Ranking(Struct, frozen=True, kw_only=True):
    """The services in the order in which they must be offered. ``catch_all``: nobody fitted."""

    candidates: tuple[Candidate, ...]
    left_out: tuple[LeftOut, ...]
    catch_all: bool


def rank(need: NeedDetails, services: Iterable[ServiceNow], now: datetime) -> Ranking:
    """Return the *services* that can meet *need*, nearest first, and those that cannot."""
    fitting: list[Candidate] = []
    left_out: list[LeftOut] = []
    for service in services:
        distance = _distance(need, service.details)
        offers = set(need.needs) <= set(service.details.needs)
        why = tuple(_objections(need, service, distance, now))
        span = _open_in_time(service.details, need.due_at, now)
        if why or span is None:
            left_out.append(LeftOut(service=service, distance=distance, why=why, offers=offers))
        else:
            fitting.append(_candidate(service, distance, span))
    if fitting:
        fitting.sort(key=lambda each: _order(need, each))
        return Ranking(
            candidates=tuple(fitting), left_out=_nearest_misses_first(left_out), catch_all=False
        )
    return _fall_back(need, left_out, now)


def latest_opening(due_at: datetime, now: datetime) -> datetime:
    """Return when a service must be open at the latest for somebody due by *due_at* (step 4)."""
    left = due_at - now
    if left <= timedelta():
        return now + HOUR
    if left <= HOUR / 2:
        return now + HOUR / 2
    return due_at if left <= HOUR else due_at - HOUR


def _objections(
    need: NeedDetails, service: ServiceNow, distance: float | None, now: datetime
) -> Iterator[str]:
    """Yield a sentence for every test that *service* fails; only one if it does other things."""
    details = service.details
    lacking = [each for each in need.needs if each not in details.needs]
    if lacking:
        yield wording.does_not_offer(lacking)
        return
    if OWN_PRACTICE in details.needs and not _is_own_practice(need, details):
        yield wording.OWN_PATIENTS
    if not _sees_age(details, need.age_years):
        yield wording.sees_ages(details, known=need.age_years is not None)
    if not _sees_sex(details, need.sex):
        yield wording.sees_sex(details.sex, known=need.sex is not Sex.UNKNOWN)
    limit = details.within_metres
    if limit is not None and distance is not None and distance > limit:
        yield wording.too_far(distance, limit)
    if service.capacity == "red":
        yield wording.full(service.reported_at, now)
    if not service.accepting:
        yield wording.not_accepting(service.reported_at, now)
    if _open_in_time(details, need.due_at, now) is None:
        yield wording.closed(span_at(details, now), next_span(details, now), now)


def _open_in_time(details: ServiceDetails, due_at: datetime, now: datetime) -> Span | None:
    """Return the first stretch in which somebody could come in time and still be seen."""
    latest = latest_opening(due_at, now)
    for span in spans(details, now):
        comes_at = max(span.opens_at, now)
        if comes_at <= latest and span.closes_at - comes_at >= CLOSING:
            return span
    return None


def _sees_age(details: ServiceDetails, age: int | None) -> bool:
    if age is None:
        return wording.sees_everybody(details)
    return details.age_from <= age <= details.age_to


def _sees_sex(details: ServiceDetails, sex: Sex) -> bool:
    """Return whether a service for one sex may be offered; for "other" a person decides."""
    return details.sex is None or sex in (details.sex, Sex.OTHER)


def _is_own_practice(need: NeedDetails, details: ServiceDetails) -> bool:
    return need.gp_name.strip().casefold() == details.name.casefold()


def _distance(need: NeedDetails, details: ServiceDetails) -> float | None:
    return None if need.point is None else distance_metres(need.point, details.point)


def _candidate(service: ServiceNow, distance: float | None, span: Span) -> Candidate:
    return Candidate(
        service=service, name=service.details.name, distance=distance, open_in=span
    )


def _order(need: NeedDetails, each: Candidate) -> tuple[bool, float, str, str]:
    details = each.service.details
    is_own = OWN_PRACTICE in details.needs and _is_own_practice(need, details)
    return not is_own, *_by_distance(each)


def _by_distance(each: Candidate | LeftOut) -> tuple[float, str, str]:
    details = each.service.details
    far = _FAR if each.distance is None else each.distance
    return far, details.name, details.service_id


def _nearest_misses_first(left_out: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
    return tuple(
        sorted(
            left_out,
            key=lambda each: (not each.offers, len(each.why), _by_distance(each)),
        )
    )


def _fall_back(need: NeedDetails, left_out: Sequence[LeftOut], now: datetime) -> Ranking:
    """Offer the two nearest emergency departments, however full they are."""
    departments = sorted(
        (each for each in left_out if _can_catch(need, each, now)), key=_by_distance
    )
    caught: list[Candidate] = []
    for each in departments[:CATCH_ALL]:
        span = _open_in_time(each.service.details, need.due_at, now)
        if span is not None:
            candidate = _candidate(each.service, each.distance, span)
            caught.append(_suffixed(candidate))
    taken = {each.service.details.service_id for each in caught}
    rest = (each for each in left_out if each.service.details.service_id not in taken)
    return Ranking(
        candidates=tuple(caught), left_out=_nearest_misses_first(rest), catch_all=True
    )


def _can_catch(need: NeedDetails, each: LeftOut, now: datetime) -> bool:
    details = each.service.details
    return (
        EMERGENCY in details.needs
        and (need.age_years is None or _sees_age(details, need.age_years))
        and (each.distance is None or each.distance <= CATCH_ALL_METRES)
        and _open_in_time(details, need.due_at, now) is not None
    )


def _suffixed(candidate: Candidate) -> Candidate:
    return Candidate(
        service=candidate.service,
        name=f"{candidate.name} (Catch-all)",
        distance=candidate.distance,
        open_in=candidate.open_in,
    )
