"""Commands on TLS: the site's own authority, its certificates, and an operator's."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer
from rich.table import Table

from standfast.cli.journaling import record_certificates
from standfast.cli.node import DEFAULT_DATA, DataFolder, console, reachable, stop
from standfast.cli.opening import now, opened, settings_of
from standfast.vault.authority import Kind, life_of, names_of
from standfast.vault.certificates import FOLDER, Certificates, read_ledger
from standfast.vault.names import TLS, TLS_API
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Vault, public_of

app: Final = typer.Typer(
    help="TLS: the site's own authority, or an operator's certificate.", no_args_is_help=True
)

OfApi: TypeAlias = Annotated[
    bool, typer.Option("--api", help="The API's own, and not that of the pages.")
]

_ALWAYS: Final = ("localhost", "127.0.0.1")
"""By these names the machine itself, and nobody else, comes."""


@app.command()
def init(
    data: DataFolder = DEFAULT_DATA,
    *,
    names: Annotated[
        list[str],
        typer.Option("--name", help="A host name that desks use; said once for each."),
    ],
) -> None:
    """Make the site's authority and the server's certificate. The next start serves TLS 1.3."""
    vault = opened(data)
    with _explained():
        site = os.environ.get("STANDFAST_SITE", "harrowmere")
        line = Certificates(data, vault).begin(site, _named(names), now())
    console.print(f"[green]Certificate[/green] for {', '.join(line.names)}.")
    console.print(f"Have every desk trust {data / FOLDER / 'ca.pem'}, then restart the node.")
    _record(vault, data)


@app.command()
def api(
    data: DataFolder = DEFAULT_DATA,
    *,
    names: Annotated[
        list[str],
        typer.Option("--name", help="A host name that partners use; said once for each."),
    ],
) -> None:
    """Give the API's own listener a certificate of this site's authority.

    The next start with an API port serves TLS 1.3 there. Partners trust tls/ca.pem.
    """
    vault = opened(data)
    with _explained():
        line = Certificates(data, vault).renew(_named(names), now(), of=TLS_API)
    console.print(f"[green]Certificate[/green] of the API for {', '.join(line.names)}.")
    console.print("Restart the node if its API had none before.")
    _record(vault, data)


@app.command()
def renew(
    data: DataFolder = DEFAULT_DATA,
    *,
    names: Annotated[
        list[str] | None, typer.Option("--name", help="Other host names than before.")
    ] = None,
    of_api: OfApi = False,
) -> None:
    """Give the server a new certificate now. A running node takes it up within a minute."""
    vault = opened(data)
    of = TLS_API if of_api else TLS
    with _explained():
        found = names_of(vault.secret(of)) if names is None else _named(names)
        line = Certificates(data, vault).renew(found, now(), of=of)
    console.print(f"[green]Certificate[/green] for {', '.join(line.names)}.")
    _record(vault, data)


@app.command()
def issue(
    request: Annotated[Path, typer.Argument(help="The request (PKCS#10, PEM).", exists=True)],
    data: DataFolder = DEFAULT_DATA,
    *,
    kind: Annotated[Kind, typer.Option(help="A node of another site, or an API client.")],
    names: Annotated[
        list[str], typer.Option("--name", help="The site or the client; then a node's hosts.")
    ],
    out: Annotated[Path, typer.Option(help="Where to put the certificate.")],
) -> None:
    """Give a certificate for a key that stays where it was made."""
    vault = opened(data)
    with _explained():
        line, certificate = Certificates(data, vault).issue(
            request.read_bytes(), kind, names, now()
        )
    out.write_bytes(certificate)
    console.print(
        f"[green]{out}[/green], until {line.expires_at:%d %B %Y}. Serial {line.serial}."
    )
    _record(vault, data)


@app.command()
def use(
    certificate: Annotated[
        Path, typer.Argument(help="Certificate and chain, PEM.", exists=True)
    ],
    key: Annotated[Path, typer.Argument(help="Its key, PEM.", exists=True)],
    data: DataFolder = DEFAULT_DATA,
    *,
    of_api: OfApi = False,
) -> None:
    """Show an operator's certificate. Its key is sealed with the others; delete the file.

    A running node takes it up within a minute; run this from whatever renews it.
    """
    vault = opened(data)
    with _explained():
        bundle = certificate.read_bytes().rstrip() + b"\n" + key.read_bytes()
        Certificates(data, vault).use(bundle, of=TLS_API if of_api else TLS)
    console.print(
        f"[green]In use.[/green] Now delete {key}: its key is sealed with the others."
    )


@app.command()
def revoke(
    serial: Annotated[str, typer.Argument(help="The certificate's serial, or how it begins.")],
    data: DataFolder = DEFAULT_DATA,
    *,
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
) -> None:
    """Take a certificate back. Other sites refuse it as soon as they have the new list."""
    vault = opened(data)
    with _explained():
        line = Certificates(data, vault).revoke(serial, reason, now())
    console.print(f"[green]Taken back:[/green] {', '.join(line.names)} ({line.serial}).")
    _record(vault, data)


@app.command()
def status(data: DataFolder = DEFAULT_DATA) -> None:
    """Say which certificates there are and when each ends. Opens nothing."""
    with _explained():
        shown, ledger = public_of(data, TLS), read_ledger(data)
        of_api = public_of(data, TLS_API)
    if not shown:
        console.print("The pages are reached without TLS. Set it up: standfast tls init")
    for whose, bundle in (("server", shown), ("API", of_api)):
        if bundle:
            left = (life_of(bundle)[1] - now()).days
            console.print(f"The {whose} shows {', '.join(names_of(bundle))}: {left} days left.")
    table = Table("Kind", "For", "Ends", "Serial", "", box=None, header_style="bold")
    for line in ledger.issued:
        ends = f"{line.expires_at:%Y-%m-%d}"
        taken = f"taken back: {line.reason}" if line.revoked_at else ""
        table.add_row(line.kind.value, ", ".join(line.names), ends, line.serial, taken)
    if ledger.issued:
        console.print(table)


def _named(names: list[str]) -> tuple[str, ...]:
    return (*names, *(each for each in _ALWAYS if each not in names))


def _record(vault: Vault, data: Path) -> None:
    """Have the journal know the certificates, if there is a journal yet."""
    if "STANDFAST_DATABASE_URL" in os.environ or (data / "postgres").exists():
        with reachable(data) as where:
            asyncio.run(record_certificates(settings_of(where, data), vault))


@contextmanager
def _explained() -> Iterator[None]:
    """Say why the keys would not do it, and end."""
    try:
        yield
    except VaultTrouble as trouble:
        stop(str(trouble))
