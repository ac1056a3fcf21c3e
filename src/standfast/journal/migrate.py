"""Making the tables: the journal once and for ever, the read models whenever their shape changes."""

import hashlib
from collections.abc import Callable, Sequence

from standfast.journal.database import Connection
from standfast.journal.rebuild import rebuild
from standfast.journal.schema import journal_ddl, read_models_ddl
from standfast.journal.sealing import Sealing
from standfast.kernel.rows import Projection, Row


async def migrate(
    owner: Connection,
    projections: Sequence[Projection],
    schemas: Sequence[str],
    *,
    sealing: Sealing | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Bring the database up to this version of the program; *owner* owns it.

    Only the journal is precious and its tables only grow. When a read model is not of the
    shape that the code declares, all of them are dropped, made anew and rebuilt: *sealing* opens
    what is sealed, and without it a journal that has anything sealed is left as it was.
    """
    await owner.execute("SET search_path = public")  # else a second journal is made in ``read``
    await owner.execute(journal_ddl())
    await owner.execute("RESET search_path")
    tables = [row for projection in projections for row in projection.tables]
    making = read_models_ddl("\n".join(schemas), tables)
    wanted = _fingerprint(tables, making)
    present = await owner.fetchval("SELECT fingerprint FROM journal_read_models")
    if present == wanted:
        return
    async with owner.transaction():
        await owner.execute(making)
        await owner.execute("DELETE FROM journal_read_models")
        await owner.execute("INSERT INTO journal_read_models (fingerprint) VALUES ($1)", wanted)
        events = await rebuild(owner, projections, sealing=sealing)
    if events:
        say(f"Read models rebuilt from {events:,} events")


def _fingerprint(tables: Sequence[type[Row]], making: str) -> str:
    """Return what changes whenever a table's columns, a row's fields or a right does."""
    shape = [f"{row.__module__}.{row.__qualname__}{row.__struct_fields__}" for row in tables]
    return hashlib.sha256("\n".join([making, *shape]).encode()).hexdigest()
