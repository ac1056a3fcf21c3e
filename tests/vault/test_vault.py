"""What lies on disk is sealed, opens only with what it should, and survives a power cut."""

import json
import os
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.vault import custodians
from standfast.vault.names import HOME_ENTRY, SITE, SITE_NEXT
from standfast.vault.trouble import VaultTrouble
from standfast.vault.vault import (
    FILE,
    SealedKeys,
    Vault,
    in_the_open,
    listed,
    plain_file,
    public_of,
    sealed_keys,
)
from tests.vault.console import Answers

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
QUICK: Final = 2**4
"""What a guess costs in these tests; a site's costs COST."""

AMIRA: Final = "five words drawn by dice: amira"
SAM: Final = "five words drawn by dice: sam"
JO: Final = "five words drawn by dice: jo"
ALL: Final = {"Amira Khan": AMIRA, "Sam Whitlock": SAM, "Jo Fenwick": JO}
TWO: Final = {"Amira Khan": AMIRA, "Sam Whitlock": SAM}


def in_the_open_at(data: Path) -> Vault:
    return Vault.open(data, clock=lambda: NOW)


def sealed_at(data: Path, people: dict[str, str] = TWO) -> Vault:
    vault = in_the_open_at(data)
    vault.secret(SITE)
    vault.seal(lambda key: custodians.wrap(key, people, cost=QUICK))
    return vault


def opened_by(data: Path, *answers: str) -> Vault:
    return Vault.open(data, clock=lambda: NOW, ask=Answers(*answers))


def test_the_demonstration_keeps_its_key_as_it_always_did(tmp_path: Path) -> None:
    plain_file(tmp_path, SITE).write_bytes(bytes(range(32)))

    assert in_the_open_at(tmp_path).secret(SITE) == bytes(range(32))


def test_a_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    first = in_the_open_at(tmp_path).secret(HOME_ENTRY)

    assert in_the_open_at(tmp_path).secret(HOME_ENTRY) == first
    assert stat.S_IMODE(plain_file(tmp_path, HOME_ENTRY).stat().st_mode) == 0o600


def test_sealing_keeps_every_key_and_leaves_none_in_the_open(tmp_path: Path) -> None:
    vault = in_the_open_at(tmp_path)
    site, entry = vault.secret(SITE), vault.secret(HOME_ENTRY)

    vault.seal(lambda key: custodians.wrap(key, TWO, cost=QUICK))

    assert in_the_open(tmp_path) == []
    assert site not in (tmp_path / FILE).read_bytes()
    again = opened_by(tmp_path, AMIRA, SAM)
    assert (again.secret(SITE), again.secret(HOME_ENTRY)) == (site, entry)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_one_custodian_alone_opens_nothing(tmp_path: Path) -> None:
    sealed_at(tmp_path)

    with pytest.raises(VaultTrouble, match="not the passphrase of Sam Whitlock"):
        opened_by(tmp_path, AMIRA, AMIRA, AMIRA, AMIRA)


def test_a_slip_is_forgiven_twice(tmp_path: Path) -> None:
    site = sealed_at(tmp_path).secret(SITE)

    assert opened_by(tmp_path, "slip", "slip", AMIRA, "slip", SAM).secret(SITE) == site


@pytest.mark.parametrize("absent", ALL)
def test_any_two_of_three_open_the_keys(tmp_path: Path, absent: str) -> None:
    site = sealed_at(tmp_path, ALL).secret(SITE)
    first, second = (name for name in ALL if name != absent)

    vault = opened_by(tmp_path, second.lower(), ALL[second], first, ALL[first])

    assert vault.secret(SITE) == site


def test_nobody_is_asked_where_nobody_can_answer(tmp_path: Path) -> None:
    sealed_at(tmp_path)

    with pytest.raises(VaultTrouble, match="nobody is here to be asked"):
        Vault.open(tmp_path, clock=lambda: NOW)


@pytest.mark.parametrize(
    ("people", "why"),
    [
        ({"Amira": AMIRA}, "2 to 6"),
        ({"Amira": AMIRA, "Sam": "short"}, "too short"),
        ({"Amira": AMIRA, "Sam": AMIRA}, "same passphrase"),
        ({"Amira": AMIRA, "amira ": SAM}, "same name"),
    ],
)
def test_custodians_that_would_be_one_in_truth_are_refused(
    tmp_path: Path, people: dict[str, str], why: str
) -> None:
    vault = in_the_open_at(tmp_path)
    vault.secret(SITE)

    with pytest.raises(VaultTrouble, match=why):
        vault.seal(lambda key: custodians.wrap(key, people, cost=QUICK))

    assert plain_file(tmp_path, SITE).exists()
    assert not (tmp_path / FILE).exists()


def test_a_new_wrapping_key_keeps_the_keys_and_shuts_the_old_passphrases_out(
    tmp_path: Path,
) -> None:
    vault = sealed_at(tmp_path)
    site, before = vault.secret(SITE), sealed_keys(tmp_path)

    vault.seal(lambda key: custodians.wrap(key, {"Amira Khan": AMIRA, "Jo": JO}, cost=QUICK))

    after = sealed_keys(tmp_path)
    assert before is not None
    assert after is not None
    assert before.wrapping_id != after.wrapping_id
    assert vault.secret(SITE) == opened_by(tmp_path, AMIRA, JO).secret(SITE) == site
    with pytest.raises(VaultTrouble):
        opened_by(tmp_path, AMIRA, SAM, SAM, SAM)


def test_what_anybody_may_know_is_known_without_opening(tmp_path: Path) -> None:
    vault = in_the_open_at(tmp_path)
    vault.secret(SITE)
    public = public_of(tmp_path, SITE)

    vault.seal(lambda key: custodians.wrap(key, TWO, cost=QUICK))

    assert public is not None
    assert public_of(tmp_path, SITE) == public
    assert [each.name for each in listed(tmp_path) if each.sealed] == [SITE]


@pytest.mark.parametrize("field", ["public", "made_at", "box"])
def test_a_sealed_key_that_was_changed_does_not_open(tmp_path: Path, field: str) -> None:
    sealed_at(tmp_path).secret(HOME_ENTRY)
    held = json.loads((tmp_path / FILE).read_bytes())
    other = {
        "public": "AAAA",
        "made_at": "2020-01-01T00:00:00Z",
        "box": held["secrets"][HOME_ENTRY]["box"],
    }
    held["secrets"][SITE][field] = other[field]
    (tmp_path / FILE).write_text(json.dumps(held))

    with pytest.raises(VaultTrouble, match="does not open"):
        opened_by(tmp_path, AMIRA, SAM)


@given(place=st.integers(0, 10**6), bit=st.integers(0, 7))
@settings(max_examples=60, deadline=None)
def test_any_changed_bit_is_found_or_means_nothing(
    tmp_path_factory: pytest.TempPathFactory, place: int, bit: int
) -> None:
    data = tmp_path_factory.mktemp("bits")
    site = sealed_at(data).secret(SITE)
    content = bytearray((data / FILE).read_bytes())
    content[place % len(content)] ^= 1 << bit
    (data / FILE).write_bytes(content)

    try:
        found = opened_by(data, *[AMIRA] * 3, *[SAM] * 3).find(SITE)
    except (VaultTrouble, IndexError):
        return
    assert found == site  # a key is never quietly missing, and so made anew


def test_work_that_a_forged_file_asks_for_is_bounded(tmp_path: Path) -> None:
    sealed_at(tmp_path)
    held = json.loads((tmp_path / FILE).read_bytes())
    held["sealing"]["cost"] = 2**40
    (tmp_path / FILE).write_text(json.dumps(held))

    with pytest.raises(VaultTrouble, match="absurd"):
        opened_by(tmp_path, AMIRA, SAM)


def test_a_key_that_takes_over_does_so_in_one_step(tmp_path: Path) -> None:
    vault = sealed_at(tmp_path)
    vault.put(SITE_NEXT, bytes(range(32)))

    vault.succeed(SITE, SITE_NEXT)

    assert opened_by(tmp_path, AMIRA, SAM).secret(SITE) == bytes(range(32))
    assert vault.find(SITE_NEXT) is None


def test_a_name_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VaultTrouble, match="no key called"):
        in_the_open_at(tmp_path).secret("../../etc/passwd")


def test_what_must_be_set_up_first_is_not_made_up(tmp_path: Path) -> None:
    with pytest.raises(VaultTrouble, match="set it up first"):
        in_the_open_at(tmp_path).secret("tls")


CUT_OFF: Final = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from standfast.vault import custodians, files
from standfast.vault.vault import Vault

data, when = Path(sys.argv[1]), int(sys.argv[2])
steps = 0

def counted(name):
    real = getattr(os, name)
    def step(*args, **kwargs):
        global steps
        steps += 1
        if steps == when:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    return step

vault = Vault.open(data, clock=lambda: datetime.now(UTC), ask=lambda q, *, secret: input())
people = {"Amira Khan": "a passphrase of amira's own", "Jo": "a passphrase of jo's own"}
wrap = lambda key: custodians.wrap(key, people, cost=16)
for name in ("open", "write", "fsync", "replace", "rename", "unlink", "link"):
    setattr(os, name, counted(name))
vault.seal(wrap)
"""
"""Seals anew, and is killed at the n-th thing that it does to the disk."""


NEW: Final = {
    "Amira Khan": "a passphrase of amira's own",
    "Jo": "a passphrase of jo's own",
}


@pytest.mark.parametrize("was_sealed", [False, True])
def test_a_power_cut_at_any_step_leaves_keys_that_open(
    tmp_path_factory: pytest.TempPathFactory, *, was_sealed: bool
) -> None:
    done = False
    for step in range(1, 40):
        data = tmp_path_factory.mktemp("cut")
        site = (sealed_at(data) if was_sealed else in_the_open_at(data)).secret(SITE)
        ended = subprocess.run(
            [sys.executable, "-c", CUT_OFF, str(data), str(step)],
            input=f"{AMIRA}\n{SAM}\n",
            text=True,
            capture_output=True,
            check=False,
            env=os.environ,
        )
        assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
        held = sealed_keys(data)
        answers = _answers(held)
        assert opened_by(data, *answers).secret(SITE) == site
        assert held is None or in_the_open(data) == []
        if done := ended.returncode == 0:
            break
    assert done, "it never came to its end"
    assert step > 3, "it was never cut off"


def _answers(held: SealedKeys | None) -> list[str]:
    """Return what opens *held*: the old passphrases, or the new ones."""
    if held is None:
        return []
    assert isinstance(held.sealing, custodians.ByCustodians)
    names = [each.name for each in held.sealing.custodians]
    known = NEW if "Jo" in names else TWO
    return [known[name] for name in names]
