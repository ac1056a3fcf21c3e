"""What becomes of a message. Cited: BaRS Core 1.5.0, "Transactional integrity"."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace

from standfast.facts.interop import MessageTurnedAway, ReferralReceived
from standfast.interop.model import (
    MESSAGE,
    AcceptReferral,
    Envelope,
    InteropCommand,
    Message,
    Outcome,
    Refusal,
    TurnAway,
    message_id,
    reference,
)
from standfast.interop.tables import rows
from standfast.interop.words import DESCRIBES, REFUSALS
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Refused
from tests.interop.examples import CORRELATION_ID, REQUEST_ID, XML, taken_on

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ENVELOPE = Envelope(
    message_id=message_id(REQUEST_ID),
    org="harrowmere-urgent-care",
    request_id=REQUEST_ID,
    correlation_id=CORRELATION_ID,
)
ACCEPT = AcceptReferral(
    envelope=ENVELOPE,
    bundle_id="b",
    fingerprint="one",
    referral=taken_on(XML).referral,
    media_type="application/fhir+xml",
    body=XML.decode(),
)
TURN_AWAY = TurnAway(
    envelope=ENVELOPE, status=400, error="REC_BAD_REQUEST", sentence="Why", faults=1, size=9
)


def decided(message: Message, command: InteropCommand) -> list[object]:
    return list(MESSAGE.decide(message, command, NOON))


def after(*commands: InteropCommand) -> Message:
    message = MESSAGE.initial
    for command in commands:
        message = MESSAGE.replay([*_facts(message), *MESSAGE.decide(message, command, NOON)])
    return message


def _facts(message: Message) -> list[ReferralReceived | MessageTurnedAway]:
    return [fact for fact in (message.turned_away, message.accepted) if fact is not None]


def test_a_first_referral_is_received_with_a_case_of_its_own() -> None:
    (received,) = decided(MESSAGE.initial, ACCEPT)

    assert isinstance(received, ReferralReceived)
    assert received.case_id == child_id(ENVELOPE.message_id, "case")
    assert received.reference == reference(received.case_id)
    assert received.body == XML.decode()
    assert received.received_at == NOON


def test_the_same_message_again_is_a_duplicate() -> None:
    with pytest.raises(Refused) as refused:
        decided(after(ACCEPT), ACCEPT)

    assert refused.value.reason is Refusal.DUPLICATE


def test_other_content_under_the_same_request_id_is_a_conflict() -> None:
    """Duplicate would tell the sender that the new content had been delivered."""
    with pytest.raises(Refused) as refused:
        decided(after(ACCEPT), replace(ACCEPT, fingerprint="another"))
    assert refused.value.reason is Refusal.CONFLICT


def test_rubbish_under_the_same_request_id_changes_nothing() -> None:
    assert decided(after(ACCEPT), TURN_AWAY) == []


def test_a_message_that_failed_may_come_again() -> None:
    assert len(decided(after(TURN_AWAY), ACCEPT)) == 1


def test_the_same_refusal_is_written_once() -> None:
    assert decided(after(TURN_AWAY), TURN_AWAY) == []
    assert len(decided(after(TURN_AWAY), replace(TURN_AWAY, sentence="Other"))) == 1


def test_a_request_id_is_the_same_in_capitals() -> None:
    assert message_id(REQUEST_ID) == message_id(REQUEST_ID.upper())


def test_a_reference_can_be_read_out() -> None:
    said = reference(child_id("a", "case"))

    assert len(said) == len("SF-7KQ2-M4XD")
    assert not set(said.removeprefix("SF-")) & set("01ILOU")


def test_the_row_tells_what_it_came_to_in_the_end_and_no_patient() -> None:
    (refused,) = rows(after(TURN_AWAY))
    (accepted,) = rows(after(TURN_AWAY, ACCEPT))

    assert (refused.outcome, refused.status, refused.case_id) == (
        Outcome.TURNED_AWAY,
        400,
        None,
    )
    assert (accepted.outcome, accepted.status) == (Outcome.ACCEPTED, 200)
    assert "Farrant" not in repr(accepted)


def test_two_sites_that_were_cut_off_agree_on_the_row() -> None:
    first, second = decided(MESSAGE.initial, ACCEPT), decided(MESSAGE.initial, TURN_AWAY)
    facts = [*first, *second]

    ends = [list(rows(MESSAGE.replay(order))) for order in permutations(facts)]  # type: ignore[arg-type]

    assert ends[0] == ends[1]


def test_every_refusal_and_every_fact_has_its_sentence() -> None:
    assert set(REFUSALS) == set(Refusal)
    describe = DESCRIBES[MESSAGE.stream]
    for command in (ACCEPT, TURN_AWAY):
        for fact in decided(MESSAGE.initial, command):
            assert describe(fact)
    assert "Farrant" not in describe(decided(MESSAGE.initial, ACCEPT)[0])


def test_a_late_answer_does_not_change_when_it_came() -> None:
    (received,) = MESSAGE.decide(MESSAGE.initial, ACCEPT, NOON + timedelta(hours=1))

    assert isinstance(received, ReferralReceived)
    assert received.received_at == NOON + timedelta(hours=1)
