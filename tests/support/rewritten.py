"""A whole site in which every text that anybody ever typed is some other text.

The facts in its journal are changed behind its back, by PostgreSQL's superuser, wherever the
type of a field lets any words stand; then every read model is made anew. So whatever a page, a
print or a message shows of what was typed, it shows these words.
"""

import base64
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from standfast.app import PROJECTIONS
from standfast.journal.database import connect
from standfast.journal.rebuild import rebuild
from standfast.journal.sealing import Sealing, readable
from tests.support.database import Database, Databases
from tests.support.sealed import sealing
from tools import facts

KEPT: Final = (
    "_id",
    "id",
    "org",
    "by",
    "hash",
    "code",
    "codes",
    "reference",
    "token",
    "roles",
    "key",
    "protocol",
    "version",
    "drawing",
    "system",
    "jwk",
    "site",
    "peer",
)
"""How the names of fields end that no person types: ids, and what stands for one thing."""

MADE: Final = {("records.export_prepared.v1", "number")}
"""What we make and no two are the same, though its name is also that of what people type."""

EVENTS: Final[dict[str, Any]] = {each.tag: each.event for each in facts.events()}


async def rewrite(
    server: Databases,
    database: Database,
    words: Callable[[str], str],
    keys: Sealing | None = None,
) -> int:
    """Put ``words(field)`` into every free text of *database*; return how many there were.

    *keys* open its records: a test's own, unless a node of its own made them.
    """
    keys = keys or sealing()
    owner = await connect(database.owner_dsn)
    try:
        entries = await owner.fetch(
            "SELECT origin, seq, stream, org, type, hlc, key_id, body FROM journal"
        )
        changed = 0
        updates = []
        facts = await readable(keys, owner, entries)
        for entry, fact in zip(entries, facts, strict=True):
            body = msgspec.json.decode(fact)
            places = [each for each in _texts(body) if (entry["type"], each[-1]) not in MADE]
            done = sum(_put(body, place, entry["type"], words) for place in places)
            changed += done
            if done:
                new = base64.b64encode(msgspec.json.encode(body)).decode()
                updates.append(
                    f"UPDATE journal SET key_id = NULL, body = decode('{new}', 'base64') "  # noqa: S608
                    f"WHERE origin = '{entry['origin']}' AND seq = {entry['seq']};"
                )
        server.server.administer(
            "ALTER TABLE journal DISABLE TRIGGER ALL;\n"
            + "\n".join(updates)
            + "\nALTER TABLE journal ENABLE TRIGGER ALL;",
            database.name,
        )
        await rebuild(owner, PROJECTIONS, sealing=keys)
    finally:
        await owner.close()
    return changed


def _texts(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where in *value* a text stands that somebody may have typed."""
    match value:
        case str():
            name = next((part for part in reversed(place) if isinstance(part, str)), "")
            if not name.endswith(KEPT):
                yield place
        case dict():
            for name, each in value.items():
                yield from _texts(each, (*place, name))
        case list():
            for number, each in enumerate(value):
                yield from _texts(each, (*place, number))
        case _:
            pass


def _put(body: Any, place: tuple[Any, ...], tag: str, words: Callable[[str], str]) -> bool:
    """Put other words in one *place*, if a fact may have them there."""
    *way, last = place
    holder = body
    for step in way:
        holder = holder[step]
    before = holder[last]
    name = next((part for part in reversed(place) if isinstance(part, str)), "")
    holder[last] = words(name)
    try:
        msgspec.convert(body, EVENTS[tag])
    except msgspec.ValidationError:
        holder[last] = before
        return False
    return True
