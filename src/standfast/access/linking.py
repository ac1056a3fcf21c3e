"""Saying who is calling is never refused, and gives a right to the record: so it is weighed.

The link is an entry like any opening, on disk before anything of the record is read. What is
odd about it, or about taking it back soon, is put before a reviewer.
"""

from typing import Final

from msgspec import structs

from standfast.access import queries_refused
from standfast.access.asking import Relationship
from standfast.access.marks import HOUR, REFUSED_BEFORE, Known, Link, marks_of
from standfast.access.model_record import LINK, RECORD, NoteOpening, record_key
from standfast.access.record import Record, who_and_what
from standfast.access.signals import raise_signal, with_details
from standfast.facts.access import RecordOpened
from standfast.kernel.access import Purpose, Said, Sensitivity
from standfast.kernel.ids import uuid7
from standfast.web.platform import Actor, Platform

SAYS: Final = "you linked this record to the call {reference}"


async def note_link(here: Platform, who: Actor, record: Record, said: Said) -> None:
    """Return once it is on disk that *record* is linked to a call, and weighed."""
    known = await _known(here, who, record)
    opened = _entry(here, who, record, said)
    opened = structs.replace(opened, marks=marks_of(known))  # nothing of the record is read
    key = record_key(who.org, record.kind, record.record_id, opened.opened_at)
    await here.execute(RECORD, key, NoteOpening(opened=opened), actor=who)
    if known.link is not None:
        compared = structs.replace(known, link=structs.replace(known.link, said=said))
        marks = marks_of(await with_details(here, who.org, compared, record.person_id))
        await raise_signal(here, who, structs.replace(opened, marks=marks))


async def note_unlink(here: Platform, who: Actor, case_id: str, person_id: str) -> None:
    """Put it before a reviewer, if whoever takes a person off a call linked them just now."""
    now = here.clock()
    link = await queries_refused.link_of(here.db, who.org, who.staff_id, person_id, case_id)
    if link is None or now - link.opened_at > HOUR:
        return
    key = record_key(who.org, "person", person_id, link.opened_at)
    openings = await here.state(RECORD, key)
    for opened in openings.entries:
        if opened.entry_id == link.entry_id:
            odd = structs.replace(opened, marks=("unlinked_soon",))
            await raise_signal(here, who, odd, kind="unlinked")


async def _known(here: Platform, who: Actor, record: Record) -> Known:
    """Return what a link is judged by. Whoever takes the call deals with the caller."""
    label, now = record.person_label, here.clock()
    return Known(
        staff_id=who.staff_id,
        staff_name=who.name,
        of_staff=label.of_staff if label else "",
        well_known=bool(label and (label.well_known or label.hides_address)),
        relationship=Relationship.PERSONAL,
        people_in_the_hour=record.people_in_the_hour,
        link=Link(
            guarded=record.sensitivity > Sensitivity.NORMAL,
            refused_before=await queries_refused.was_refused(
                here.db, who.org, who.staff_id, record.person_id, now - REFUSED_BEFORE
            ),
        ),
    )


def _entry(here: Platform, who: Actor, record: Record, said: Said) -> RecordOpened:
    now = here.clock()
    return RecordOpened(
        entry_id=uuid7(now, here.random(10)),
        **who_and_what(who, record),
        case_id=said.case_id,
        basis=LINK,
        why=SAYS.format(reference=said.reference),
        glass_id="",
        reference=said.reference,
        purpose=Purpose.DIRECT_CARE,
        sensitivity=record.sensitivity,
        assurance=who.assurance,
        way=who.way,
        offline=who.offline,
        marks=(),
        opened_at=now,
        act=LINK,
    )
