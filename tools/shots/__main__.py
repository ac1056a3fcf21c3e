"""Takes the pictures of the documents: ``make shots``, or ``python -m tools.shots --all FOLDER``.

A node of its own, a small evening's work done through the browser as people do it, and each
screen as it then is. Without ``--all`` only the pictures in ``CHOSEN`` are kept, made small.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from tests.support.look import CHROMIUM_FLAGS
from tests.support.node import a_node
from tools.facts import ROOT
from tools.png import smaller
from tools.shots.evening import evening
from tools.shots.guarded import guarded
from tools.shots.paper import paper

SHOTS: Final = ROOT / "docs" / "shots"

CHOSEN: Final = frozenset(
    {
        "call-question-1440-light",
        "call-ambulance-1440-light",
        "call-services-1440-light",
        "call-question-1024-dark",
        "dispatch-1440-light",
        "dispatch-1440-dark",
        "queue-1440-light",
        "prescribing-1440-light",
        "clinic-1024-light",
        "oversight-1024-light",
        "enrolment-second-person-1440-light",
        "locked-1440-dark",
        "paper-form-1440-light",
        "closed-record-1440-light",
        "review-1440-dark",
        "who-looked-1440-light",
    }
)


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(CHROMIUM_FLAGS)
        )
        yield browser
        browser.close()


def main() -> None:
    """Write the pictures, saying which."""
    everything = "--all" in sys.argv
    folder = Path(sys.argv[sys.argv.index("--all") + 1]) if everything else SHOTS
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as kept,
        a_node(Path(kept), "--demo", "--no-ringing") as node,
        _browser() as browser,
    ):
        shot = chain(
            evening(browser, node.address),
            guarded(browser, node.address),
            paper(browser, node.address),
        )
        for name, png in shot:
            if everything or name in CHOSEN:
                small = smaller(png)
                (folder / f"{name}.png").write_bytes(small)
                print(f"{name}.png  {len(small) / 1024:.0f} kB")


if __name__ == "__main__":
    main()
