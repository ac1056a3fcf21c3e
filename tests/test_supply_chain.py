"""What we depend on is pinned, reasoned and free to use; a release is what was signed."""

import subprocess
import tarfile
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from msgspec import structs

from tools import dependencies, updates
from tools.facts import ROOT
from tools.release import SBOM, SUMS, bill_of_materials, build, checksums, sha256, sign
from tools.updates import Update

VERIFY: Final = ROOT / "tools" / "verify_release"


def test_nothing_is_wrong_with_what_we_depend_on() -> None:
    assert list(dependencies.faults()) == []


def test_no_more_than_thirty_packages_are_chosen_each_with_its_reason() -> None:
    assert len(dependencies.reasons()) <= 30
    assert all(len(reason) > 10 for reason in dependencies.reasons().values())


def test_every_package_of_the_lock_has_its_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    names = [line for line in lock.splitlines() if line and line[0] not in " #"]

    pinned = list(dependencies.parsed(lock))  # one of them in two versions, by Python's own

    assert len(names) == len(pinned) > 100
    assert [each.name for each in pinned if not each.hashes] == []


def test_a_package_without_a_hash_is_noticed() -> None:
    (plain,) = dependencies.parsed("left-pad==1.0\n    # via standfast (pyproject.toml)\n")

    assert (plain.name, plain.hashes, plain.is_direct) == ("left-pad", 0, True)


def test_what_a_node_runs_is_told_from_what_builds_and_tests_it() -> None:
    assert {"starlette", "anyio", "cffi"} <= dependencies.runtime().keys()
    assert not {"pytest", "playwright", "hypothesis"} & dependencies.runtime().keys()


@pytest.mark.parametrize(
    ("expression", "compatible"),
    [
        ("MIT", True),
        ("Apache-2.0 OR BSD-3-Clause", True),
        ("MIT OR SSPL-1.0", True),
        ("MIT AND SSPL-1.0", False),
        ("Proprietary", False),
        ("", False),
    ],
)
def test_one_of_or_and_all_of_and_must_go_with_ours(
    expression: str, *, compatible: bool
) -> None:
    assert dependencies.is_compatible(expression) is compatible


def test_a_dependency_without_a_reason_or_with_the_wrong_licence_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = dependencies.reasons()
    monkeypatch.setattr(dependencies, "reasons", lambda: known | {"left-pad": ""})
    monkeypatch.setattr(
        dependencies, "licence", lambda name: "SSPL-1.0" if name == "lxml" else ""
    )

    assert set(dependencies.faults()) == {
        "left-pad has no reason in pyproject.toml",
        "left-pad is not locked: run make lock",
        "lxml has a licence that does not go with ours: SSPL-1.0",
    }


@pytest.mark.parametrize("lock", dependencies.NPM_LOCKS)
def test_every_package_from_npm_is_pinned_by_its_hash(lock: str) -> None:
    assert dependencies.unhashed_npm((ROOT / lock).read_text(encoding="utf-8")) == []


def test_a_package_from_npm_without_its_hash_is_noticed() -> None:
    lock = '{"packages": {"": {}, "node_modules/x": {"version": "1"}}}'

    assert dependencies.unhashed_npm(lock) == ["node_modules/x"]


def test_what_travels_inside_a_package_is_pinned_by_that_ones_hash() -> None:
    inside = '"node_modules/x/node_modules/y": {"inBundle": true}'
    pinned = f'{{"packages": {{"node_modules/x": {{"integrity": "sha512-a"}}, {inside}}}}}'
    loose = f'{{"packages": {{"node_modules/x": {{}}, {inside}}}}}'

    assert dependencies.unhashed_npm(pinned) == []
    assert dependencies.unhashed_npm(loose) == [
        "node_modules/x",
        "node_modules/x/node_modules/y",
    ]


# --- The ledger of updates -----------------------------------------------------------------

KNOWN: Final = Update(
    package="lxml",
    version="6.1.0",
    released=date(2026, 9, 1),
    taken=date(2026, 9, 3),
    why="Its own fixes",
    advisory="CVE-2026-00000",
    fixed_on=date(2026, 11, 1),
)


def test_every_version_that_a_node_runs_is_in_the_ledger() -> None:
    assert list(updates.unwritten(updates.updates())) == []


def test_a_version_that_nobody_wrote_down_is_named() -> None:
    without = [each for each in updates.updates() if each.package != "lxml"]

    assert [each.partition(" ")[0] for each in updates.unwritten(without)] == ["lxml"]


def test_what_is_compiled_or_left_alone_says_what_stands_before_it() -> None:
    ledger = updates.updates()
    plain = [structs.replace(each, risk="") for each in ledger]

    assert list(updates.unmarked(ledger)) == []
    assert {"lxml", "pillow", "mdurl"} < {
        each.partition(" ")[0] for each in updates.unmarked(plain)
    }


def test_nothing_in_the_ledger_was_late_when_it_was_written() -> None:
    ledger = updates.updates()

    assert list(updates.late(ledger, max(each.taken for each in ledger))) == []


def test_what_has_a_fix_is_replaced_within_fourteen_days() -> None:
    assert list(updates.late([KNOWN], date(2026, 11, 15))) == []
    assert list(updates.late([KNOWN], date(2026, 11, 16))) == [
        "lxml 6.1.0: CVE-2026-00000 was fixed on 2026-11-01, more than 14 days ago"
    ]


def test_what_was_replaced_is_no_longer_late() -> None:
    fixed = structs.replace(KNOWN, version="6.1.1", taken=date(2026, 11, 2), advisory="")

    assert list(updates.late([KNOWN, fixed], date(2027, 1, 1))) == []


# --- A release -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a release, without a signature."""
    folder = tmp_path_factory.mktemp("release")
    build(folder)
    bill_of_materials(folder)
    checksums(folder)
    return folder


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_key(tmp_path_factory.mktemp("key"))


@pytest.fixture
def signed(tmp_path: Path, release: Path, key: Path) -> Path:
    """Return a copy of the release, signed."""
    folder = tmp_path / "release"
    folder.mkdir()
    for each in release.iterdir():
        (folder / each.name).write_bytes(each.read_bytes())
    sign(folder / SUMS, key)
    return folder


def a_key(folder: Path) -> Path:
    """Make a key for signing, and the file of those whom somebody allows."""
    made = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(made)], check=True)
    public = made.with_suffix(".pub").read_text(encoding="utf-8")
    allowed = f'release namespaces="standfast-release" {public}'
    (folder / "allowed").write_text(allowed, encoding="utf-8")
    return made


def verified(folder: Path, key: Path) -> tuple[int, str]:
    done = subprocess.run(
        [str(VERIFY), str(folder), str(key.with_name("allowed"))],
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_built_twice_in_two_places_it_is_the_same_to_the_byte(tmp_path: Path) -> None:
    tracked = subprocess.run(
        ["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True
    ).stdout
    hashes = []
    for name in ("here", "there"):
        source = tmp_path / name
        with tarfile.open(fileobj=BytesIO(tracked)) as archive:
            archive.extractall(source, filter="data")
        (source / "README.md").touch()  # another time than the other's
        hashes.append(
            {each.name: sha256(each) for each in build(source / "out", source=source)}
        )

    assert hashes[0] == hashes[1]
    assert {Path(name).suffix for name in hashes[0]} == {".whl", ".gz"}


@pytest.mark.slow
def test_the_bill_of_materials_names_what_a_node_runs_and_nothing_else(release: Path) -> None:
    content = (release / SBOM).read_text(encoding="utf-8")
    bill: dict[str, Any] = msgspec.json.decode(content)
    packages = {each["name"] for each in bill["components"] if each["type"] == "library"}
    files = {each["name"] for each in bill["components"] if each["type"] == "file"}

    assert bill["specVersion"] == "1.6"
    assert packages == dependencies.runtime().keys()
    assert files == {each.file for each in dependencies.assets()}
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(content) is None


@pytest.mark.slow
def test_a_release_that_was_signed_is_taken(signed: Path, key: Path) -> None:
    assert verified(signed, key)[0] == 0


@pytest.mark.slow
def test_a_wheel_that_was_tampered_with_is_refused(signed: Path, key: Path) -> None:
    (wheel,) = signed.glob("*.whl")
    content = bytearray(wheel.read_bytes())
    content[len(content) // 2] ^= 1
    wheel.write_bytes(content)

    assert verified(signed, key)[0] == 1
    assert "not what was signed" in verified(signed, key)[1]


@pytest.mark.slow
def test_checksums_that_were_written_anew_are_refused(signed: Path, key: Path) -> None:
    (wheel,) = signed.glob("*.whl")
    wheel.write_bytes(b"something else")
    signature = (signed / f"{SUMS}.sig").read_bytes()
    checksums(signed)
    (signed / f"{SUMS}.sig").write_bytes(signature)

    assert verified(signed, key)[0] == 1


@pytest.mark.slow
def test_a_file_slipped_in_is_refused(signed: Path, key: Path) -> None:
    (signed / "setup.py").write_text("import os", encoding="utf-8")

    assert "setup.py is not part of the release" in verified(signed, key)[1]


@pytest.mark.slow
def test_a_release_signed_by_somebody_else_or_by_nobody_is_refused(
    signed: Path, tmp_path: Path
) -> None:
    stranger = a_key(tmp_path)
    assert "not by anybody you allow" in verified(signed, stranger)[1]

    (signed / f"{SUMS}.sig").unlink()
    assert "it is not signed" in verified(signed, stranger)[1]
