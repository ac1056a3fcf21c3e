"""Words for who may see what: how sure we are who somebody is, what for, and how guarded it is."""

from datetime import date
from enum import IntEnum, StrEnum
from typing import Final

from msgspec import Struct

OFFLINE: Final = ";offline"
"""Stands behind the actor of each fact of a session that began while the site was cut off."""


def written_actor(staff_id: str, *, offline: bool) -> str:
    """Return how the journal names who did something; the hash of the row covers it."""
    return staff_id + OFFLINE if offline else staff_id


def staff_of(actor: str) -> str:
    """Return whose act it was, of an actor as the journal names them."""
    return actor.removesuffix(OFFLINE)


class Barred(StrEnum):
    """Why somebody may do nothing, whatever it is and whatever else they may."""

    READ_ONLY = "read_only"


class Assurance(IntEnum):
    """How sure we are that somebody is who they say; a higher one does for a lower.

    After NIST SP 800-63B: PRESENT is its AAL2, FRESH its AAL3 with intent, no older than 60 s.
    """

    CHOSEN = 0
    """They picked a name: in demonstrations alone."""
    PRESENT = 2
    """A passkey with user verification, or a sign-in service that says as much."""
    FRESH = 3
    """The same again just now, for exactly the content in hand."""


class Sensitivity(IntEnum):
    """How guarded a record or a part of it is (HL7 v3 Confidentiality: N, R, V)."""

    NORMAL = 1
    RESTRICTED = 2
    VERY_RESTRICTED = 3


class Purpose(StrEnum):
    """What somebody opens a record for (after HL7 v3 PurposeOfUse)."""

    DIRECT_CARE = "direct_care"
    ADMINISTRATION = "administration"
    OVERSIGHT = "oversight"
    SUBJECT_ACCESS = "subject_access"
    SUPPORT = "support"
    SECONDARY_USE = "secondary_use"
    HOME_ENTRY = "home_entry"
    """To read how one gets into a home: written down as such, and decided as direct care."""


class Said(Struct, frozen=True, kw_only=True):
    """What a caller has said of the patient, as far as a record can be compared with it."""

    case_id: str
    reference: str
    """What staff call the case, such as ``C-7F3K2``."""
    numbers: tuple[str, ...] = ()
    address: str = ""
    postcodes: tuple[str, ...] = ()
    born: date | None = None
    nhs_number: str | None = None
