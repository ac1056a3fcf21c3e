"""The security doctor: what it calls in order is, and what is wrong it finds and says what to do."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from standfast.cli import looks_database, looks_site
from standfast.cli.looking import Look, State
from standfast.cli.looks_machine import _bytes, _listening
from standfast.cli.node import Addresses
from standfast.cli.verified import Verified, remember
from standfast.settings import Settings
from standfast.vault import custodians
from standfast.vault.certificates import Certificates
from standfast.vault.names import SITE
from standfast.vault.vault import Vault
from tests.support.database import Database
from tests.support.node import run
from tests.vault.test_vault import NOW, TWO


def settings(data: Path, **changed: Any) -> Settings:
    return Settings(database_url="", reader_url="", owner_url="", data=data, **changed)


def found(data: Path, **changed: Any) -> dict[str, Look]:
    looks = looks_site.looks(data, settings(data, **changed), NOW)
    return {look.what: look for look in looks}


def fit(data: Path) -> None:
    """Make *data* what a site's folder should be."""
    data.chmod(0o711)
    vault = Vault.open(data, clock=lambda: NOW)
    vault.secret(SITE)
    vault.seal(lambda key: custodians.wrap(key, TWO, cost=16))
    Certificates(data, vault).begin("harrowmere", ["localhost"], NOW)
    remember(data, Verified(at=NOW, rows=7))


def test_a_site_in_order_has_nothing_to_mend(tmp_path: Path) -> None:
    fit(tmp_path)

    bad = {look.what for look in found(tmp_path).values() if look.state is State.FAIL}

    assert bad == set()


def test_a_virus_scanner_that_is_named_must_answer(tmp_path: Path) -> None:
    fit(tmp_path)
    nobody = f"unix:{tmp_path / 'clamd.ctl'}"

    assert found(tmp_path)["Files scanned"].state is State.WARN
    assert found(tmp_path, clamd=nobody)["Files scanned"].state is State.FAIL


def plain_key(data: Path) -> None:
    (data / "home-entry.key").write_bytes(bytes(32))


def open_mode(data: Path) -> None:
    (data / "keys.sealed").chmod(0o644)


def open_folder(data: Path) -> None:
    data.chmod(0o777)


def damaged(data: Path) -> None:
    (data / "keys.sealed").write_text("{")


def fault(data: Path) -> None:
    remember(data, Verified(at=NOW, rows=7, fault="harrowmere.1.0 row 7"))


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (plain_key, "Keys sealed"),
        (damaged, "Keys sealed"),
        (open_mode, "File modes"),
        (open_folder, "File modes"),
        (fault, "Journal proved"),
    ],
)
def test_what_is_wrong_with_the_folder_is_found(
    tmp_path: Path, spoil: Callable[[Path], None], what: str
) -> None:
    fit(tmp_path)
    spoil(tmp_path)

    try:
        look = found(tmp_path)[what]
    finally:
        tmp_path.chmod(0o700)
    assert look.state is State.FAIL
    assert look.do


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"api_port": 8443, "api_host": "0.0.0.0"}, "TLS of the API"),  # noqa: S104
        ({"demonstration": True}, "Demonstration"),
        ({"backups": "/nowhere"}, "Backups"),
    ],
)
def test_a_setting_that_is_wrong_is_found(
    tmp_path: Path, changed: dict[str, Any], what: str
) -> None:
    fit(tmp_path)

    looks = looks_site.looks(tmp_path, settings(tmp_path, **changed), NOW)

    [look] = [each for each in looks if each.what == what and each.state is State.FAIL]
    assert look.do


def test_a_certificate_that_runs_out_is_a_warning_and_then_a_fault(tmp_path: Path) -> None:
    fit(tmp_path)
    states = []
    for days in (1, 80, 91):
        later = NOW + timedelta(days=days)
        looks = looks_site.looks(tmp_path, settings(tmp_path), later)
        states += [look.state for look in looks if look.what == "TLS"]

    assert states == [State.OK, State.WARN, State.FAIL]


async def of_database(database: Database, data: Path) -> dict[str, Look]:
    where = Addresses(
        app=database.app_dsn, reader=database.reader_dsn, owner=database.owner_dsn
    )
    return {look.what: look async for look in looks_database.looks(where, data)}


async def test_our_own_database_has_nothing_to_mend(database: Database, tmp_path: Path) -> None:
    looks = await of_database(database, tmp_path)

    wrong = {look.what for look in looks.values() if look.state is State.FAIL}
    assert wrong <= {"What is acknowledged is on disk"}, looks  # the tests' server does without
    assert looks["Organisations apart in the database"].state is State.OK


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        ("GRANT UPDATE ON journal TO standfast_app", "Rights on the journal"),
        ("GRANT DELETE ON journal_origins TO PUBLIC", "Rights on the journal"),
        ("ALTER TABLE journal DISABLE TRIGGER journal_rows_stay", "Guards of the journal"),
        ("ALTER TABLE journal ENABLE TRIGGER journal_table_stays", "Guards of the journal"),
        (
            "ALTER TABLE read.calls_cases NO FORCE ROW LEVEL SECURITY",
            "Organisations apart in the database",
        ),
    ],
)
async def test_what_was_loosened_in_the_database_is_found(
    database: Database, tmp_path: Path, spoil: str, what: str
) -> None:
    owner = await asyncpg.connect(database.owner_dsn)
    await owner.execute(spoil)
    await owner.close()

    look = (await of_database(database, tmp_path))[what]
    assert look.state is State.FAIL
    assert look.do


def test_ports_that_others_reach_are_told_from_our_own() -> None:
    table = (
        "  sl  local_address rem_address   st\n"
        "   0: 0100007F:1F90 00000000:0000 0A 0\n"
        "   1: 00000000:01BB 00000000:0000 0A 0\n"
        "   2: 00000000:0050 00000000:0000 01 0\n"
        "   3: 00000000000000000000000001000000:1F91 00000000000000000000000000000000:0000 0A 0\n"
    )

    assert list(_listening(table)) == [443]
    assert _bytes("0100007F") == bytes([127, 0, 0, 1])


def test_a_folder_with_nothing_in_it_is_not_fit_and_a_program_can_read_why(
    tmp_path: Path,
) -> None:
    answer = run(tmp_path, "doctor", "--security", "--json")

    assert answer.returncode == 1
    looks = json.loads(answer.stdout)
    assert {"what", "state", "found", "do"} == set(looks[0])
    assert {look["what"] for look in looks if look["state"] == "fail"} >= {"Keys sealed", "TLS"}
    assert "Clock" in {look["what"] for look in looks}
