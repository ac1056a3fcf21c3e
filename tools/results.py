"""What became of each test in a run: pytest's JUnit report, read for the safety case."""

from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path
from typing import Final

from lxml import etree


class Outcome(IntEnum):
    """What a run says of a test. Of several cases of one test the greatest counts."""

    PASSED = 0
    SKIPPED = 1
    FAILED = 2
    NOT_RUN = 3


WORDS: Final[Mapping[Outcome, str]] = {
    Outcome.PASSED: "passed",
    Outcome.SKIPPED: "skipped",
    Outcome.FAILED: "FAILED",
    Outcome.NOT_RUN: "not run",
}

_FAULTS: Final = frozenset({"failure", "error"})


class Run:
    """The results of one run of the tests: ``pytest --junit-xml=report.xml``."""

    def __init__(self, path: Path) -> None:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        suite = etree.parse(path, parser).getroot()
        self.began = next((each.get("timestamp", "") for each in suite.iter("testsuite")), "")
        self._outcomes: dict[str, Outcome] = {}
        for case in suite.iter("testcase"):
            name = test_name(case.get("classname", ""), case.get("name", ""))
            known = self._outcomes.get(name, Outcome.PASSED)
            self._outcomes[name] = max(known, _outcome(case))

    def __getitem__(self, test: str) -> Outcome:
        return self._outcomes.get(test, Outcome.NOT_RUN)


class Lenient:
    """The results of *run* where the machine lacks what some tests need: skipped is no fault."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __getitem__(self, test: str) -> Outcome:
        found = self._run[test]
        return Outcome.PASSED if found is Outcome.SKIPPED else found


def test_name(module: str, case: str) -> str:
    """Return ``tests/a/test_b.py::test_c`` of ``tests.a.test_b`` and ``test_c[1-2]``."""
    return f"{module.replace('.', '/')}.py::{case.partition('[')[0]}"


def _outcome(case: etree._Element) -> Outcome:
    inside = {child.tag for child in case}
    if inside & _FAULTS:
        return Outcome.FAILED
    return Outcome.SKIPPED if "skipped" in inside else Outcome.PASSED
