"""Security events for a SIEM: syslog (RFC 5424) with JSON in the names of the Elastic schema.

What is sent are ids and words of ours: who, what, when, in which organisation. The journal is
the buffer: what could not be delivered is read from it again.
"""

import json
import os
import socket
import ssl
import string
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

LOG_AUDIT: Final = 13
"""The facility (RFC 5424, table 1)."""

LONGEST: Final = 8192
"""Bytes of one message: what receivers must take at least is 2048, most take this."""

_SECONDS: Final = 5.0
_PORTS: Final = {"udp": 514, "tcp": 514, "tls": 6514}

SPOOL: Final = "security.jsonl"
"""In the data folder: what no journal knows, such as a page that was refused to somebody."""


class Severity(IntEnum):
    """How much it matters (RFC 5424, table 2)."""

    ALERT = 1
    WARNING = 4
    NOTICE = 5


class Undelivered(Exception):
    """The receiver cannot be reached. Nothing is lost: it is tried again."""


def message(told: Mapping[str, Any], *, at: datetime, severity: Severity, site: str) -> bytes:
    """Return one syslog message: the header, and *told* as JSON. It has no line break in it."""
    stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    action = _name(str(told.get("event.action", "")))[:32]
    text = json.dumps(told, ensure_ascii=True, separators=(",", ":"))
    header = f"<{LOG_AUDIT * 8 + severity}>1 {stamp} {_name(site)} standfast {os.getpid()} {action} -"
    return f"{header} {text}".encode("ascii")[:LONGEST]


class Receiver:
    """A syslog receiver at ``udp://``, ``tcp://``, ``tls://host:port`` or ``unix:///path``."""

    def __init__(self, address: str, *, ca: str = "") -> None:
        self._where = urlsplit(address)
        if self._where.scheme not in {*_PORTS, "unix"}:
            raise ValueError("STANDFAST_SIEM begins with udp://, tcp://, tls:// or unix://")
        self._ca = ca
        self._line: socket.socket | None = None

    def send(self, content: bytes) -> None:
        """Send one message. Raises :class:`Undelivered`."""
        try:
            line = self._open()
            line.sendall(self._framed(content))
        except OSError as error:
            self.close()
            raise Undelivered(type(error).__name__) from error

    def close(self) -> None:
        """Hang up."""
        line, self._line = self._line, None
        if line is not None:
            with suppress(OSError):
                line.close()

    def _framed(self, content: bytes) -> bytes:
        """Return *content* as the transport wants it: with its length on a stream (RFC 6587)."""
        return (
            content
            if self._where.scheme in {"udp", "unix"}
            else b"%d %b" % (len(content), content)
        )

    def _open(self) -> socket.socket:
        if self._line is not None and _hung_up(self._line):
            self.close()
        if self._line is None:
            self._line = self._connected()
        return self._line

    def _connected(self) -> socket.socket:
        scheme, host = self._where.scheme, self._where.hostname or "localhost"
        if scheme == "unix":
            line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            line.connect(self._where.path)
            return line
        place = (host, self._where.port or _PORTS[scheme])
        if scheme == "udp":
            family = socket.getaddrinfo(*place, type=socket.SOCK_DGRAM)[0][0]
            line = socket.socket(family, socket.SOCK_DGRAM)
            line.connect(place)
            return line
        line = socket.create_connection(place, timeout=_SECONDS)
        if scheme == "tcp":
            return line
        trusting = ssl.create_default_context(cafile=self._ca or None)
        trusting.minimum_version = ssl.TLSVersion.TLSv1_2
        return trusting.wrap_socket(line, server_hostname=host)


def note(data: Path, action: str, **told: str) -> None:
    """Keep a security event that no journal knows, until it is delivered: one line, one write."""
    line = json.dumps({"event.action": action, **told}, ensure_ascii=True) + "\n"
    descriptor = os.open(data / SPOOL, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode("ascii"))
    finally:
        os.close(descriptor)


def _hung_up(line: socket.socket) -> bool:
    """Return whether the other end of a stream has gone, which a first send would not notice."""
    if line.type != socket.SOCK_STREAM:
        return False
    blocking = line.gettimeout()
    line.setblocking(False)  # noqa: FBT003 - the standard library's
    try:
        return line.recv(1) == b""
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True
    finally:
        line.settimeout(blocking)


def _name(text: str) -> str:
    plain = "".join(each if each in _NAMES else "-" for each in text)
    return plain[:255] or "-"


_NAMES: Final = frozenset(string.ascii_letters + string.digits + "-._")
