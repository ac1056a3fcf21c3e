"""The integrator's guide is right: every example in it is run, in order, as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.database import open_folder
from tests.support.node import a_node
from tools.facts import ROOT

pytestmark = pytest.mark.slow

AS_WRITTEN = "http://localhost:8111"


def test_every_example_of_the_guide_works(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    script = "\n".join(re.findall(r"```sh\n(.*?)```", guide, re.DOTALL))
    program = tmp_path / "bin" / "standfast"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m standfast "$@"\n')
    program.chmod(0o755)
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    with open_folder("standfast-guide-") as folder, a_node(folder, "--demo") as node:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script.replace(AS_WRITTEN, node.address)],
            cwd=tmp_path,
            env={**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "private_key_jwt" in done.stdout
    assert "CapabilityStatement" in done.stdout
    assert "409" in done.stdout
