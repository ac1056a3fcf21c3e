"""The rules of one line of the formulary. Pure."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from standfast.facts.prescribing import Medicine, MedicineEvent, MedicineListed
from standfast.kernel.messages import Command, Decider, Refused
from standfast.prescribing.refusals import Refusal
from standfast.prescribing.writing import OUR_CODES, SNOMED


class ListMedicine(Command, frozen=True, kw_only=True):
    """Put a medicine in the formulary of ``org``, or say how it is from now on."""

    org: str
    medicine: Medicine
    by: str


class Listing(Struct, frozen=True, kw_only=True):
    """What is known of one code. ``listed`` is None before it was ever listed."""

    listed: MedicineListed | None = None


def decide(listing: Listing, command: ListMedicine, now: datetime) -> tuple[MedicineEvent, ...]:
    """List it, unless it is listed so already or could not be prescribed safely."""
    medicine = command.medicine
    if not medicine.code.strip() or medicine.system not in (SNOMED, OUR_CODES):
        raise Refused(Refusal.NOT_CODED)
    if medicine.maximum_quantity < 1 or not medicine.maximum_source.strip():
        raise Refused(Refusal.NO_MAXIMUM)
    if listing.listed is not None:
        if listing.listed.org != command.org:
            raise Refused(Refusal.LISTED_ELSEWHERE)
        if listing.listed.medicine == medicine:
            return ()
    return (MedicineListed(org=command.org, medicine=medicine, listed_at=now, by=command.by),)


def evolve(listing: Listing, event: MedicineEvent) -> Listing:
    """Learn a listing. The latest stands, in whatever order they are heard."""
    known = listing.listed
    if known is not None and _order(event) < _order(known):
        return listing
    return Listing(listed=event)


def _order(event: MedicineListed) -> tuple[datetime, str]:
    return event.listed_at, repr(event.medicine)


MEDICINE: Final[Decider[Listing, ListMedicine, MedicineEvent]] = Decider(
    stream="prescribing.medicine",
    sealed=False,
    event_type=MedicineEvent,
    initial=Listing(),
    decide=decide,
    evolve=evolve,
    org=lambda listing: listing.listed.org if listing.listed else "",
)
