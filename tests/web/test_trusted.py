"""Our scripts make elements from HTML in one place, and nothing else can."""

import re
from pathlib import Path
from typing import Final

import pytest

from standfast.web.rendering import STATIC
from standfast.web.security import POLICY

SCRIPTS: Final = sorted(STATIC.glob("*.js"))

SINKS: Final = re.compile(
    r"\.(?:inner|outer)HTML\s*=[^=]|insertAdjacentHTML|document\.write|\beval\(|new Function\b"
    r"|setHTMLUnsafe|DOMParser|createContextualFragment|srcdoc|\.setAttribute\(\s*[\"'`]on"
    r"|serviceWorker\.register\((?!workerAddress\(\))|new Worker\(|createPolicy"
)
"""Where a browser turns text into something that runs."""

ONE_PLACE: Final = {"dom.js": [".innerHTML = ", "createPolicy"]}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_html_becomes_elements_in_one_place(script: Path) -> None:
    found = SINKS.findall(script.read_text(encoding="utf-8"))

    assert sorted(found) == sorted(ONE_PLACE.get(script.name, []))


def test_the_policy_lets_a_page_run_our_files_and_nothing_that_stands_in_it() -> None:
    rules = dict(rule.partition(" ")[::2] for rule in POLICY.split("; "))

    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert rules["require-trusted-types-for"] == "'script'"
    assert rules["trusted-types"] == "standfast"
    for loose in ("unsafe", "nonce", "http:", "https:", "*", "blob:"):
        assert loose not in POLICY
