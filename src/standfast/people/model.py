"""The rules of a person's record. Pure: no clock, no database, no web."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias, assert_never

from msgspec import Struct, structs

from standfast.facts.people import (
    AddressHidden,
    Allergy,
    AllergyRuledOut,
    AllergyStatus,
    CurrentMedicine,
    DetailsCorrected,
    Flag,
    PersonDetails,
    PersonEvent,
    PersonRegistered,
    SafetyRecorded,
    SpecialNote,
)
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText, valid_nhs_number

OLDEST: Final = timedelta(days=130 * 366)
"""Nobody has lived longer; a year of birth before that is a slip."""


class Refusal(StrEnum):
    """Every way a person's record can say no."""

    INVALID_NHS_NUMBER = "invalid_nhs_number"
    NHS_NUMBER_TAKEN = "nhs_number_taken"
    LIKELY_DUPLICATE = "likely_duplicate"
    ALREADY_REGISTERED = "already_registered"
    NOT_REGISTERED = "not_registered"
    IMPOSSIBLE_BIRTH = "impossible_birth"
    ALLERGIES_NOT_NAMED = "allergies_not_named"
    ALLERGIES_CONTRADICT = "allergies_contradict"
    NO_SUCH_ALLERGY = "no_such_allergy"


class RegisterPerson(Command, frozen=True, kw_only=True):
    """Begin a record.

    ``near_matches`` are the ids of people it may be; ``none_of_them``: somebody looked, and no.
    """

    person_id: ShortText
    org: ShortText
    details: PersonDetails
    near_matches: tuple[str, ...] = ()
    none_of_them: bool = False
    by: str = ""
    """Who registers them by hand, as a staff id; empty: a list that is loaded."""


class CorrectDetails(Command, frozen=True, kw_only=True):
    """Say who the person is, as it turned out."""

    details: PersonDetails


class RecordSafety(Command, frozen=True, kw_only=True):
    """Add what ``source`` says of allergies, medicines (None: nothing), flags and notes."""

    allergy_status: AllergyStatus
    allergies: tuple[Allergy, ...] = ()
    medicines: tuple[CurrentMedicine, ...] | None = None
    flags: tuple[Flag, ...] = ()
    notes: tuple[SpecialNote, ...] = ()
    source: ShortText


class RuleOutAllergy(Command, frozen=True, kw_only=True):
    """Take an allergy off the record, as a clinician may."""

    substance: ShortText
    reason: ShortText
    by: ShortText


class HideAddress(Command, frozen=True, kw_only=True):
    """Say whether anybody may see where the person lives and how to reach them."""

    hidden: bool
    at: datetime


PersonCommand: TypeAlias = (
    RegisterPerson | CorrectDetails | RecordSafety | RuleOutAllergy | HideAddress
)


class Person(Struct, frozen=True):
    """What is known of one person. ``details`` is None before they are registered."""

    org: str = ""
    person_id: str = ""
    details: PersonDetails | None = None
    details_at: datetime | None = None
    said: tuple[SafetyRecorded, ...] = ()
    """All that any source ever said, oldest first."""
    ruled_out: tuple[AllergyRuledOut, ...] = ()
    hidden: AddressHidden | None = None

    @property
    def shown(self) -> PersonDetails | None:
        """Who they are, without where they live and how to reach them if that is hidden."""
        if self.details is None or self.hidden is None or not self.hidden.hidden:
            return self.details
        return structs.replace(self.details, address=(), postcode="", point=None, phones=())


class Safety(Struct, frozen=True, kw_only=True):
    """What everybody must know, put together from all sources."""

    allergy_status: AllergyStatus = AllergyStatus.NOT_RECORDED
    allergies: tuple[Allergy, ...] = ()
    medicines: tuple[CurrentMedicine, ...] | None = None
    flags: tuple[Flag, ...] = ()
    notes: tuple[SpecialNote, ...] = ()
    source: str = ""
    recorded_at: datetime | None = None


def decide(person: Person, command: PersonCommand, now: datetime) -> Sequence[PersonEvent]:
    """Answer *command* with the events it causes, or raise ``Refused``."""
    match command:
        case RegisterPerson():
            return (_register(person, command, now),)
        case CorrectDetails():
            return _correct(person, command, now)
        case RecordSafety():
            return _record_safety(person, command, now)
        case RuleOutAllergy():
            return (_rule_out(person, command, now),)
        case HideAddress():
            return _hide(person, command)
        case _:
            assert_never(command)


def evolve(person: Person, event: PersonEvent) -> Person:
    """Learn one fact. The latest details stand; of what was said of safety nothing is lost."""
    person = structs.replace(person, org=event.org, person_id=event.person_id)
    match event:
        case PersonRegistered():
            return _learn_details(person, event.details, event.registered_at)
        case DetailsCorrected():
            return _learn_details(person, event.details, event.corrected_at)
        case SafetyRecorded():
            said = sorted(
                (*person.said, event), key=lambda each: (each.recorded_at, each.source)
            )
            return structs.replace(person, said=tuple(said))
        case AllergyRuledOut():
            return structs.replace(person, ruled_out=(*person.ruled_out, event))
        case AddressHidden():
            newer = person.hidden is None or person.hidden.said_at <= event.said_at
            return structs.replace(person, hidden=event if newer else person.hidden)
        case _:
            assert_never(event)


def safety_of(person: Person) -> Safety:
    """Return what all sources together say of *person*."""
    if not person.said:
        return Safety()
    latest = {each.source: each for each in person.said}
    medicines = [each.medicines for each in person.said if each.medicines is not None]
    allergies = _allergies(person)
    return Safety(
        allergy_status=_allergy_status(person, allergies),
        allergies=allergies,
        medicines=medicines[-1] if medicines else None,
        flags=tuple(dict.fromkeys(flag for each in latest.values() for flag in each.flags)),
        notes=tuple(dict.fromkeys(note for each in latest.values() for note in each.notes)),
        source=person.said[-1].source,
        recorded_at=person.said[-1].recorded_at,
    )


def latest_at(person: Person) -> datetime:
    """Return when the record was last added to. Only of somebody who is registered."""
    said = (each.recorded_at for each in person.said)
    ruled_out = (each.ruled_out_at for each in person.ruled_out)
    return max(filter(None, (person.details_at, *said, *ruled_out)))


def _register(person: Person, command: RegisterPerson, now: datetime) -> PersonRegistered:
    if person.details is not None:
        raise Refused(Refusal.ALREADY_REGISTERED)
    _check(command.details, now)
    if command.near_matches and not command.none_of_them:
        raise Refused(Refusal.LIKELY_DUPLICATE)
    return PersonRegistered(
        person_id=command.person_id,
        org=command.org,
        details=command.details,
        registered_at=now,
        by=command.by,
    )


def _correct(
    person: Person, command: CorrectDetails, now: datetime
) -> tuple[DetailsCorrected, ...]:
    """Correct; what is hidden stays as it was: whoever corrects has not seen it."""
    _must_be_registered(person)
    _check(command.details, now)
    details, known = command.details, person.details
    if known is not None and person.hidden is not None and person.hidden.hidden:
        details = structs.replace(
            details,
            address=known.address,
            postcode=known.postcode,
            point=known.point,
            phones=known.phones,
        )
    if known == details:
        return ()
    return (
        DetailsCorrected(
            person_id=person.person_id, org=person.org, details=details, corrected_at=now
        ),
    )


def _hide(person: Person, command: HideAddress) -> tuple[AddressHidden, ...]:
    _must_be_registered(person)
    hidden = person.hidden is not None and person.hidden.hidden
    if hidden is command.hidden:
        return ()
    return (
        AddressHidden(
            person_id=person.person_id,
            org=person.org,
            hidden=command.hidden,
            said_at=command.at,
        ),
    )


def _record_safety(
    person: Person, command: RecordSafety, now: datetime
) -> tuple[SafetyRecorded, ...]:
    """Record what a source says, unless that source's latest word was the same."""
    _must_be_registered(person)
    if command.allergy_status is AllergyStatus.KNOWN and not command.allergies:
        raise Refused(Refusal.ALLERGIES_NOT_NAMED)
    if command.allergy_status is not AllergyStatus.KNOWN and command.allergies:
        raise Refused(Refusal.ALLERGIES_CONTRADICT)
    event = SafetyRecorded(
        person_id=person.person_id,
        org=person.org,
        allergy_status=command.allergy_status,
        allergies=command.allergies,
        medicines=command.medicines,
        flags=command.flags,
        notes=command.notes,
        source=command.source,
        recorded_at=now,
    )
    before = [each for each in person.said if each.source == command.source]
    if before and structs.replace(before[-1], recorded_at=now) == event:
        return ()
    return (event,)


def _rule_out(person: Person, command: RuleOutAllergy, now: datetime) -> AllergyRuledOut:
    _must_be_registered(person)
    if not any(_same(each.substance, command.substance) for each in _allergies(person)):
        raise Refused(Refusal.NO_SUCH_ALLERGY)
    return AllergyRuledOut(
        person_id=person.person_id,
        org=person.org,
        substance=command.substance,
        reason=command.reason,
        ruled_out_at=now,
        by=command.by,
    )


def _must_be_registered(person: Person) -> None:
    if person.details is None:
        raise Refused(Refusal.NOT_REGISTERED)


def _check(details: PersonDetails, now: datetime) -> None:
    if details.nhs_number is not None and not valid_nhs_number(details.nhs_number):
        raise Refused(Refusal.INVALID_NHS_NUMBER)
    if details.born is not None:
        # A day of grace: it is tomorrow already east of here.
        oldest, newest = (now - OLDEST).date(), (now + timedelta(days=1)).date()
        if not oldest <= details.born <= newest:
            raise Refused(Refusal.IMPOSSIBLE_BIRTH)


def _learn_details(person: Person, details: PersonDetails, at: datetime) -> Person:
    if person.details_at is not None and at < person.details_at:
        return person
    return structs.replace(person, details=details, details_at=at)


def _allergies(person: Person) -> tuple[Allergy, ...]:
    """Return every allergy that any source gave and that no clinician ruled out since."""
    told: dict[str, tuple[Allergy, datetime]] = {}
    for record in person.said:
        for allergy in record.allergies:
            told[allergy.substance.casefold()] = (allergy, record.recorded_at)
    for event in person.ruled_out:
        allergy_and_time = told.get(event.substance.casefold())
        if allergy_and_time is not None and allergy_and_time[1] <= event.ruled_out_at:
            del told[event.substance.casefold()]
    return tuple(allergy for _, (allergy, _) in sorted(told.items()))


def _allergy_status(person: Person, allergies: Sequence[Allergy]) -> AllergyStatus:
    """Return the title of the allergies. Silence, or all ruled out, is never "none known"."""
    if allergies:
        return AllergyStatus.KNOWN
    spoken = [
        each.allergy_status
        for each in person.said
        if each.allergy_status is not AllergyStatus.NOT_RECORDED
    ]
    if spoken and spoken[-1] is AllergyStatus.NONE_KNOWN:
        return AllergyStatus.NONE_KNOWN
    return AllergyStatus.NOT_RECORDED


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


PERSON: Final[Decider[Person, PersonCommand, PersonEvent]] = Decider(
    stream="people.person",
    event_type=PersonEvent,
    initial=Person(),
    decide=decide,
    evolve=evolve,
    org=lambda person: person.org,
    subject=lambda person: person.person_id or None,
)
