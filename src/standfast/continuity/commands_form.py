"""What can be asked of one form, and every way in which it can say no."""

from enum import StrEnum
from typing import Annotated, TypeAlias

from msgspec import Meta

from standfast.continuity.fields import LONGEST
from standfast.facts.paper import PaperCall, PictureBytes, Safety
from standfast.kernel.home_entry import HomeEntry
from standfast.kernel.messages import Command
from standfast.kernel.values import LongText, ShortText

Text: TypeAlias = Annotated[str, Meta(max_length=LONGEST)]


class FormRefusal(StrEnum):
    """Every way in which a form can say no."""

    ALREADY_KEYED = "already_keyed"
    NOT_KEYED = "not_keyed"
    SAME_PERSON = "same_person"
    ALREADY_READ = "already_read"
    NOT_READ = "not_read"
    NOTHING_DIFFERS = "nothing_differs"
    TOO_MANY_PICTURES = "too_many_pictures"
    ALREADY_SIGNED = "already_signed"
    NOTHING_TO_SIGN = "nothing_to_sign"


class FormCommand(Command, frozen=True, kw_only=True):
    """Something asked of one form, by whom."""

    form_id: str
    pack_id: str
    org: str
    number: int
    by: str
    by_name: str


class KeepPicture(FormCommand, frozen=True, kw_only=True):
    """Keep the form as it was scanned."""

    contents: tuple[PictureBytes, ...]


class KeyField(FormCommand, frozen=True, kw_only=True):
    """Key one field as it stands on the paper."""

    field: ShortText
    value: Text
    way_in: HomeEntry | None = None


class KeyForm(FormCommand, frozen=True, kw_only=True):
    """All but what two people read is keyed."""

    code: str
    call: PaperCall
    reasons: tuple[str, ...]


class SafetyCommand(FormCommand, frozen=True, kw_only=True):
    """What somebody says of allergies, medicines and safeguarding."""

    code: str
    allergies: Text
    medicines: Text
    safeguarding: Text

    @property
    def safety(self) -> Safety:
        """What they say."""
        return Safety(
            allergies=self.allergies.strip(),
            medicines=self.medicines.strip(),
            safeguarding=self.safeguarding.strip(),
        )


class ReadSecond(SafetyCommand, frozen=True, kw_only=True):
    """Say what stands there, without having seen what another read."""


class SettleSafety(SafetyCommand, frozen=True, kw_only=True):
    """Say what stands there, of two readings that differ."""


class SignForm(FormCommand, frozen=True, kw_only=True):
    """A clinician has read it."""

    note: LongText


AnyFormCommand: TypeAlias = (
    KeepPicture | KeyField | KeyForm | ReadSecond | SettleSafety | SignForm
)
