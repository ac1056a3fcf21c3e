"""Nothing but the one client makes a request: held by looking at every module's imports."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tools import facts

WAYS_OUT: Final = (
    "httpx",
    "httpcore",
    "aiohttp",
    "requests",
    "urllib3",
    "urllib.request",
    "http.client",
    "ftplib",
    "smtplib",
    "socket",
    "xmlrpc",
    "webbrowser",
)
"""What a module could leave this machine by."""

CONNECTS: Final = frozenset({"open_connection", "create_connection", "open_unix_connection"})

LISTED: Final[Mapping[str, str]] = {
    "outbound/client.py": "the one way out",
    "outbound/peers.py": "asks other sites' exchanges: addresses of cards that two people have "
    "compared, certificates of the authority in the very card",
    "cli/up.py": "asks this node itself whether its pages have come up, on loopback",
    "cli/doctor.py": "sees whether a port on this machine is free",
    "demo/telephone.py": "rings this node's own front door with invented callers",
    "vault/holder.py": "hands keys to this node's own workers over a socket without an address",
    "cli/clients.py": "a partner's own command: asks the token endpoint that is typed",
    "cli/serving.py": "asks this node itself whether its pages have come up, on loopback",
    "outbound/clamd.py": "hands files to the virus scanner that the settings name",
    "observability/siem.py": "sends lines to the collector that the settings name",
    "simulate/browser.py": "plays the browsers of a site, against the address it is given",
    "simulate/exchange.py": "plays the telephone exchange, against the same",
    "simulate/run.py": "opens the connections of both",
}
"""Who else imports one, and why nothing from outside decides where it goes."""


def test_nothing_else_makes_a_request() -> None:
    found = {
        str(path.relative_to(facts.SOURCE))
        for path in facts.SOURCE.rglob("*.py")
        if any(_ways_out(path))
    }

    assert found == LISTED.keys()


def test_a_way_out_is_seen_however_it_is_written(tmp_path: Path) -> None:
    for line in (
        "import httpx as h",
        "from urllib import request",
        "from urllib.request import urlopen",
        "import http.client",
        "import asyncio\nasyncio.open_connection('a', 1)",
        "from asyncio import open_connection",
        "__import__('httpx')",
        "import importlib\nimportlib.import_module('urllib.request')",
        "from lxml import etree\netree.parse('http://somewhere')",
    ):
        (tmp_path / "module.py").write_text(line)
        assert any(_ways_out(tmp_path / "module.py")), line
    (tmp_path / "module.py").write_text("from http import HTTPStatus\nimport urllib.parse")
    assert not any(_ways_out(tmp_path / "module.py"))


def _ways_out(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names):
                yield from (each.name for each in names if _leads_out(each.name))
            case ast.ImportFrom(module=str(module), names=names):
                whole = [module, *(f"{module}.{each.name}" for each in names)]
                yield from (name for name in whole if _leads_out(name))
                yield from (each.name for each in names if each.name in CONNECTS)
            case ast.Attribute(attr=name) if name in CONNECTS:
                yield name
            case ast.Attribute(ast.Name("etree" | "html"), "parse"):
                yield "lxml fetches what it is told to parse"
            case ast.Call(args=[ast.Constant(str(text)), *_]) if _leads_out(text):
                yield text
            case _:
                pass


def _leads_out(name: str) -> bool:
    return any(name == way or name.startswith(f"{way}.") for way in WAYS_OUT)
