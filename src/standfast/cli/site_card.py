"""Making this site's card, and reading what it has decided of others, at the console."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from msgspec import Struct
from msgspec.structs import replace

from standfast.cli.journaling import writing
from standfast.cli.opening import now, who
from standfast.journal.database import Connection, connect
from standfast.journal.keys import SiteKey
from standfast.journal.succession import past_of
from standfast.replication.card import (
    Earlier,
    End,
    SignedCard,
    SiteCard,
    read_card,
    signed_card,
    stamp,
)
from standfast.replication.details import details_of
from standfast.replication.model import EXCHANGE, MakeCard, ReplicationCommand
from standfast.replication.model_state import Exchange
from standfast.replication.shelf import PostgresShelf
from standfast.settings import Settings
from standfast.vault.authority import certificate_of, names_of
from standfast.vault.names import EXCHANGE_SEALING, SITE, TLS_CA
from standfast.vault.vault import Vault


class _Said(Struct, frozen=True):
    """What somebody says should be on the card."""

    addresses: tuple[str, ...]
    organisations: tuple[str, ...]


@asynccontextmanager
async def looking(settings: Settings) -> AsyncIterator[tuple[Connection, Exchange]]:
    """Lend the owner's connection, with what this site has decided so far, inside the block."""
    owner = await connect(settings.owner_url)
    try:
        shelf = PostgresShelf(owner, site=settings.site, projections=(), clock=now)
        yield owner, await shelf.decided()
    finally:
        await owner.close()


async def decide(settings: Settings, vault: Vault, command: ReplicationCommand) -> None:
    """Write down what somebody at the console has decided. Raises Refused."""
    async with writing(settings, SiteKey.of(vault.secret(SITE))) as journal:
        await journal.execute(EXCHANGE, settings.site, command, actor=who(), now=now())


async def card_kept(settings: Settings, vault: Vault) -> bool:
    """Make the site's card anew where what it says has changed; tell whether it had."""
    async with looking(settings) as (owner, decided):
        if decided.own is None:
            return False
        known = read_card(decided.own.card).card
        made = await _card(owner, settings, vault, _Said(known.addresses, ()), known)
    if made is None:
        return False
    await _keep(settings, vault, made)
    return True


async def make_card(
    settings: Settings, vault: Vault, addresses: Sequence[str], organisations: Sequence[str]
) -> SignedCard:
    """Make the site's card, or the one that it has if it says all this already."""
    async with looking(settings) as (owner, decided):
        known = read_card(decided.own.card).card if decided.own else None
        said = _Said(tuple(addresses), tuple(organisations))
        made = await _card(owner, settings, vault, said, known)
        if made is None:
            assert decided.own is not None  # noqa: S101 - it says the same
            return read_card(decided.own.card)
    await _keep(settings, vault, made)
    return made


def hosts_of(bundle: bytes) -> tuple[str, ...]:
    """Return the host names in a node's certificate."""
    return names_of(bundle)


async def _keep(settings: Settings, vault: Vault, made: SignedCard) -> None:
    command = MakeCard(org=settings.receiving_org, details=details_of(made), by=who())
    await decide(settings, vault, command)


async def _card(
    owner: Connection,
    settings: Settings,
    vault: Vault,
    said: _Said,
    known: SiteCard | None,
) -> SignedCard | None:
    """Return the card as it should be now; None: it is so already."""
    key = SiteKey.of(vault.secret(SITE))
    sealing = X25519PrivateKey.from_private_bytes(vault.secret(EXCHANGE_SEALING))
    authority = load_pem_x509_certificate(certificate_of(vault.secret(TLS_CA)))
    before = known.organisations if known else ()
    card = SiteCard(
        site=settings.site,
        epoch=settings.epoch,
        number=known.number if known else 1,
        made_at=known.made_at if known else stamp(now()),
        signing=key.public,
        earlier=await _earlier(owner, key.public),
        sealing=sealing.public_key().public_bytes_raw(),
        authority=authority.public_bytes(Encoding.DER),
        addresses=said.addresses,
        organisations=await _organisations(owner, settings, (*said.organisations, *before)),
    )
    if card == known:
        return None
    if known is not None:
        card = replace(card, number=known.number + 1, made_at=stamp(now()))
    return signed_card(card, key.sign)


async def _organisations(
    owner: Connection, settings: Settings, more: Sequence[str]
) -> tuple[str, ...]:
    """Return whose records this site writes: those of its journal, and those that were named."""
    found = await owner.fetch(
        """
        SELECT DISTINCT org
          FROM journal
         WHERE split_part(origin, '.', 1) = $1
        """,
        settings.site,
    )
    orgs = {settings.receiving_org, *more, *(each["org"] for each in found)}
    return tuple(sorted(org for org in orgs if org))


async def _earlier(owner: Connection, public: bytes) -> tuple[Earlier, ...]:
    """Return the keys that ours has succeeded, and where each of their chains ends."""
    past = await past_of(owner, public)
    owners = {
        each["origin"]: each["public_key"]
        for each in await owner.fetch("SELECT origin, public_key FROM journal_origins")
    }
    return tuple(
        Earlier(
            old,
            tuple(
                End(head.origin, head.seq, bytes.fromhex(head.hash))
                for origin, head in sorted(past.ends.items())
                if owners.get(origin) == old
            ),
        )
        for old in sorted(past.keys - {public})
    )
