"""Cutting a site off, and undoing it, at the console."""

import asyncio
from typing import Annotated, Final

import typer

from standfast.cli.node import DEFAULT_DATA, DataFolder, console, reachable, stop
from standfast.cli.opening import opened, settings_of, who
from standfast.cli.site_card import decide
from standfast.facts.replication import CutFrom
from standfast.kernel.messages import Refused
from standfast.replication import words
from standfast.replication.model import CutPeer, ReplicationCommand, RestorePeer

app: Final = typer.Typer(help="Cut a site off, and restore it.", no_args_is_help=True)


@app.command()
def cut(
    name: Annotated[str, typer.Argument(help="The site.")],
    data: DataFolder = DEFAULT_DATA,
    *,
    from_: Annotated[
        int, typer.Option("--from", min=1, help="The first row that counts for nothing.")
    ] = 1,
    origin: Annotated[
        str, typer.Option(help="One origin of the site; without it, every one.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
) -> None:
    """Let nothing of a site count here, from a row on. Its rows stay, and are left out."""
    if origin and origin.partition(".")[0] != name:
        stop(f"{origin} is no origin of {name}. See: standfast heads")
    command = CutPeer(peer=name, cuts=(CutFrom(origin, from_),), reason=reason, by=who())
    _carry_out(data, command)
    console.print(
        f"[green]{name} is cut off[/green] from row {from_} on. Undo it: "
        f"standfast peers restore {name} --reason …"
    )


@app.command()
def restore(
    name: Annotated[str, typer.Argument(help="The site.")],
    data: DataFolder = DEFAULT_DATA,
    *,
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
) -> None:
    """Undo a cut, and ask again for what was stopped."""
    _carry_out(data, RestorePeer(peer=name, reason=reason, by=who()))
    console.print(f"[green]{name} is restored.[/green] See: standfast site status")


def _carry_out(data: DataFolder, command: ReplicationCommand) -> None:
    vault = opened(data)
    with reachable(data) as where:
        try:
            asyncio.run(decide(settings_of(where, data), vault, command))
        except Refused as refused:
            stop(words.REFUSALS[refused.reason].format_map(refused.details))
