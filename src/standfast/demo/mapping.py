"""The demonstration's people, places and things as the contexts' own values."""

from collections.abc import Iterable
from datetime import date, time
from typing import Final

from standfast.booking.model import OpenSession
from standfast.demo import structs as invented
from standfast.demo.formulary import Medicine as Line
from standfast.demo.hours import Interval
from standfast.demo.places import Place
from standfast.directory.model_gazetteer import ListPostcodes
from standfast.dispatch.model_vehicle import StartShift
from standfast.facts.booking import SlotOffer
from standfast.facts.directory import OpenFrom, PlacedPostcode, ServiceDetails
from standfast.facts.dispatch import VehicleStatus
from standfast.facts.identity import OrganisationDetails
from standfast.facts.people import PersonDetails
from standfast.facts.prescribing import Ingredient, Medicine
from standfast.identity.model import RegisterStaff
from standfast.identity.permissions import known_roles
from standfast.people.model import RecordSafety, RegisterPerson

SOURCE: Final = "GP record (demonstration)"


def organisation(each: invented.Organisation) -> OrganisationDetails:
    """Return the organisation as identity knows it."""
    return OrganisationDetails(
        org=each.id,
        name=each.name,
        kind=each.kind,
        ods_code=each.ods_code,
        town=each.town,
        address=each.address,
        postcode=each.postcode,
        point=each.point,
        phone=each.phone,
    )


def staff(each: invented.StaffMember) -> RegisterStaff:
    """Return the command that lets this person sign in."""
    return RegisterStaff(
        staff_id=each.id,
        org=each.org,
        name=each.name,
        title=each.title,
        roles=known_roles(each.roles),
        registration=each.registration,
    )


def person(each: invented.Person, *, org: str, practices: dict[str, str]) -> RegisterPerson:
    """Return the command that makes this person known; nobody is asked about near matches."""
    return RegisterPerson(
        person_id=each.id,
        org=org,
        none_of_them=True,
        details=PersonDetails(
            family=each.family_name,
            given=each.given_name,
            title=each.title,
            preferred=each.preferred_name,
            born=each.birth_date,
            died=each.death_date,
            sex=each.sex,
            nhs_number=each.nhs_number,
            address=each.address,
            postcode=each.postcode,
            point=each.point,
            phones=each.phones,
            gp_id=each.gp_practice,
            gp_name=practices[each.gp_practice],
            language=each.language,
            needs_interpreter=each.needs_interpreter,
        ),
    )


def safety(each: invented.Person) -> RecordSafety:
    """Return what the GP's record says that everybody must know of this person."""
    return RecordSafety(
        allergy_status=each.allergy_status,
        allergies=each.allergies,
        medicines=each.medicines,
        flags=each.flags,
        notes=each.notes,
        source=SOURCE,
    )


def vehicle(each: invented.Vehicle, *, org: str) -> StartShift:
    """Return the command that puts this vehicle on shift."""
    return StartShift(
        vehicle_id=each.id,
        org=org,
        callsign=each.callsign,
        kind=each.kind,
        station=each.station,
        crew=each.crew,
        point=each.point,
        status=VehicleStatus(each.status),
    )


def service(each: invented.Service, *, holidays: tuple[date, ...]) -> ServiceDetails:
    """Return the line of the directory, its hours as the directory writes them."""
    hours = each.hours
    opening = [
        _open(interval, weekday=weekday)
        for weekday, intervals in enumerate(hours.weekdays)
        for interval in intervals
    ]
    on_dates = dict.fromkeys(holidays, hours.bank_holiday) | dict(hours.dates)
    if hours.all_hours:
        on_dates = dict(hours.dates)
    opening += [
        _open(interval, weekday=day.weekday(), on=day)
        for day, intervals in on_dates.items()
        for interval in intervals
    ]
    return ServiceDetails(
        service_id=each.id,
        org=each.org,
        name=each.name,
        kind=each.kind,
        point=each.point,
        address=each.address,
        postcode=each.postcode,
        phone=each.phone,
        always_open=hours.all_hours,
        hours=tuple(opening),
        closed_on=tuple(day for day, intervals in on_dates.items() if not intervals),
        needs=each.needs,
        age_from=each.age_from,
        age_to=each.age_to,
        sex=each.sex,
        referral_note=each.referral_note,
        public_note=each.public_note,
        must_book=each.must_book,
        within_metres=each.within_metres,
    )


def postcodes(place: Place, *, org: str, by: str) -> Iterable[ListPostcodes]:
    """Return a command for each sector of the county's postcodes."""
    towns = {street.sector: street.town for street in place.streets}
    for sector, town in sorted(towns.items()):
        placed = (
            PlacedPostcode(postcode=postcode, point=point, town=town)
            for postcode, point in sorted(place.postcodes.items())
            if postcode.startswith(sector) and postcode != sector
        )
        yield ListPostcodes(sector=sector, org=org, postcodes=tuple(placed), by=by)


def medicine(each: Line) -> Medicine:
    """Return the line of the formulary; a live service refuses it."""
    return Medicine(
        code=each.code,
        system=each.system,
        generic_name=each.generic_name,
        form=each.form,
        strength_value=each.strength_value,
        strength_unit=each.strength_unit,
        route=each.route,
        doses=each.doses,
        unit=each.quantity_unit,
        maximum_quantity=each.maximum_quantity,
        maximum_source=each.maximum_reason,
        ingredients=tuple(
            Ingredient(substance=part.substance, classes=part.classes)
            for part in each.ingredients
        ),
        schedule=each.schedule,
        is_demonstration=True,
    )


def session(each: invented.ClinicSession) -> OpenSession:
    """Return the command that opens this clinic session."""
    return OpenSession(
        session_id=each.id,
        org=each.org,
        service_id=each.service_id,
        clinician=each.clinician,
        clinician_role=each.clinician_role,
        clinician_sex=each.clinician_sex,
        channel=each.channel,
        slots=tuple(
            SlotOffer(
                slot_id=slot.id, starts_at=slot.starts_at, ends_at=slot.ends_at, free=slot.free
            )
            for slot in each.slots
        ),
    )


def _open(interval: Interval, *, weekday: int, on: date | None = None) -> OpenFrom:
    return OpenFrom(
        weekday=weekday, opens=_time(interval.opens), until=_time(interval.closes), on=on
    )


def _time(minute: int) -> time:
    """Return *minute* of the day; the last is the first of the next."""
    return time(minute // 60 % 24, minute % 60)
