"""What a card says, as the rules and facts of this context hold it."""

from standfast.replication.card import SignedCard
from standfast.replication.model import Details


def details_of(signed: SignedCard) -> Details:
    """Return what *signed*, which was read and proved, says."""
    card = signed.card
    return Details(
        site=card.site,
        number=card.number,
        epoch=card.epoch,
        addresses=card.addresses,
        organisations=card.organisations,
        card=signed.packed(),
    )
