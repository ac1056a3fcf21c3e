"""A form's number survives a pen, a keyboard and a photocopier, and says nothing of anybody."""

import io

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from standfast.continuity.codes import (
    LETTERS,
    FormName,
    form_code,
    form_id,
    pack_number,
    read_code,
)
from tests.continuity.examples import NUMBER, PACK_ID
from tests.continuity.pictures import drawn

CODE = form_code(NUMBER, 12)


def scanned(picture: Image.Image) -> FormName | None:
    found = zxingcpp.read_barcodes(picture)
    return read_code(found[0].text) if found else None


def test_a_code_is_read_as_it_is_written() -> None:
    assert read_code(CODE) == FormName(NUMBER, 12)
    assert read_code(f"SF1:{CODE}") == FormName(NUMBER, 12)


def test_a_code_is_read_as_people_type_it() -> None:
    typed = CODE.lower().replace("-", " ").replace("0", "o").replace("1", "l")

    assert read_code(f"  {typed} ") == FormName(NUMBER, 12)


@given(st.integers(0, len(CODE) - 1), st.sampled_from(LETTERS))
def test_one_wrong_letter_is_almost_never_another_form(place: int, letter: str) -> None:
    wrong = CODE[:place] + letter + CODE[place + 1 :]

    if wrong != CODE and CODE[place] != "-":
        assert read_code(wrong) != FormName(NUMBER, 12)


def test_of_all_slips_of_one_letter_fewer_than_one_in_a_hundred_pass() -> None:
    slips = [
        CODE[:place] + letter + CODE[place + 1 :]
        for place in range(len(CODE))
        for letter in LETTERS
        if CODE[place] not in ("-", letter)
    ]
    passed = [each for each in slips if read_code(each) is not None]

    assert len(passed) < len(slips) / 100


@pytest.mark.parametrize("text", ["", "7F3K2Q", "7F3K2Q-012", "https://example.org", "é" * 11])
def test_what_is_no_number_of_ours_names_no_form(text: str) -> None:
    assert read_code(text) is None


def test_a_pack_and_its_forms_always_have_the_same_names() -> None:
    assert pack_number(PACK_ID) == NUMBER
    assert len(NUMBER) == 6
    assert form_id(PACK_ID, 1) == form_id(PACK_ID, 1) != form_id(PACK_ID, 2)


def test_the_square_code_holds_the_number_and_nothing_else() -> None:
    found = zxingcpp.read_barcodes(drawn(CODE, 6))

    assert [each.text for each in found] == [f"SF1:{CODE}"]


@pytest.mark.parametrize("turn", [0, 3, -7, 90, 180])
def test_a_poor_photocopy_is_still_read(turn: int) -> None:
    """Grey, blurred, askew, packed hard, and an eighth of it gone."""
    picture = drawn(CODE, 10).rotate(turn, expand=True, fillcolor=255)
    picture = picture.filter(ImageFilter.GaussianBlur(2.2)).point(lambda dot: 70 + dot * 0.45)
    stain = Image.new("L", (picture.width // 5, picture.height // 5), 110)
    picture.paste(stain, (int(picture.width * 0.4), int(picture.height * 0.4)))
    copy = io.BytesIO()
    picture.save(copy, "JPEG", quality=25)

    assert scanned(Image.open(copy)) == FormName(NUMBER, 12)
