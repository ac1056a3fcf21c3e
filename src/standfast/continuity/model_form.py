"""The rules of one form: keyed field by field, read by a second person, signed. Pure."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar, assert_never

from msgspec import Struct
from msgspec.structs import replace

from standfast.continuity.commands_form import (
    AnyFormCommand,
    FormCommand,
    FormRefusal,
    KeepPicture,
    KeyField,
    KeyForm,
    ReadSecond,
    SettleSafety,
    SignForm,
)
from standfast.continuity.comparing import Readings, agreed, reasons, same
from standfast.continuity.fields import SAFETY, WAY_IN
from standfast.facts.paper import (
    FieldKeyed,
    FormEvent,
    FormKeyed,
    FormSigned,
    PictureKept,
    Safety,
    SafetySettled,
    SafetyWord,
    SecondReading,
)
from standfast.kernel.home_entry import HomeEntry
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Decider, Refused

MOST_PICTURES: Final = 6
"""Of one form: two sides, and each once more."""

DIFFERED: Final = "Two people read different things under allergies, medicines or safeguarding"

Done = TypeVar("Done", FormKeyed, SecondReading, SafetySettled, FormSigned)


class Stage(StrEnum):
    """Where a form is on its way into the record."""

    BEGUN = "begun"
    KEYED = "keyed"
    DIFFERS = "differs"
    ENTERED = "entered"


class PaperForm(Struct, frozen=True, kw_only=True):
    """What is known of one form, in whatever order it was learnt."""

    org: str = ""
    pictures: frozenset[PictureKept] = frozenset()
    fields: Mapping[str, FieldKeyed] = {}
    safety_keyed_by: frozenset[str] = frozenset()
    """Everybody who keyed any of what two must read, also if another keyed it again."""
    keyed: FormKeyed | None = None
    second: SecondReading | None = None
    words: Mapping[str, SafetyWord] = {}
    """What each who looked at two differing readings said last, by staff id."""
    settled: SafetySettled | None = None
    signed: FormSigned | None = None

    @property
    def values(self) -> dict[str, str]:
        """What was keyed so far, by field."""
        return {name: each.value for name, each in self.fields.items()}

    @property
    def way_in(self) -> HomeEntry | None:
        """How to get in, sealed, if it was keyed."""
        said = self.fields.get(WAY_IN)
        return said.way_in if said else None

    @property
    def first(self) -> Safety:
        """What the first person read of what two must read."""
        return Safety(**{name: self.values.get(name, "") for name in SAFETY})

    @property
    def first_readers(self) -> frozenset[str]:
        """Who has seen the first reading: whoever keyed any of it, and whoever entered the form."""
        return self.safety_keyed_by | ({self.keyed.by} if self.keyed else set())

    @property
    def first_names(self) -> dict[str, str]:
        """Whose the first reading of each field is; an empty one is of whoever left it empty."""
        finished = self.keyed.by_name if self.keyed else ""
        return {
            name: self.fields[name].by_name if name in self.fields else finished
            for name in SAFETY
        }

    @property
    def readings(self) -> Readings | None:
        """Both readings and whose they are; None until there are two."""
        if self.second is None:
            return None
        return Readings(
            first=self.first,
            first_by=self.first_readers,
            second=self.second.read,
            second_by=self.second.by,
        )

    @property
    def stage(self) -> Stage:
        """Where it is."""
        if self.settled is not None:
            return Stage.ENTERED
        if self.keyed is None:
            return Stage.BEGUN
        return Stage.DIFFERS if self.second and not self.second.agrees else Stage.KEYED

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why a clinician must sign it; empty: nobody need."""
        keyed = self.keyed.reasons if self.keyed else ()
        return (*keyed, *(self.settled.reasons if self.settled else ()))


def decide(form: PaperForm, command: AnyFormCommand, now: datetime) -> tuple[FormEvent, ...]:
    """Answer *command* with the facts it causes, or raise ``Refused``."""
    match command:
        case KeepPicture():
            return _keep(form, command, now)
        case KeyField():
            return _key_field(form, command, now)
        case KeyForm():
            return _key_form(form, command, now)
        case ReadSecond():
            return _read_second(form, command, now)
        case SettleSafety():
            return _settle(form, command, now)
        case SignForm():
            return _sign(form, command, now)
        case _:
            assert_never(command)


def evolve(  # noqa: PLR0911 - one for each fact
    form: PaperForm, event: FormEvent
) -> PaperForm:
    """Learn one fact, in whatever order they come."""
    form = replace(form, org=form.org or event.org)
    match event:
        case PictureKept():
            return replace(form, pictures=form.pictures | {event})
        case FieldKeyed():
            if event.field in SAFETY:
                form = replace(form, safety_keyed_by=form.safety_keyed_by | {event.by})
            before = form.fields.get(event.field)
            if before is not None and _when(before) > _when(event):
                return form
            return replace(form, fields={**form.fields, event.field: event})
        case FormKeyed():
            return replace(form, keyed=_first(form.keyed, event))
        case SecondReading():
            return replace(form, second=_first(form.second, event))
        case SafetyWord():
            said = form.words.get(event.by)
            last = event if said is None else max(said, event, key=_when)
            return replace(form, words={**form.words, event.by: last})
        case SafetySettled():
            return replace(form, settled=_first(form.settled, event))
        case FormSigned():
            return replace(form, signed=_first(form.signed, event))
        case _:
            assert_never(event)


def _first(known: Done | None, event: Done) -> Done:
    """Return whichever came first: what two sites did apart is done once."""
    return event if known is None else min(known, event, key=_when)


def _when(event: FormEvent) -> tuple[datetime, str]:
    match event:
        case PictureKept():
            return event.kept_at, event.by
        case FieldKeyed() | FormKeyed():
            return event.keyed_at, event.by
        case SecondReading():
            return event.read_at, event.by
        case SafetyWord():
            return event.said_at, event.by
        case SafetySettled():
            return event.settled_at, event.by
        case FormSigned():
            return event.signed_at, event.by
        case _:
            assert_never(event)


def _keep(form: PaperForm, command: KeepPicture, now: datetime) -> tuple[FormEvent, ...]:
    """Keep a picture, also of a form that is entered: two papers may carry one number."""
    body = command.contents[0].sha256
    if any(each.contents[0].sha256 == body for each in form.pictures):
        return ()
    if len(form.pictures) >= MOST_PICTURES:
        raise Refused(FormRefusal.TOO_MANY_PICTURES)
    picture_id = child_id(command.form_id, f"picture {body}")
    kept = PictureKept(
        contents=command.contents, kept_at=now, picture_id=picture_id, **_about(command)
    )
    return (kept,)


def _key_field(form: PaperForm, command: KeyField, now: datetime) -> tuple[FormEvent, ...]:
    if form.keyed is not None:
        raise Refused(FormRefusal.ALREADY_KEYED)
    before = form.fields.get(command.field)
    if before is not None and command.way_in is None and before.value == command.value:
        return ()
    if before is None and not command.value and command.way_in is None:
        return ()
    return (
        FieldKeyed(
            field=command.field,
            value=command.value,
            way_in=command.way_in,
            keyed_at=now,
            **_about(command),
        ),
    )


def _key_form(form: PaperForm, command: KeyForm, now: datetime) -> tuple[FormEvent, ...]:
    if form.keyed is not None:
        raise Refused(FormRefusal.ALREADY_KEYED)
    return (
        FormKeyed(
            code=command.code,
            call=command.call,
            reasons=command.reasons,
            keyed_at=now,
            **_about(command),
        ),
    )


def _read_second(form: PaperForm, command: ReadSecond, now: datetime) -> tuple[FormEvent, ...]:
    """Compare the second reading with the first. Agreed, it stands at once."""
    keyed = form.keyed
    if keyed is None:
        raise Refused(FormRefusal.NOT_KEYED)
    if form.second is not None:
        raise Refused(FormRefusal.ALREADY_READ)
    if command.by in form.first_readers:
        raise Refused(FormRefusal.SAME_PERSON)
    read = command.safety
    agrees = same(form.first, read)
    second = SecondReading(
        form_id=command.form_id,
        org=command.org,
        read=read,
        agrees=agrees,
        by=command.by,
        by_name=command.by_name,
        read_at=now,
    )
    if not agrees:
        return (second,)
    names = tuple(dict.fromkeys((*form.first_names.values(), command.by_name)))
    return (second, _settled(command, form.first, names, reasons(form.first), now))


def _settle(form: PaperForm, command: SettleSafety, now: datetime) -> tuple[FormEvent, ...]:
    """Write down what somebody says stands there; it is settled once enough people say so."""
    readings = form.readings
    if form.keyed is None or form.second is None or readings is None:
        raise Refused(FormRefusal.NOT_READ)
    if form.settled is not None:
        raise Refused(FormRefusal.NOTHING_DIFFERS)
    word = SafetyWord(
        form_id=command.form_id,
        org=command.org,
        safety=command.safety,
        by=command.by,
        by_name=command.by_name,
        said_at=now,
    )
    before = form.words.get(command.by)
    names = agreed(readings, form.words, word)
    if names is None:
        return () if before is not None and before.safety == word.safety else (word,)
    read = dict.fromkeys((*form.first_names.values(), form.second.by_name, *names))
    why = (DIFFERED, *reasons(word.safety))
    return (
        word,
        replace(_settled(command, word.safety, tuple(read), why, now), settled_by=names),
    )


def _sign(form: PaperForm, command: SignForm, now: datetime) -> tuple[FormEvent, ...]:
    if form.settled is None or not form.reasons:
        raise Refused(FormRefusal.NOTHING_TO_SIGN)
    if form.signed is not None:
        raise Refused(FormRefusal.ALREADY_SIGNED)
    return (
        FormSigned(
            form_id=command.form_id,
            org=command.org,
            note=command.note,
            by=command.by,
            by_name=command.by_name,
            signed_at=now,
        ),
    )


def _settled(
    command: ReadSecond | SettleSafety,
    safety: Safety,
    read_by: tuple[str, ...],
    reasons: tuple[str, ...],
    now: datetime,
) -> SafetySettled:
    return SafetySettled(
        code=command.code,
        safety=safety,
        read_by=read_by,
        reasons=reasons,
        settled_at=now,
        **_about(command),
    )


def _about(command: FormCommand) -> dict[str, Any]:
    return {name: getattr(command, name) for name in FormCommand.__struct_fields__}


FORM: Final[Decider[PaperForm, AnyFormCommand, FormEvent]] = Decider(
    stream="continuity.form",
    event_type=FormEvent,
    initial=PaperForm(),
    decide=decide,
    evolve=evolve,
    org=lambda form: form.org,
)
