"""Which services there are and what they take. This file only ever grows."""

from datetime import date, datetime, time
from typing import Final, TypeAlias

from msgspec import Struct

from standfast.kernel.geo import Point
from standfast.kernel.messages import Event
from standfast.kernel.questions import Question
from standfast.kernel.values import Sex


class OpenFrom(Struct, frozen=True, kw_only=True):
    """Open on ``weekday`` (0 is Monday) or, if given, on ``on`` instead, in local time.

    ``until`` at or before ``opens`` means that it runs into the next day.
    """

    weekday: int
    opens: time
    until: time
    on: date | None = None


class ServiceDetails(Struct, frozen=True, kw_only=True):
    """One line of the directory."""

    service_id: str
    org: str
    name: str
    kind: str
    point: Point
    address: tuple[str, ...]
    postcode: str
    phone: str
    always_open: bool
    hours: tuple[OpenFrom, ...]
    closed_on: tuple[date, ...]
    needs: tuple[str, ...]
    age_from: int
    age_to: int
    sex: Sex | None
    referral_note: str
    public_note: str
    must_book: bool
    within_metres: float | None


class ServiceListed(Event, frozen=True, kw_only=True, tag="directory.service_listed.v1"):
    """The service is in the directory, with these details from now on."""

    service: ServiceDetails
    listed_at: datetime
    by: str


class CapacityReported(Event, frozen=True, kw_only=True, tag="directory.capacity_reported.v1"):
    """How busy the service is: green, amber or red; red takes nobody."""

    service_id: str
    capacity: str
    accepting: bool
    reported_at: datetime
    by: str


ServiceEvent: TypeAlias = ServiceListed | CapacityReported


class NeedDetails(Struct, frozen=True, kw_only=True):
    """Who must be seen or spoken to by ``due_at``, and by whom: ``needs`` are its skills.

    ``point`` is None when it is not known where they are.
    """

    case_id: str
    org: str
    code: str
    label: str
    needs: tuple[str, ...]
    age_years: int | None
    sex: Sex
    postcode: str
    point: Point | None
    gp_name: str
    due_at: datetime
    wanted_at: datetime


class NeedStated(Event, frozen=True, kw_only=True, tag="directory.need_stated.v1"):
    """A case wants a service. The latest statement stands."""

    need: NeedDetails


class NeedWithdrawn(Event, frozen=True, kw_only=True, tag="directory.need_withdrawn.v1"):
    """The answers changed: what the need ``code`` came from no longer stands."""

    case_id: str
    code: str
    withdrawn_at: datetime


NeedEvent: TypeAlias = NeedStated | NeedWithdrawn


class PlacedPostcode(Struct, frozen=True, kw_only=True):
    """Where a postcode lies: its middle, and the town it is called by."""

    postcode: str
    point: Point
    town: str


class PostcodesListed(Event, frozen=True, kw_only=True, tag="directory.postcodes_listed.v1"):
    """Every postcode of one ``sector`` (``HM1 4``), from the gazetteer that ``org`` keeps."""

    sector: str
    org: str
    postcodes: tuple[PlacedPostcode, ...]
    listed_at: datetime
    by: str


GazetteerEvent: TypeAlias = PostcodesListed

POSTCODE: Final[Question[PlacedPostcode | None]] = Question("directory.postcode")
"""By postcode, however it is written, whoever asks. None when the gazetteer does not have it."""

SERVICE: Final[Question[ServiceDetails | None]] = Question("directory.service")
"""By service id, whoever asks: the directory is one for all. None when it is not listed."""

OPEN_PHARMACIES: Final[Question[tuple[ServiceDetails, ...]]] = Question("directory.pharmacies")
"""The key is an instant in ISO 8601: every pharmacy that is open then and takes people."""
