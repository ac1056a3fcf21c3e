"""Commands on the site's keys: which there are, sealing them, putting new ones in their place."""

import asyncio
import os
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer
from rich.table import Table

from standfast.cli.escrow import data_keys, escrow, recover
from standfast.cli.journaling import NodeRuns, record_sealing, succeed_site_key
from standfast.cli.moving import move_in
from standfast.cli.node import DEFAULT_DATA, DataFolder, console, reachable, stop
from standfast.cli.opening import ask, opened, settings_of
from standfast.cli.sealing import Hands, Way, same_hands, seal_with
from standfast.vault import custodians
from standfast.vault.boxes import WrongKey
from standfast.vault.names import HOME_ENTRY, SITE, TELEPHONY
from standfast.vault.ring import Ring
from standfast.vault.shared import made_up, only_newest, with_newer
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Vault, listed, sealed_keys

PUBLIC_BYTES: Final = 32

app: Final = typer.Typer(help="The site's keys: list, seal, rotate.", no_args_is_help=True)
rotate: Final = typer.Typer(help="Put a new key in the place of one.", no_args_is_help=True)
custodian: Final = typer.Typer(help="Who holds the passphrases.", no_args_is_help=True)
app.add_typer(rotate, name="rotate")
app.add_typer(custodian, name="custodian")
app.command("escrow")(escrow)
app.command("recover")(recover)
rotate.command("data-keys")(data_keys)

People: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--custodian", help="Who holds a passphrase; said once for each person."),
]


@app.command("list")
def list_(data: DataFolder = DEFAULT_DATA) -> None:
    """Say which keys there are, since when, and how they are sealed. Opens nothing."""
    try:
        held, keys = sealed_keys(data), listed(data)
    except VaultTrouble as trouble:
        stop(str(trouble))
        raise
    if held is None:
        console.print("[yellow]The keys lie in the open[/yellow], as the demonstration's do.")
    else:
        console.print(
            f"Sealed with {held.sealing.says}, since {held.wrapped_at:%d %B %Y %H:%M}."
        )
    table = Table("Key", "For", "Since", "", box=None, header_style="bold")
    for each in keys:
        mark = "[green]sealed[/green]" if each.sealed else "[yellow]in the open[/yellow]"
        table.add_row(each.name, each.says, f"{each.made_at:%Y-%m-%d}", mark)
    console.print(table if keys else "There is no key here yet.")


@app.command()
def seal(
    data: DataFolder = DEFAULT_DATA,
    *,
    with_: Annotated[
        Way, typer.Option("--with", help="Who keeps the key that opens all others.")
    ] = Way.CUSTODIANS,
    people: People = None,
    module: Annotated[str, typer.Option(help="The PKCS#11 driver, with --with token.")] = "",
    token: Annotated[str, typer.Option(help="The token's label, with --with token.")] = "",
    tpm2_device: Annotated[str, typer.Option(help="Another TPM than the machine's own.")] = "",
) -> None:
    """Seal every key in the folder. Keys that lay in the open are taken away.

    With custodians, any two of those named open the keys; name three, and one may be ill.
    """
    hands = Hands(
        way=with_,
        people=tuple(people or ()),
        module=module,
        token=token,
        tpm2_device=tpm2_device,
    )
    if with_ is Way.CUSTODIANS and len(hands.people) < custodians.FEWEST:
        stop("Name two people or more: --custodian 'Amira Khan' --custodian 'Sam Whitlock'")
    if not data.is_dir():
        data.mkdir(mode=0o711, parents=True)
    vault = opened(data)
    was_open = not vault.sealed
    _sealed(vault, data, hands)
    vault.secret(SITE)
    if was_open:
        console.print(
            "Copies made before this moment, in backups too, hold the keys in the open. If "
            "there are any, put a new signing key in place: standfast keys rotate site"
        )


@rotate.command()
def site(
    data: DataFolder = DEFAULT_DATA,
    *,
    lost: Annotated[
        str, typer.Option(help="The lost key's public half in hex, when only that is left.")
    ] = "",
) -> None:
    """Let a new key sign the journal from now on. Stop the node first; start it again after.

    Both keys sign the change, and it says where the old key's chains end: what the old key
    signed stays provable, and what anybody signs with it later is found.
    """
    vault = opened(data)
    try:
        with reachable(data) as where:
            settings = settings_of(where, data)
            asyncio.run(succeed_site_key(settings, vault, lost=_public(lost)))
    except NodeRuns:
        stop("The node is at work. Stop it, say this again, and start it: seconds in all.")
    except VaultTrouble as trouble:
        stop(str(trouble))
    console.print("[green]A new key signs from now on.[/green] Prove it: standfast verify")
    console.print(
        "Print the new heads for the shift sheet, and tell the sites that you exchange with."
    )


@rotate.command("home-entry")
def home_entry(data: DataFolder = DEFAULT_DATA) -> None:
    """Let a new key seal how to get into homes from now on. The node may go on working.

    What older keys sealed stays as it is, and opens with them: a journal is never rewritten.
    """
    vault = opened(data)
    try:
        vault.grow(HOME_ENTRY)
        count = len(Ring(vault.secret(HOME_ENTRY)))
    except (VaultTrouble, WrongKey) as trouble:
        stop(str(trouble))
        raise
    console.print(f"[green]A new key seals from now on.[/green] {count} in all can open.")


@rotate.command()
def telephony(
    data: DataFolder = DEFAULT_DATA,
    *,
    given: Annotated[
        bool, typer.Option("--given", help="Type one that the exchange has made.")
    ] = False,
    settle: Annotated[
        bool, typer.Option("--settle", help="The exchange has changed over: older ones end.")
    ] = False,
) -> None:
    """Let the telephone exchange sign with a new secret, printed here once.

    What it signed with before is good beside it until you say --settle. The node may go on
    working: every worker knows within seconds.
    """
    vault = opened(data)
    try:
        held = vault.find(TELEPHONY)
        if settle and held is not None:
            vault.put(TELEPHONY, only_newest(held))
            console.print("[green]The newest alone is good from now on.[/green]")
            return
        newer = ask("The exchange's secret:", secret=True) if given else made_up()
        vault.put(TELEPHONY, with_newer(held, newer))
    except VaultTrouble as trouble:
        stop(str(trouble))
        raise
    if not given:
        console.print("Enter this into the telephone exchange, and keep it nowhere else:")
        print(newer)  # noqa: T201 - whole, on one line, however narrow the terminal is
    if held is not None:
        console.print("The one before is good until: standfast keys rotate telephony --settle")


@app.command("move-in")
def move_in_(data: DataFolder = DEFAULT_DATA) -> None:
    """Take into the vault what an older version kept in site.env, a file or the environment."""
    vault = opened(data)
    if not vault.sealed:
        stop("Seal the keys first, so that there is a vault: standfast keys seal")
    said = move_in(data, vault)
    for sentence in said or ["There is no secret outside the vault that we know of."]:
        console.print(sentence)


@rotate.command()
def wrapping(data: DataFolder = DEFAULT_DATA) -> None:
    """Seal every key under a new wrapping key, in the same hands. A crash changes nothing."""
    vault = opened(data)
    held = sealed_keys(data)
    if held is None:
        stop("The keys are not sealed yet: standfast keys seal")
        return
    _sealed(vault, data, same_hands(held.sealing))


@custodian.command()
def replace(
    old: Annotated[str, typer.Argument(help="Who no longer holds a passphrase.")],
    new: Annotated[str, typer.Argument(help="Who holds one from now on.")],
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Let NEW hold a passphrase in the place of OLD, under a new wrapping key.

    Two present custodians open the keys first; then everybody who stays, and NEW, type theirs.
    """
    held = sealed_keys(data)
    if held is None or not isinstance(held.sealing, custodians.ByCustodians):
        stop("No custodians hold these keys. See: standfast keys list")
        return
    people = [each.name for each in held.sealing.custodians]
    if old not in people:
        stop(f"{old} is not one of the custodians: {', '.join(people)}")
    vault = opened(data)
    names = tuple(new if name == old else name for name in people)
    _sealed(vault, data, Hands(way=Way.CUSTODIANS, people=names))
    console.print(f"What {old} knew opens nothing that is written from now on.")


def _sealed(vault: Vault, data: Path, hands: Hands) -> None:
    """Seal, and say how; or say why not."""
    try:
        seal_with(vault, data, hands, ask)
        held = sealed_keys(data)
    except VaultTrouble as trouble:
        stop(str(trouble))
        raise
    assert held is not None  # noqa: S101 - just written
    console.print(f"[green]Sealed[/green] with {held.sealing.says}.")
    _record(vault, data)


def _public(lost: str) -> bytes | None:
    """Return the public key that *lost* spells; None when it is empty."""
    if not lost:
        return None
    try:
        public = bytes.fromhex(lost)
    except ValueError:
        public = b""
    if len(public) != PUBLIC_BYTES:
        stop("A public key is 64 digits and letters a to f, as journal_origins has it.")
    return public


def _record(vault: Vault, data: Path) -> None:
    """Have the journal know how the keys are sealed now, if there is a journal yet."""
    if "STANDFAST_DATABASE_URL" not in os.environ and not (data / "postgres").exists():
        return
    with reachable(data) as where:
        asyncio.run(record_sealing(settings_of(where, data), vault, data))
