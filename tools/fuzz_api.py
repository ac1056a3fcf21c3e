"""``python -m tools.fuzz_api [examples]``: send a node what its own description allows, and not.

schemathesis reads /openapi.json and makes up requests, right and wrong ones. An answer that the
description does not have, a server error, or bad data that is taken ends it with exit code 1.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.support.node import a_node

EXAMPLES: Final = 400
"""For each operation: some minutes."""

CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
)
"""Not: that whatever has the right shape is taken (a referral is much more than its shape)."""


def fuzz(address: str, *, examples: int, seed: int | None = None) -> tuple[int, str]:
    """Return schemathesis' exit code against the node at *address*, and what it said."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json"),
        *("--checks", ",".join(CHECKS), "--max-examples", str(examples)),
        *("--phases", "examples,coverage,fuzzing", "--request-timeout", "20"),
        *("--no-color", "--generation-database", "none", "--warnings", "off"),
        *(("--seed", str(seed)) if seed is not None else ()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def main(examples: int) -> int:
    """Run a demonstration node, and fuzz it."""
    with tempfile.TemporaryDirectory(prefix="standfast-fuzz-") as folder:
        Path(folder).chmod(0o711)
        with a_node(Path(folder), "--demo", "--no-ringing") as node:
            code, said = fuzz(node.address, examples=examples)
    print(said)
    return code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES))
