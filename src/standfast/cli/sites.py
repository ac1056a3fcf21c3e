"""Commands on other sites: this site's card, joining, who the peers are and how they stand."""

import asyncio
from datetime import datetime
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.table import Table

from standfast.cli.node import DEFAULT_DATA, DataFolder, console, reachable, stop
from standfast.cli.opening import now, opened, settings_of, who
from standfast.cli.site_card import decide, looking, make_card
from standfast.journal.database import Pool, Reader
from standfast.kernel.messages import Refused
from standfast.outbound.peers import stranger
from standfast.replication import tables, words
from standfast.replication.card import (
    NoCard,
    SignedCard,
    code_between,
    is_address,
    is_site,
    read_card,
)
from standfast.replication.courier import Unreachable
from standfast.replication.details import details_of
from standfast.replication.https import HttpsCourier
from standfast.replication.model import JoinPeer
from standfast.replication.model_state import Exchange
from standfast.settings import Settings
from standfast.vault.certificates import Certificates
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Vault

app: Final = typer.Typer(
    help="Other sites: join them, see how they stand.", no_args_is_help=True
)

NO_CARD: Final = "This site has no card yet. Say: standfast site init --address HOST:PORT"


@app.command()
def init(
    data: DataFolder = DEFAULT_DATA,
    *,
    addresses: Annotated[
        list[str],
        typer.Option("--address", help="Where other sites reach this one; said once for each."),
    ],
    organisations: Annotated[
        list[str] | None,
        typer.Option("--organisation", help="An id whose records this site will write."),
    ] = None,
) -> None:
    """Make this site's card, and the certificate that it shows. Said again: what has changed."""
    if not all(is_address(each) for each in addresses):
        stop("An address is a host and a port, such as harrowmere.example:8412")
    vault = opened(data)
    with reachable(data) as where:
        settings = settings_of(where, data)
        if not is_site(settings.site):
            stop(f"No site may be called {settings.site}: small letters, digits and hyphens.")
        hosts = [each.rpartition(":")[0].strip("[]") for each in addresses]
        try:
            Certificates(data, vault).for_exchange(settings.site, hosts, now())
            made = asyncio.run(make_card(settings, vault, addresses, organisations or ()))
        except (VaultTrouble, NoCard) as trouble:
            stop(str(trouble))
            raise
    card = made.card
    console.print(f"[green]Card {card.number}[/green] of {card.site}, epoch {card.epoch}.")
    console.print(f"Reached at {', '.join(card.addresses)}.")
    console.print(f"Writes records of {', '.join(card.organisations)}.")
    port = addresses[0].rpartition(":")[2]
    if not settings.exchange_port:
        console.print(
            f"Set STANDFAST_EXCHANGE_PORT={port} and STANDFAST_EXCHANGE_HOST, and start the node."
        )


@app.command()
def join(
    address: Annotated[str, typer.Argument(help="Where the other site is: HOST:PORT")],
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Exchange journals with another site. Its IT officer must be on the telephone with you."""
    if not is_address(address):
        stop("An address is a host and a port, such as whitby.example:8412")
    vault = opened(data)
    with reachable(data) as where:
        settings = settings_of(where, data)
        own = _own(asyncio.run(_decided(settings)))
        try:
            theirs = asyncio.run(_swapped(address, own))
        except (Unreachable, NoCard) as trouble:
            stop(f"Nothing is changed: {trouble}")
            raise
        code = code_between(own, theirs)
        console.print(f"\n  {address} says that it is [bold]{theirs.card.site}[/bold].")
        console.print(f"  {_writes(theirs)}")
        console.print(f"  Read this code to its IT officer:  [bold]{code}[/bold]")
        console.print(f"  There they say:  standfast site accept {own.card.site} '{code}'\n")
        if not typer.confirm("Have they accepted it, and told you so?"):
            stop("Nothing is changed. Say it again when both of you have time.")
        _joined(settings, vault, theirs, code)
    console.print(f"[green]{theirs.card.site} has joined.[/green] See: standfast site status")


@app.command()
def accept(
    name: Annotated[str, typer.Argument(help="The site that wants to join.")],
    code: Annotated[str, typer.Argument(help="The code that its IT officer has read out.")],
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Accept a site that asks to join, by the code that its IT officer reads out."""
    vault = opened(data)
    with reachable(data) as where:
        settings = settings_of(where, data)
        own = _own(asyncio.run(_decided(settings)))
        theirs = asyncio.run(_asking(settings, name))
        if theirs is None:
            stop(
                f"{name} has not asked to join within a day. There they say: standfast site join"
            )
            return
        expected = code_between(own, theirs)
        if _typed(code) != _typed(expected):
            stop(
                "The codes differ: mistyped, or somebody stands between the two sites. Compare "
                "them once more; if they still differ, nothing may be joined by this line."
            )
        console.print(_writes(theirs))
        if not typer.confirm("Is that right, and may they join?"):
            stop("Nothing is changed. Ask their IT officer whose records they write.")
        _joined(settings, vault, theirs, expected)
    console.print(f"[green]{name} has joined.[/green] Tell them so. See: standfast site status")


@app.command()
def peers(data: DataFolder = DEFAULT_DATA) -> None:
    """Say who the peers are, and who accepted each."""
    with reachable(data) as where:
        decided = asyncio.run(_decided(settings_of(where, data)))
    table = Table("Site", "Addresses", "Organisations", "Since", "By", "", box=None)
    for peer in decided.peers.values():
        table.add_row(
            peer.site,
            ", ".join(peer.addresses),
            ", ".join(peer.organisations),
            f"{peer.joined_at:%Y-%m-%d}",
            peer.joined_by,
            f"[red]cut off: {peer.cut.reason}[/red]" if peer.cut else "",
        )
    console.print(
        table if decided.peers else "There is no peer. Join one: standfast site join HOST:PORT"
    )


@app.command()
def status(data: DataFolder = DEFAULT_DATA) -> None:
    """Say how the exchange stands with each peer: how far behind, and what they hold of ours."""
    with reachable(data) as where:
        settings = settings_of(where, data)
        decided, standings = asyncio.run(_standings(settings))
    if decided.own is None:
        stop(NO_CARD)
        return
    console.print(f"This site: {decided.own.site}, card {decided.own.number}.")
    table = Table("Site", "Answered", "Behind", "Not held there", "", box=None)
    for name, peer in decided.peers.items():
        at = standings.get(name)
        table.add_row(
            name,
            _ago(at.answered_at if at else None),
            f"{at.behind:,}" if at else "",
            f"{at.unheld:,}" if at else "",
            _trouble(decided, name, at.trouble if at else "", cut=peer.cut is not None),
        )
    console.print(table if decided.peers else "There is no peer yet.")


def _trouble(decided: Exchange, name: str, trouble: str, *, cut: bool) -> str:
    if cut:
        return "[red]cut off[/red]"
    stopped = decided.peers[name].stopped.values()
    told = [f"row {each.seq} of {each.origin}: {words.fault(each.why)}" for each in stopped]
    return "; ".join([*told, *([trouble] if trouble else [])]) or "[green]well[/green]"


def _ago(at: datetime | None) -> str:
    if at is None:
        return "never"
    return f"{max(0, int((now() - at).total_seconds())):,} s ago"


def _typed(code: str) -> str:
    """Return *code* as it was meant, however it was spaced and whatever was misread."""
    plain = "".join(each for each in code.upper() if not (each.isspace() or each == "-"))
    return plain.translate(str.maketrans("OIL", "011"))


def _own(decided: Exchange) -> SignedCard:
    if decided.own is None:
        stop(NO_CARD)
        raise typer.Exit(1)
    return read_card(decided.own.card)


def _writes(theirs: SignedCard) -> str:
    """Say whose records a site will write: what people must know before they say yes."""
    return f"It writes records of {escape(', '.join(theirs.card.organisations))}."


def _joined(settings: Settings, vault: Vault, theirs: SignedCard, code: str) -> None:
    command = JoinPeer(details=details_of(theirs), code=code, by=who())
    try:
        asyncio.run(decide(settings, vault, command))
    except Refused as refused:
        stop(words.REFUSALS[refused.reason].format_map(refused.details))


async def _decided(settings: Settings) -> Exchange:
    async with looking(settings) as (_, decided):
        return decided


async def _asking(settings: Settings, name: str) -> SignedCard | None:
    """Return the card that *name* has handed over within a day."""
    async with looking(settings) as (owner, _):
        packed = await owner.fetchval(
            "SELECT card FROM exchange.asked WHERE site = $1 AND at > $2::timestamptz"
            " - interval '1 day'",
            name,
            now(),
        )
    return None if packed is None else read_card(packed)


async def _swapped(address: str, own: SignedCard) -> SignedCard:
    """Return the card of whoever is at *address*, and let them have ours."""
    courier = HttpsCourier(stranger(address))
    try:
        theirs = read_card(await courier.card())
        await courier.hand_over(own.packed())
    finally:
        await courier.aclose()
    return theirs


async def _standings(settings: Settings) -> tuple[Exchange, dict[str, tables.Standing]]:
    pool = Pool(settings.owner_url, size=1)
    try:
        found = await tables.standings(Reader(pool))
    finally:
        pool.terminate()
    return await _decided(settings), found
