"""The rules of the directory: what is listed, how busy it is, and what a case needs. Pure."""

from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias, assert_never

from msgspec import Struct, structs

from standfast.facts.directory import (
    CapacityReported,
    NeedDetails,
    NeedEvent,
    NeedStated,
    NeedWithdrawn,
    ServiceDetails,
    ServiceEvent,
    ServiceListed,
)
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText

_DAYS: Final = range(7)


class Refusal(StrEnum):
    """Every way the directory can say no."""

    NOT_LISTED = "not_listed"
    LISTED_BY_ANOTHER = "listed_by_another"
    AGES_REVERSED = "ages_reversed"
    NOT_A_WEEKDAY = "not_a_weekday"
    OFFERS_NOTHING = "offers_nothing"


class Capacity(StrEnum):
    """How busy a service is. ``RED`` takes nobody."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class ListService(Command, frozen=True, kw_only=True):
    """Put the service in the directory, or change what is known of it."""

    service: ServiceDetails
    by: ShortText


class ReportCapacity(Command, frozen=True, kw_only=True):
    """Say how busy the service is, and whether it takes people."""

    service_id: ShortText
    capacity: Capacity
    accepting: bool
    by: ShortText


ServiceCommand: TypeAlias = ListService | ReportCapacity


class StateNeed(Command, frozen=True, kw_only=True):
    """The case wants a service; what it wanted before no longer counts."""

    need: NeedDetails


class WithdrawNeed(Command, frozen=True, kw_only=True):
    """What the need came from no longer stands."""

    case_id: str
    code: str
    at: datetime


NeedCommand: TypeAlias = StateNeed | WithdrawNeed


class Service(Struct, frozen=True):
    """What is known of one service. ``report`` is None until it has said how busy it is."""

    listed: ServiceListed | None = None
    report: CapacityReported | None = None


class Need(Struct, frozen=True):
    """What one case wants of the directory. None: nothing yet."""

    details: NeedDetails | None = None
    withdrawn: tuple[NeedWithdrawn, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether a service is still wanted."""
        details = self.details
        return details is not None and not any(
            each.code == details.code and each.withdrawn_at >= details.wanted_at
            for each in self.withdrawn
        )


def decide_service(
    known: Service, command: ServiceCommand, now: datetime
) -> tuple[ServiceEvent, ...]:
    """Answer *command* with the events it causes, or raise ``Refused``."""
    match command:
        case ListService():
            return _list(known, command, now)
        case ReportCapacity():
            return _report(known, command, now)
        case _:
            assert_never(command)


def evolve_service(known: Service, event: ServiceEvent) -> Service:
    """Learn one fact: the latest of each kind stands, in whatever order they come."""
    match event:
        case ServiceListed():
            if known.listed and known.listed.listed_at > event.listed_at:
                return known
            return structs.replace(known, listed=event)
        case CapacityReported():
            if known.report and known.report.reported_at > event.reported_at:
                return known
            return structs.replace(known, report=event)
        case _:
            assert_never(event)


def decide_need(known: Need, command: NeedCommand, _: datetime) -> tuple[NeedEvent, ...]:
    """Record the need or that it is gone, unless that is known already."""
    match command:
        case StateNeed():
            return () if known.details == command.need else (NeedStated(need=command.need),)
        case WithdrawNeed():
            if not known.stands or known.details is None or known.details.code != command.code:
                return ()
            return (
                NeedWithdrawn(
                    case_id=command.case_id, code=command.code, withdrawn_at=command.at
                ),
            )
        case _:
            assert_never(command)


def evolve_need(known: Need, event: NeedEvent) -> Need:
    """Learn one fact: the latest statement stands, until its own outcome is withdrawn."""
    match event:
        case NeedStated():
            if known.details and known.details.wanted_at > event.need.wanted_at:
                return known
            return structs.replace(known, details=event.need)
        case NeedWithdrawn():
            gone = sorted(
                {*known.withdrawn, event}, key=lambda each: (each.withdrawn_at, each.code)
            )
            return structs.replace(known, withdrawn=tuple(gone))
        case _:
            assert_never(event)


def _list(known: Service, command: ListService, now: datetime) -> tuple[ServiceEvent, ...]:
    service = command.service
    if known.listed is not None:
        if known.listed.service == service:
            return ()
        if known.listed.service.org != service.org:
            raise Refused(Refusal.LISTED_BY_ANOTHER)
    if service.age_from > service.age_to:
        raise Refused(Refusal.AGES_REVERSED)
    if any(each.weekday not in _DAYS for each in service.hours):
        raise Refused(Refusal.NOT_A_WEEKDAY)
    if not service.needs:
        raise Refused(Refusal.OFFERS_NOTHING)
    return (ServiceListed(service=service, listed_at=now, by=command.by),)


def _report(known: Service, command: ReportCapacity, now: datetime) -> tuple[ServiceEvent, ...]:
    """Record the report even when it says what the last one said: it is newer."""
    if known.listed is None:
        raise Refused(Refusal.NOT_LISTED)
    return (
        CapacityReported(
            service_id=command.service_id,
            capacity=command.capacity.value,
            accepting=command.accepting,
            reported_at=now,
            by=command.by,
        ),
    )


SERVICE: Final[Decider[Service, ServiceCommand, ServiceEvent]] = Decider(
    stream="directory.service",
    sealed=False,
    event_type=ServiceEvent,
    initial=Service(),
    decide=decide_service,
    evolve=evolve_service,
    org=lambda known: known.listed.service.org if known.listed else "",
)
NEED: Final[Decider[Need, NeedCommand, NeedEvent]] = Decider(
    stream="directory.need",
    event_type=NeedEvent,
    initial=Need(),
    decide=decide_need,
    evolve=evolve_need,
    org=lambda known: known.details.org if known.details else "",
)
