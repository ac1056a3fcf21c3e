"""Makes a release: wheel, source, bill of materials, checksums, signature.

    make release KEY=~/.ssh/standfast-release        signed with an operator's own key
    python -m tools.release --to dist                 the same without a signature, to look at

The wheel and the source archive come out the same to the byte whoever makes them from one commit:
every time in them is the commit's. The key never leaves ``ssh-keygen``. Whoever installs checks
all of it with ``tools/verify_release``, offline.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from tools import dependencies, updates
from tools.facts import ROOT

NAMESPACE: Final = "standfast-release"
"""What a signature is for: one made for something else does not do."""

SUMS: Final = "SHA256SUMS"
SBOM: Final = "standfast.cdx.json"


class Unfit(Exception):
    """A release must not go out like this."""


def build(to: Path, *, source: Path = ROOT) -> list[Path]:
    """Build the wheel and the source archive of *source*; the same bytes every time."""
    with tempfile.TemporaryDirectory() as scratch:
        _run(
            [
                sys.executable,
                "-m",
                "hatchling",
                "build",
                "-t",
                "wheel",
                "-t",
                "sdist",
                "-d",
                scratch,
            ],
            source,
            SOURCE_DATE_EPOCH=_commit_time(source),
        )
        built = sorted(Path(scratch).iterdir())
        to.mkdir(parents=True, exist_ok=True)
        return [_moved(each, to) for each in built]


def bill_of_materials(to: Path) -> Path:
    """Write what a node is made of: CycloneDX 1.6, the packages it runs and the files we ship."""
    with tempfile.TemporaryDirectory() as scratch:
        pinned = Path(scratch) / "requirements.txt"
        pinned.write_text(_runtime_lock(), encoding="utf-8")
        written = Path(scratch) / SBOM
        _run(
            [
                *(
                    str(Path(sys.executable).with_name("cyclonedx-py")),
                    "requirements",
                    str(pinned),
                ),
                *("--pyproject", str(ROOT / "pyproject.toml"), "--mc-type", "application"),
                *("--output-reproducible", "--spec-version", "1.6", "--output-format", "JSON"),
                *("--output-file", str(written)),
            ],
            ROOT,
            PYTHONWARNINGS="ignore",  # that a list of packages is not a graph of them
        )
        bill: dict[str, Any] = msgspec.json.decode(written.read_bytes())
    bill["components"] = [
        *(_with_licence(each) for each in bill["components"]),
        *(_component(each) for each in dependencies.assets()),
    ]
    found = to / SBOM
    found.write_bytes(msgspec.json.format(msgspec.json.encode(bill), indent=2) + b"\n")
    return found


def checksums(folder: Path) -> Path:
    """Write the SHA-256 of every file of *folder*, as ``sha256sum`` does."""
    files = sorted(each for each in folder.iterdir() if not each.name.startswith(SUMS))
    found = folder / SUMS
    found.write_text(
        "".join(f"{sha256(each)}  {each.name}\n" for each in files), encoding="utf-8"
    )
    return found


def sign(sums: Path, key: Path) -> Path:
    """Sign the checksums with the operator's key; ``ssh-keygen`` alone touches it."""
    signature = sums.with_name(f"{sums.name}.sig")
    signature.unlink(missing_ok=True)
    _run(["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", NAMESPACE, str(sums)], ROOT)
    return signature


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _fit() -> None:
    """Raise for what must not go out: uncommitted changes, bad licences, late updates."""
    changed = subprocess.run(
        ["git", "status", "--porcelain"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    if changed:
        raise Unfit(f"Commit or remove these first:\n{changed}")
    for module in (dependencies, updates):
        if module.main():
            raise Unfit(f"python -m {module.__name__} says why this cannot go out")


def _advisories() -> str:
    """Ask pip-audit for known vulnerabilities; say so if it or its feed is not to be had."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as pinned:
        pinned.write(_runtime_lock())
        pinned.flush()
        asked = subprocess.run(
            [sys.executable, "-m", "pip_audit", "--require-hashes", "-r", pinned.name],
            check=False,
            capture_output=True,
            text=True,
        )
    if asked.returncode == 0:
        return "pip-audit: nothing is known against what a node runs."
    if "Found " in asked.stderr + asked.stdout:
        raise Unfit(asked.stdout + asked.stderr)
    return (
        "NOT AUDITED: pip-audit or its feed cannot be reached from here. Run it where it can."
    )


def _runtime_lock() -> str:
    """Return the lines of the lock that a node runs, with their hashes."""
    wanted = dependencies.runtime()
    lock = dependencies.LOCK.read_text(encoding="utf-8")
    return "".join(found[0] for found in dependencies.entries(lock) if found["name"] in wanted)


def _with_licence(component: dict[str, Any]) -> dict[str, Any]:
    said = dependencies.licence(component["name"])
    return component | ({"licenses": [{"expression": said}]} if said else {})


def _component(asset: dependencies.Asset) -> dict[str, Any]:
    return {
        "bom-ref": f"asset:{asset.file}",
        "type": "file",
        "name": asset.file,
        "version": asset.version,
        "description": asset.name,
        "hashes": [{"alg": "SHA-256", "content": asset.sha256}],
        "licenses": [{"expression": asset.licence}],
    }


def _commit_time(source: Path) -> str:
    """Return when the commit was made, in seconds; of no checkout, a day that never changes."""
    asked = subprocess.run(
        ["git", "log", "-1", "--format=%ct"],
        cwd=source,
        check=False,
        capture_output=True,
        text=True,
    )
    return asked.stdout.strip() or "1763769600"


def _moved(path: Path, to: Path) -> Path:
    found = to / path.name
    found.write_bytes(path.read_bytes())
    return found


def _run(command: list[str], where: Path, **more: str) -> None:
    environment: Mapping[str, str] = os.environ | more
    subprocess.run(command, cwd=where, env=environment, check=True, stdout=subprocess.DEVNULL)


def main() -> int:
    """Make a release, signed if a key is given."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--to", type=Path, default=ROOT / "dist" / "release")
    parser.add_argument("--key", type=Path, help="an SSH key of the operator's own")
    asked = parser.parse_args()
    try:
        _fit()
        print(_advisories())
    except Unfit as why:
        print(why, file=sys.stderr)
        return 1
    asked.to.mkdir(parents=True, exist_ok=True)
    for old in asked.to.iterdir():
        old.unlink()
    build(asked.to)
    bill_of_materials(asked.to)
    sums = checksums(asked.to)
    print(sums.read_text(encoding="utf-8"), end="")
    if asked.key is None:
        print("NOT SIGNED: give a key with --key, or make release KEY=…")
    else:
        print(f"Signed: {sign(sums, asked.key)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
