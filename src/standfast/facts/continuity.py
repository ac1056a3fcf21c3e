"""Packs of paper, and what became of each form in them. This file only ever grows.

What was written on a form is in :mod:`standfast.facts.paper`.
"""

from datetime import datetime
from typing import TypeAlias

from msgspec import Struct

from standfast.kernel.messages import Event


class IssuedForm(Struct, frozen=True, kw_only=True):
    """One numbered form of a pack. ``protocol`` is empty for the form that fits any call."""

    number: int
    protocol: str = ""
    title: str = ""


class PackPrinted(Event, frozen=True, kw_only=True, tag="continuity.pack_printed.v1"):
    """A pack exists, with these forms. ``number`` is what people call it: ``7F3K2Q``."""

    pack_id: str
    org: str
    number: str
    forms: tuple[IssuedForm, ...]
    content: str
    """The version of the questions on its forms; empty: there were none on this site."""
    by: str
    by_name: str
    printed_at: datetime
    valid_until: datetime
    standing: bool = False
    """The site wrote it by itself, and nobody asked."""


class PackGrewOld(Event, frozen=True, kw_only=True, tag="continuity.pack_grew_old.v1"):
    """It was the newest pack, and too old to be handed out for what changes by the hour."""

    pack_id: str
    org: str
    noticed_at: datetime


class FormNoted(Event, frozen=True, kw_only=True, tag="continuity.form_noted.v1"):
    """How far a form has come on its way into the record: ``begun``, ``keyed``, ``entered``."""

    pack_id: str
    org: str
    number: int
    step: str
    noted_at: datetime


class FormsVoided(Event, frozen=True, kw_only=True, tag="continuity.forms_voided.v1"):
    """These forms never become a record: unused, spoilt, or a copy of another."""

    pack_id: str
    org: str
    numbers: tuple[int, ...]
    reason: str
    by: str
    by_name: str
    voided_at: datetime


class FormsMissed(Event, frozen=True, kw_only=True, tag="continuity.forms_missed.v1"):
    """Nobody can find these forms: whoever is written on them may not be in the record."""

    pack_id: str
    org: str
    numbers: tuple[int, ...]
    note: str
    by: str
    by_name: str
    missed_at: datetime


class FormFound(Event, frozen=True, kw_only=True, tag="continuity.form_found.v1"):
    """A form that was missing is here again."""

    pack_id: str
    org: str
    number: int
    by: str
    by_name: str
    found_at: datetime


class PackClosed(Event, frozen=True, kw_only=True, tag="continuity.pack_closed.v1"):
    """Every form of it is entered or void, and was counted."""

    pack_id: str
    org: str
    issued: int
    entered: int
    voided: int
    by: str
    by_name: str
    closed_at: datetime


PackEvent: TypeAlias = (
    PackPrinted | PackGrewOld | FormNoted | FormsVoided | FormsMissed | FormFound | PackClosed
)
