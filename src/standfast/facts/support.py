"""Supplier support by a site's own grant. This file only ever grows."""

from datetime import datetime
from typing import Final, TypeAlias

from msgspec import Struct

from standfast.kernel.messages import Event
from standfast.kernel.questions import Question


class SupportGranted(Event, frozen=True, kw_only=True, tag="identity.support_granted.v1"):
    """A named person of a supplier may look, and change nothing, until ``until``.

    ``supporter_id`` is their staff id for the life of this grant and for no other.
    ``records`` says whether patients' records may be opened.
    """

    grant_id: str
    org: str
    supporter_id: str
    name: str
    company: str
    purpose: str
    ticket: str
    records: bool
    by: str
    granted_at: datetime
    until: datetime


class SupportEnded(Event, frozen=True, kw_only=True, tag="identity.support_ended.v1"):
    """The grant is over. ``why`` is ``ended`` by somebody, or ``time``."""

    grant_id: str
    org: str
    supporter_id: str
    by: str
    why: str
    ended_at: datetime


class SupportLooked(Event, frozen=True, kw_only=True, tag="identity.support_looked.v1"):
    """The supporter opened the page at ``path``, written before the page was answered."""

    grant_id: str
    org: str
    supporter_id: str
    path: str
    looked_at: datetime


SupportEvent: TypeAlias = SupportGranted | SupportEnded


class SupportGrant(Struct, frozen=True, kw_only=True):
    """A grant as others may ask for it: whose it is, what for, until when."""

    grant_id: str
    org: str
    supporter_id: str
    name: str
    company: str
    purpose: str
    ticket: str
    records: bool
    until: datetime


SUPPORT_GRANT: Final[Question[SupportGrant | None]] = Question("identity.support_grant")
"""By the supporter's staff id, for the organisation that granted it; None once it is over."""
