"""The table of controls says what is so: what is met has its code and its tests."""

from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from tools import facts
from tools.controls import CONTROLS, NUMBERS, Control, awaited, controls, number_of, table
from tools.trace import names_something

FOUND: Final = dict(controls())

MET: Final[dict[str, Any]] = {
    "control": "No page is open to anybody by mistake.",
    "state": "met",
    "how": "A route cannot be made without a permission.",
    "code": ["src/standfast/web/pages.py::Page"],
    "tests": ["tests/test_controls.py::test_all_44_controls_are_written_down"],
}


def test_all_44_controls_are_written_down() -> None:
    assert awaited() == ()


@pytest.mark.parametrize("path", sorted(CONTROLS.iterdir()), ids=lambda path: path.stem)
def test_a_control_is_kept_in_the_file_of_its_number(path: Path) -> None:
    assert number_of(path) in NUMBERS
    assert path.name == f"C{number_of(path):02}.yaml"


@pytest.mark.parametrize("number", FOUND)
def test_a_control_names_code_that_exists(number: int) -> None:
    assert [each for each in FOUND[number].code if not names_something(each)] == []


@pytest.mark.parametrize("number", FOUND)
def test_a_control_names_tests_that_exist(number: int) -> None:
    assert set(FOUND[number].tests) - facts.every_test() == set()


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"tests": []}, "at least one test"),
        ({"code": []}, "names its code"),
        ({"missing": "Half of it is missing."}, "only that"),
        ({"whose": "The organisation's."}, "whose it is"),
        ({"state": "partly"}, "what is missing"),
        ({"state": "not_yet", "code": [], "tests": []}, "what is missing"),
        ({"state": "not_ours"}, "whose it is"),
        ({"state": "done"}, "Invalid enum value"),
        ({"proof": "trust us"}, "unknown field"),
        ({"how": "Somehow"}, "length >= 10"),
    ],
)
def test_a_claim_without_what_it_needs_is_refused(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=why):
        msgspec.convert(MET | changed, Control)


def test_a_claim_with_its_evidence_is_taken() -> None:
    assert msgspec.convert(MET, Control).state == "met"


def test_the_counts_at_the_top_are_those_of_the_rows() -> None:
    said = table()

    for state, words in (("met", "met"), ("partly", "partly"), ("not_yet", "not yet")):
        counted = sum(each.state == state for each in FOUND.values())
        assert f"**{counted} {words}**" in said
        assert said.count(f" | {words} | ") == counted
