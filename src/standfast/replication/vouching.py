"""Which keys this site's own journal vouches for at other sites: cards that people accepted."""

from collections import defaultdict
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from standfast.facts.replication import PeerCardTaken, PeerJoined
from standfast.journal.database import Connection
from standfast.journal.succession import past_of
from standfast.replication.card import NoCard, read_card


class _Card(Struct):
    card: bytes


async def keys_of_peers(connection: Connection, own: bytes) -> Mapping[str, frozenset[bytes]]:
    """Return the keys of each other site, by cards that this site's own key says were accepted.

    *own* is the site's public key from its own disk: nobody else's word counts.
    """
    found = await connection.fetch(
        """
        SELECT j.body
          FROM journal AS j
          JOIN journal_origins AS o ON o.origin = j.origin
         WHERE j.type = ANY ($1::text[]) AND o.public_key = ANY ($2::bytea[])
        """,
        [each.__struct_config__.tag for each in (PeerJoined, PeerCardTaken)],
        list((await past_of(connection, own)).keys),
    )
    keys: defaultdict[str, set[bytes]] = defaultdict(set)
    for each in found:
        try:
            card = read_card(msgspec.json.decode(each["body"], type=_Card).card).card
        except (NoCard, msgspec.MsgspecError):
            continue
        keys[card.site] |= {card.signing, *(old.key for old in card.earlier)}
    return {site: frozenset(known) for site, known in keys.items()}
