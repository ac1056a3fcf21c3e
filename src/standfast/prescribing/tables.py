"""Read models of prescribing. The queries on them are in ``queries.py``."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from standfast.facts.contact import NumberToRing, Patient
from standfast.facts.kept import MOST, PRESCRIPTIONS_KEPT, KeptRecord, asked_for
from standfast.facts.prescribing import Medicine, PrescribedItem
from standfast.journal.database import Reader
from standfast.kernel.geo import Point
from standfast.kernel.rows import Projection, Row
from standfast.prescribing.alarms import alarms
from standfast.prescribing.content import content_hash, strength
from standfast.prescribing.model import NEED
from standfast.prescribing.model_formulary import MEDICINE, Listing
from standfast.prescribing.state import Need, Prescription, Stage, instant
from standfast.web.platform import Answerer

SCHEMA: Final = """
    CREATE TABLE prescribing_needs (
        org           text        NOT NULL,
        case_id       text        NOT NULL,
        reference     text        NOT NULL,
        stage         text        NOT NULL,
        priority      bigint      NOT NULL,
        patient       jsonb       NOT NULL,
        numbers       jsonb       NOT NULL,
        postcode      text        NOT NULL,  -- empty: not known
        point         jsonb,                 -- NULL: not known
        problem       text        NOT NULL,
        findings      jsonb       NOT NULL,
        due_at        timestamptz NOT NULL,
        received_at   timestamptz NOT NULL,
        holder_id     text        NOT NULL,  -- empty: nobody has it
        holder_name   text        NOT NULL,
        taken_at      timestamptz,           -- NULL: nobody has it
        item          jsonb,                 -- NULL: nothing is written
        number        text        NOT NULL,
        pharmacy_name text        NOT NULL,  -- empty: not sent
        note          text        NOT NULL,  -- why it is back, what was advised
        alarms        jsonb       NOT NULL,
        changed_at    timestamptz NOT NULL,
        PRIMARY KEY (org, case_id)
    );
    CREATE INDEX prescribing_needs_by_stage ON prescribing_needs (org, stage, due_at);

    CREATE TABLE prescribing_dispensing (
        org               text        NOT NULL,  -- the pharmacy's
        prescription_id   text        NOT NULL,
        case_id           text        NOT NULL,
        number            text        NOT NULL,
        stage             text        NOT NULL,
        from_org          text        NOT NULL,
        patient           jsonb       NOT NULL,
        address           jsonb       NOT NULL,
        numbers           jsonb       NOT NULL,
        item              jsonb       NOT NULL,
        allergies_seen    text        NOT NULL,
        allergies_reason  text        NOT NULL,
        warnings          jsonb       NOT NULL,
        prescriber        text        NOT NULL,
        registration      text        NOT NULL,
        written_at        timestamptz NOT NULL,
        signed_at         timestamptz NOT NULL,
        content_hash      text        NOT NULL,  -- SHA-256, hex, as it was signed
        genuine           boolean     NOT NULL,  -- what it says is what was signed
        wrong_patient     boolean     NOT NULL,  -- the case is about somebody else by now
        pharmacy_name     text        NOT NULL,
        sent_at           timestamptz NOT NULL,
        settled_at        timestamptz,           -- NULL: to do
        settled_by        text        NOT NULL,
        reason            text        NOT NULL,  -- why not supplied
        alarms            jsonb       NOT NULL,
        PRIMARY KEY (org, prescription_id)
    );
    CREATE INDEX prescribing_dispensing_by_stage ON prescribing_dispensing (org, stage, sent_at);

    CREATE TABLE prescribing_medicines (
        org          text             NOT NULL,
        code         text             NOT NULL,
        generic_name text             NOT NULL,
        form         text             NOT NULL,
        strength     double precision NOT NULL,
        words        text             NOT NULL,  -- what is searched, in lower case
        medicine     jsonb            NOT NULL,
        PRIMARY KEY (org, code)
    );
    CREATE INDEX prescribing_medicines_by_word ON prescribing_medicines
     USING gin (words gin_trgm_ops) WITH (fastupdate = off);
"""


URGENT: Final = 1
"""What may be handed to the wrong person is looked at before all else."""


class Supply(StrEnum):
    """What a prescription waits for at the pharmacy."""

    TO_DO = "to_do"
    SUPPLIED = "supplied"
    NOT_SUPPLIED = "not_supplied"
    CANCELLED = "cancelled"


class NeedRow(Row, frozen=True, kw_only=True):
    """One need, as the prescriber's organisation sees it."""

    TABLE: ClassVar[str] = "prescribing_needs"
    KEY: ClassVar[tuple[str, ...]] = ("org", "case_id")

    org: str
    case_id: str
    reference: str
    stage: Stage
    priority: int
    patient: Patient
    numbers: tuple[NumberToRing, ...]
    postcode: str
    point: Point | None
    problem: str
    findings: tuple[str, ...]
    due_at: datetime
    received_at: datetime
    holder_id: str
    holder_name: str
    taken_at: datetime | None
    item: PrescribedItem | None
    number: str
    pharmacy_name: str
    note: str
    alarms: tuple[str, ...]
    changed_at: datetime


class DispensingRow(Row, frozen=True, kw_only=True):
    """One prescription, as the one pharmacy sees it that it was sent to."""

    TABLE: ClassVar[str] = "prescribing_dispensing"
    KEY: ClassVar[tuple[str, ...]] = ("org", "prescription_id")

    org: str
    prescription_id: str
    case_id: str
    number: str
    stage: Supply
    from_org: str
    patient: Patient
    address: tuple[str, ...]
    numbers: tuple[NumberToRing, ...]
    item: PrescribedItem
    allergies_seen: str
    allergies_reason: str
    warnings: tuple[str, ...]
    prescriber: str
    registration: str
    written_at: datetime
    signed_at: datetime
    content_hash: str
    genuine: bool
    wrong_patient: bool
    pharmacy_name: str
    sent_at: datetime
    settled_at: datetime | None
    settled_by: str
    reason: str
    alarms: tuple[str, ...]


class MedicineRow(Row, frozen=True, kw_only=True):
    """One line of the formulary."""

    TABLE: ClassVar[str] = "prescribing_medicines"
    KEY: ClassVar[tuple[str, ...]] = ("org", "code")

    org: str
    code: str
    generic_name: str
    form: str
    strength: float
    words: str
    medicine: Medicine


def need_rows(need: Need) -> Iterator[Row]:
    """Yield the need's row, and one for each prescription that lies with a pharmacy."""
    if need.received is None:
        return
    yield _need_row(need)
    for one in need.prescriptions:
        row = dispensing_row(need, one)
        if row is not None:
            yield row


def dispensing_row(need: Need, one: Prescription) -> DispensingRow | None:
    """Return what a pharmacy sees of a prescription; None while none has it."""
    if one.sent is None or one.signature is None or one.content is None:
        return None
    content = one.content
    stage, settled_at, settled_by, reason = _settled(one)
    return DispensingRow(
        org=one.sent.pharmacy_org,
        prescription_id=one.prescription_id,
        case_id=need.case_id,
        number=content.number,
        stage=stage,
        from_org=need.org,
        patient=content.patient,
        address=content.address,
        numbers=need.numbers,
        item=content.item,
        allergies_seen=content.allergies_seen,
        allergies_reason=content.allergies_reason,
        warnings=content.warnings_overridden,
        prescriber=one.signature.staff_name,
        registration=one.signature.registration,
        written_at=content.written_at,
        signed_at=one.signature.signed_at,
        content_hash=one.signature.content_hash,
        genuine=content_hash(content) == one.signature.content_hash,
        wrong_patient=need.is_for_another(one),
        pharmacy_name=one.sent.pharmacy_name,
        sent_at=one.sent.sent_at,
        settled_at=settled_at,
        settled_by=settled_by,
        reason=reason,
        alarms=tuple(alarms(need)),
    )


def medicine_rows(listing: Listing) -> Iterator[MedicineRow]:
    """Yield the medicine's row."""
    if listing.listed is None:
        return
    known = listing.listed.medicine
    words = (
        known.generic_name,
        strength(known.strength_value, known.strength_unit),
        known.form,
        known.route,
    )
    yield MedicineRow(
        org=listing.listed.org,
        code=known.code,
        generic_name=known.generic_name,
        form=known.form,
        strength=known.strength_value,
        words=" ".join(words).casefold(),
        medicine=known,
    )


def _need_row(need: Need) -> NeedRow:
    assert need.received is not None  # noqa: S101 - the only caller has looked
    received, holder = need.received, need.holder
    shown = need.live or need.draft or (need.supplied[0] if need.supplied else None)
    content = shown.content if shown else None
    return NeedRow(
        org=received.org,
        case_id=received.case_id,
        reference=received.reference,
        stage=need.stage,
        priority=URGENT if need.mistaken else received.priority,
        patient=need.patient,
        numbers=need.numbers,
        postcode=need.postcode,
        point=need.point,
        problem=received.problem,
        findings=received.findings,
        due_at=received.due_at,
        received_at=received.received_at,
        holder_id=holder.staff_id if holder else "",
        holder_name=holder.staff_name if holder else "",
        taken_at=holder.taken_at if holder else None,
        item=content.item if content else None,
        number=content.number if content else "",
        pharmacy_name=shown.sent.pharmacy_name if shown and shown.sent else "",
        note=_note(need),
        alarms=tuple(alarms(need)),
        changed_at=instant(need.facts[-1]),
    )


def _note(need: Need) -> str:
    if need.declined is not None:
        return need.declined.advice
    if need.returned is not None:
        return f"{need.returned.pharmacy_name} cannot supply it: {need.returned.reason}"
    if need.put_back is not None:
        return f"Put back by {need.put_back.by}: {need.put_back.reason}"
    return ""


def _settled(one: Prescription) -> tuple[Supply, datetime | None, str, str]:
    if one.supplied is not None:
        return Supply.SUPPLIED, one.supplied.supplied_at, one.supplied.by, ""
    if one.cancelled is not None:
        ended = one.cancelled
        return Supply.CANCELLED, ended.cancelled_at, ended.by, ended.reason
    if one.refused is not None:
        return Supply.NOT_SUPPLIED, one.refused.refused_at, one.refused.by, one.refused.reason
    return Supply.TO_DO, None, "", ""


PROJECTIONS: Final[tuple[Projection, ...]] = (
    Projection(NEED, need_rows, (NeedRow, DispensingRow)),
    Projection(MEDICINE, medicine_rows, (MedicineRow,)),
)
CONSTRAINTS: Final[Mapping[str, StrEnum]] = {}


async def _kept(db: Reader, org: str, key: str) -> tuple[KeptRecord, ...]:
    """Return the prescriptions that lie with a pharmacy."""
    before, prescription_id = asked_for(key)
    found = await db.fetch(
        KeptRecord,
        """
          SELECT prescription_id AS record_id, 'prescription' AS kind,
                 'Prescription ' || number AS title,
                 (patient->>'born')::date AS born, NULL::date AS died,
                 coalesce(settled_at, sent_at) AS latest_at,
                 jsonb_build_array(case_id) AS parts
            FROM prescribing_dispensing
           WHERE org = $1
                 AND ($2::date IS NULL OR coalesce(settled_at, sent_at) < $2)
                 AND ($3::text IS NULL OR prescription_id = $3)
        ORDER BY latest_at, record_id
           LIMIT $4
        """,
        org,
        before,
        prescription_id,
        MOST,
    )
    return tuple(found)


ANSWERS: Final[Mapping[str, Answerer]] = {PRESCRIPTIONS_KEPT.name: _kept}
