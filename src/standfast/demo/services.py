"""Organisations, the services they offer, and their clinics' sessions of the next two days."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from standfast.demo.data import read
from standfast.demo.dice import stable_id
from standfast.demo.geometry import along
from standfast.demo.hours import LONDON, Interval, OpeningHours
from standfast.demo.people import home_at
from standfast.demo.places import Place
from standfast.demo.structs import ClinicSession, Organisation, Service, SlotOffer
from standfast.kernel.values import Sex

NEEDS: Final[Mapping[str, str]] = read("needs")
"""What a service can be asked for, and how that is said on screen."""

SLOT: Final = timedelta(minutes=15)
HORIZON: Final = timedelta(hours=48)

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MIDNIGHT: Final = 1440
_FILLED: Final = 0.4
_ALWAYS_FREE: Final = 4
"""One slot in this many is never filled by the clinic itself, so that callers find one."""


def organisations(place: Place) -> tuple[Organisation, ...]:
    """Return every organisation, each in its street."""
    streets = {(street.town, street.name): street for street in place.streets}
    found = []
    for each in read("organisations"):
        street = streets[each["town"], each["street"]]
        home = home_at(
            street, (f"{each['number']} {street.name}", street.town), each["number"], ()
        )
        found.append(
            Organisation(
                id=each["id"],
                name=each["name"],
                ods_code=each["ods"],
                kind=each["kind"],
                town=street.town,
                address=home.address,
                postcode=home.postcode,
                point=along(street.start, street.end, home.part, aside=25),
                phone=each["phone"],
            )
        )
    return tuple(found)


def services(owners: Sequence[Organisation], *, today: date) -> tuple[Service, ...]:
    """Return the directory. Each service is where its organisation is."""
    by_id = {owner.id: owner for owner in owners}
    return tuple(_service(each, by_id[each["org"]], today) for each in read("services"))


def sessions(
    random: Random, offered: Sequence[Service], *, now: datetime
) -> tuple[ClinicSession, ...]:
    """Return every session that has a slot in the 48 hours from *now*."""
    by_id = {service.id: service for service in offered}
    return tuple(
        session
        for pattern in read("sessions")
        for session in _sessions(random, pattern, by_id[pattern["service"]], now)
    )


def read_hours(lines: Sequence[str], *, today: date) -> OpeningHours:
    """Return the opening hours that *lines* say.

    A line is ``all hours``, or days and a span: ``mon-fri 0800-1830``, ``bh 1000-1600`` on
    bank holidays, ``12-25 1000-1600`` on a date of this year and the next, ``day+2
    0800-1230`` two days from *today*. A span that ends before it begins ends the next day.
    """
    if lines[0] == "all hours":
        return OpeningHours(all_hours=True)
    week: list[list[Interval]] = [[] for _ in _DAYS]
    holiday: list[Interval] = []
    dates: dict[date, tuple[Interval, ...]] = {}
    for line in lines:
        days, span = line.split()
        opens, closes = (_minutes(end) for end in span.split("-"))
        if days == "bh":
            holiday.append(Interval(opens, closes))
        elif days[0].isdigit() or days.startswith("day+"):
            dates |= {day: (Interval(opens, closes),) for day in _dates(days, today)}
        else:
            _add(week, days, opens, closes)
    return OpeningHours(
        weekdays=tuple(tuple(sorted(each, key=lambda one: one.opens)) for each in week),
        bank_holiday=tuple(holiday),
        dates=dates,
    )


def _add(week: list[list[Interval]], days: str, opens: int, closes: int) -> None:
    """Add a span to every one of *days*, and its rest to the day after."""
    first, _, last = days.partition("-")
    for day in range(_DAYS.index(first), _DAYS.index(last or first) + 1):
        if closes > opens:
            week[day].append(Interval(opens, closes))
        else:
            week[day].append(Interval(opens, _MIDNIGHT))
            week[(day + 1) % 7].append(Interval(0, closes))


def _dates(days: str, today: date) -> tuple[date, ...]:
    if days.startswith("day+"):
        return (today + timedelta(days=int(days.removeprefix("day+"))),)
    month, day = (int(part) for part in days.split("-"))
    return tuple(date(year, month, day) for year in (today.year, today.year + 1))


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[2:])


def _service(given: dict[str, Any], owner: Organisation, today: date) -> Service:
    return Service(
        id=given["id"],
        org=owner.id,
        name=given["name"],
        kind=given["kind"],
        point=owner.point,
        address=owner.address,
        postcode=owner.postcode,
        phone=given.get("phone", owner.phone),
        hours=read_hours(given["hours"], today=today),
        needs=tuple(given["needs"]),
        age_from=given["age"][0],
        age_to=given["age"][1],
        sex=Sex(given["sex"]) if "sex" in given else None,
        referral_note=given["referral_note"],
        public_note=given["public_note"],
        must_book=given["must_book"],
        capacity=given["capacity"],
        accepting=given["accepting"],
        within_metres=given["within_km"] * 1000.0 if "within_km" in given else None,
    )


def _sessions(
    random: Random, pattern: dict[str, Any], service: Service, now: datetime
) -> Iterator[ClinicSession]:
    for starts_at, ends_at in _spans(pattern["hours"], now):
        name = f"session/{service.id}/{pattern['clinician']}/{starts_at.isoformat()}"
        slots = tuple(_slots(random, name, max(starts_at, _quarter(now)), ends_at, now))
        if slots:
            yield ClinicSession(
                id=stable_id(name),
                org=service.org,
                service_id=service.id,
                clinician=pattern["clinician"],
                clinician_role=pattern["role"],
                clinician_sex=Sex(pattern["sex"]),
                channel=pattern["channel"],
                starts_at=starts_at,
                ends_at=ends_at,
                slots=slots,
            )


def _spans(lines: Sequence[str], now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the start and end in UTC of every session from yesterday to three days ahead."""
    today = now.astimezone(LONDON).date()
    for line in lines:
        days, span = line.split()
        first, _, last = days.partition("-")
        opens, closes = (_minutes(end) for end in span.split("-"))
        weekdays = range(_DAYS.index(first), _DAYS.index(last or first) + 1)
        for day in (today + timedelta(days=ahead) for ahead in range(-1, 4)):
            if day.weekday() in weekdays:
                end_day = day if closes > opens else day + timedelta(days=1)
                yield _local(day, opens), _local(end_day, closes)


def _slots(
    random: Random, session: str, begin: datetime, end: datetime, now: datetime
) -> Iterator[SlotOffer]:
    """Yield a session's slots that begin between *begin* and *end* and within the horizon."""
    at = begin
    while at + SLOT <= end and at < now + HORIZON:
        quarter = int(at.timestamp() // SLOT.total_seconds())
        yield SlotOffer(
            id=stable_id(f"{session}/{at.isoformat()}"),
            starts_at=at,
            ends_at=at + SLOT,
            free=quarter % _ALWAYS_FREE == 0 or random.random() > _FILLED,
        )
        at += SLOT


def _quarter(now: datetime) -> datetime:
    """Return the next full quarter of an hour."""
    past = timedelta(minutes=now.minute % 15, seconds=now.second, microseconds=now.microsecond)
    return now - past + (SLOT if past else timedelta())


def _local(day: date, minutes: int) -> datetime:
    """Return the UTC instant of so many *minutes* after local midnight of *day*."""
    clock = time(minutes // 60 % 24, minutes % 60)
    day += timedelta(days=minutes // _MIDNIGHT)
    return datetime.combine(day, clock, LONDON).astimezone(UTC)
