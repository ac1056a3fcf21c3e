"""Words for who may see what: how sure we are who somebody is, what for, and how guarded it is."""

from enum import IntEnum, StrEnum


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
