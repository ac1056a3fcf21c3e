"""What we write and take on keeps FHIR R4 and UK Core, say two validators that are not ours.

``make fhir-conformance`` says the same over every mutant, with who noticed what.
"""

from collections.abc import Mapping

import pytest

from tests.conformance.messages import made, taken
from tests.conformance.mutants import LEFT_OUT, WAYS
from tests.conformance.validators import PROFILES, Verdict, judged
from tools.fhir_conformance import ANY, EITHER, OURS, Score, scores, total

SELDOM = 40
"""Every fortieth place: some seconds of the minutes that all of them take."""


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    """Ask once about every message."""
    return judged(made() | taken())


@pytest.fixture(scope="module")
def found() -> Mapping[str, Score]:
    """Spoil a referral now and then."""
    return scores(each=SELDOM)


def test_every_kind_of_message_that_we_write_is_without_fault(
    verdicts: dict[str, Verdict],
) -> None:
    assert {name: verdicts[name] for name in made()} == {
        name: Verdict((), ()) for name in made()
    }


def test_every_example_that_we_take_on_is_without_fault(verdicts: dict[str, Verdict]) -> None:
    assert {name: verdicts[name] for name in taken()} == {
        name: Verdict((), ()) for name in taken()
    }


@pytest.mark.skipif(not PROFILES.is_dir(), reason="UK Core's profiles are not on this machine")
def test_uk_core_asks_for_more_than_fhir_does() -> None:
    """UKCore-Patient: somebody has one NHS number."""
    number = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}
    patient = {"resourceType": "Patient", "identifier": [number, number]}

    verdict = judged({"patient": patient})["patient"]

    assert verdict.lantana == ()
    assert [fault for fault in verdict.medplum if "UKCorePatient" in fault]


@pytest.mark.parametrize(
    "way",
    [
        "another kind of value",
        "an element nobody knows",
        "a day that is none",
        "a status that is none",
    ],
)
def test_what_no_message_may_have_never_passes_both(
    found: Mapping[str, Score], way: str
) -> None:
    assert found[way].share(EITHER) == 1.0


def test_a_reference_to_nothing_is_noticed_at_the_door(found: Mapping[str, Score]) -> None:
    """Neither validator follows references within a Bundle; our own rules do."""
    assert found["a reference to nothing"].noticed[OURS] > 0


def test_most_mistakes_are_noticed_by_somebody(found: Mapping[str, Score]) -> None:
    assert set(found) == set(WAYS)
    assert found[LEFT_OUT].noticed[ANY] > 0
    assert total(found).share(ANY) >= 0.99
