"""The hazard log holds what is so: each control of the program is there, and is tested."""

from pathlib import Path

import pytest

from tools import facts
from tools.hazards import LEVELS, Control, Hazard, hazards
from tools.trace import missing_hazards

HAZARDS = {hazard.id: hazard for _, hazard in hazards()}
BY_DESIGN = [
    (hazard.id, control)
    for hazard in HAZARDS.values()
    for control in hazard.controls
    if control.kind == "design"
]


@pytest.mark.parametrize(("path", "hazard"), list(hazards()), ids=HAZARDS)
def test_a_hazard_is_kept_in_the_file_of_its_name(path: Path, hazard: Hazard) -> None:
    assert path.name == f"{hazard.id}.yaml"


def test_every_hazard_of_the_log_has_its_file() -> None:
    assert missing_hazards() == []


@pytest.mark.parametrize(("hazard", "control"), BY_DESIGN)
def test_a_control_of_the_program_names_its_code(hazard: str, control: Control) -> None:
    path, _, name = control.code.partition("::")
    file = facts.ROOT / path

    assert file.is_file(), f"{hazard}: {control.code}"
    if name:
        assert name in facts.names_in(file), f"{hazard}: {control.code}"


@pytest.mark.parametrize(("hazard", "control"), BY_DESIGN)
def test_a_control_of_the_program_names_its_test(hazard: str, control: Control) -> None:
    assert control.test in facts.every_test(), f"{hazard}: {control.test}"


def test_no_control_is_by_people_alone_while_its_code_is_named() -> None:
    """What has code is of the program, and so must have a test."""
    assert [
        control.text
        for hazard in HAZARDS.values()
        for control in hazard.controls
        if control.kind != "design" and (control.code or control.test)
    ] == []


def test_nobody_has_signed_who_is_not_named() -> None:
    """No Clinical Safety Officer has reviewed anything yet. Whoever does is named here."""
    assert {hazard.cso_review for hazard in HAZARDS.values()} == {"none yet"}


def test_every_owner_is_a_part_of_the_program() -> None:
    packages = {found.parent.name for found in facts.SOURCE.glob("*/__init__.py")}

    assert {hazard.owner for hazard in HAZARDS.values()} <= packages


def test_risk_rises_with_severity_and_with_likelihood() -> None:
    for row in (*LEVELS, *zip(*LEVELS, strict=True)):
        assert list(row) == sorted(row)
