"""Every combination that the decision depends on, and what must hold in all of them."""

from itertools import product
from typing import Final

import pytest
from msgspec.structs import replace

from standfast.access.asking import Act, Answer, Asked, Relationship, Why
from standfast.access.policy import RULES, decide
from standfast.identity.permissions import Role
from standfast.kernel.access import Assurance, Purpose, Sensitivity

DESKS: Final = ("dispatcher", "receptionist", "pharmacist")

ROLES: Final = (*RULES, "it_officer", "support", "nobody we know")

EVERY: Final = tuple(
    Asked(
        role=role,
        relationship=relationship,
        same_organisation=same,
        sensitivity=sensitivity,
        purpose=purpose,
        assurance=assurance,
        act=act,
        on_shift=on_shift,
        offline=offline,
    )
    for role, relationship, same, sensitivity, purpose, assurance, act, on_shift, offline in (
        product(
            ROLES,
            Relationship,
            (True, False),
            Sensitivity,
            Purpose,
            Assurance,
            Act,
            (True, False),
            (True, False),
        )
    )
)
DECIDED: Final = {asked: decide(asked) for asked in EVERY}
ALLOWED: Final = tuple(
    asked for asked, decision in DECIDED.items() if decision.answer is Answer.ALLOW
)


def test_it_is_the_whole_table() -> None:
    assert len(DECIDED) == len(EVERY) == 11 * 5 * 2 * 3 * 7 * 3 * 4 * 2 * 2
    assert 0 < len(ALLOWED) < len(EVERY) / 10


def test_everything_that_is_not_allowed_says_why() -> None:
    assert all(
        (decision.answer is Answer.ALLOW) is (decision.why is Why.ALLOWED)
        for decision in DECIDED.values()
    )


def test_nobody_sees_across_organisations_without_a_relationship() -> None:
    across = [asked for asked in ALLOWED if not asked.same_organisation]

    assert across
    assert {asked.relationship for asked in across} == {
        Relationship.LIVE,
        Relationship.PERSONAL,
    }


@pytest.mark.parametrize("surer", [Assurance.PRESENT, Assurance.FRESH])
def test_to_be_surer_who_somebody_is_never_loses_anything(surer: Assurance) -> None:
    for asked, decision in DECIDED.items():
        if asked.assurance < surer:
            more = DECIDED[replace(asked, assurance=surer)]
            assert more.answer >= decision.answer or decision.answer is Answer.STEP_UP, asked
            assert not (decision.answer is Answer.STEP_UP and more.answer < Answer.STEP_UP)


@pytest.mark.parametrize("more", [Sensitivity.RESTRICTED, Sensitivity.VERY_RESTRICTED])
def test_the_more_guarded_a_record_is_the_less_is_allowed(more: Sensitivity) -> None:
    for asked, decision in DECIDED.items():
        if asked.sensitivity < more:
            assert DECIDED[replace(asked, sensitivity=more)].answer <= decision.answer, asked


def test_support_writes_nothing_and_never_sees_what_is_very_restricted() -> None:
    support = [asked for asked in ALLOWED if asked.role.startswith("support")]

    assert support
    assert {asked.act for asked in support} == {Act.READ}
    assert Sensitivity.VERY_RESTRICTED not in {asked.sensitivity for asked in support}


def test_broken_glass_never_grants_prescribing() -> None:
    prescribing = [asked for asked in ALLOWED if asked.act is Act.PRESCRIBE]

    assert {asked.role for asked in prescribing} == {"clinician"}
    assert {asked.relationship for asked in prescribing} == {
        Relationship.LIVE,
        Relationship.PERSONAL,
    }
    for asked, decision in DECIDED.items():
        if asked.act is Act.PRESCRIBE:
            assert decision.answer is not Answer.BREAK_GLASS, asked


def test_nothing_is_opened_by_name_for_secondary_use() -> None:
    assert Purpose.SECONDARY_USE not in {asked.purpose for asked in ALLOWED}


def test_nothing_is_opened_off_shift_or_by_a_role_that_is_not_in_the_table() -> None:
    assert {asked.on_shift for asked in ALLOWED} == {True}
    assert {asked.role for asked in ALLOWED} <= set(RULES)


def test_whoever_only_chose_a_name_opens_nothing() -> None:
    assert Assurance.CHOSEN not in {asked.assurance for asked in ALLOWED}


def test_oversight_and_subject_access_change_nothing() -> None:
    purposes = {asked.purpose for asked in ALLOWED if asked.act is not Act.READ}

    assert purposes == {Purpose.DIRECT_CARE}


def test_no_relationship_at_all_opens_nothing_for_care() -> None:
    without = [asked for asked in ALLOWED if asked.relationship is Relationship.NONE]

    assert {asked.role for asked in without} == {"privacy_officer"}


def test_more_of_a_relationship_never_loses_anything() -> None:
    order = (Relationship.NONE, Relationship.LIVE, Relationship.PERSONAL)
    for asked, decision in DECIDED.items():
        if asked.relationship in order:
            for more in order[order.index(asked.relationship) :]:
                assert DECIDED[replace(asked, relationship=more)].answer >= decision.answer


def test_every_role_of_staff_is_in_the_table_or_opens_no_record() -> None:
    assert {role.value for role in Role} - set(RULES) == {"it_officer", "support"}
    assert set(RULES) <= {role.value for role in Role}


def test_what_is_very_restricted_needs_a_fresh_proof_unless_it_is_ones_own_work() -> None:
    guarded = [each for each in ALLOWED if each.sensitivity is Sensitivity.VERY_RESTRICTED]

    assert guarded
    for asked in guarded:
        at_a_desk = asked.role in DESKS and asked.relationship is Relationship.LIVE
        own = at_a_desk or asked.relationship is Relationship.PERSONAL
        assert asked.assurance is Assurance.FRESH or own


def test_the_live_work_of_a_desk_never_depends_on_how_guarded_it_is() -> None:
    live = {Relationship.LIVE, Relationship.PERSONAL}
    for asked, decision in DECIDED.items():
        if asked.role in DESKS and asked.relationship in live:
            normal = replace(asked, sensitivity=Sensitivity.NORMAL)
            assert decision == DECIDED[normal], asked


def test_being_cut_off_never_allows_more() -> None:
    for asked, decision in DECIDED.items():
        if not asked.offline:
            assert DECIDED[replace(asked, offline=True)].answer <= decision.answer, asked


def test_how_to_get_in_is_told_at_once_in_ones_own_open_work_and_else_after_a_proof() -> None:
    told = [asked for asked in ALLOWED if asked.act is Act.ENTER]

    roles = {"call_handler", "clinician", "supervisor", "dispatcher"}
    assert {asked.role for asked in told} == roles
    at_once = {asked for asked in told if asked.assurance is Assurance.PRESENT}
    for asked in told:
        at_the_desk = asked.role == "dispatcher" and asked.relationship is Relationship.LIVE
        own = at_the_desk or asked.relationship is Relationship.PERSONAL
        assert own or asked not in at_once, asked
    assert {asked.role for asked in at_once} == roles


def test_how_to_get_in_is_never_told_without_work_that_is_open_or_a_reason() -> None:
    for asked, decision in DECIDED.items():
        if asked.act is Act.ENTER and asked.relationship < Relationship.BROKEN_GLASS:
            assert decision.answer <= Answer.BREAK_GLASS, asked
