"""No secret lies outside the vault: what an older version left is moved in, what is left is named."""

import stat
from pathlib import Path
from typing import Final

import pytest

from standfast.cli import site_file
from standfast.cli.looking import State
from standfast.cli.looks_secrets import looks
from standfast.cli.moving import move_in, strays
from standfast.settings import Settings
from standfast.vault import custodians
from standfast.vault.authority import issue_server, new_authority
from standfast.vault.names import TELEPHONY, TLS_API
from standfast.vault.shared import LONGEST, made_up, newest_first, only_newest, with_newer
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import Vault, listed
from tests.vault.test_vault import NOW, TWO

OLD: Final = "0123456789abcdef0123456789abcdef"
NEWER: Final = "fedcba9876543210fedcba9876543210"
OF_TODAY: Final = f"""# Written by `standfast init`. What the environment says counts for more.
STANDFAST_SITE="harrowmere"
STANDFAST_TELEPHONY_SECRET="{OLD}"
STANDFAST_RECEIVE_KEY="{NEWER}"
STANDFAST_SITE_NAME="Harrowmere 111"
"""


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    made = Vault.open(tmp_path, clock=lambda: NOW)
    made.seal(lambda key: custodians.wrap(key, TWO, cost=16))
    return made


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TELEPHONY_SECRET", "RECEIVE_KEY", "API_CERTIFICATE"):
        monkeypatch.delenv(f"STANDFAST_{name}", raising=False)


def settings(data: Path) -> Settings:
    return Settings(database_url="", reader_url="", data=data)


def named(data: Path, **environment: str) -> list[str]:
    """Return what the doctor names, each with its advice."""
    nowhere = data / "no-etc"
    found = looks(data, settings(data), environment, nowhere)
    return [f"{look.found} | {look.do}" for look in found if look.state is State.FAIL]


def test_what_an_older_version_wrote_down_is_moved_in_and_overwritten(
    tmp_path: Path, vault: Vault
) -> None:
    path = tmp_path / site_file.NAME
    path.write_text(OF_TODAY)
    path.chmod(0o600)
    with path.open("rb") as as_it_lay:
        said = move_in(tmp_path, vault)
        assert as_it_lay.read() == bytes(len(OF_TODAY)), "the old file's own bytes"

    assert newest_first(vault.secret(TELEPHONY)) == (OLD,)
    assert OLD not in path.read_text() + (tmp_path / "keys.sealed").read_text()
    assert NEWER not in path.read_text()
    assert site_file.read(tmp_path) == {
        "STANDFAST_SITE": "harrowmere",
        "STANDFAST_SITE_NAME": "Harrowmere 111",
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert any("goes on as before" in each for each in said)
    assert move_in(tmp_path, vault) == []


def test_until_then_the_doctor_names_each_of_them_and_says_what_to_do(
    tmp_path: Path, vault: Vault
) -> None:
    (tmp_path / site_file.NAME).write_text(OF_TODAY)

    found = named(tmp_path)
    assert len(found) == 2, found
    assert "STANDFAST_TELEPHONY_SECRET in " in found[0]
    assert found[0].endswith("standfast keys move-in, then take the line away")
    assert "STANDFAST_RECEIVE_KEY in " in found[1]
    move_in(tmp_path, vault)
    assert named(tmp_path) == []


def test_they_never_become_part_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / site_file.NAME).write_text(OF_TODAY)

    assert set(site_file.read(tmp_path)) == {"STANDFAST_SITE", "STANDFAST_SITE_NAME"}
    monkeypatch.setenv("STANDFAST_TELEPHONY_SECRET", OLD)
    assert [each.where for each in strays(tmp_path)][-1] == "the environment"


def test_what_the_vault_has_counts_and_is_never_replaced_by_a_file(
    tmp_path: Path, vault: Vault
) -> None:
    vault.put(TELEPHONY, with_newer(None, NEWER))
    (tmp_path / site_file.NAME).write_text(OF_TODAY)

    said = move_in(tmp_path, vault)

    assert newest_first(vault.secret(TELEPHONY)) == (NEWER,)
    assert any("Another one is there, which counts" in each for each in said)


@pytest.mark.parametrize("known", ["demonstration", "short"])
def test_a_secret_that_anybody_could_know_is_not_moved_in(
    tmp_path: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch, known: str
) -> None:
    monkeypatch.setenv("STANDFAST_TELEPHONY_SECRET", known)

    said = move_in(tmp_path, vault)

    assert vault.find(TELEPHONY) is None
    assert any("standfast keys rotate telephony" in each for each in said)


def test_the_apis_certificate_and_key_are_taken_in_from_their_file(
    tmp_path: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, bundle = issue_server(new_authority("harrowmere", NOW), ["api.example"], NOW)
    (tmp_path / "api.pem").write_bytes(bundle)
    monkeypatch.setenv("STANDFAST_API_CERTIFICATE", str(tmp_path / "api.pem"))
    assert any("standfast keys move-in" in each for each in named(tmp_path))

    said = move_in(tmp_path, vault)

    assert vault.secret(TLS_API) == bundle.rstrip() + b"\n" or vault.secret(TLS_API) == bundle
    assert any(f"Delete {tmp_path / 'api.pem'}" in each for each in said)
    assert [each for each in named(tmp_path) if "a private key in" in each], (
        "until it is deleted"
    )


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("STANDFAST_DATABASE_URL", "postgres://app:hunter@db/standfast", "certificate"),
        ("STANDFAST_TRACES", "https://node:hunter@collector.example", "certificate"),
        ("PGPASSWORD", "hunter", "certificate"),
        ("STANDFAST_TELEPHONY_SECRET", OLD, "standfast keys move-in"),
        ("STANDFAST_HUB_TOKEN", OLD, "credentials"),
    ],
)
def test_a_secret_in_the_environment_is_named_and_never_shown(
    tmp_path: Path, name: str, value: str, advice: str
) -> None:
    [found] = named(tmp_path, **{name: value})

    assert name in found
    assert advice in found
    assert "hunter" not in found
    assert OLD not in found


def test_the_services_own_files_are_looked_at_too(tmp_path: Path) -> None:
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "standfast.env").write_text(f"STANDFAST_TELEPHONY_SECRET={OLD}\n")
    (etc / "old.pem").write_bytes(new_authority("harrowmere", NOW))
    found = [look.found for look in looks(tmp_path, settings(tmp_path), {}, etc)]

    assert f"STANDFAST_TELEPHONY_SECRET in {etc / 'standfast.env'}" in found
    assert f"a private key in {etc / 'old.pem'}" in found


def test_a_folder_in_order_has_nothing_named(tmp_path: Path, vault: Vault) -> None:
    vault.put(TELEPHONY, with_newer(None, made_up()))
    url = {"STANDFAST_DATABASE_URL": "postgres:///standfast?host=/run/postgresql"}

    assert named(tmp_path, **url) == []
    assert {look.state for look in looks(tmp_path, settings(tmp_path), url)} == {State.OK}


def test_two_that_are_good_beside_each_other_are_watched(tmp_path: Path, vault: Vault) -> None:
    both = with_newer(with_newer(None, OLD), NEWER)
    vault.put(TELEPHONY, both)

    [said] = [
        each
        for each in looks(tmp_path, settings(tmp_path), {})
        if each.what == "Telephone exchange's secret"
    ]
    assert (said.state, said.do.endswith("--settle")) == (State.WARN, True)
    assert newest_first(only_newest(both)) == (NEWER,)
    assert [each.public for each in listed(tmp_path)] == [b"2"]


@pytest.mark.parametrize(
    "said", ["", "short", "x" * (LONGEST + 1), f"{OLD}\n{NEWER}", "\u00e9" * 40]
)
def test_what_is_no_shared_secret_is_refused(said: str) -> None:
    with pytest.raises(VaultTrouble, match="32 to 500"):
        with_newer(None, said)
