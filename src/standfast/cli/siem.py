"""Telling a SIEM what the journal knows of security: every event once, in order, none lost.

How far each chain was told of is kept in the data folder, and moves on only when the receiver
has taken the message. While it is away nothing piles up anywhere: the journal is the buffer.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import msgspec
from asyncpg import PostgresError

from standfast.cli.opening import now
from standfast.journal.database import Connection, connect
from standfast.observability.siem import SPOOL, Receiver, Severity, Undelivered, message
from standfast.settings import Settings
from standfast.vault.files import replace

TOLD_OF: Final = (
    "identity.%",
    "access.%",
    "clients.%",
    "keyring.%",
    "replication.%",
    "records.%",
    "files.%infected%",
)
LEFT_OUT: Final = (
    "identity.session_used.v1",
    "identity.organisation_registered.v1",
    "clients.calls_counted.v1",
    "access.people_found.v1",
    "access.relationship_%",
)
"""What is written all day and tells nobody anything of security by itself."""

ALARMING: Final = (
    "access.glass_broken",
    "access.signal_raised",
    "identity.passkey_locked",
    "identity.passkeys_revoked",
    "identity.wrong_code_given",
    "identity.support_granted",
    "keyring.site_key_succeeded",
    "keyring.certificate_revoked",
    "replication.peer_stopped",
    "replication.fork_found",
    "replication.peer_cut",
    "clients.api_turned_off",
    "clients.client_suspended",
    "files.file_found_infected",
    "files.infected_file_refused",
    "page.refused",
    "sign_in.refused",
)
CURSOR: Final = "siem.json"
PAGE: Final = 500
_EVERY_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 5.0


@contextmanager
def security_told(settings: Settings, say: Callable[[str], None]) -> Iterator[None]:
    """Tell the SIEM of everything new, inside the block, if one is named."""
    if not settings.siem:
        yield
        return
    teller = Teller(settings)
    over = threading.Event()
    thread = threading.Thread(target=_tell_on, args=(teller, over, say), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=5)
        teller.close()


def _tell_on(teller: "Teller", over: threading.Event, say: Callable[[str], None]) -> None:
    away = False
    while not over.wait(_AGAIN_SECONDS if away else _EVERY_SECONDS):
        try:
            teller.tell()
        except (Undelivered, PostgresError, OSError, TimeoutError) as error:
            if not away:
                say(f"The SIEM is not told at the moment ({error}): it is told later")
            away = True
        else:
            away = False


class Teller:
    """Reads what is new and sends it; remembers how far it has come."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._receiver = Receiver(settings.siem, ca=settings.siem_ca)
        self._path = settings.data / CURSOR

    def tell(self) -> int:
        """Send what is new; return how many messages that was. Raises Undelivered."""
        return asyncio.run(self._tell_journal()) + self._tell_spool()

    def close(self) -> None:
        """Hang up."""
        self._receiver.close()

    async def _tell_journal(self) -> int:
        connection = await connect(self._settings.owner_url, command_timeout=10)
        try:
            heads = await _heads(connection)
            if not self._path.exists():  # from now on: history is in the journal
                self._keep(heads)
            cursor, sent = self._known(), 0
            for origin, newest in heads.items():
                sent += await self._tell_chain(connection, cursor, origin, newest)
            return sent
        finally:
            await connection.close()

    async def _tell_chain(
        self, connection: Connection, cursor: dict[str, int], origin: str, newest: int
    ) -> int:
        sent = 0
        while (told := cursor.get(origin, 0)) < newest:
            upto = min(newest, told + PAGE)
            for record in await _new(connection, origin, told, upto):
                self._send(_worded(record, self._settings.site), record["recorded_at"])
                sent += 1
                cursor[origin] = record["seq"]
                self._keep(cursor)
            cursor[origin] = upto
            self._keep(cursor)
        return sent

    def _tell_spool(self) -> int:
        """Send what lies in the spool, and empty it once it is large and all of it is sent."""
        path = self._settings.data / SPOOL
        if not path.exists():
            return 0
        cursor, sent = self._known(), 0
        with path.open("rb") as lines:
            lines.seek(cursor.get(SPOOL, 0))
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                self._send(_read(line), now())
                sent += 1
                cursor[SPOOL] = cursor.get(SPOOL, 0) + len(line)
                self._keep(cursor)
        return sent

    def _send(self, told: dict[str, Any], at: datetime) -> None:
        action = str(told.get("event.action", ""))
        severity = Severity.WARNING if action.startswith(ALARMING) else Severity.NOTICE
        self._receiver.send(message(told, at=at, severity=severity, site=self._settings.site))

    def _known(self) -> dict[str, int]:
        return msgspec.json.decode(self._path.read_bytes(), type=dict[str, int])

    def _keep(self, cursor: dict[str, int]) -> None:
        replace(self._path, msgspec.json.encode(cursor))


async def _heads(connection: Connection) -> dict[str, int]:
    records = await connection.fetch(
        """
        SELECT origin, (SELECT max(seq) FROM journal WHERE journal.origin = o.origin) AS newest
          FROM journal_origins AS o
         WHERE origin NOT IN (SELECT origin FROM journal_foreign)
        """
    )
    return {record["origin"]: record["newest"] or 0 for record in records}


async def _new(connection: Connection, origin: str, after: int, upto: int) -> list[Any]:
    return await connection.fetch(
        """
          SELECT seq, type, stream, org, actor, occurred_at, recorded_at
            FROM journal
           WHERE origin = $1 AND seq > $2 AND seq <= $3
             AND type LIKE ANY ($4) AND NOT type LIKE ANY ($5)
        ORDER BY seq
        """,
        origin,
        after,
        upto,
        list(TOLD_OF),
        list(LEFT_OUT),
    )


def _worded(record: Any, site: str) -> dict[str, Any]:
    """Return an entry in the Elastic schema's names: ids only, and nothing of its body."""
    tag, _, version = record["type"].rpartition(".")
    kind, _, key = record["stream"].partition("/")
    return {
        "@timestamp": record["occurred_at"].isoformat(),
        "event.kind": "event",
        "event.module": "standfast",
        "event.category": kind.partition(".")[0],
        "event.action": tag,
        "event.version": version,
        "user.id": record["actor"],
        "organization.id": record["org"],
        "observer.name": site,
        "standfast.stream": kind,
        "standfast.key": key
        if kind.startswith(("identity.", "clients.", "keyring.", "replication."))
        else "",
        "standfast.seq": record["seq"],
    }


def _read(line: bytes) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {"event.action": "spool.damaged"}
