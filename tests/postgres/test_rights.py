"""Each role may do its work and nothing else, and the log holds nobody's data."""

import os
import pwd
import subprocess
from collections.abc import Callable

import asyncpg
import pytest

from standfast.postgres.settings import hba_conf, ident_conf
from tests.postgres.site import ask
from tests.support.database import Database, Databases

ACCESS = asyncpg.InsufficientPrivilegeError


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE mine (x int)",
        "CREATE TEMPORARY TABLE mine (x int)",
        "CREATE SCHEMA mine",
        "CREATE EXTENSION citext",
        "CREATE ROLE mine SUPERUSER",
        "ALTER ROLE standfast_app SUPERUSER",
        "SET ROLE standfast_owner",
        "SET ROLE postgres",
        "COPY (SELECT 1) TO PROGRAM 'cat'",
        "SELECT pg_read_file('PG_VERSION')",
        "DROP TABLE owned",
        "SELECT count(*) FROM owned",
    ],
)
def test_the_program_can_do_only_what_it_is_granted(
    database_factory: Callable[..., Database], sql: str
) -> None:
    database = database_factory()
    ask(database.owner_dsn, "CREATE TABLE owned (x int)")
    with pytest.raises(ACCESS):
        ask(database.app_dsn, sql)


@pytest.mark.parametrize(
    "sql", ["ALTER ROLE standfast_owner SUPERUSER", "SET ROLE postgres", "CREATE ROLE mine"]
)
def test_the_owner_of_the_tables_does_not_own_the_server(
    database_factory: Callable[..., Database], sql: str
) -> None:
    with pytest.raises(ACCESS):
        ask(database_factory().owner_dsn, sql)


def test_the_owner_makes_tables_and_grants_their_use(
    database_factory: Callable[..., Database],
) -> None:
    database = database_factory()
    ask(database.owner_dsn, "CREATE TABLE people (name text)")
    ask(database.owner_dsn, "GRANT INSERT, SELECT ON people TO standfast_app")
    ask(database.app_dsn, "INSERT INTO people (name) VALUES ('Ada')")
    assert ask(database.app_dsn, "SELECT name FROM people") == "Ada"
    with pytest.raises(ACCESS):
        ask(database.app_dsn, "DELETE FROM people")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try as somebody else")
@pytest.mark.parametrize("role", ["standfast_app", "standfast_owner", "postgres"])
def test_another_user_of_the_machine_is_not_let_in(postgres: Databases, role: str) -> None:
    socket = postgres.server.socket
    socket.chmod(0o755)  # even past the folder
    (socket / ".s.PGSQL.5432").chmod(0o777)
    tried = subprocess.run(
        ["psql", "-X", "-h", socket, "-U", role, "-d", "standfast", "-c", "SELECT 1"],
        user=pwd.getpwnam("nobody").pw_uid,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    (socket / ".s.PGSQL.5432").chmod(0o700)
    socket.chmod(0o700)
    assert "Peer authentication failed" in tried.stderr


def test_no_value_of_a_failed_statement_reaches_the_log(
    postgres: Databases, database_factory: Callable[..., Database]
) -> None:
    database = database_factory()
    ask(database.owner_dsn, "CREATE TABLE people (name text UNIQUE)")
    ask(database.owner_dsn, "INSERT INTO people (name) VALUES ('Marigold')")
    with pytest.raises(asyncpg.UniqueViolationError):
        ask(database.owner_dsn, "INSERT INTO people (name) VALUES ('Marigold')")
    with pytest.raises(asyncpg.InvalidTextRepresentationError):
        ask(database.owner_dsn, "SELECT 'Marigold'::int")
    assert "Marigold" not in postgres.server.log.read_text()


def test_nobody_is_trusted_and_no_password_is_used() -> None:
    assert hba_conf().splitlines()[1:] == ["local all all peer map=standfast"]


def test_root_may_be_either_role_but_not_the_superuser() -> None:
    assert ident_conf(server="postgres", ours="root").splitlines()[1:] == [
        'standfast "root" standfast_owner',
        'standfast "root" standfast_app',
        'standfast "root" standfast_reader',
        'standfast "root" standfast_exchange',
        'standfast "postgres" standfast_owner',
        'standfast "postgres" standfast_app',
        'standfast "postgres" standfast_reader',
        'standfast "postgres" standfast_exchange',
        'standfast "postgres" postgres',
    ]
