"""No card speaks for an organisation that is another's."""

import pytest

from standfast.kernel.messages import Refused
from standfast.replication.details import details_of
from standfast.replication.model import EXCHANGE, JoinPeer, MakeCard, Refusal, TakeCard
from standfast.replication.model_state import Exchange
from tests.replication.world import NOON, card_of


def joined() -> Exchange:
    own, whitby = details_of(card_of("harrowmere")), details_of(card_of("whitby"))
    known = Exchange()
    for command in (
        MakeCard(org="harrowmere-care", details=own, by="IT officer"),
        JoinPeer(details=whitby, code="CODE", by="IT officer"),
    ):
        for event in EXCHANGE.decide(known, command, NOON):
            known = EXCHANGE.evolve(known, event)
    return known


@pytest.mark.parametrize("claimed", ["harrowmere-care", "whitby-care"])
def test_a_card_with_an_organisation_of_ours_or_of_another_peer_joins_nobody(
    claimed: str,
) -> None:
    card = card_of("evil", organisations=("evil-care", claimed))
    with pytest.raises(Refused) as refused:
        EXCHANGE.decide(
            joined(), JoinPeer(details=details_of(card), code="C", by="IT officer"), NOON
        )

    assert refused.value.reason is Refusal.CLAIMED
    assert refused.value.details["orgs"] == claimed


def test_nor_does_a_newer_card_of_a_peer_claim_it_later() -> None:
    newer = card_of("whitby", number=2, organisations=("whitby-care", "harrowmere-care"))
    with pytest.raises(Refused) as refused:
        EXCHANGE.decide(joined(), TakeCard(details=details_of(newer)), NOON)

    assert refused.value.reason is Refusal.CLAIMED


def test_a_peer_keeps_what_is_its_own_with_a_newer_card() -> None:
    newer = card_of("whitby", number=2, organisations=("whitby-care", "whitby-ambulance"))

    assert EXCHANGE.decide(joined(), TakeCard(details=details_of(newer)), NOON)
