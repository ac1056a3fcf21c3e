"""The sign-in service: who is who there, and the sessions it began and ended. Only grows."""

from datetime import datetime
from typing import TypeAlias

from standfast.kernel.messages import Event


class ServiceLinkProposed(
    Event, frozen=True, kw_only=True, tag="identity.service_link_proposed.v1"
):
    """Somebody says which account of the sign-in service is this person's; a second must agree.

    ``subject`` is the account's stable id there, never an e-mail address.
    """

    staff_id: str
    org: str
    issuer: str
    subject: str
    by: str
    proposed_at: datetime


class ServiceLinked(Event, frozen=True, kw_only=True, tag="identity.service_linked.v1"):
    """Two people agreed: who signs in there with this account is this member of staff."""

    staff_id: str
    org: str
    issuer: str
    subject: str
    proposed_by: str
    by: str
    linked_at: datetime


class ServiceUnlinked(Event, frozen=True, kw_only=True, tag="identity.service_unlinked.v1"):
    """The account there leads to nobody here any more."""

    staff_id: str
    org: str
    by: str
    unlinked_at: datetime


ServiceLinkEvent: TypeAlias = ServiceLinkProposed | ServiceLinked | ServiceUnlinked


class ServiceSessionBegun(
    Event, frozen=True, kw_only=True, tag="identity.service_session_begun.v1"
):
    """The session was begun by the sign-in service; ``sid`` is its own name for it."""

    session_id: str
    org: str
    staff_id: str
    issuer: str
    subject: str
    sid: str
    begun_at: datetime


class ServiceSessionEnded(
    Event, frozen=True, kw_only=True, tag="identity.service_session_ended.v1"
):
    """The session is over here, so the sign-in service has nothing left to end."""

    session_id: str
    org: str
    ended_at: datetime


ServiceSessionEvent: TypeAlias = ServiceSessionBegun | ServiceSessionEnded


class ServiceLoggedOut(Event, frozen=True, kw_only=True, tag="identity.service_logged_out.v1"):
    """The sign-in service said that somebody is gone. Each such message counts once."""

    issuer: str
    jti: str
    org: str
    subject: str
    sid: str
    sessions: tuple[str, ...]
    logged_out_at: datetime


ServiceLogoutEvent: TypeAlias = ServiceLoggedOut


class ServiceProofGiven(
    Event, frozen=True, kw_only=True, tag="identity.service_proof_given.v1"
):
    """The service vouches that this person proved anew who they are, for one act just now.

    ``challenge`` is SHA-256(nonce, then SHA-256(content)), in hex: what a passkey would sign.
    """

    proof_id: str
    org: str
    staff_id: str
    session_id: str
    issuer: str
    act: str
    challenge: str
    given_at: datetime


class ServiceProofUsed(Event, frozen=True, kw_only=True, tag="identity.service_proof_used.v1"):
    """The act was carried out. The proof serves nothing else."""

    proof_id: str
    org: str
    used_at: datetime


ServiceProofEvent: TypeAlias = ServiceProofGiven | ServiceProofUsed
