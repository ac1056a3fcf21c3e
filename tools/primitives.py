"""The inventory of cryptography: what the code uses, found in its source, beside what is written.

``safety/cryptography.yaml`` says of each use which algorithm it is, whose key, how long, where it
is kept and what replaces it. A use that nobody wrote down fails the build (ASVS 11.1.3, 11.1.4).
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from tools.facts import ROOT, SOURCE

INVENTORY: Final = ROOT / "safety" / "cryptography.yaml"

LIBRARIES: Final = frozenset(
    {"cryptography", "hashlib", "hmac", "secrets", "ssl", "joserfc", "webauthn", "pkcs11"}
)
"""Whatever comes from these is a use, but for what only names a type, a format or a fault."""

IN_SQL: Final = re.compile(r"\b(sha256|sha512|md5|gen_random_uuid|hmac|crypt|digest)\(")
IN_SCRIPTS: Final = re.compile(r"\bcrypto\.(subtle\.\w+|getRandomValues|randomUUID)\b")
_SQL: Final = re.compile(r"SELECT|:=|CHECK|WHERE")
_FAULT: Final = re.compile(r"(Error|Exception|^Invalid\w+|NotFound|Unsupported\w+)$")
_BROWSERS: Final = SOURCE / "web" / "static"


class Use(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that cryptography does here. ``in_`` names each file, and what it takes for it."""

    what: str
    algorithm: str
    key: str
    lifetime: str
    kept: str
    replaced: str
    quantum: str
    in_: dict[str, tuple[str, ...]] = msgspec.field(name="in")


class Inventory(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of it. ``plain`` are names that do nothing: types, formats, faults."""

    plan: str
    plain: tuple[str, ...]
    uses: tuple[Use, ...]


def inventory() -> Inventory:
    """Return what is written down."""
    return msgspec.yaml.decode(INVENTORY.read_bytes(), type=Inventory)


def written() -> Mapping[str, set[str]]:
    """Return each file of the inventory and what it takes."""
    found: dict[str, set[str]] = {}
    for use in inventory().uses:
        for path, names in use.in_.items():
            found.setdefault(path, set()).update(names)
    return found


def used(plain: frozenset[str]) -> dict[str, set[str]]:
    """Return each file of the source that uses cryptography, and the names of what it uses."""
    found: dict[str, set[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        names = {name for name in names_in(path) if name.rpartition(".")[2] not in plain}
        if names:
            found[str(path.relative_to(SOURCE))] = names
    for path in sorted(_BROWSERS.glob("*.js")):
        names = {f"crypto.{each}" for each in IN_SCRIPTS.findall(path.read_text("utf-8"))}
        if names:
            found[str(path.relative_to(SOURCE))] = names
    return found


def names_in(path: Path) -> Iterator[str]:
    """Yield what the file takes from the libraries, asks the system for, or has SQL compute."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {each.name for each in node.names if _ours(each.name)}
        elif isinstance(node, ast.ImportFrom) and _ours(node.module or ""):
            # A module that is imported by name (`x509`, `ec`) is used by its parts.
            names = {each.name for each in node.names}
            whole = {each for each in names if f"{node.module}.{each}" in _MODULES}
            modules |= whole
            yield from (each for each in names - whole if not _FAULT.search(each))
        else:
            yield from _in_sql(node)
    yield from _parts(tree, modules)


def _in_sql(node: ast.AST) -> Iterator[str]:
    """Yield what SQL in a text of the source has the database compute."""
    match node:
        case ast.Constant(value=str() as text):
            yield from (f"SQL {each}" for each in IN_SQL.findall(text) if _SQL.search(text))
        case _:
            pass


def _parts(tree: ast.AST, modules: set[str]) -> Iterator[str]:
    """Yield each part of one of *modules* that is used, and the system's own randomness."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr="urandom"):
                yield "os.urandom"
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in modules:
                if not _FAULT.search(name) and not name.isupper():
                    yield f"{module}.{name}"


def _ours(module: str) -> bool:
    return module.partition(".")[0] in LIBRARIES


_MODULES: Final = frozenset(
    {
        "cryptography.x509",
        "cryptography.hazmat.primitives.hashes",
        "cryptography.hazmat.primitives.asymmetric.ec",
        "cryptography.hazmat.primitives.asymmetric.rsa",
        "joserfc.jwt",
        "joserfc.jws",
    }
)


def table() -> str:
    """Return the document that is made of the inventory."""
    known = inventory()
    lines = [
        "# Cryptography: what is used, with which key, and what replaces it",
        "",
        "<!-- Made by `python -m tools.generate` from safety/cryptography.yaml. Do not edit. -->",
        "",
        "`tests/test_cryptography.py` looks for every use in the source; what is not here fails it.",
        "",
        *known.plan.strip().splitlines(),
        "",
        "| What for | Algorithm | Key | Lasts | Kept | What replaces it | After quantum computers |",
        "|---|---|---|---|---|---|---|",
    ]
    for use in known.uses:
        cells = (use.what, use.algorithm, use.key, use.lifetime, use.kept, use.replaced)
        row = (*cells, use.quantum)
        lines.append(f"| {' | '.join(' '.join(each.split()) for each in row)} |")
    lines += ["", "## Where", "", "| What for | Files |", "|---|---|"]
    for use in known.uses:
        files = ", ".join(f"`{path}`" for path in sorted(use.in_))
        lines.append(f"| {' '.join(use.what.split())} | {files} |")
    return "\n".join([*lines, ""])
