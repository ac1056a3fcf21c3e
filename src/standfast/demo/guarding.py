"""Whose records the demonstration guards, and what waits there for the privacy officer."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from standfast.access.model_label import SayHowGuarded
from standfast.access.model_record import NoteOpening
from standfast.access.model_review import BreakGlass
from standfast.demo import known
from standfast.demo.dice import stable_id
from standfast.demo.structs import Person, World
from standfast.facts.access import RecordOpened
from standfast.kernel.access import Assurance, Purpose, Sensitivity

OFFICER: Final = ("mira.sandoval", "Mira Sandoval")
LOOKED: Final = ("joe.tran", "Joe Tran", "call_handler")
AGO: Final = timedelta(hours=2)
"""When the glass was broken that waits to be reviewed: the record has closed again since."""

REASON: Final = "A neighbour rang and asked me how she is, I wanted to be sure"
GLASS: Final = stable_id("glass/one")
ADULT: Final = 25
"""Years; nobody mistakes whom it is about for a child's guardian."""


class _How(Struct, frozen=True, kw_only=True):
    """How one of them is guarded, and the reason that was given."""

    sensitivity: Sensitivity = Sensitivity.NORMAL
    topics: tuple[str, ...] = ()
    hides_address: bool = False
    reason: str


_HOW: Final = (
    _How(
        sensitivity=Sensitivity.RESTRICTED,
        topics=("Mental health",),
        reason="Asked for it in writing on leaving hospital",
    ),
    _How(
        sensitivity=Sensitivity.VERY_RESTRICTED,
        topics=("Safeguarding",),
        reason="Agreed at a safeguarding meeting with the county",
    ),
    _How(
        hides_address=True,
        topics=("Domestic abuse",),
        reason="The refuge asked us to: somebody is looking for them",
    ),
)


def guarded_people(world: World) -> Sequence[Person]:
    """Return whom: nobody who is known by name, rings, or has rung lately."""
    busy = {each.person_id for each in world.contacts} | set(known.KNOWN_BY_NAME)
    busy.update(person for call in world.waiting_calls for person in call.person_ids)
    youngest = world.made_at.date() - timedelta(days=366 * ADULT)
    homes = Counter((each.postcode, each.address) for each in world.people)
    free = (
        each
        for each in world.people
        if each.id not in busy
        and each.death_date is None
        and each.birth_date < youngest
        and each.nhs_number is not None
        and homes[each.postcode, each.address] == 1  # no household gives it away
    )
    return [person for person, _ in zip(free, _HOW, strict=False)]


def labels(world: World, *, org: str) -> Iterable[SayHowGuarded]:
    """Yield what the privacy officer said of each."""
    staff_id, staff_name = OFFICER
    for person, how in zip(guarded_people(world), _HOW, strict=True):
        yield SayHowGuarded(
            org=org,
            record_kind="person",
            record_id=person.id,
            sensitivity=how.sensitivity,
            topics=how.topics,
            hides_address=how.hides_address,
            reason=how.reason,
            staff_id=staff_id,
            staff_name=staff_name,
        )


def glass(world: World, *, org: str) -> BreakGlass:
    """Return the reason that a call handler gave to open the first of them."""
    person, *_ = guarded_people(world)
    staff_id, staff_name, role = LOOKED
    return BreakGlass(
        review_id=GLASS,
        org=org,
        staff_id=staff_id,
        staff_name=staff_name,
        role=role,
        session_id=stable_id("session/guarded"),
        record_kind="person",
        record_id=person.id,
        person_id=person.id,
        case_id="",
        reason=REASON,
        assurance=Assurance.PRESENT,
        way="passkey",
        offline=False,
    )


def opening(world: World, at: datetime, *, org: str) -> NoteOpening:
    """Return what was opened by it."""
    broken = glass(world, org=org)
    opened = RecordOpened(
        entry_id=stable_id("entry/guarded"),
        org=org,
        staff_id=broken.staff_id,
        staff_name=broken.staff_name,
        role=broken.role,
        session_id=broken.session_id,
        record_kind="person",
        record_id=broken.record_id,
        person_id=broken.person_id,
        case_id="",
        basis="glass",
        why=f"you gave a reason: {REASON}",
        glass_id=GLASS,
        purpose=Purpose.DIRECT_CARE,
        sensitivity=Sensitivity.RESTRICTED,
        assurance=Assurance.PRESENT,
        way="passkey",
        offline=False,
        marks=("no_relationship",),
        opened_at=at,
    )
    return NoteOpening(opened=opened)
