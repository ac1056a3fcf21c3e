"""Messages in, as a supervisor sees them: from whom, what became of each. No patient in it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from standfast.interop.model import MESSAGE, Message, Outcome, Refusal
from standfast.journal.database import Reader
from standfast.kernel.rows import Projection, Row
from standfast.web.platform import Answerer

SCHEMA: Final = """
    CREATE TABLE interop_messages (
        org            text        NOT NULL,
        message_id     text        NOT NULL,
        outcome        text        NOT NULL,
        received_at    timestamptz NOT NULL,
        request_id     text        NOT NULL,
        correlation_id text        NOT NULL,
        sender         text        NOT NULL,  -- empty where the message was not understood
        use_case       text        NOT NULL,
        disposition    text        NOT NULL,
        reference      text        NOT NULL,
        case_id        text,                  -- NULL: no case was opened
        due_at         timestamptz,           -- NULL: as case_id
        status         bigint      NOT NULL,  -- HTTP, as it was answered
        error          text        NOT NULL,
        sentence       text        NOT NULL,  -- why it was refused
        fingerprint    text,                  -- NULL: it was not understood
        held           text        NOT NULL,  -- why our answer was not sent; empty: it was
        told_by        text        NOT NULL,  -- who told the sender instead; empty: nobody yet
        PRIMARY KEY (org, message_id)
    );
    CREATE INDEX interop_messages_latest
        ON interop_messages (org, received_at DESC, message_id);
    CREATE UNIQUE INDEX interop_messages_once
        ON interop_messages (org, fingerprint) WHERE outcome = 'accepted';
"""

CONSTRAINTS: Final[Mapping[str, StrEnum]] = {"interop_messages_once": Refusal.DUPLICATE}
"""The same content under another X-Request-Id is the same referral: one case, not two."""

PAGE_SIZE: Final = 100


class MessageRow(Row, frozen=True, kw_only=True):
    """One message in. Times are UTC."""

    TABLE: ClassVar[str] = "interop_messages"
    KEY: ClassVar[tuple[str, ...]] = ("org", "message_id")

    org: str
    message_id: str
    outcome: Outcome
    received_at: datetime
    request_id: str
    correlation_id: str
    sender: str = ""
    use_case: str = ""
    disposition: str = ""
    reference: str = ""
    case_id: str | None = None
    due_at: datetime | None = None
    status: int = 200
    error: str = ""
    sentence: str = ""
    fingerprint: str | None = None
    held: str = ""
    told_by: str = ""


def rows(message: Message) -> Iterator[MessageRow]:
    """Yield the one row of *message*: what it came to in the end."""
    if message.accepted is not None:
        event = message.accepted
        referral = event.referral
        dx = referral.assessment.disposition or referral.assessment.dispatch
        yield MessageRow(
            org=event.org,
            message_id=event.message_id,
            outcome=Outcome.ACCEPTED,
            received_at=event.received_at,
            request_id=event.request_id,
            correlation_id=event.correlation_id,
            sender=referral.sender_name or referral.sender_ods,
            use_case=referral.use_case_name,
            disposition=f"{dx.code} {dx.display}".strip() if dx else "",
            reference=event.reference,
            case_id=event.case_id,
            due_at=referral.due_at,
            fingerprint=event.fingerprint,
            held=message.held.sentence if message.held else "",
            told_by=message.told.by_name if message.told else "",
        )
    elif message.turned_away is not None:
        refused = message.turned_away
        yield MessageRow(
            org=refused.org,
            message_id=refused.message_id,
            outcome=Outcome.TURNED_AWAY,
            received_at=refused.received_at,
            request_id=refused.request_id,
            correlation_id=refused.correlation_id,
            status=refused.status,
            error=refused.error,
            sentence=refused.sentence,
        )


PROJECTIONS: Final[tuple[Projection, ...]] = (Projection(MESSAGE, rows, (MessageRow,)),)
ANSWERS: Final[Mapping[str, Answerer]] = {}


async def latest(db: Reader, org: str) -> list[MessageRow]:
    """Return the latest messages in, newest first."""
    return await db.fetch(
        MessageRow,
        """
          SELECT org, message_id, outcome, received_at, request_id, correlation_id, sender,
                 use_case, disposition, reference, case_id, due_at, status, error, sentence,
                 fingerprint, held, told_by
            FROM interop_messages
           WHERE org = $1
        ORDER BY received_at DESC, message_id
           LIMIT $2
        """,
        org,
        PAGE_SIZE,
    )


async def refused_lately(db: Reader, org: str, since: datetime) -> int:
    """Return how many messages were turned away after *since*."""
    count: int = await db.fetch_value(
        """
        SELECT count(*)
          FROM interop_messages
         WHERE org = $1
           AND outcome = 'turned_away'
           AND received_at > $2
        """,
        org,
        since,
    )
    return count


async def is_held(db: Reader, org: str, message_id: str) -> bool:
    """Return whether the answer to a message of *org* is, or was, held."""
    found: bool = await db.fetch_value(
        """
        SELECT EXISTS (
            SELECT FROM interop_messages WHERE org = $1 AND message_id = $2 AND held <> ''
        )
        """,
        org,
        message_id,
    )
    return found


async def held_count(db: Reader, org: str) -> int:
    """Return how many answers are held whose sender nobody has told."""
    count: int = await db.fetch_value(
        """
        SELECT count(*)
          FROM interop_messages
         WHERE org = $1
           AND held <> ''
           AND told_by = ''
        """,
        org,
    )
    return count
