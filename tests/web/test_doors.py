"""What comes from outside is parsed in two places: held by looking at every module."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tools import facts

PARSERS: Final = frozenset({"json", "lxml", "xml", "plistlib", "pickle", "marshal", "shelve"})
"""What a module could parse with, or let somebody else's bytes run with."""

DECODERS: Final = frozenset(
    {
        "msgspec.json.decode",
        "msgspec.json.Decoder",
        "msgspec.yaml.decode",
        "msgspec.msgpack.decode",
        "msgspec.msgpack.Decoder",
        "msgspec.toml.decode",
        "orjson.loads",
        "yaml.load",
        "yaml.safe_load",
    }
)

DOORS: Final = {
    "web/sending.py": "the door for files: one form with one file, of limited size, in memory",
    "web/hostile.py": "the door for JSON: size, then depth and number, then parsing",
    "web/hostile_xml.py": "the door for XML",
    "replication/wire.py": "the door for MessagePack between sites: size, then one type each",
    "replication/card.py": "the door for site cards: size, one type, then its own signature",
}

OURS: Final[Mapping[str, str]] = {
    "interop/xml_in.py": "walks what the door for XML has parsed",
    "interop/writing.py": "writes XML, reads none",
    "dispatch/model_map.py": "a drawing that the site's own officer publishes: parsed within an "
    "element, where no DOCTYPE can stand, then held to a list of elements",
    "journal/contents.py": "facts of our own journal: which bytes they name",
    "backup/ledger.py": "what this site itself wrote down of its targets",
    "backup/segments.py": "a segment's line, one type, its size and our own signature first",
    "journal/codec.py": "facts of our own journal, each of a known type",
    "journal/succession.py": "our own record of which key followed which",
    "vault/vault.py": "the site's own file of sealed keys",
    "vault/escrow.py": "the site's own file of records' keys; what is in it was sealed by us",
    "clients/keys.py": "keys that we have read at the door, and kept, ourselves",
    "identity/oidc_visit.py": "what this site sealed itself, after its seal was checked",
    "identity/pages_service_proof.py": "what this site sealed itself, after its seal was checked",
    "identity/roster.py": "a file of limited size, of known types, whose signature is checked",
    "web/home_entry.py": "facts of our own journal, from before ways in were sealed",
    "records/gathering.py": "facts of our own journal",
    "calls/tables.py": "facts of our own journal, for which entry a device wrote",
    "calls/tables_paper.py": "a question of our own pages, of a known type",
    "triage/tables.py": "a question of our own pages, of a known type",
    "records/schedule.py": "the retention schedule of this package",
    "journal/heads.py": "a sheet of heads that an officer saved, given at the command line",
    "cli/siem.py": "facts of our own journal, and where it had got to",
    "cli/verified.py": "our own note of what was verified",
    "observability/siem.py": "writes JSON, reads none from outside",
    "vault/certificates.py": "our own list of certificates, beside the keys",
    "replication/vouching.py": "facts of our own journal, then the door for site cards",
    "replication/hearing.py": "what our own workers tell one another through PostgreSQL",
    "journal/feed.py": "what our own workers tell one another through PostgreSQL",
    "journal/database.py": "columns of our own tables, each of a known type",
    "calls/pages_accounting.py": "facts of our own journal",
    "demo/data/__init__.py": "files of this package",
    "triage/content.py": "protocols of this package, written by clinicians and compiled",
    "prescribing/content.py": "the reference formulary of this package",
    "directory/content.py": "files of this package",
    "web/vendor_check.py": "the lock file of this package",
    "simulate/browser.py": "our own pages, as a browser reads them",
    "simulate/others.py": "our own pages, as a browser reads them",
    "simulate/medicines.py": "our own pages, as a browser reads them",
}
"""Who else parses, and why nobody outside decides what."""


def test_what_comes_from_outside_is_parsed_at_three_doors() -> None:
    found = {
        str(path.relative_to(facts.SOURCE)): sorted(set(_parses(path)))
        for path in facts.SOURCE.rglob("*.py")
        if any(_parses(path))
    }
    known = DOORS.keys() | OURS.keys()

    assert {name: how for name, how in found.items() if name not in known} == {}


def test_a_parser_is_seen_however_it_is_written(tmp_path: Path) -> None:
    for line in (
        "import json",
        "from json import loads",
        "from lxml import etree",
        "import xml.etree.ElementTree",
        "import msgspec\nmsgspec.json.decode(b'')",
        "from msgspec.json import decode",
        "import msgspec\nd = msgspec.json.Decoder(int)",
        "async def a(request):\n    await request.json()",
    ):
        (tmp_path / "module.py").write_text(line)
        assert any(_parses(tmp_path / "module.py")), line


def _parses(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names):
                yield from (n.name for n in names if n.name.split(".")[0] in PARSERS)
            case ast.ImportFrom(module=str(module), names=names):
                if module.split(".")[0] in PARSERS:
                    yield module
                whole = (f"{module}.{each.name}" for each in names)
                yield from (name for name in whole if name in DECODERS)
            case ast.Attribute() if ast.unparse(node) in DECODERS:
                yield ast.unparse(node)
            case ast.Call(ast.Attribute(ast.Name("request"), "json" | "body" | "stream")):
                if path.name != "hostile.py":
                    yield ast.unparse(node)
            case _:
                pass
