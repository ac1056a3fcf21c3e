"""What we depend on and why, under which licence, pinned by which hashes: checked and listed.

``python -m tools.dependencies`` prints what is wrong, and exits 1 if anything is.
"""

import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Final

import msgspec
from msgspec import Struct

from tools.facts import ROOT

LOCK: Final = ROOT / "requirements.lock"
PROJECT: Final = ROOT / "pyproject.toml"
VENDORED: Final = ROOT / "src" / "standfast" / "web" / "static" / "vendor" / "vendor.lock"
NPM_LOCKS: Final = (
    "tools/vendor/package-lock.json",
    "tests/oidc/package-lock.json",
    "tests/conformance/package-lock.json",
)

MOST: Final = 30
"""Direct dependencies that a node may have to run."""

COMPATIBLE: Final = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "LGPL-3.0-only",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "MPL-2.0",
        "OFL-1.1",
        "PSF-2.0",
        "Python-2.0",
        "Unlicense",
        "Zlib",
    }
)
"""Licences whose code may be run and shipped together with ours (AGPL-3.0-or-later)."""

OTHER_WORDS: Final = {
    "apache": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}
"""How packages write a licence that has a name of its own."""

_ENTRY: Final = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?P<rest>.*?)(?=^\S|\Z)",
    re.MULTILINE | re.DOTALL,
)
_REASON: Final = re.compile(
    r'^    "(?P<name>[A-Za-z0-9._-]+)[^"]*",(?:\s*# (?P<reason>.+))?$', re.MULTILINE
)


class Locked(Struct, frozen=True, kw_only=True):
    """One package of the lock. ``via`` are those that want it; ours is ``standfast``."""

    name: str
    version: str
    hashes: int
    via: frozenset[str]
    is_direct: bool


class Asset(Struct, frozen=True, kw_only=True):
    """A file that we did not write and ship as it is."""

    file: str
    name: str
    version: str
    licence: str
    source: str
    sha256: str


@cache
def locked() -> dict[str, Locked]:
    """Return every package of the lock, by name."""
    return {each.name: each for each in parsed(LOCK.read_text(encoding="utf-8"))}


def entries(lock: str) -> Iterator[re.Match[str]]:
    """Yield each package's own lines of *lock*."""
    yield from _ENTRY.finditer(lock)


def parsed(lock: str) -> Iterator[Locked]:
    """Yield the packages of *lock*, as uv writes it."""
    for found in entries(lock):
        rest = found["rest"]
        via = set(re.findall(r"^    #   (?:via )?(\S+)", rest, re.MULTILINE))
        via |= set(re.findall(r"^    # via (\S+)", rest, re.MULTILINE))
        yield Locked(
            name=found["name"],
            version=found["version"],
            hashes=rest.count("--hash=sha256:"),
            via=frozenset(via),
            is_direct="standfast (pyproject.toml)" in rest,
        )


@cache
def reasons() -> dict[str, str]:
    """Return why each direct dependency is here, as pyproject.toml says beside it."""
    project = PROJECT.read_text(encoding="utf-8")
    begin = project.index("dependencies = [")
    part = project[begin : project.index("\n]", begin)]
    return {found["name"]: found["reason"] or "" for found in _REASON.finditer(part)}


@cache
def runtime() -> dict[str, Locked]:
    """Return what a node runs: the direct dependencies and all that they want."""
    known = {each.name for each in locked().values() if each.is_direct}
    while more := {each.name for each in locked().values() if each.via & known} - known:
        known |= more
    return {name: locked()[name] for name in sorted(known)}


def assets() -> tuple[Asset, ...]:
    """Return the files that we ship as others wrote them."""
    found = tomllib.loads(VENDORED.read_text(encoding="utf-8"))["asset"]
    return msgspec.convert(found, tuple[Asset, ...])


def licence(name: str) -> str:
    """Return the licence that *name* says it has, by SPDX; empty when it is not installed here."""
    try:
        said = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
    if "License-Expression" in said:
        return said["License-Expression"]
    classified = [
        each.rpartition(" :: ")[2]
        for each in said.get_all("Classifier") or []
        if each.startswith("License :: OSI Approved :: ")
    ]
    words = said["License"].strip().partition("\n")[0] if "License" in said else ""
    return _spdx(words) or " OR ".join(sorted({_spdx(each) or each for each in classified}))


def is_compatible(expression: str) -> bool:
    """Return whether *expression* leaves a way to use it: one of OR, all of AND."""
    return any(
        all(part.strip(" ()") in COMPATIBLE for part in re.split(r"\s+AND\s+", choice))
        for choice in re.split(r"\s+OR\s+", expression)
    )


def faults() -> Iterator[str]:
    """Yield a sentence for everything that is wrong with what we depend on."""
    direct = {each.name for each in locked().values() if each.is_direct}
    if len(reasons()) > MOST:
        yield f"{len(reasons())} direct dependencies are more than {MOST}"
    yield from (
        f"{name} has no reason in pyproject.toml" for name, why in reasons().items() if not why
    )
    yield from (f"{name} is not locked: run make lock" for name in reasons().keys() - direct)
    yield from (
        f"{name} is locked, and nobody asked for it" for name in direct - reasons().keys()
    )
    yield from (f"{each.name} has no hash" for each in locked().values() if not each.hashes)
    for name in runtime():
        said = licence(name)
        if said and not is_compatible(said):
            yield f"{name} has a licence that does not go with ours: {said}"
    yield from (
        f"{each.name} has a licence that does not go with ours: {each.licence}"
        for each in assets()
        if not is_compatible(each.licence)
    )


def unhashed_npm(lock: str) -> list[str]:
    """Return the packages of an npm *lock* that are not pinned by their hash.

    What travels inside another package is pinned by that one's, if it has one.
    """
    packages: dict[str, dict[str, object]] = msgspec.json.decode(lock)["packages"]
    return [
        name
        for name, each in packages.items()
        if name and not each.get("integrity") and not _is_inside(name, packages)
    ]


def _is_inside(name: str, packages: dict[str, dict[str, object]]) -> bool:
    """Return whether *name* came in the archive of a package that is pinned."""
    around = name.rpartition("/node_modules/")[0]
    if around not in packages or not packages[name].get("inBundle"):
        return False
    return bool(packages[around].get("integrity")) or _is_inside(around, packages)


def table() -> str:
    """Return all of it as one document."""
    direct = [each for each in runtime().values() if each.is_direct]
    others = [each for each in runtime().values() if not each.is_direct]
    lines = [
        "# Dependencies",
        "",
        "<!-- Made by `python -m tools.generate` from pyproject.toml and requirements.lock. -->",
        "",
        f"A node runs **{len(direct)} packages** that we chose (at most {MOST}) and {len(others)}",
        f"that those bring along; {len(locked()) - len(runtime())} more build and test it.",
        "Each is pinned by its hashes in `requirements.lock`. The licence is what the installed",
        "package says of itself; only those that go together with AGPL-3.0-or-later are let in.",
        "",
        "| Package | Version | Licence | Why |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {each.name} | {each.version} | {licence(each.name)} | {reasons()[each.name]} |"
        for each in direct
    ]
    lines += ["", "## What they bring along", "", "| Package | Version | Licence | For |"]
    lines += ["|---|---|---|---|"]
    lines += [
        f"| {each.name} | {each.version} | {licence(each.name) or 'not for this system'} "
        f"| {', '.join(sorted(each.via & runtime().keys()))} |"
        for each in others
    ]
    lines += ["", "## Files that others wrote", "", "| File | From | Version | Licence |"]
    lines += ["|---|---|---|---|"]
    lines += [
        f"| `{each.file}` | {each.name} | {each.version} | {each.licence} |"
        for each in assets()
    ]
    return "\n".join(lines) + "\n"


def _spdx(words: str) -> str:
    known = OTHER_WORDS.get(words.lower(), words)
    return known if is_compatible(known) else OTHER_WORDS.get(words.lower(), "")


def main() -> int:
    """Print what is wrong."""
    found = list(faults())
    print(
        *found or [f"{len(runtime())} packages: hashed, reasoned, and free to use."], sep="\n"
    )
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
