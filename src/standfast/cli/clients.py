"""Commands on API clients: list, register, rotate, suspend, switch the API off, try it out."""

import asyncio
import warnings
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, TypeVar
from uuid import uuid4

import httpx
import typer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from rich.table import Table

from standfast.cli.journaling import writing
from standfast.cli.node import DEFAULT_DATA, DataFolder, console, reachable, stop
from standfast.cli.opening import now, opened, settings_of, who
from standfast.clients.model import (
    CLIENT,
    AddKey,
    ClientCommand,
    EndClient,
    ResumeClient,
    RetireKey,
    SuspendClient,
)
from standfast.clients.model_calls import SWITCH, SwitchCommand, TurnApiOff, TurnApiOn
from standfast.clients.pages_token import ASSERTION_TYPE
from standfast.clients.registering import read_new_key, read_registration
from standfast.clients.tables import ClientRow, client, clients, switched_off
from standfast.clients.words import REFUSALS
from standfast.demo.clients import DEMONSTRATION_CLIENT, demonstration_key
from standfast.facts.clients import Algorithm, Scope
from standfast.journal.database import Reader, connect_pool
from standfast.journal.keys import SiteKey
from standfast.journal.store import Journal
from standfast.kernel.messages import Refused
from standfast.settings import Settings
from standfast.vault.names import SITE
from standfast.web.forms import FormErrors

SomeAnswer = TypeVar("SomeAnswer")

app: Final = typer.Typer(help="Other systems that may call the API.", no_args_is_help=True)
api: Final = typer.Typer(help="Whether the API takes anything.", no_args_is_help=True)

ClientId = Annotated[str, typer.Argument(help="The client's id.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for whoever reads it later.")]
KeyFile = Annotated[
    Path, typer.Option("--keys", exists=True, help="A file with a JWKS or a certificate.")
]


@app.command("list")
def list_(data: DataFolder = DEFAULT_DATA) -> None:
    """Print who may call, and how they stand."""

    async def found(db: Reader, settings: Settings) -> list[ClientRow]:
        return await clients(db, settings.receiving_org)

    table = Table(
        "Client", "Name", "State", "Scopes", "A minute", box=None, header_style="bold"
    )
    for each in _reading(data, found):
        scopes = " ".join(each.scopes)
        table.add_row(each.client_id, each.name, each.state, scopes, str(each.per_minute))
    console.print(table if table.rows else "No other system may call yet.")


@app.command()
def register(
    client_id: ClientId,
    keys: KeyFile,
    name: Annotated[str, typer.Option(help="What the other system is called.")],
    speaks_for: Annotated[str, typer.Option(help="ODS codes, with commas between.")],
    data: DataFolder = DEFAULT_DATA,
    *,
    algorithm: Annotated[Algorithm, typer.Option(help="How it signs.")] = Algorithm.RS512,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What it may do; once for each.")
    ] = None,
    certificate_name: Annotated[str, typer.Option(help="The name in its certificate.")] = "",
    per_minute: Annotated[int, typer.Option(help="Calls a minute.")] = 60,
) -> None:
    """Let another system in."""
    sent = {
        "client_id": client_id,
        "name": name,
        "speaks_for": speaks_for,
        "algorithm": algorithm.value,
        "certificate_name": certificate_name,
        "per_minute": str(per_minute),
        "public_keys": keys.read_text(encoding="utf-8", errors="replace"),
        **{f"scope_{each.name.lower()}": "yes" for each in scope or Scope},
    }
    with reachable(data) as where:
        org = settings_of(where, data).receiving_org
    command = read_registration(sent, org=org, by=who(), now=now())
    if isinstance(command, FormErrors):
        stop("\n".join(command.messages.values()))
        raise typer.Exit(1)
    _order(data, client_id, command)
    console.print(f"[green]{client_id}[/green] may call, as soon as it has signed for a token.")


@app.command()
def add_key(client_id: ClientId, keys: KeyFile, data: DataFolder = DEFAULT_DATA) -> None:
    """Let a client sign with a new key beside its old ones."""

    async def found(db: Reader, settings: Settings) -> ClientRow | None:
        return await client(db, settings.receiving_org, client_id)

    row = _reading(data, found)
    if row is None:
        stop(f"There is no client {client_id}: standfast client list")
        raise typer.Exit(1)
    pasted = {"public_keys": keys.read_text(encoding="utf-8", errors="replace")}
    read = read_new_key(pasted, row.algorithm, now())
    if isinstance(read, FormErrors):
        stop("\n".join(read.messages.values()))
        raise typer.Exit(1)
    for key in read:
        _order(data, client_id, AddKey(key=key, by=who()))
        console.print(f"{client_id} may sign with [bold]{key.kid}[/bold] as well.")


@app.command()
def retire_key(
    client_id: ClientId,
    kid: Annotated[str, typer.Argument(help="The key's id.")],
    data: DataFolder = DEFAULT_DATA,
    *,
    days: Annotated[int, typer.Option(min=0, max=90, help="How long it may go on.")] = 7,
) -> None:
    """Take a key no longer than so many days; --days 0 takes it away at once."""
    until = now() + timedelta(days=days)
    _order(data, client_id, RetireKey(kid=kid, valid_until=until, by=who()))
    console.print(f"{kid} of {client_id} ends at {until:%Y-%m-%d %H:%M} UTC.")


@app.command()
def suspend(client_id: ClientId, reason: Reason, data: DataFolder = DEFAULT_DATA) -> None:
    """Take nothing more of a client, at once; its tokens are void."""
    _order(data, client_id, SuspendClient(reason=reason, by=who()))
    console.print(f"{client_id} is suspended.")


@app.command()
def resume(client_id: ClientId, data: DataFolder = DEFAULT_DATA) -> None:
    """Let a suspended client call again."""
    _order(data, client_id, ResumeClient(by=who()))
    console.print(f"{client_id} may call again.")


@app.command()
def end(client_id: ClientId, reason: Reason, data: DataFolder = DEFAULT_DATA) -> None:
    """End a client for good."""
    _order(data, client_id, EndClient(reason=reason, by=who()))
    console.print(f"{client_id} will never call again.")


@api.command()
def off(reason: Reason, data: DataFolder = DEFAULT_DATA) -> None:
    """Take nothing from other systems; calls go on."""
    _switch(data, lambda org: TurnApiOff(org=org, reason=reason, by=who()))
    console.print("The API is off. Partners are told to try again later.")


@api.command()
def on(data: DataFolder = DEFAULT_DATA) -> None:
    """Take what other systems send again."""
    _switch(data, lambda org: TurnApiOn(org=org, by=who()))
    console.print("The API is on.")


@api.command()
def status(data: DataFolder = DEFAULT_DATA) -> None:
    """Say whether the API is on; exit 1 if it is off."""

    async def found(db: Reader, settings: Settings) -> str:
        off = await switched_off(db, settings.receiving_org)
        return f"off since {off.off_at:%Y-%m-%d %H:%M} UTC: {off.reason}" if off else ""

    off = _reading(data, found)
    console.print(f"The API is {off or 'on'}.")
    raise typer.Exit(int(bool(off)))


def token(
    client_id: Annotated[str, typer.Option("--client", help="The client's id.")] = "demo",
    *,
    url: Annotated[str, typer.Option(help="Where the API is.")] = "http://127.0.0.1:8111",
    key: Annotated[
        Path | None, typer.Option(exists=True, help="The private key (PEM); not for demo.")
    ] = None,
    kid: Annotated[str, typer.Option(help="The key's id, as it was registered.")] = "",
    algorithm: Annotated[Algorithm, typer.Option(help="How it signs.")] = Algorithm.RS512,
    scope: Annotated[str, typer.Option(help="What to ask for; empty: all.")] = "",
) -> None:
    """Print an access token, got as a client's own program gets it.

    `--client demo` has a key that everybody knows, and works in demonstrations alone.
    """
    if client_id == DEMONSTRATION_CLIENT and key is None:
        signer: RSAKey | ECKey | OKPKey = demonstration_key()
        kid, algorithm = DEMONSTRATION_CLIENT, Algorithm.ES384
    elif key is None or not kid:
        stop("Name the private key and its id: --key client.pem --kid 2026-11")
        raise typer.Exit(1)
    else:
        signer = _private_key(key, algorithm)
    endpoint = f"{url.rstrip('/')}/oauth/token"
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": _assertion(client_id, kid, algorithm, signer, endpoint),
        **({"scope": scope} if scope else {}),
    }
    try:
        answer = httpx.post(endpoint, data=form, timeout=10)
        said = answer.json()
    except (httpx.HTTPError, ValueError):
        stop(f"{endpoint} does not answer as a token endpoint. Is the node running?")
        raise
    if not answer.is_success:
        stop(f"{said.get('error')}: {said.get('error_description')}")
    typer.echo(said["access_token"])


def _private_key(path: Path, algorithm: Algorithm) -> RSAKey | ECKey | OKPKey:
    pem = path.read_bytes()
    try:
        if algorithm is Algorithm.EDDSA:
            return OKPKey.import_key(pem)
        rsa = algorithm in (Algorithm.RS512, Algorithm.RS384)
        return RSAKey.import_key(pem) if rsa else ECKey.import_key(pem)
    except (JoseError, ValueError, TypeError):
        stop(f"{path} holds no private key for {algorithm}")
        raise


def _assertion(
    client_id: str,
    kid: str,
    algorithm: Algorithm,
    key: RSAKey | ECKey | OKPKey,
    endpoint: str,
) -> str:
    at = int(now().timestamp())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": endpoint,
        "iat": at,
        "exp": at + 240,
        "jti": str(uuid4()),
    }
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="EdDSA is deprecated")
        header = {"alg": algorithm.value, "kid": kid}
        return jwt.encode(header, claims, key, algorithms=[algorithm.value])


def _reading(
    data: Path, ask: Callable[[Reader, Settings], Awaitable[SomeAnswer]]
) -> SomeAnswer:
    """Return what *ask* finds in the node's database."""

    async def read(settings: Settings) -> SomeAnswer:
        pool = await connect_pool(settings.owner_url, size=1)
        try:
            return await ask(Reader(pool), settings)
        finally:
            pool.terminate()

    with reachable(data) as where:
        return asyncio.run(read(settings_of(where, data)))


def _order(data: Path, client_id: str, command: ClientCommand) -> None:
    """Carry *command* out on a client, by the rules that its page goes by."""
    _write(data, lambda journal, _: _carried_out(journal, client_id, command))


def _switch(data: Path, order: Callable[[str], SwitchCommand]) -> None:
    async def turned(journal: Journal, org: str) -> None:
        await journal.execute(SWITCH, org, order(org), actor=who(), now=now())

    _write(data, turned)


async def _carried_out(journal: Journal, client_id: str, command: ClientCommand) -> None:
    await journal.execute(CLIENT, client_id, command, actor=who(), now=now())


def _write(data: Path, work: Callable[[Journal, str], Awaitable[None]]) -> None:
    async def written(settings: Settings, key: SiteKey) -> None:
        async with writing(settings, key) as journal:
            await work(journal, settings.receiving_org)

    with reachable(data) as where:
        settings = settings_of(where, data)
        key = SiteKey.of(opened(data).secret(SITE))
        try:
            asyncio.run(written(settings, key))
        except Refused as refused:
            stop(REFUSALS[refused.reason])
