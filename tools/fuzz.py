"""``python -m tools.fuzz [--seconds N] [name ...]``: throw made-up bytes at every parser.

Atheris grows them by coverage from the seeds in ``tests/fuzz/seeds``. Each target may refuse in
its own typed way and do nothing else; anything else ends the run and prints what broke it.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
SEEDS: Final = ROOT / "tests" / "fuzz" / "seeds"


def main() -> int:
    """Run each target in a process of its own; return 1 if one of them broke."""
    if sys.argv[1:2] == ["--one"]:
        return _fuzz(sys.argv[2], sys.argv[3:])
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - only here: it imports the platform

    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=int, default=60, help="for each target")
    words.add_argument("names", nargs="*", help=", ".join(TARGETS))
    asked = words.parse_args()
    if strange := set(asked.names) - TARGETS.keys():
        words.error(f"there is no {', '.join(sorted(strange))}")
    broke = []
    for name in asked.names or TARGETS:
        print(f"{name}: {asked.seconds} s", flush=True)
        with tempfile.TemporaryDirectory() as grown:
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "tools.fuzz", "--one", name, grown),
                    *(str(SEEDS / name), f"-max_total_time={asked.seconds}"),
                    *("-max_len=4096", "-timeout=5", "-rss_limit_mb=2048", "-verbosity=0"),
                    f"-artifact_prefix={tempfile.gettempdir()}/{name}-",
                ],
                check=False,
                cwd=ROOT,
            )
        if done.returncode:
            broke.append(name)
    print(f"broke: {', '.join(broke)}" if broke else "nothing broke")
    return int(bool(broke))


def _fuzz(name: str, rest: list[str]) -> int:
    import atheris  # noqa: PLC0415 - it takes over the process

    with atheris.instrument_imports(include=["standfast", "json", "email"]):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415

    atheris.Setup([sys.argv[0], *rest], TARGETS[name])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
