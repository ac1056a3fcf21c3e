"""Every statement that the exchange and the journal make of PostgreSQL, on dictionaries."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from standfast.app import PROJECTIONS
from standfast.journal import appending, statements, store
from standfast.journal.entries import COLUMNS, Entry
from standfast.replication import lending, shelf

if TYPE_CHECKING:
    from tests.simulation.database import Database

Values = Sequence[Any]
Run = Callable[["Database", str, Values], Any]

UNIQUE: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "booking_holds": {"booking_one_hold_per_slot": ("org", "slot_id")},
    "people_people": {"people_one_per_nhs_number": ("org", "nhs_number")},
}


@cache
def keys_of(table: str) -> tuple[str, ...]:
    """Return the key of a read model, as its row type has it."""
    rows = {row.TABLE: row for each in PROJECTIONS for row in each.tables}
    return rows[table].KEY


def unique_of(table: str) -> Mapping[str, tuple[str, ...]]:
    return UNIQUE.get(table, {})


def statement(sql: str) -> Run:
    """Return what carries out *sql*. One that is not known is an error."""
    found = _find(sql)
    if found is None:
        raise NotImplementedError(f"the simulation knows no such statement: {sql}")
    return found


@cache
def _find(sql: str) -> Run | None:
    words = re.sub(r"\s+", " ", sql).strip()
    for known, run in _KNOWN.items():
        if words.startswith(re.sub(r"\s+", " ", known).strip()):
            return run
    return None


def _site(origin: str) -> str:
    return origin.partition(".")[0]


def _left_out(db: "Database", entry: Entry) -> str | None:
    found: tuple[str, str] | None = db.table("left_out").get((entry.origin, entry.seq))
    return None if found is None else found[1]


def _row(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in COLUMNS}


def _version(db: "Database", _: str, values: Values) -> list[Any]:
    return [{"version": db.table("journal_streams").get(values[0])}]


def _facts(db: "Database", _: str, values: Values) -> list[Any]:
    version = db.table("journal_streams").get(values[0], 0)
    rows = [each for each in db.stream(values[0]) if _left_out(db, each) is None]
    if not rows:
        return [dict.fromkeys(COLUMNS) | {"version": version, "strange": False}]
    foreign = db.table("journal_foreign")
    return [
        _row(each) | {"version": version, "strange": each.origin in foreign} for each in rows
    ]


def _heads(db: "Database", _: str, __: Values) -> list[Any]:
    newest = (db.signed(origin) for origin in db.origins())
    return [_row(each) for each in newest if each is not None]


def _page(db: "Database", _: str, values: Values) -> list[Any]:
    origin, first, most, size = values
    found, used = [], 0
    for entry in db.chain(origin, first)[:most]:
        used += len(entry.body) + 600
        if used <= size or entry.seq == first:
            found.append(_row(entry))
    return found


def _decided(db: "Database", _: str, values: Values) -> list[Any]:
    return [
        {"type": each.type, "body": each.body, "hlc": each.hlc}
        for each in db.stream(values[0])
        if _site(each.origin) == values[1]
    ]


def _standing(db: "Database", _: str, __: Values) -> list[Any]:
    found = []
    for origin in db.origins():
        newest = db.signed(origin)
        row: dict[str, Any] = dict.fromkeys(("seq", "hash", "hlc", "sig"))
        if newest is not None:
            row = {name: getattr(newest, name) for name in row}
        key = db.table("journal_origins")[origin]
        found.append({"origin": origin, "public_key": key, **row})
    return found


def _one(db: "Database", _: str, values: Values) -> list[Any]:
    entry = db.table("journal").get(tuple(values))
    return [] if entry is None else [_row(entry)]


def _here(db: "Database", _: str, values: Values) -> list[Any]:
    places = zip(*values, strict=True)
    return [place for place in places if place in db.table("journal")]


def _lock(db: "Database", _: str, values: Values) -> None:
    streams = db.table("journal_streams")
    for stream in values[0]:
        db.put(streams, stream, streams.get(stream, 0))


def _move(db: "Database", _: str, values: Values) -> None:
    streams = db.table("journal_streams")
    for stream, added in zip(*values, strict=True):
        if added:
            db.put(streams, stream, streams[stream] + added)


def _stored(db: "Database", _: str, values: Values) -> list[Any]:
    wanted = ("origin", "seq", "stream", "type", "org", "hlc", "body", "key_id")
    return [
        {name: getattr(each, name) for name in wanted} | {"left_out": _left_out(db, each)}
        for stream in sorted(values[0])
        for each in db.stream(stream)
    ]


def _insert(db: "Database", _: str, values: Values) -> None:
    for row in zip(*values, strict=True):
        db.add_entry(Entry(**dict(zip(COLUMNS, row, strict=True))))


def _forget_left_out(db: "Database", _: str, values: Values) -> None:
    out = db.table("left_out")
    for place in [place for place, (stream, _) in out.items() if stream == values[0]]:
        db.take(out, place)


def _leave_out(db: "Database", _: str, values: Values) -> None:
    origin, seq, stream, why = values
    db.put(db.table("left_out"), (origin, seq), (stream, why))


def _leave_strangers_out(db: "Database", _: str, values: Values) -> None:
    foreign = db.table("journal_foreign")
    for stream in values[0]:
        for each in db.stream(stream):
            if each.origin in foreign and _left_out(db, each) is None:
                db.put(db.table("left_out"), (each.origin, each.seq), (stream, "org"))


def _to_judge(db: "Database", _: str, values: Values) -> list[Any]:
    names, seqs, orgs_changed = values
    cuts = dict(zip(names, seqs, strict=True))
    out = db.table("left_out")

    def cut(origin: str, seq: int) -> bool:
        firsts = [cuts[each] for each in (origin, _site(origin)) if each in cuts]
        return any(seq >= first for first in firsts)

    streams = {
        stream
        for (origin, seq), (stream, why) in out.items()
        if (why == "cut" and not cut(origin, seq)) or (orgs_changed and why in ("org", "fold"))
    }
    foreign = db.table("journal_foreign")
    for entry in db.entries():
        why = _left_out(db, entry)
        if entry.origin in foreign and why not in ("cut", "home"):
            streams |= {entry.stream} if cut(entry.origin, entry.seq) else set()
    return [{"stream": stream} for stream in sorted(streams)]


def _contradicted(db: "Database", _: str, values: Values) -> list[Any]:
    found = {stream for stream, why in db.table("left_out").values() if why == "fold"}
    return [{"stream": stream} for stream in sorted(found)[: values[0]]]


def _not_elsewhere(db: "Database", _: str, values: Values) -> None:
    for org in [org for org in db.table("elsewhere") if org not in values[0]]:
        db.take(db.table("elsewhere"), org)


def _elsewhere(db: "Database", _: str, values: Values) -> None:
    for org in values[0]:
        db.put(db.table("elsewhere"), org, True)  # noqa: FBT003 - a set


def _origin(db: "Database", _: str, values: Values) -> None:
    if values[0] not in db.table("journal_origins"):
        db.put(db.table("journal_origins"), values[0], values[1])


def _foreign(db: "Database", _: str, values: Values) -> None:
    db.put(db.table("journal_foreign"), values[0], values[1])


def _wrong(db: "Database", _: str, values: Values) -> None:
    peer, origin, seq, why, number, at = values
    known = db.table("wrong").get((peer, origin))
    same = known is not None and (known["seq"], known["why"]) == (seq, why)
    row = {"peer": peer, "origin": origin, "seq": seq, "why": why, "card_number": number}
    row |= {"at": at, "noted": known is not None and known["noted"] and same}
    db.put(db.table("wrong"), (peer, origin), row)


def _fork(db: "Database", _: str, values: Values) -> None:
    origin, seq, peer, ours, theirs, at = values
    if origin not in db.table("forks"):
        row = {"origin": origin, "seq": seq, "peer": peer, "ours": ours, "theirs": theirs}
        db.put(db.table("forks"), origin, row | {"at": at, "noted": False})


def _settle_wrong(db: "Database", _: str, values: Values) -> None:
    _settle(db, "wrong", "peer", values)


def _settle_forks(db: "Database", _: str, values: Values) -> None:
    _settle(db, "forks", "origin", values)


def _settle(db: "Database", table: str, of: str, values: Values) -> None:
    site, restored = values[0], values[1]
    assert isinstance(restored, datetime)
    rows = db.table(table)
    for key in [k for k, row in rows.items() if _site(row[of]) == site]:
        if rows[key]["at"] <= restored:
            db.take(rows, key)


def _held(db: "Database", _: str, values: Values) -> None:
    peer, origin, seq, hash_, at = values
    entry = db.table("journal").get((origin, seq))
    if entry is not None and entry.hash == hash_:
        db.put(db.table("held"), (peer, origin), {"seq": seq, "hash": hash_, "at": at})


def _told(db: "Database", _: str, values: Values) -> None:
    db.put(db.table("peers"), values[0], values[1:])


def _all(table: str) -> Run:
    return lambda db, _, __: list(db.table(table).values())


_KNOWN: Final[dict[str, Run]] = {
    store._VERSION: _version,  # noqa: SLF001 - the product's own statements
    store._FACTS: _facts,  # noqa: SLF001
    lending._HEADS: _heads,  # noqa: SLF001
    lending._ROWS: _page,  # noqa: SLF001
    shelf._STANDING: _standing,  # noqa: SLF001
    shelf._CONTRADICTED: _contradicted,  # noqa: SLF001
    shelf._TO_JUDGE: _to_judge,  # noqa: SLF001
    statements._INSERT_ENTRIES: _insert,  # noqa: SLF001
    "SELECT type, body, hlc FROM journal WHERE stream = $1 AND split_part": _decided,
    " ".join(
        ("SELECT", ", ".join(COLUMNS), "FROM journal WHERE origin = $1 AND seq = $2")
    ): _one,
    "SELECT origin, seq FROM journal WHERE (origin, seq) IN": _here,
    "INSERT INTO journal_streams AS known (stream, version) SELECT stream, 0": _lock,
    "UPDATE journal_streams AS known SET version = known.version + moved.added": _move,
    "SELECT j.origin, j.seq, j.stream, j.type, j.org, j.hlc, j.body, j.key_id,": _stored,
    "DELETE FROM journal_left_out WHERE stream = $1": _forget_left_out,
    "INSERT INTO journal_left_out (origin, seq, stream, why) VALUES": _leave_out,
    "DELETE FROM journal_elsewhere WHERE NOT org": _not_elsewhere,
    "INSERT INTO journal_elsewhere (org) SELECT unnest": _elsewhere,
    "INSERT INTO journal_origins (origin, public_key, first_at)": _origin,
    "INSERT INTO journal_foreign (origin, site)": _foreign,
    "INSERT INTO exchange.wrong AS known": _wrong,
    "INSERT INTO exchange.forks (": _fork,
    "INSERT INTO exchange.peers": _told,
    "INSERT INTO exchange.held": _held,
    "SELECT peer, origin, why, card_number FROM exchange.wrong": _all("wrong"),
    "SELECT origin FROM exchange.forks": _all("forks"),
    "DELETE FROM exchange.wrong WHERE peer = $1 AND at <= $2": _settle_wrong,
    "DELETE FROM exchange.forks WHERE split_part(origin, '.', 1) = $1": _settle_forks,
    "SELECT tenancy.leave_strangers_out": _leave_strangers_out,
    "SELECT tenancy.tell": lambda *_: None,
    "SELECT put_": lambda db, sql, values: db.put_rows(sql, values),
    "SELECT take_": lambda db, sql, values: db.take_rows(sql, values),
}
assert appending.TYPES  # the journal's columns travel in this order
