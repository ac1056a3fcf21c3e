"""The shell, the errors and the NHS macros, rendered by the engine that serves them."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Final

import pytest
from minijinja import Environment

from standfast.web.rendering import Templates

TEMPLATES: Final = Templates(["standfast.web", "nhsuk_frontend_jinja"])
SURROUNDINGS: Final[dict[str, object]] = {
    "now": datetime(2026, 11, 22, 6, 52, tzinfo=UTC),
    "theme": "auto",
    "density": "compact",
    "site_name": "Harrowmere",
    "actor": SimpleNamespace(
        name="Joe Tran", initials="JT", role_label="Call handler", org_name="Harrowmere 111"
    ),
    "workspaces": [
        {"href": "/dispatch", "label": "Dispatch", "icon": "map", "key": "Alt 1", "count": 4}
    ],
}
HOSTILE: Final = "<script>alert(1)</script>"


@pytest.mark.parametrize("status", [401, 403, 404, 405, 409, 413, 422, 429, 500, 503, 418])
def test_every_error_says_what_to_do_next(status: int) -> None:
    page = TEMPLATES.render("error.html", {**SURROUNDINGS, "status": status})
    assert "<h1" in page
    assert 'class="button' in page


def test_a_demonstration_is_marked_and_live_work_is_not() -> None:
    page = TEMPLATES.render(
        "error.html", {**SURROUNDINGS, "status": 404, "demonstration": True}
    )
    assert "Not for real care" in page
    page = TEMPLATES.render("error.html", {**SURROUNDINGS, "status": 404})
    assert "Not for real care" not in page


def test_a_workspace_shows_its_key_and_how_much_waits() -> None:
    page = TEMPLATES.render("error.html", {**SURROUNDINGS, "status": 404})
    assert 'aria-keyshortcuts="Alt+1"' in page
    assert ">4<" in page


def test_the_shell_has_no_style_or_script_that_its_policy_forbids() -> None:
    page = TEMPLATES.render("error.html", {**SURROUNDINGS, "status": 404})
    assert " style=" not in page
    assert "<script>" not in page
    assert " onclick=" not in page


def test_what_a_person_typed_is_shown_and_never_run() -> None:
    page = TEMPLATES.render(
        "error.html", {**SURROUNDINGS, "status": 409, "sentence": HOSTILE, "site_name": HOSTILE}
    )
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("component", "macro", "given"),
    [
        ("input", "input", {"name": "a", "label": {"text": HOSTILE}, "value": HOSTILE}),
        ("radios", "radios", {"name": "a", "items": [{"value": "1", "text": HOSTILE}]}),
        ("button", "button", {"text": HOSTILE}),
        ("error-summary", "errorSummary", {"errorList": [{"text": HOSTILE, "href": "#a"}]}),
        ("summary-list", "summaryList", {"rows": [{"key": {"text": HOSTILE}}]}),
    ],
)
def test_the_nhs_macros_work_and_escape(
    component: str, macro: str, given: dict[str, object]
) -> None:
    source = f'{{% from "nhsuk/components/{component}/macro.jinja" import {macro} %}}'
    engine: Environment = TEMPLATES._environment  # noqa: SLF001 - the engine is what is tried
    page = engine.render_str(f"{source}{{{{ {macro}(given) }}}}", given=given)
    assert "nhsuk-" in page
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
