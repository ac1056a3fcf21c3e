"""What can be asked of a pack, and every way in which it can say no."""

from enum import StrEnum
from typing import Annotated, TypeAlias

from msgspec import Meta

from standfast.facts.continuity import IssuedForm
from standfast.kernel.messages import Command
from standfast.kernel.values import ShortText

Reason: TypeAlias = Annotated[str, Meta(min_length=4, max_length=200)]


class Refusal(StrEnum):
    """Every way in which a pack can say no."""

    NO_SUCH_PACK = "no_such_pack"
    ALREADY_PRINTED = "already_printed"
    NO_SUCH_FORM = "no_such_form"
    PACK_CLOSED = "pack_closed"
    FORM_ENTERED = "form_entered"
    FORM_BEGUN = "form_begun"
    FORM_VOID = "form_void"
    NOT_MISSING = "not_missing"
    NOT_ALL_ACCOUNTED = "not_all_accounted"
    NUMBER_TAKEN = "number_taken"


class Fate(StrEnum):
    """What has become of one form."""

    OUT = "out"
    BEGUN = "begun"
    KEYED = "keyed"
    ENTERED = "entered"
    VOID = "void"
    MISSING = "missing"


class PrintPack(Command, frozen=True, kw_only=True):
    """Make a pack with these forms."""

    pack_id: str
    org: str
    number: str
    forms: tuple[IssuedForm, ...]
    content: str
    by: str
    by_name: str
    standing: bool = False


class NoteOld(Command, frozen=True, kw_only=True):
    """The newest pack has grown too old."""


class NoteForm(Command, frozen=True, kw_only=True):
    """A form has come so far on its way into the record."""

    number: int
    step: Fate


class VoidForms(Command, frozen=True, kw_only=True):
    """Say why these forms never become a record; *begun* ones only if that is said as well."""

    numbers: tuple[int, ...]
    reason: Reason
    by: ShortText
    by_name: ShortText
    begun_too: bool = False


class MissForms(Command, frozen=True, kw_only=True):
    """Say that nobody can find these forms."""

    numbers: tuple[int, ...]
    note: Reason
    by: ShortText
    by_name: ShortText


class FindForm(Command, frozen=True, kw_only=True):
    """The form that was missing is here."""

    number: int
    by: ShortText
    by_name: ShortText


class ClosePack(Command, frozen=True, kw_only=True):
    """All forms are accounted for."""

    by: ShortText
    by_name: ShortText


PackCommand: TypeAlias = (
    PrintPack | NoteOld | NoteForm | VoidForms | MissForms | FindForm | ClosePack
)
