"""What prescribing says to people."""

from standfast.prescribing.refusals import Refusal
from standfast.prescribing.words import REFUSALS, describe
from tests.prescribing.test_properties import STORY


def test_every_refusal_has_its_sentence() -> None:
    assert set(REFUSALS) == set(Refusal)
    for sentence in REFUSALS.values():
        assert sentence.endswith((".", "}"))


def test_every_fact_is_told_in_one_plain_sentence() -> None:
    told = [describe(event) for event in STORY]
    assert "amoxicillin capsules 500 mg, 15 capsules" in " ".join(told)
    assert all(told)
