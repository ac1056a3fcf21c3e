"""A roster is believed whole or not at all."""

import base64
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from standfast.facts.roster import RosterMade
from standfast.identity.model_roster import LIFE, RecordRoster, Refusal, Rosters, decide_roster
from standfast.identity.roster import (
    KIND,
    Roster,
    RosterOrganisation,
    RosterPasskey,
    RosterPerson,
    Sealed,
    admitted,
    believed,
    digest_of,
    seal,
)
from standfast.journal.keys import SiteKey
from standfast.kernel.messages import Refused
from tests.support.site import NOON

KEY = SiteKey.generate()
PASSKEY = RosterPasskey(credential_id="Y3JlZA", public_key="cHVi", sign_count=7)
RUTH = RosterPerson(
    staff_id="ruth.calder",
    org="harrowmere-urgent-care",
    name="Ruth Calder",
    title="Supervisor",
    roles=("supervisor",),
    passkeys=(PASSKEY,),
)
GONE = structs.replace(RUTH, staff_id="dev.left", disabled=True)
ROSTER = Roster(
    site="harrowmere",
    sequence=3,
    made_at=NOON,
    expires_at=NOON + LIFE,
    organisations=(
        RosterOrganisation(org="harrowmere-urgent-care", name="Harrowmere", kind="provider"),
    ),
    people=(RUTH, GONE),
)
RAW = seal(ROSTER, KEY)


def known(sequence: int, digest: str = "") -> Rosters:
    return Rosters(
        RosterMade(
            site="harrowmere",
            org="harrowmere-urgent-care",
            sequence=sequence,
            digest=digest or digest_of(RAW),
            staff=2,
            made_at=NOON,
            expires_at=NOON + LIFE,
        )
    )


def why_not(
    raw: bytes | None, *, site: str = "harrowmere", sequence: int = 3, hours: float = 0
) -> object:
    """Return why *raw* is not believed, or None if it is."""
    now = NOON + timedelta(hours=hours)
    try:
        believed(raw, trusted={KEY.public}, site=site, known=known(sequence), now=now)
    except Refused as refused:
        return refused.reason
    return None


def test_what_was_signed_here_is_believed_for_72_hours_and_not_a_moment_longer() -> None:
    assert why_not(RAW) is None
    assert why_not(RAW, hours=71.99) is None
    assert why_not(RAW, hours=72) is Refusal.EXPIRED


def test_a_missing_one_is_said_to_be_missing() -> None:
    assert why_not(None) is Refusal.MISSING


def test_an_older_one_is_not_believed_once_a_newer_was_made() -> None:
    assert why_not(RAW, sequence=4) is Refusal.ROLLED_BACK
    assert why_not(RAW, sequence=2) is None


def test_another_of_the_same_number_is_not_believed_though_the_key_is_right() -> None:
    other = seal(structs.replace(ROSTER, people=(RUTH,)), KEY)

    assert why_not(other) is Refusal.TAMPERED


def test_another_sites_is_not_believed_though_the_key_is_right() -> None:
    assert why_not(RAW, site="elsewhere") is Refusal.WRONG_SITE


def test_another_keys_is_not_believed() -> None:
    assert why_not(seal(ROSTER, SiteKey.generate())) is Refusal.OTHER_KEY


def test_one_from_the_future_is_not_believed() -> None:
    assert why_not(RAW, hours=-0.2) is Refusal.NOT_YET


def test_a_person_let_back_in_by_hand_is_found() -> None:
    """Somebody edits the file: the disabled person is enabled, the signature left as it was."""
    sealed = msgspec.json.decode(RAW, type=Sealed)
    body = base64.b64decode(sealed.signed).replace(b'"disabled":true', b'"disabled":false')
    changed = structs.replace(sealed, signed=base64.b64encode(body).decode())

    assert why_not(msgspec.json.encode(changed)) is Refusal.TAMPERED


@given(place=st.integers(0, len(RAW) - 1), bit=st.integers(0, 7))
def test_no_single_bit_of_the_file_can_be_changed(place: int, bit: int) -> None:
    changed = bytearray(RAW)
    changed[place] ^= 1 << bit

    try:
        roster = believed(
            bytes(changed), trusted={KEY.public}, site="harrowmere", known=known(3), now=NOON
        )
    except Refused:
        return
    assert roster == ROSTER  # a letter's case in hex, or the like: it says the same


@given(raw=st.binary(max_size=200))
def test_no_bytes_at_all_break_it(raw: bytes) -> None:
    assert why_not(raw) is not None


def test_what_else_the_key_signs_is_no_roster() -> None:
    """A commit's hash is signed by the same key; nothing that begins otherwise is a roster."""
    body = msgspec.json.encode(ROSTER)
    sealed = Sealed(
        signed=base64.b64encode(body).decode(),
        key=KEY.public.hex(),
        signature=KEY.sign(body).hex(),
    )

    assert KIND
    assert why_not(msgspec.json.encode(sealed)) is Refusal.TAMPERED


def test_the_number_only_rises_and_one_of_two_who_make_it_at_once_wins() -> None:
    command = RecordRoster(
        site="harrowmere",
        org="o",
        sequence=4,
        digest="0" * 64,
        staff=2,
        made_at=NOON,
        expires_at=NOON + LIFE,
    )

    assert decide_roster(known(3), command, NOON)[0].sequence == 4
    with pytest.raises(Refused):
        decide_roster(known(4), command, NOON)


def admitted_as(staff_id: str = "ruth.calder", **changed: object) -> object:
    given_ = {"credential_id": "Y3JlZA", "public_key": "cHVi", "sign_count": 8, **changed}
    try:
        return admitted(ROSTER, staff_id=staff_id, **given_).staff_id  # type: ignore[arg-type]
    except Refused as refused:
        return refused.reason


def test_who_is_listed_comes_in_with_the_key_that_is_listed() -> None:
    assert admitted_as() == "ruth.calder"


def test_nobody_else_comes_in_and_no_other_key_and_no_copy_of_it() -> None:
    assert admitted_as("sam.whitlock") is Refusal.NOT_LISTED
    assert admitted_as("dev.left") is Refusal.DISABLED
    assert admitted_as(credential_id="b3RoZXI") is Refusal.NOT_LISTED
    assert admitted_as(public_key="b3RoZXI") is Refusal.NOT_LISTED
    assert admitted_as(sign_count=7) is Refusal.NOT_LISTED
    assert admitted_as(sign_count=0) is Refusal.NOT_LISTED
