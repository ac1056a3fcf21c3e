"""All data keys at once, as the owner alone may: to put them in escrow, back, or under a new key."""

from collections.abc import Iterable, Sequence
from typing import Final

from standfast.journal.database import Connection
from standfast.journal.sealing import NONCE_BYTES, about_key
from standfast.vault.boxes import Box, WrongKey
from standfast.vault.escrow import WrappedKey
from standfast.vault.ring import Ring

_AT_ONCE: Final = 5_000
_ERASED: Final = """
    SELECT org, json_array_elements_text(convert_from(body, 'UTF8')::json -> 'keys') AS key
      FROM journal_facts AS j
     WHERE type = 'records.erased.v1' AND key_id IS NULL
       AND NOT EXISTS (SELECT FROM journal_foreign AS f
                        WHERE f.origin = j.origin
                          AND j.org NOT IN (SELECT org FROM journal_elsewhere))
"""
"""Which organisation says that which key went. A peer says so of organisations elsewhere alone."""


class DoesNotOpen(Exception):
    """A data key does not open with this site's ring: nothing was changed."""


async def all_keys(owner: Connection) -> tuple[WrappedKey, ...]:
    """Return every data key that was not destroyed, sealed as it lies."""
    rows = await owner.fetch(
        """
          SELECT key_id, org, record, made_here, wrapped_by, wrapped, made_at
            FROM journal_data_keys
           WHERE wrapped IS NOT NULL
        ORDER BY made_at, key_id
        """
    )
    return tuple(WrappedKey(*row) for row in rows)


async def put_back(owner: Connection, keys: Sequence[WrappedKey]) -> tuple[int, int]:
    """Add those of *keys* that are not here; return how many, and how many were erased since.

    What a word in the journal says was erased stays erased, however old the escrow is.
    """
    async with owner.transaction():
        erased = {(row["org"], row["key"]) for row in await owner.fetch(_ERASED)}
        wanted = [each for each in keys if (each.org, each.key_id) not in erased]
        before = await owner.fetchval("SELECT count(*) FROM journal_data_keys")
        await owner.executemany(
            """
            INSERT INTO journal_data_keys
                   (key_id, org, record, made_here, wrapped_by, wrapped, made_at)
            SELECT $1, $2, $3,
                   $4 AND NOT EXISTS (SELECT FROM journal_data_keys
                                       WHERE org = $2 AND record = $3 AND made_here),
                   $5, $6, $7
                ON CONFLICT (key_id) DO NOTHING
            """,
            [
                (
                    each.key_id,
                    each.org,
                    each.record,
                    each.made_here,
                    each.wrapped_by,
                    each.wrapped,
                    each.made_at,
                )
                for each in wanted
            ],
        )
        after = await owner.fetchval("SELECT count(*) FROM journal_data_keys")
    return int(after - before), len(keys) - len(wanted)


async def wrap_again(owner: Connection, ring: Ring) -> int:
    """Seal every data key under the newest of *ring*, all in one commit; return how many.

    Raises :class:`DoesNotOpen` for one that no key of *ring* opens, and changes nothing.
    """
    done = 0
    async with owner.transaction():
        keys = [each for each in await all_keys(owner) if each.wrapped_by != ring.newest]
        for at in range(0, len(keys), _AT_ONCE):
            part = keys[at : at + _AT_ONCE]
            await owner.executemany(
                "UPDATE journal_data_keys SET wrapped_by = $2, wrapped = $3 WHERE key_id = $1",
                list(_again(part, ring)),
            )
            done += len(part)
    return done


def _again(keys: Iterable[WrappedKey], ring: Ring) -> Iterable[tuple[str, str, bytes]]:
    for each in keys:
        about = about_key(each.key_id, each.org, each.record)
        box = Box(each.wrapped[:NONCE_BYTES], each.wrapped[NONCE_BYTES:])
        try:
            secret = ring.unseal(each.wrapped_by, box, about)
        except WrongKey as error:
            raise DoesNotOpen(each.key_id) from error
        by, new = ring.seal(secret, about)
        yield each.key_id, by, new.nonce + new.body
