"""What the journal learns of a site's keys, and what it is told twice."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from msgspec.structs import replace

from standfast.facts.keyring import CertificateIssued, CertificateRevoked, KeysSealed
from standfast.kernel.messages import Refused
from standfast.keyring.model import (
    KEYRING,
    Keyring,
    RecordCertificate,
    RecordSealing,
    RecordSuccession,
    Refusal,
)
from standfast.keyring.tables import CertificateRow, ChangeRow, rows

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ORG: Final = "harrowmere-urgent-care"

SEALED: Final = RecordSealing(
    org=ORG,
    wrapping_id="ab12",
    how="passphrases: any two of Amira Khan, Sam Whitlock",
    sealed_at=NOW,
    by="console:sam",
)
GIVEN: Final = RecordCertificate(
    org=ORG,
    serial="0f",
    kind="server",
    names=("standfast.harrowmere.example",),
    issued_at=NOW,
    expires_at=NOW + timedelta(days=90),
    by="console:sam",
)


def succession(old: str, new: str) -> RecordSuccession:
    return RecordSuccession(
        org=ORG,
        site="harrowmere",
        old_public=old,
        new_public=new,
        at=NOW,
        heads=(),
        old_signature="aa",
        new_signature="bb",
        by="console:sam",
    )


def after(*commands: RecordSealing | RecordCertificate | RecordSuccession) -> Keyring:
    known = KEYRING.initial
    for command in commands:
        for event in KEYRING.decide(known, command, NOW):
            known = KEYRING.evolve(known, event)
    return known


def test_a_sealing_is_recorded_once() -> None:
    [event] = KEYRING.decide(KEYRING.initial, SEALED, NOW)

    assert isinstance(event, KeysSealed)
    assert KEYRING.decide(after(SEALED), SEALED, NOW) == ()


def test_a_certificate_is_recorded_once_and_taken_back_once() -> None:
    taken = RecordCertificate(
        org=ORG,
        serial=GIVEN.serial,
        kind=GIVEN.kind,
        names=GIVEN.names,
        issued_at=NOW,
        expires_at=GIVEN.expires_at,
        by=GIVEN.by,
        revoked_at=NOW,
        reason="the machine was stolen",
    )
    both = KEYRING.decide(KEYRING.initial, taken, NOW)

    assert [type(event) for event in both] == [CertificateIssued, CertificateRevoked]
    assert KEYRING.decide(after(taken), taken, NOW) == []
    [row] = rows(after(GIVEN, taken))
    assert isinstance(row, CertificateRow)
    assert row.reason == "the machine was stolen"


def test_only_the_present_key_is_succeeded() -> None:
    known = after(succession("aa", "bb"), succession("bb", "cc"))

    assert known.present_key == "cc"
    assert KEYRING.decide(known, succession("bb", "cc"), NOW) == ()
    with pytest.raises(Refused) as refused:
        KEYRING.decide(known, succession("aa", "dd"), NOW)
    assert refused.value.reason is Refusal.NOT_THE_KEY


def test_a_sealing_that_arrives_late_does_not_hide_a_newer_one() -> None:
    [older] = KEYRING.decide(KEYRING.initial, SEALED, NOW)
    assert isinstance(older, KeysSealed)
    newer = KeysSealed(
        org=ORG, wrapping_id="cd34", how="a token", sealed_at=NOW + timedelta(1), by="x"
    )
    known = KEYRING.evolve(KEYRING.evolve(KEYRING.initial, newer), older)

    assert known.sealing == newer


def test_two_sites_of_one_organisation_have_a_row_each() -> None:
    """A site that was renamed, or that shares its organisation, seals the same keys again."""
    one = after(SEALED)
    other = after(replace(SEALED, site="another"))

    ids = [
        row.change_id
        for each in (one, other)
        for row in rows(each)
        if isinstance(row, ChangeRow)
    ]
    assert len(ids) == len(set(ids)) == 2
