"""What people are told of their own way in, as rows, and the queries on them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar, Final

from msgspec import Struct

from standfast.facts.notices import Device, NoticeKind
from standfast.identity.devices import place_of
from standfast.identity.model_notice import NOTICE, Notice
from standfast.journal.database import Reader
from standfast.kernel.rows import Projection, Row

KEPT_FOR: Final = timedelta(days=90)
"""How long a notice stays on its owner's list."""

SCHEMA: Final = """
-- What concerns somebody's way in. The tries of one day are one row.
CREATE TABLE identity_notices (
    org         text        NOT NULL,
    notice_id   text        NOT NULL,
    staff_id    text        NOT NULL,
    kind        text        NOT NULL,
    times       bigint      NOT NULL,
    first_at    timestamptz NOT NULL,
    latest_at   timestamptz NOT NULL,
    about       text        NOT NULL,  -- of the latest: a key, who did it, why it failed
    places      jsonb       NOT NULL,  -- the devices, in words; none: not known
    session_id  text        NOT NULL,  -- in which it was done; empty: in none
    device_hash text        NOT NULL,  -- SHA-256, hex; empty: not known
    is_unread   boolean     NOT NULL,
    PRIMARY KEY (org, notice_id)
);
CREATE INDEX ON identity_notices (org, staff_id, latest_at);
"""


class NoticeRow(Row, frozen=True, kw_only=True):
    """One thing that concerns somebody's way in."""

    TABLE: ClassVar[str] = "identity_notices"
    KEY: ClassVar[tuple[str, ...]] = ("org", "notice_id")

    org: str
    notice_id: str
    staff_id: str
    kind: str
    times: int
    first_at: datetime
    latest_at: datetime
    about: str
    places: tuple[str, ...]
    session_id: str
    device_hash: str
    is_unread: bool


class OwnNotice(Struct, frozen=True, kw_only=True):
    """A notice as its owner sees it. ``who`` is the name of whoever it is about, if somebody."""

    notice_id: str
    kind: NoticeKind
    times: int
    first_at: datetime
    latest_at: datetime
    about: str
    who: str
    places: tuple[str, ...]
    is_unread: bool
    is_own: bool
    """It was done in the session that is asked for, or is a sign-in at the device where it is:
    whoever is there now may be who did it, and does not read it for its owner."""


def notice_rows(known: Notice) -> Iterable[Row]:
    """Return the row of one notice: what it tells together, and whether all of it was read."""
    if not known.given:
        return
    first, latest = known.given[0], known.given[-1]
    at = [each.at for each in known.given if each.at.words or each.at.device_hash]
    yield NoticeRow(
        org=first.org,
        notice_id=first.notice_id,
        staff_id=first.staff_id,
        kind=first.kind.value,
        times=len(known.given),
        first_at=first.given_at,
        latest_at=latest.given_at,
        about=latest.about,
        places=tuple(dict.fromkeys(place_of(each.words, each.device_hash) for each in at)),
        session_id=latest.at.session_id,
        device_hash=latest.at.device_hash,
        is_unread=known.is_unread,
    )


_NOTICES: Final = """
  SELECT notice_id, kind, times, first_at, latest_at, about, coalesce(p.name, '') AS who,
         places, is_unread,
         n.session_id = $3 OR kind = 'new_device' AND device_hash = $4 AS is_own
    FROM identity_notices n
    LEFT JOIN identity_staff p ON (p.org, p.staff_id) = (n.org, n.about)
   WHERE n.org = $1 AND n.staff_id = $2
"""


async def notices_of(
    db: Reader, org: str, staff_id: str, here: Device, *, since: datetime
) -> list[OwnNotice]:
    """Return what somebody was told since then, the newest first, as asked from *here*."""
    return await db.fetch(
        OwnNotice,
        _NOTICES + " AND latest_at >= $5 ORDER BY latest_at DESC, notice_id",
        org,
        staff_id,
        here.session_id,
        here.device_hash,
        since,
    )


async def unread(db: Reader, org: str, staff_id: str, here: Device) -> list[OwnNotice]:
    """Return what is new to somebody, and was not done *here* itself."""
    return await db.fetch(
        OwnNotice,
        _NOTICES
        + """
             AND is_unread AND n.session_id <> $3
             AND (kind <> 'new_device' OR device_hash <> $4)
        ORDER BY latest_at DESC, notice_id
        """,
        org,
        staff_id,
        here.session_id,
        here.device_hash,
    )


PROJECTIONS: Final[tuple[Projection, ...]] = (Projection(NOTICE, notice_rows, (NoticeRow,)),)
