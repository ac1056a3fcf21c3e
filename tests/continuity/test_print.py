"""What is printed is what the screen asks, with the same numbers, and names nobody."""

from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import typst

from standfast.continuity.codes import form_code
from standfast.continuity.gathering import ring_first
from standfast.continuity.model_pack import PACK, Pack
from standfast.continuity.printing import CHOICE, TEMPLATES, THREATS, Cover, forms_data
from standfast.facts.continuity import IssuedForm, PackPrinted
from standfast.facts.on_paper import PaperContent, Telephone
from standfast.settings import Settings
from standfast.triage.content import current
from standfast.triage.paper import on_paper
from tests.continuity.examples import NUMBER, PRINT
from tests.support.site import NOON

COVER: Final = Cover(
    site="Harrowmere",
    org_name="Harrowmere Urgent Care",
    ambulance=Telephone(
        kind="ambulance", name="Ambulance desk", phone="01632960999", always_open=True
    ),
    ring=(("Manager on call", "07700900101"),),
    telephones=tuple(
        Telephone(kind="pharmacy", name=f"Pharmacy {n}", phone="01632960123", always_open=False)
        for n in range(70)
    ),
    demonstration=True,
    slip="P-12345678, printed by Sunita Rao.",
)
CONTENT: Final = on_paper()


def data(*forms: IssuedForm, content: PaperContent | None = CONTENT) -> dict[str, Any]:
    command = msgspec.structs.replace(PRINT, forms=forms or PRINT.forms)
    (printed,) = PACK.decide(Pack(), command, NOON)
    assert isinstance(printed, PackPrinted)
    return forms_data(printed, COVER, content)


def pages(given: dict[str, Any]) -> int:
    drawn: Any = typst.compile(
        TEMPLATES / "forms.typ",
        format="png",
        ppi=10,
        sys_inputs={"pack": msgspec.json.encode(given).decode()},
    )
    return len(drawn) if isinstance(drawn, list) else 1


def test_paper_asks_what_the_screen_asks_with_the_same_numbers() -> None:
    """Word for word and key for key, every question of every protocol, and where each leads."""
    screen, given = current(), data()
    on_sheets = [
        *given["forms"][0]["threats"],
        *given["forms"][0]["main"],
        *(question for card in given["cards"] for question in card["questions"]),
    ]

    assert {each["id"] for each in on_sheets} == set(screen.questions)
    for each in on_sheets:
        asked = screen.questions[each["id"]]
        assert each["ask"] == asked.ask
        assert [
            (choice["key"], choice["text"], choice["code"]) for choice in each["choices"]
        ] == [(choice.key, choice.text, choice.rules_in) for choice in asked.choices]


def test_every_answer_that_asks_for_an_ambulance_says_so_on_paper() -> None:
    urgent = {code for code in current().dispositions if code.startswith("AMB")}
    choices = [
        choice
        for protocol in CONTENT.protocols
        for question in protocol.questions
        for choice in question.choices
    ]

    assert urgent
    assert all(choice.urgent is (choice.code in urgent) for choice in choices)


def test_a_form_for_one_problem_has_its_questions_and_only_the_way_to_them() -> None:
    form = data()["forms"][3]
    main = {
        question["number"]: [choice["text"] for choice in question["choices"]]
        for question in form["main"]
    }

    assert main == {1: ["Pain"], 2: ["Chest", "Not sure"]}
    assert [each["number"] for each in form["own"]] == [1, 2, 3, 4, 5, 6]


def test_each_form_fits_its_two_sides_whatever_problem_it_is_for() -> None:
    kinds = [each for each in CONTENT.protocols if each.id not in (THREATS, CHOICE)]
    forms = [
        IssuedForm(number=number, protocol=each.id, title=each.title)
        for number, each in enumerate(kinds, start=1)
    ]

    more = pages(data(*forms)) - pages(data(IssuedForm(number=1)))
    assert more == 2 * (len(forms) - 1)


def test_a_site_without_questions_prints_the_plain_reasons_to_ring_999() -> None:
    given = data(IssuedForm(number=1), content=None)

    assert given["cards"] == []
    assert given["forms"][0]["threats"] == []
    assert len(given["plain"]) == 8
    assert pages(given) == 3


def test_the_cover_says_whom_to_ring_and_which_forms_there_are() -> None:
    given = data()

    assert given["ambulance"]["phone"] == "01632 960 999"
    assert given["ring"] == [{"name": "Manager on call", "phone": "07700 900 101"}]
    assert (given["first"], given["last"]) == (form_code(NUMBER, 1), form_code(NUMBER, 4))
    assert given["more"] == 10


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("", ()),
        ("Manager=07700 900101", (("Manager", "07700 900101"),)),
        ("A=1, nobody, B = 2 ", (("A", "1"), ("B", "2"))),
    ],
)
def test_whom_to_ring_first_is_as_the_site_has_set_it(
    said: str, names: tuple[tuple[str, str], ...]
) -> None:
    settings = Settings(database_url="", reader_url="", data=Path(), packs_ring=said)

    assert ring_first(settings) == names
