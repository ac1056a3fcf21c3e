"""A record that somebody wants to open: what speaks for it, and what is decided."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

from msgspec import Struct, structs

from standfast.access import queries
from standfast.access.asking import Act
from standfast.access.labels import sensitivity_of
from standfast.access.queries import Glass
from standfast.access.rows import LabelRow, RelationshipRow
from standfast.access.standing import standing
from standfast.access.weighing import Viewer, Weighed, grounds_of, weigh
from standfast.facts.access import RecordOpened
from standfast.facts.people import PERSON
from standfast.kernel.access import Assurance, Sensitivity
from standfast.kernel.ids import uuid7
from standfast.web.platform import Actor, Platform


class Record(Struct, frozen=True, kw_only=True):
    """A record that somebody wants to open, and what there is to say about it."""

    kind: str
    record_id: str
    person_id: str
    case_id: str
    sensitivity: Sensitivity
    person_label: LabelRow | None
    ties: tuple[RelationshipRow, ...]
    glasses: tuple[Glass, ...]
    broken: tuple[Glass, ...] = ()
    """All the glass that they have broken in this session, over whatever record."""
    people_in_the_hour: int = 0
    """How many people's records they have opened within an hour, before this one."""
    proof_id: str = ""
    """The fresh proof that they gave for this record in this session, while it holds."""
    part: str = ""
    """The one thing of it that is opened; empty: the record."""

    @property
    def is_guarded_here(self) -> bool:
        """Whether it is the label that closes it, and not that nobody here has to do with it."""
        return self.in_words and bool(self.ties)

    @property
    def in_words(self) -> bool:
        """Whether a ready reason is not enough to break the glass over it."""
        return self.sensitivity > Sensitivity.NORMAL


class WhoAndWhat(TypedDict):
    """Who wants a record, and which: what every fact about an opening begins with."""

    org: str
    staff_id: str
    staff_name: str
    role: str
    session_id: str
    record_kind: str
    record_id: str
    person_id: str


def who_and_what(who: Actor, record: Record) -> WhoAndWhat:
    """Return what a fact says of *who* wants *record*."""
    return WhoAndWhat(
        org=who.org,
        staff_id=who.staff_id,
        staff_name=who.name,
        role=who.role,
        session_id=who.session_id,
        record_kind=record.kind,
        record_id=record.record_id,
        person_id=record.person_id,
    )


def opening_of(
    here: Platform, who: Actor, record: Record, weighed: Weighed, now: datetime, *, act: Act
) -> RecordOpened:
    """Return what is written down before *who* is shown *record*."""
    proof_id = ""
    if record.sensitivity is Sensitivity.VERY_RESTRICTED or act is Act.ENTER:
        proof_id = weighed.ground.proof_id or record.proof_id
    return RecordOpened(
        entry_id=uuid7(now, here.random(10)),
        **who_and_what(who, record),
        case_id=record.case_id,
        basis=weighed.ground.basis,
        why=weighed.ground.says,
        glass_id=weighed.ground.glass_id,
        reference=weighed.ground.reference,
        purpose=weighed.purpose,
        sensitivity=record.sensitivity,
        assurance=Assurance.FRESH if proof_id else who.assurance,
        way=who.way,
        offline=who.offline,
        marks=(),
        opened_at=now,
        act=act.value,
        proof_id=proof_id,
        part=record.part,
    )


async def look_up(here: Platform, who: Actor, kind: str, record_id: str) -> Record | None:
    """Return what speaks for opening a record; None when the organisation has no such one."""
    if "\0" in record_id:  # PostgreSQL has none
        return None
    now = here.clock()
    found = await standing(here.db, who.org, kind, record_id, who.staff_id, who.session_id, now)
    ties = found.ties
    own = [tie for tie in ties if queries.is_of(tie, kind, record_id)]
    if kind == "person":
        known = bool(ties) or await here.ask(PERSON, org=who.org, key=record_id) is not None
        person_id, case_id = record_id, ""
    else:
        known = bool(own)
        person_id = next((tie.person_id for tie in own if tie.person_id), "")
        case_id = own[0].case_id if own else ""
    if not known:
        return None
    label = found.label_of("person", person_id)
    said = (label, found.label_of("case", case_id))
    record = Record(
        kind=kind,
        record_id=record_id,
        person_id=person_id,
        case_id=case_id,
        sensitivity=sensitivity_of([each for each in said if each is not None]),
        person_label=label,
        ties=ties,
        glasses=_over(found.glasses, kind, record_id, person_id, case_id),
        broken=found.glasses,
        people_in_the_hour=found.people_in_the_hour,
    )
    if record.sensitivity is not Sensitivity.VERY_RESTRICTED:
        return record
    proof_id = await queries.proof_of(here.db, who.org, who.session_id, kind, record_id, now)
    return structs.replace(record, proof_id=proof_id)


def weigh_for(here: Platform, who: Actor, record: Record, act: Act) -> Weighed:
    """Return what is decided for *who* on *record*."""
    viewer = viewer_of(here, who)
    if record.proof_id:
        viewer = structs.replace(viewer, assurance=Assurance.FRESH)
    grounds = grounds_of(
        viewer, record.ties, record.glasses, here.clock(), case_id=record.case_id
    )
    return weigh(viewer, grounds, record.sensitivity, act)


def viewer_of(here: Platform, who: Actor) -> Viewer:
    """Return *who* as the policy knows them; a demonstration asks nobody for a proof."""
    assurance = who.assurance
    if here.settings.demonstration and assurance is Assurance.CHOSEN:
        assurance = Assurance.FRESH
    return Viewer(
        staff_id=who.staff_id,
        roles=who.roles or (who.role,),
        assurance=assurance,
        offline=who.offline,
        on_shift=who.until is None or here.clock() < who.until,
    )


def _over(
    broken: Iterable[Glass], kind: str, record_id: str, person_id: str, case_id: str
) -> tuple[Glass, ...]:
    """Return the glass that is broken over this record, with its proof where it was for this."""
    return tuple(
        each if each.proves(kind, record_id, case_id) else structs.replace(each, proof_id="")
        for each in broken
        if each.is_over(kind, record_id, person_id)
    )
