"""The answers to ASVS claim no more than the controls do, and say what is missing."""

from pathlib import Path

import pytest

from tools.asvs import Answer, answers, catalogue, state, table, unanswered
from tools.controls import NUMBERS, controls


def test_every_answer_names_controls_that_there_are() -> None:
    assert {number for each in answers() for number in each.controls} <= set(NUMBERS)


def test_nothing_is_answered_twice() -> None:
    ids = [each.id for each in answers()]

    assert len(set(ids)) == len(ids)


def test_an_answer_is_met_no_further_than_its_least_met_control() -> None:
    known = {number: control.state for number, control in controls()}
    met = next(number for number, said in known.items() if said == "met")
    not_yet = next(number for number, said in known.items() if said == "not_yet")

    assert state(Answer(id="1.1.1", controls=(met,))) == "met"
    assert state(Answer(id="1.1.1", controls=(met, not_yet))) == "not_yet"


def test_what_the_catalogue_has_and_nobody_answered_is_listed(tmp_path: Path) -> None:
    official = tmp_path / "asvs5.csv"
    official.write_text(
        "chapter_id,chapter_name,section_id,section_name,req_id,req_description,L\n"
        "V6,Authentication,V6.3,General,V6.3.3,Some words,2\n"
        "V8,Authorization,V8.4,Other,V8.4.1,Some words,1\n",
        encoding="utf-8",
    )

    missing = unanswered(catalogue(official))

    assert [(each.id, each.level) for each in missing] == [("8.4.1", "1")]


def test_another_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("name,colour\nrose,red\n", encoding="utf-8")

    with pytest.raises(ValueError, match="not the CSV of ASVS 5"):
        catalogue(other)


def test_the_document_says_that_the_others_are_not_answered() -> None:
    assert "of 345 requirements are answered one by one" in table()
    assert "**The others are not" in table()
