"""An opening that weighs enough is put before a reviewer, in the queue of broken glass."""

from msgspec import structs

from standfast.access.labels import own_person
from standfast.access.marks import ENOUGH, Known, score_of
from standfast.access.model_review import REVIEW, RaiseSignal
from standfast.facts.access import RecordOpened, SignalRaised
from standfast.facts.people import PERSON
from standfast.kernel.ids import child_id
from standfast.web.platform import Actor, Platform


async def with_details(here: Platform, org: str, known: Known, person_id: str) -> Known:
    """Return *known* with whose record it is. Only once the entry is on disk."""
    if not person_id:
        return known
    person = await here.ask(PERSON, org=org, key=person_id)
    own = await own_person(here.db, org, known.staff_id)
    mine = await here.ask(PERSON, org=org, key=own) if own else None
    return structs.replace(
        known,
        person=person.details if person else None,
        staff_person=mine.details if mine else None,
    )


async def raise_signal(
    here: Platform, who: Actor, opened: RecordOpened, *, kind: str = "signal"
) -> None:
    """Put *opened* before a reviewer, if what is remarkable about it weighs enough."""
    score = score_of(opened.marks)
    if score < ENOUGH:
        return
    review_id = child_id(opened.entry_id, f"access/{kind}")
    raised = SignalRaised(
        review_id=review_id,
        org=opened.org,
        staff_id=opened.staff_id,
        staff_name=opened.staff_name,
        entry_id=opened.entry_id,
        record_kind=opened.record_kind,
        record_id=opened.record_id,
        person_id=opened.person_id,
        marks=opened.marks,
        score=score,
        opened_at=opened.opened_at,
        raised_at=here.clock(),
        case_id=opened.case_id,
    )
    await here.execute(REVIEW, review_id, RaiseSignal(raised=raised), actor=who)
