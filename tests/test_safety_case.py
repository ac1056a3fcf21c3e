"""The safety case says what a run of the tests said, and what is missing is found."""

from pathlib import Path
from typing import Final

import pytest

from tools import facts, trace
from tools.hazards import Hazard, hazards
from tools.results import Outcome, Run
from tools.safety_case import case, evidence, handover

FOUND: Final = [hazard for _, hazard in hazards()]
TESTS: Final = sorted({control.test for hazard in FOUND for control in evidence(hazard)})


def report(tmp_path: Path, outcomes: dict[str, str]) -> Run:
    """Return a run of the tests of *outcomes*, each with what its case holds."""
    cases = "".join(
        f'<testcase classname="{path.removesuffix(".py").replace("/", ".")}" name="{name}">'
        f"{inside}</testcase>"
        for test, inside in outcomes.items()
        for path, _, name in [test.partition("::")]
    )
    file = tmp_path / "report.xml"
    file.write_text(
        f'<testsuites><testsuite timestamp="2026-11-22T18:00:00">{cases}</testsuite></testsuites>',
        encoding="utf-8",
    )
    return Run(file)


def test_a_test_is_as_good_as_the_worst_of_its_cases(tmp_path: Path) -> None:
    run = report(
        tmp_path,
        {
            "tests/test_a.py::test_good[1]": "",
            "tests/test_a.py::test_good[2]": "",
            "tests/test_a.py::test_half[1]": "",
            "tests/test_a.py::test_half[2]": "<skipped/>",
            "tests/test_a.py::test_bad[1]": "<failure/>",
            "tests/test_a.py::test_bad[2]": "",
            "tests/test_a.py::test_broke": "<error/>",
        },
    )

    assert run["tests/test_a.py::test_good"] is Outcome.PASSED
    assert run["tests/test_a.py::test_half"] is Outcome.SKIPPED
    assert run["tests/test_a.py::test_bad"] is Outcome.FAILED
    assert run["tests/test_a.py::test_broke"] is Outcome.FAILED
    assert run["tests/test_a.py::test_else"] is Outcome.NOT_RUN


def test_the_case_says_what_became_of_each_test(tmp_path: Path) -> None:
    passed, failed = TESTS[0], TESTS[1]
    said = case(report(tmp_path, {passed: "", failed: "<failure/>"}))

    assert f"[`{passed.partition('::')[2]}`](../{passed.partition('::')[0]}): passed" in said
    assert f"[`{failed.partition('::')[2]}`](../{failed.partition('::')[0]}): FAILED" in said
    assert f"1 passed, 0 skipped, 1 FAILED, {len(TESTS) - 2} not run." in said


def test_a_run_in_which_all_passed_leads_everywhere(tmp_path: Path) -> None:
    outcomes = dict.fromkeys(facts.every_test(), "")

    assert list(trace.broken(report(tmp_path, outcomes))) == []


@pytest.mark.parametrize(
    ("inside", "said"), [("<failure/>", "FAILED"), ("<skipped/>", "skipped"), (None, "not run")]
)
def test_a_control_whose_test_did_not_pass_is_named(
    tmp_path: Path, inside: str | None, said: str
) -> None:
    outcomes = dict.fromkeys(facts.every_test(), "")
    if inside is None:
        del outcomes[TESTS[0]]
    else:
        outcomes[TESTS[0]] = inside

    broken = list(trace.broken(report(tmp_path, outcomes)))

    assert broken
    assert all(each.endswith(f": {said}: {TESTS[0]}") for each in broken)


def test_a_hazard_without_its_file_is_named_when_it_is_strict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trace, "hazards", lambda: [(Path(), each) for each in FOUND[1:]])

    assert f"{FOUND[0].id}: there is no such file" in list(trace.broken(strict=True))


@pytest.mark.parametrize(
    "reference", ["", "src/standfast/nothing.py", "src/standfast/app.py::nothing"]
)
def test_code_that_is_not_there_is_noticed(reference: str) -> None:
    assert not trace.names_something(reference)


@pytest.mark.parametrize("hazard", FOUND, ids=lambda hazard: hazard.id)
def test_what_people_must_give_is_handed_over(hazard: Hazard) -> None:
    given = handover()

    for control in hazard.controls:
        assert (control.text in given) == (control.kind != "design")
    assert hazard.residual in given


@pytest.mark.parametrize("hazard", FOUND, ids=lambda hazard: hazard.id)
def test_what_is_not_yet_controlled_says_which_issue_will(hazard: Hazard) -> None:
    assert not hazard.awaits or hazard.awaits.startswith("issue ")
