"""The rows that each kind of stream of access makes, every time all of them. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from standfast.access.model import Leaver, Tie
from standfast.access.model_label import Label
from standfast.access.model_proof import Proof
from standfast.access.model_record import Openings, Searches
from standfast.access.model_review import Review
from standfast.facts.access import RecordRefused
from standfast.kernel.access import Sensitivity
from standfast.kernel.rows import Row
from standfast.web.step_up import NONE_ASKED


class RelationshipRow(Row, frozen=True, kw_only=True):
    """One relationship of one organisation."""

    TABLE: ClassVar[str] = "access_relationships"
    KEY: ClassVar[tuple[str, ...]] = ("org", "relationship_id")

    org: str
    relationship_id: str
    basis: str
    thing_id: str
    case_id: str
    reference: str
    person_id: str
    staff: tuple[str, ...]
    leavers: tuple[Leaver, ...]
    began_at: datetime
    ended_at: datetime | None
    until: datetime | None


class EntryRow(Row, frozen=True, kw_only=True):
    """Somebody opened a record."""

    TABLE: ClassVar[str] = "access_entries"
    KEY: ClassVar[tuple[str, ...]] = ("org", "entry_id")

    org: str
    entry_id: str
    staff_id: str
    staff_name: str
    role: str
    session_id: str
    record_kind: str
    record_id: str
    person_id: str
    case_id: str
    basis: str
    reference: str
    why: str
    glass_id: str
    purpose: str
    sensitivity: int
    act: str
    way: str
    offline: bool
    marks: tuple[str, ...]
    opened_at: datetime
    proof_id: str
    part: str = ""

    @property
    def confirmed(self) -> bool:
        """Whether they proved just then that it was they; a demonstration asks nobody."""
        return self.proof_id not in {"", NONE_ASKED}


class RefusalRow(Row, frozen=True, kw_only=True):
    """Somebody wanted to open a record and was shown nothing."""

    TABLE: ClassVar[str] = "access_refusals"
    KEY: ClassVar[tuple[str, ...]] = ("org", "entry_id")

    org: str
    entry_id: str
    staff_id: str
    staff_name: str
    role: str
    session_id: str
    record_kind: str
    record_id: str
    person_id: str
    case_id: str
    why: str
    sensitivity: int
    act: str
    way: str
    offline: bool
    refused_at: datetime


class SearchRow(Row, frozen=True, kw_only=True):
    """Somebody was shown these, in answer to a search."""

    TABLE: ClassVar[str] = "access_searches"
    KEY: ClassVar[tuple[str, ...]] = ("org", "entry_id")

    org: str
    entry_id: str
    staff_id: str
    staff_name: str
    role: str
    place: str
    shown: tuple[str, ...]
    offline: bool
    found_at: datetime


class ReviewRow(Row, frozen=True, kw_only=True):
    """Broken glass or a signal, and what a review came to."""

    TABLE: ClassVar[str] = "access_reviews"
    KEY: ClassVar[tuple[str, ...]] = ("org", "review_id")

    org: str
    review_id: str
    kind: str
    staff_id: str
    staff_name: str
    session_id: str
    record_kind: str
    record_id: str
    person_id: str
    case_id: str
    reason: str
    marks: tuple[str, ...]
    score: int
    happened_at: datetime
    until: datetime | None
    outcome: str
    note: str
    reviewed_by: str
    reviewed_at: datetime | None
    proof_id: str


class ProofRow(Row, frozen=True, kw_only=True):
    """Somebody confirmed that they open one record, in one session."""

    TABLE: ClassVar[str] = "access_proofs"
    KEY: ClassVar[tuple[str, ...]] = ("org", "session_id", "record_kind", "record_id")

    org: str
    session_id: str
    record_kind: str
    record_id: str
    staff_id: str
    proof_id: str
    until: datetime


class LabelRow(Row, frozen=True, kw_only=True):
    """What was said of one record, last."""

    TABLE: ClassVar[str] = "access_labels"
    KEY: ClassVar[tuple[str, ...]] = ("org", "record_id")

    org: str
    record_id: str
    record_kind: str
    sensitivity: int
    topics: tuple[str, ...]
    hides_address: bool
    of_staff: str
    well_known: bool
    opted_out: bool
    reason: str
    staff_name: str
    labelled_at: datetime


def relationship_rows(tie: Tie) -> Iterable[Row]:
    """Return the row of a relationship that has begun."""
    began = tie.began
    if began is not None:
        yield RelationshipRow(
            org=began.org,
            relationship_id=began.relationship_id,
            basis=began.basis,
            thing_id=began.thing_id,
            case_id=began.case_id,
            reference=began.reference,
            person_id=tie.person_id,
            staff=tie.staff,
            leavers=tie.leavers,
            began_at=began.began_at,
            ended_at=tie.ended_at,
            until=tie.until,
        )


def entry_rows(known: Openings) -> Iterable[Row]:
    """Return a row for every opening and every refusal of one record on one day."""
    yield from map(_refusal_row, known.refusals)
    for each in known.entries:
        yield EntryRow(
            org=each.org,
            entry_id=each.entry_id,
            staff_id=each.staff_id,
            staff_name=each.staff_name,
            role=each.role,
            session_id=each.session_id,
            record_kind=each.record_kind,
            record_id=each.record_id,
            person_id=each.person_id,
            case_id=each.case_id,
            basis=each.basis,
            reference=each.reference,
            why=each.why,
            glass_id=each.glass_id,
            purpose=each.purpose.value,
            sensitivity=each.sensitivity.value,
            act=each.act,
            way=each.way,
            offline=each.offline,
            marks=each.marks,
            opened_at=each.opened_at,
            proof_id=each.proof_id,
            part=each.part,
        )


def _refusal_row(each: RecordRefused) -> RefusalRow:
    return RefusalRow(
        org=each.org,
        entry_id=each.entry_id,
        staff_id=each.staff_id,
        staff_name=each.staff_name,
        role=each.role,
        session_id=each.session_id,
        record_kind=each.record_kind,
        record_id=each.record_id,
        person_id=each.person_id,
        case_id=each.case_id,
        why=each.why,
        sensitivity=each.sensitivity.value,
        act=each.act,
        way=each.way,
        offline=each.offline,
        refused_at=each.refused_at,
    )


def search_rows(known: Searches) -> Iterable[Row]:
    """Return a row for every search of one member of staff on one day."""
    for each in known.entries:
        yield SearchRow(
            org=each.org,
            entry_id=each.entry_id,
            staff_id=each.staff_id,
            staff_name=each.staff_name,
            role=each.role,
            place=each.place,
            shown=each.shown,
            offline=each.offline,
            found_at=each.found_at,
        )


def review_rows(review: Review) -> Iterable[Row]:
    """Return the row of what is to be reviewed, or was."""
    glass, signal = review.glass, review.signal
    cause = glass or signal
    if cause is None:
        return
    last = review.concluded[0] if review.concluded else None
    yield ReviewRow(
        org=cause.org,
        review_id=cause.review_id,
        kind="glass" if glass else "signal",
        staff_id=cause.staff_id,
        staff_name=cause.staff_name,
        session_id=glass.session_id if glass else "",
        record_kind=cause.record_kind,
        record_id=cause.record_id,
        person_id=cause.person_id,
        case_id=cause.case_id,
        reason=cause.reason,
        marks=signal.marks if signal else (),
        score=signal.score if signal else 0,
        happened_at=glass.broken_at if glass else cause.opened_at,  # type: ignore[union-attr]
        until=glass.until if glass else None,
        outcome=last.outcome if last else "",
        note=last.note if last else "",
        reviewed_by=last.staff_name if last else "",
        reviewed_at=last.concluded_at if last else None,
        proof_id=glass.proof_id if glass else "",
    )


def proof_rows(known: Proof) -> Iterable[Row]:
    """Return the row of what was confirmed last."""
    given = known.given
    if given is not None:
        yield ProofRow(
            org=given.org,
            session_id=given.session_id,
            record_kind=given.record_kind,
            record_id=given.record_id,
            staff_id=given.staff_id,
            proof_id=given.proof_id,
            until=given.until,
        )


def label_rows(label: Label) -> Iterable[Row]:
    """Return the row of a record of which somebody has said something."""
    said, opt_out = label.said, label.opt_out
    latest = said or opt_out
    if latest is None:
        return
    yield LabelRow(
        org=latest.org,
        record_id=said.record_id if said else label.person_id or "",
        record_kind=said.record_kind if said else "person",
        sensitivity=(said.sensitivity if said else Sensitivity.NORMAL).value,
        topics=said.topics if said else (),
        hides_address=said.hides_address if said else False,
        of_staff=said.of_staff if said else "",
        well_known=said.well_known if said else False,
        opted_out=opt_out.opted_out if opt_out else False,
        reason=said.reason if said else "",
        staff_name=latest.staff_name,
        labelled_at=said.labelled_at if said else opt_out.recorded_at,  # type: ignore[union-attr]
    )
