"""What holds whatever happens: order, repeats, alterations, ceilings."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from standfast.facts.prescribing import (
    Medicine,
    MedicineSupplied,
    NeedEvent,
    PrescribedItem,
    PrescriptionSigned,
    PrescriptionWritten,
)
from standfast.prescribing.commands import CancelPrescription, PutBackNeed
from standfast.prescribing.model import NEED
from standfast.prescribing.refusals import Refusal
from standfast.prescribing.state import Need
from standfast.prescribing.tables import DispensingRow, NeedRow, need_rows
from standfast.prescribing.writing import is_controlled
from tests.prescribing.examples import (
    ADA,
    FORMULARY,
    TAKE,
    WRITE,
    Desk,
    sent,
    signed,
    taken,
    write,
)


def long_story() -> list[NeedEvent]:
    """Return a need that was put back, returned by a pharmacy, cancelled and supplied."""
    desk = taken().do(
        WRITE, PutBackNeed(reason="Called away", staff_name=ADA.name), TAKE, WRITE
    )
    desk.do(desk.signature())
    desk.do(desk.sending())
    desk.do(desk.cannot(), TAKE, WRITE)
    desk.do(desk.signature())
    cancelled = CancelPrescription(
        prescription_id=desk.prescription_id,
        reason="Too far",
        staff_id=ADA.staff_id,
        staff_name=ADA.name,
    )
    desk.do(cancelled, WRITE)
    desk.do(desk.signature())
    desk.do(desk.sending())
    desk.do(desk.supply())
    return desk.events


STORY = long_story()


def rows_of(events: list[NeedEvent]) -> list[object]:
    return list(need_rows(NEED.replay(events)))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_order_and_any_repetition_ends_in_the_same_rows(data: st.DataObject) -> None:
    arrived = data.draw(st.permutations(STORY))
    again = data.draw(st.lists(st.sampled_from(STORY), max_size=6))
    assert rows_of([*arrived, *again]) == rows_of(STORY)


@settings(max_examples=60, deadline=None)
@given(st.permutations(STORY), st.integers(min_value=0))
def test_no_fact_ever_breaks_the_fold_whatever_is_still_missing(
    arrived: list[NeedEvent], cut: int
) -> None:
    so_far = arrived[: cut % (len(arrived) + 1)]

    assert rows_of(so_far) == rows_of([*so_far, *so_far])


FIELDS = [name for name in PrescribedItem.__struct_fields__ if name != "quantity"]


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.tuples(st.sampled_from(FIELDS), st.text(min_size=1, max_size=20)),
        st.tuples(st.just("quantity"), st.integers(1, 9999)),
    )
)
def test_altered_content_is_refused(change: tuple[str, Any]) -> None:
    events = signed().events
    name, value = change
    altered: list[NeedEvent] = []
    for event in events:
        if isinstance(event, PrescriptionWritten) and getattr(event.item, name) != value:
            altered.append(replace(event, item=replace(event.item, **{name: value})))
        else:
            altered.append(event)
    desk = Desk(NEED.replay(altered), now=signed().now)
    if altered == events:
        return
    assert desk.need.prescriptions[-1].is_altered
    assert desk.refuses(desk.sending()) is Refusal.CONTENT_ALTERED


def test_a_draft_slipped_in_after_the_signature_changes_nothing_that_was_signed() -> None:
    desk = signed()
    content = desk.need.prescriptions[-1].content
    assert content is not None
    slipped = replace(content, item=replace(content.item, quantity=30), written_at=desk.now)
    need = NEED.evolve(desk.need, slipped)
    assert need.prescriptions[-1].content == content
    assert not need.prescriptions[-1].is_altered


def test_a_pharmacy_is_shown_and_refuses_what_is_not_as_it_was_signed() -> None:
    altered = [
        replace(event, item=replace(event.item, quantity=30))
        if isinstance(event, PrescriptionWritten)
        else event
        for event in sent().events
    ]
    desk = Desk(NEED.replay(altered), now=sent().now)
    row = next(row for row in need_rows(desk.need) if isinstance(row, DispensingRow))
    assert not row.genuine
    assert desk.refuses(desk.supply()) is Refusal.CONTENT_ALTERED


def test_two_sites_that_both_supplied_raise_an_alarm_for_everybody() -> None:
    desk = sent()
    first = desk.when(desk.supply())[0]
    assert isinstance(first, MedicineSupplied)
    second = replace(first, by="Tariq Aziz", staff_id="t.aziz", supplied_at=DUE_LATER)
    need = NEED.evolve(desk.need, second)
    for row in need_rows(need):
        assert isinstance(row, NeedRow | DispensingRow)
        assert "Supplied more than once" in row.alarms[0]


DUE_LATER = sent().now.replace(microsecond=7)


def test_two_signatures_of_different_content_raise_an_alarm() -> None:
    desk = signed()
    signature = desk.events[-1]
    assert isinstance(signature, PrescriptionSigned)
    other = replace(signature, content_hash="f" * 64, signed_at=DUE_LATER, staff_name="L. W.")
    need = NEED.evolve(desk.need, other)
    (row,) = need_rows(need)
    assert isinstance(row, NeedRow)
    assert any("Signed twice" in sentence for sentence in row.alarms)


@pytest.mark.parametrize("medicine", FORMULARY, ids=lambda each: each.code)
def test_no_medicine_of_the_formulary_goes_over_its_ceiling(medicine: Medicine) -> None:
    desk = taken()
    most = medicine.maximum_quantity
    assert most >= 1
    assert medicine.maximum_source
    if is_controlled(medicine):
        order = write(medicine=medicine, unit=medicine.unit, quantity=1)
        assert desk.refuses(order) is Refusal.CONTROLLED_DRUG
        return
    for too_many in (most + 1, most * 10, 10_000):
        order = write(medicine=medicine, unit=medicine.unit, quantity=too_many)
        assert desk.refuses(order) is Refusal.QUANTITY_ABOVE_MAXIMUM
    for too_few in (0, -1):
        order = write(medicine=medicine, unit=medicine.unit, quantity=too_few)
        assert desk.refuses(order) is Refusal.QUANTITY_TOO_SMALL
    events = desk.when(write(medicine=medicine, unit=medicine.unit, quantity=most))
    assert len(events) == 1


def test_a_need_of_which_nothing_is_known_has_no_rows() -> None:
    assert list(need_rows(Need())) == []
