"""The scripts as they travel: shortened, and still what Chromium reads."""

import pytest

from standfast.web.rendering import STATIC
from standfast.web.static_files import shorter_styles
from tests.browser.people import Town

pytestmark = pytest.mark.browser

LOAD = """async name => {
  const folder = document.querySelector('script[type="module"]').src.replace("app.js", "");
  try { await import(folder + name); } catch (error) { return error.name; }
}"""
"""A script made for another page may fail on this one, but only because of what is not on it."""


def test_every_script_that_travels_shortened_can_still_be_read(town: Town) -> None:
    page = town.browser.new_page()
    page.goto(f"{town.node.address}/sign-in")
    modules = sorted({path.name for path in STATIC.glob("*.js")} - {"sw.js"})

    failed = {name: page.evaluate(LOAD, name) for name in modules}
    page.close()

    assert {name for name, error in failed.items() if error == "SyntaxError"} == set()
    assert None in failed.values()


RULES = """styles => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  return [...sheet.cssRules].map(rule => rule.cssText.replace(/\\n\\s+/g, "\\n"));
}"""
"""A value with a variable keeps the indents of its lines, which mean nothing: no string has one."""


def test_every_stylesheet_that_travels_shortened_means_what_it_meant(town: Town) -> None:
    page = town.browser.new_page()
    for path in STATIC.rglob("*.css"):
        styles = path.read_text(encoding="utf-8")
        assert page.evaluate(RULES, shorter_styles(styles)) == page.evaluate(RULES, styles)
    page.close()
