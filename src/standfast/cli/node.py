"""Where a node's data and database are, for every command that needs them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer
from rich.console import Console

from standfast.postgres import EmbeddedPostgres, PostgresTrouble

console: Final = Console(highlight=False)
errors: Final = Console(stderr=True, highlight=False)

DataFolder: TypeAlias = Annotated[
    Path, typer.Option("--data", help="The node's folder: its key and its database.")
]
DEFAULT_DATA: Final = Path("data")


@dataclass(frozen=True)
class Addresses:
    """How the application and the tables' owner reach the database."""

    app: str
    reader: str
    owner: str
    exchange: str = ""


def embedded(data: Path) -> EmbeddedPostgres | None:
    """Return the node's own PostgreSQL; None when the environment names another."""
    if "STANDFAST_DATABASE_URL" in os.environ:
        return None
    return EmbeddedPostgres(data.absolute() / "postgres")


def addresses(postgres: EmbeddedPostgres | None) -> Addresses:
    """Return where the database is."""
    if postgres is not None:
        return Addresses(
            app=postgres.app_dsn,
            reader=postgres.reader_dsn,
            owner=postgres.owner_dsn,
            exchange=postgres.exchange_dsn,
        )
    app = os.environ["STANDFAST_DATABASE_URL"]
    reader = os.environ.get("STANDFAST_READER_URL")
    if reader is None:
        stop(
            "STANDFAST_DATABASE_URL is set and STANDFAST_READER_URL is not. Name the address "
            "that pages read by, of the role standfast_reader: docs/security/database.md"
        )
        raise typer.Exit(1)
    return Addresses(
        app,
        reader,
        owner=os.environ.get("STANDFAST_OWNER_URL", app),
        exchange=os.environ.get("STANDFAST_EXCHANGE_URL", ""),
    )


@contextmanager
def reachable(data: Path) -> Iterator[Addresses]:
    """Have the node's database running inside the block, whether a node runs or not."""
    postgres = embedded(data)
    if postgres is None:
        yield addresses(None)
        return
    if not data.exists():
        stop(
            f"There is no node in {data}. Start one with `make run`, or name its folder: --data"
        )
    try:
        with postgres.serving():
            yield addresses(postgres)
    except PostgresTrouble as trouble:
        stop(str(trouble))


def stop(sentence: str, code: int = 1) -> None:
    """Say why this cannot go on, and end."""
    errors.print(f"[red]{sentence}[/red]")
    raise typer.Exit(code)
