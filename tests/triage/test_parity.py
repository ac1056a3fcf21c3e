"""The engine in the browser comes to the same step as the reference, on every path.

Every path of every protocol for every patient the content tells apart, and each step on the
way; walked by node, or by Debian's Chromium on a machine without node.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from standfast.triage.content import compiled_json, current
from standfast.triage.engine import Facts, Given, Step, walk
from tests.triage.paths import NO_THREAT, PATIENTS, answered, every_path

ENGINE: Final = (
    Path(__file__).parents[2] / "src" / "standfast" / "web" / "static" / "triage-engine.js"
)
SCRIPT: Final = Path(__file__).with_name("parity.mjs")
CHROMIUM: Final = shutil.which("chromium")
NODE: Final = shutil.which("node")

Walk = tuple[Facts, tuple[Given, ...]]
Engine = Callable[[list[bytes], Path], list[dict[str, Any]]]


def every_step() -> set[Walk]:
    """Return every list of answers that begins a path, with who the patient is."""
    return {
        (facts, answers[:n])
        for facts in PATIENTS
        for answers, _ in every_path(facts)
        for n in range(len(answers) + 1)
    }


def out_of_step() -> Iterator[Walk]:
    """Yield answers that do not fit: too many, unknown, or of another patient."""
    feverish = answered("main-problem.problem=3")
    yield Facts(), answered("life-threats.awake=2", "life-threats.fit=1")
    yield Facts(), answered("life-threats.awake=9")
    yield Facts(), answered("life-threats.heart=1")
    yield Facts(age_years=4), (*NO_THREAT, *feverish, *answered("fever-adult.confused=2"))
    yield Facts(age_years=40), (*NO_THREAT, *feverish, *answered("main-problem.age=2"))


def as_the_browser_says_it(step: Step) -> dict[str, Any]:
    """Return *step* as plain values, with ids for the question and the disposition."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(step))
    plain["question"] = step.question.id if step.question else None
    plain["disposition"] = step.disposition.code if step.disposition else None
    return plain


def as_we_say_it(step: dict[str, Any]) -> dict[str, Any]:
    question, disposition = step["question"], step["disposition"]
    return {
        **step,
        "question": question and question["id"],
        "disposition": disposition and disposition["code"],
    }


def in_node(lines: list[bytes], content: Path) -> list[dict[str, Any]]:
    assert NODE is not None
    done = subprocess.run(
        [NODE, str(SCRIPT), ENGINE.as_uri(), str(content)],
        input=b"\n".join(lines),
        capture_output=True,
        check=True,
        timeout=120,
    )
    return [msgspec.json.decode(line) for line in done.stdout.splitlines()]


def in_chromium(lines: list[bytes], content: Path) -> list[dict[str, Any]]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - slow to load, seldom used

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        answer = page.evaluate(
            """async ([engine, content, lines]) => {
                 const blob = new Blob([engine], {type: "text/javascript"});
                 const {walk} = await import(URL.createObjectURL(blob));
                 const protocols = JSON.parse(content);
                 return JSON.stringify(lines.map((line) => {
                   const {facts, answers} = JSON.parse(line);
                   return walk(protocols, facts, answers);
                 }));
               }""",
            [ENGINE.read_text(), content.read_text(), [line.decode() for line in lines]],
        )
        browser.close()
    steps: list[dict[str, Any]] = msgspec.json.decode(answer)
    return steps


def compare(engine: Engine, tmp_path: Path) -> int:
    content = tmp_path / "content.json"
    content.write_bytes(compiled_json())
    walks = [*sorted(every_step(), key=repr), *out_of_step()]
    lines = [msgspec.json.encode({"facts": facts, "answers": given}) for facts, given in walks]

    steps = engine(lines, content)

    assert len(steps) == len(walks)
    for (facts, given), theirs in zip(walks, steps, strict=True):
        ours = as_the_browser_says_it(walk(current(), facts, given))
        assert as_we_say_it(theirs) == ours, f"{facts} {given}"
    return len(walks)


def test_the_browsers_engine_agrees_on_every_step_of_every_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine, name = (in_node, "node") if NODE else (in_chromium, "Chromium")

    count = compare(engine, tmp_path)

    with capsys.disabled():
        print(f"\ntriage: {count} steps, every path of every protocol, the same in {name}")  # noqa: T201


@pytest.mark.slow
@pytest.mark.browser
def test_chromium_agrees_as_node_does(tmp_path: Path) -> None:
    assert CHROMIUM, "this machine has no chromium"
    assert compare(in_chromium, tmp_path) > 1_000
