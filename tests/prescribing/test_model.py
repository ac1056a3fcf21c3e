"""The rules of a need and its prescription. Pure."""

from datetime import timedelta

from msgspec.structs import replace

from standfast.facts.prescribing import (
    MedicineSupplied,
    NeedPutBack,
    NeedTaken,
    PrescriptionCancelled,
    PrescriptionSent,
    PrescriptionSigned,
    PrescriptionWritten,
    SupplyRefused,
    SupplyUndone,
)
from standfast.prescribing.commands import (
    CancelPrescription,
    ChangeDetails,
    DeclineNeed,
    PutBackNeed,
    UndoSupply,
)
from standfast.prescribing.refusals import Refusal
from standfast.prescribing.state import Stage
from tests.prescribing.examples import (
    ADA,
    ASKED,
    LEILA,
    LORNA,
    MARGARET,
    PHARMACY,
    RUTH,
    TAKE,
    WRITE,
    asked,
    drafted,
    medicine,
    sent,
    signed,
    taken,
    write,
)

CHANGED = ChangeDetails(
    patient=replace(MARGARET, given="Margot"), numbers=(), postcode="HM3 4AB", point=None
)
PUT_BACK = PutBackNeed(reason="My shift is over", staff_name=ADA.name)
DECLINE = DeclineNeed(
    advice="Has a spare inhaler at home.", staff_id=ADA.staff_id, staff_name=ADA.name
)


def cancelling(prescription_id: str, actor: object = ADA) -> CancelPrescription:
    return CancelPrescription(
        prescription_id=prescription_id,
        reason="Cannot get there",
        staff_id=actor.staff_id,  # type: ignore[attr-defined]
        staff_name=actor.name,  # type: ignore[attr-defined]
    )


# --- The queue


def test_a_need_asked_for_waits_for_a_prescriber() -> None:
    assert asked().need.stage is Stage.WAITING


def test_the_same_need_asked_for_twice_is_one_need() -> None:
    assert asked().when(ASKED) == ()


def test_what_was_declined_may_be_asked_for_anew() -> None:
    desk = taken().do(DECLINE)
    assert desk.need.stage is Stage.DECLINED
    assert desk.do(ASKED).need.stage is Stage.WAITING


def test_what_the_case_learns_about_the_patient_reaches_the_prescriber() -> None:
    assert asked().do(CHANGED).need.patient.given == "Margot"


def test_details_of_a_case_without_a_need_are_nobodys_business_here() -> None:
    assert type(asked())().when(CHANGED) == ()


def test_only_one_prescriber_takes_a_need() -> None:
    lorna = replace(TAKE, staff_id=LORNA.staff_id, staff_name=LORNA.name)
    assert taken().refuses(lorna) is Refusal.TAKEN_BY_ANOTHER


def test_who_takes_a_need_twice_has_it_once() -> None:
    assert taken().when(TAKE) == ()


def test_a_need_put_back_waits_again_and_says_why() -> None:
    need = drafted().do(PUT_BACK).need
    assert need.stage is Stage.WAITING
    assert need.put_back is not None
    assert need.put_back.reason == "My shift is over"


def test_a_draft_of_somebody_who_put_it_back_cannot_be_signed_by_the_next() -> None:
    desk = drafted()
    order = desk.signature(staff_id=LORNA.staff_id, staff_name=LORNA.name)
    desk.do(PUT_BACK, replace(TAKE, staff_id=LORNA.staff_id, staff_name=LORNA.name))
    assert desk.refuses(order) is Refusal.NOTHING_TO_SIGN


def test_a_need_nobody_has_cannot_be_put_back() -> None:
    assert asked().refuses(PUT_BACK) is Refusal.NOT_YOURS


def test_a_signed_prescription_is_not_left_behind_unowned() -> None:
    assert signed().refuses(PUT_BACK) is Refusal.PRESCRIPTION_LIVE
    assert signed().refuses(DECLINE) is Refusal.PRESCRIPTION_LIVE


def test_only_who_took_a_need_may_decline_it() -> None:
    other = replace(DECLINE, staff_id=RUTH.staff_id)
    assert taken().refuses(other) is Refusal.NOT_YOURS


def test_a_case_that_asked_for_no_medicines_has_nothing_to_take() -> None:
    assert type(asked())().refuses(TAKE) is Refusal.UNKNOWN_NEED


# --- Writing (hazard H22)


def test_a_draft_says_exactly_what_the_formulary_and_the_prescriber_said() -> None:
    (event,) = taken().when(WRITE)
    assert isinstance(event, PrescriptionWritten)
    assert event.item.generic_name == "amoxicillin"
    assert event.item.strength == "500 mg"
    assert event.item.quantity == 15
    assert event.item.unit == "capsule"
    assert event.patient == MARGARET
    assert event.number.startswith("P-")


def test_only_who_took_the_need_prescribes_not_even_the_supervisor() -> None:
    for other in (LORNA, RUTH):
        order = replace(WRITE, staff_id=other.staff_id, staff_name=other.name)
        assert taken().refuses(order) is Refusal.NOT_YOURS


def test_free_text_is_not_prescribed() -> None:
    uncoded = replace(WRITE.medicine, code=" ")
    assert taken().refuses(write(medicine=uncoded)) is Refusal.NOT_CODED
    elsewhere = replace(WRITE.medicine, system="http://example.test/codes")
    assert taken().refuses(write(medicine=elsewhere)) is Refusal.NOT_CODED


def test_a_demonstration_medicine_is_refused_in_a_live_service() -> None:
    assert taken().refuses(write(demonstration=False)) is Refusal.DEMONSTRATION_ONLY


def test_a_quantity_counted_in_another_unit_than_was_shown_is_refused() -> None:
    assert taken().refuses(write(unit="mL")) is Refusal.UNIT_CHANGED


def test_a_dose_is_required() -> None:
    assert taken().refuses(write(dose="  ")) is Refusal.DOSE_MISSING


def test_a_dose_that_leaves_the_amount_open_is_refused_bnf_prescription_writing() -> None:
    for dose in ("As before, with food", "As directed", "By age, four times a day"):
        assert taken().refuses(write(dose=dose)) is Refusal.DOSE_LEFT_OPEN


def test_schedule_2_and_3_are_not_prescribed_here_misuse_of_drugs_regulations_2001() -> None:
    for name, form in (("morphine sulfate", "modified-release"), ("midazolam", "")):
        drug = medicine(name, form)
        order = write(medicine=drug, unit=drug.unit, quantity=1)
        assert taken().refuses(order) is Refusal.CONTROLLED_DRUG


def test_schedule_4_and_5_may_be_prescribed() -> None:
    for name in ("diazepam", "codeine phosphate"):
        drug = medicine(name)
        order = write(medicine=drug, unit=drug.unit, quantity=1)
        assert taken().do(order).need.stage is Stage.DRAFTED


def test_a_patient_without_a_full_name_gets_no_prescription() -> None:
    desk = taken().do(replace(CHANGED, patient=replace(MARGARET, given="")))
    assert desk.refuses(WRITE) is Refusal.PATIENT_NOT_NAMED


def test_a_draft_written_again_replaces_the_one_before() -> None:
    desk = drafted()
    first = desk.prescription_id
    desk.do(write(quantity=21))
    assert desk.prescription_id == first
    assert len(desk.need.prescriptions) == 1
    content = desk.need.prescriptions[0].content
    assert content is not None
    assert content.item.quantity == 21


def test_there_is_one_live_prescription_for_a_need() -> None:
    assert signed().refuses(WRITE) is Refusal.PRESCRIPTION_LIVE
    assert sent().refuses(WRITE) is Refusal.PRESCRIPTION_LIVE


# --- Signing (hazards H22, H24)


def test_a_signature_names_who_what_and_by_which_registration() -> None:
    (event,) = (desk := drafted()).when(desk.signature())
    assert isinstance(event, PrescriptionSigned)
    assert (event.staff_id, event.registration) == (ADA.staff_id, "Demonstration 000001")
    assert len(event.content_hash) == 64


def test_content_that_changed_after_it_was_on_the_screen_is_not_signed() -> None:
    desk = drafted()
    order = desk.signature()
    desk.do(write(quantity=30))
    assert desk.refuses(order) is Refusal.CONTENT_CHANGED


def test_only_who_took_the_need_signs_not_even_the_supervisor() -> None:
    desk = drafted()
    for other in (LORNA, RUTH):
        order = desk.signature(staff_id=other.staff_id, staff_name=other.name)
        assert desk.refuses(order) is Refusal.NOT_YOURS


def test_a_prescription_is_not_signed_twice() -> None:
    desk = signed()
    assert desk.refuses(desk.signature()) is Refusal.ALREADY_SIGNED


def test_a_signature_needs_the_tick_that_it_was_checked() -> None:
    desk = drafted()
    assert desk.refuses(desk.signature(confirmed=False)) is Refusal.NOT_CONFIRMED


def test_somebody_without_a_registration_signs_nothing() -> None:
    desk = drafted()
    assert desk.refuses(desk.signature(registration="")) is Refusal.NO_REGISTRATION


def test_a_patient_who_turned_out_to_be_another_is_not_signed_for() -> None:
    desk = drafted()
    order = desk.signature()
    assert desk.do(CHANGED).refuses(order) is Refusal.PATIENT_CHANGED


def test_an_allergy_recorded_between_writing_and_signing_stops_the_signature() -> None:
    desk = drafted()
    assert desk.refuses(desk.signature(safety_hash="0" * 64)) is Refusal.SAFETY_CHANGED


# --- Sending


def test_a_prescription_goes_to_one_pharmacy() -> None:
    desk = sent()
    assert desk.need.stage is Stage.SENT
    assert desk.when(desk.sending()) == ()
    elsewhere = desk.sending(pharmacy_org="northgate-pharmacy")
    assert desk.refuses(elsewhere) is Refusal.ALREADY_SENT


def test_only_a_signed_prescription_is_sent() -> None:
    desk = drafted()
    assert desk.refuses(desk.sending()) is Refusal.NOT_SIGNED


def test_nothing_is_sent_to_a_pharmacy_that_is_closed() -> None:
    desk = signed()
    assert desk.refuses(desk.sending(is_open=False)) is Refusal.PHARMACY_CLOSED


def test_a_prescription_for_somebody_else_is_not_sent() -> None:
    desk = signed()
    desk.do(replace(CHANGED, patient=replace(MARGARET, person_id="p-grace")))
    assert desk.refuses(desk.sending()) is Refusal.PATIENT_CHANGED


def test_a_prescription_can_be_cancelled_until_it_is_supplied() -> None:
    desk = sent()
    events = desk.when(cancelling(desk.prescription_id))
    assert [type(event) for event in events] == [PrescriptionCancelled, NeedTaken]
    assert desk.need.stage is Stage.TAKEN
    assert desk.refuses(desk.supply()) is Refusal.CANCELLED
    assert desk.refuses(cancelling(desk.prescription_id)) is Refusal.NOTHING_TO_CANCEL


def test_a_colleague_who_cancels_has_the_need_from_then_on() -> None:
    desk = signed()
    events = desk.when(cancelling(desk.prescription_id, LORNA))
    assert [type(each) for each in events] == [PrescriptionCancelled, NeedPutBack, NeedTaken]
    assert desk.need.holder is not None
    assert desk.need.holder.staff_id == LORNA.staff_id


def test_after_a_cancelled_prescription_another_with_a_new_number_may_be_written() -> None:
    desk = signed()
    first = desk.prescription_id
    desk.do(cancelling(first), WRITE)
    assert desk.prescription_id != first


# --- The pharmacy (hazard H23)


def test_the_pharmacist_says_by_name_that_it_was_supplied() -> None:
    (event,) = (desk := sent()).when(desk.supply())
    assert isinstance(event, MedicineSupplied)
    assert (event.by, event.pharmacy_name) == (LEILA.name, "Quayside Pharmacy")
    assert desk.need.stage is Stage.SUPPLIED


def test_a_supply_said_twice_is_one_supply() -> None:
    desk = sent()
    desk.do(desk.supply())
    assert desk.when(desk.supply()) == ()


def test_a_colleague_is_told_that_it_was_supplied_already() -> None:
    desk = sent()
    desk.do(desk.supply())
    assert desk.refuses(desk.supply(staff_id="tariq.aziz")) is Refusal.ALREADY_SUPPLIED
    assert desk.refuses(desk.cannot()) is Refusal.ALREADY_SUPPLIED
    assert desk.refuses(cancelling(desk.prescription_id)) is Refusal.ALREADY_SUPPLIED


def test_another_pharmacy_cannot_supply_it() -> None:
    desk = sent()
    order = desk.supply(pharmacy_org="northgate-pharmacy")
    assert desk.refuses(order) is Refusal.NOT_AT_PHARMACY


def test_what_cannot_be_supplied_waits_for_a_prescriber_again_with_the_reason() -> None:
    desk = sent()
    (event,) = desk.when(desk.cannot())
    assert isinstance(event, SupplyRefused)
    assert desk.need.stage is Stage.WAITING
    assert desk.need.returned is not None
    assert desk.need.returned.reason == "Out of stock"
    assert desk.when(desk.cannot()) == ()


def test_what_a_pharmacy_gave_back_is_never_supplied() -> None:
    desk = sent()
    desk.do(desk.cannot())
    assert desk.refuses(desk.supply()) is Refusal.NOT_AT_PHARMACY


def test_a_returned_need_is_written_sent_and_supplied_anew() -> None:
    desk = sent()
    desk.do(desk.cannot(), TAKE, WRITE)
    desk.do(desk.signature())
    desk.do(desk.sending(pharmacy_org="northgate-pharmacy"))
    desk.do(desk.supply(pharmacy_org="northgate-pharmacy"))
    assert desk.need.stage is Stage.SUPPLIED
    assert len(desk.need.supplied) == 1


def test_a_slip_is_undone_within_two_minutes() -> None:
    desk = sent()
    desk.do(desk.supply())
    undo = UndoSupply(
        prescription_id=desk.prescription_id, pharmacy_org=PHARMACY, staff_name=LEILA.name
    )
    events = desk.when(undo)
    assert [type(event) for event in events] == [SupplyUndone, PrescriptionSent]
    assert desk.need.stage is Stage.SENT
    assert desk.refuses(undo) is Refusal.NOT_SUPPLIED
    desk.do(desk.supply())
    desk.now += timedelta(minutes=3)
    assert desk.refuses(undo) is Refusal.TOO_LATE_TO_UNDO


def test_what_is_over_is_over() -> None:
    desk = sent()
    desk.do(desk.supply())
    assert desk.refuses(TAKE) is Refusal.NEED_ENDED
    assert desk.refuses(WRITE) is Refusal.NEED_ENDED
    assert desk.when(ASKED) == ()
