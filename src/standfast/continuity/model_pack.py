"""The rules of a pack: printed, its forms accounted for one by one, closed. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, assert_never

from msgspec import Struct
from msgspec.structs import replace

from standfast.continuity.commands import (
    ClosePack,
    Fate,
    FindForm,
    MissForms,
    NoteForm,
    NoteOld,
    PackCommand,
    PrintPack,
    Refusal,
    VoidForms,
)
from standfast.facts.continuity import (
    FormFound,
    FormNoted,
    FormsMissed,
    FormsVoided,
    IssuedForm,
    PackClosed,
    PackEvent,
    PackGrewOld,
    PackPrinted,
)
from standfast.kernel.messages import Decider, Refused

OLD_AFTER: Final = timedelta(hours=4)
"""What lies at the desks is never older (hazard H25): open cases and lists change by the hour."""

VALID_FOR: Final = timedelta(hours=12)
"""The longest shift: after it the forms are counted back, and a new pack is used."""


class Form(Struct, frozen=True, kw_only=True):
    """What is known of one form of a pack, in whatever order it was learnt."""

    issued: IssuedForm
    steps: frozenset[str] = frozenset()
    void: FormsVoided | None = None
    missed: FormsMissed | None = None
    found: FormFound | None = None

    @property
    def fate(self) -> Fate:
        """What has become of it. What is in the record counts for more than any word of it."""
        if Fate.ENTERED in self.steps:
            return Fate.ENTERED
        if self.void is not None:
            return Fate.VOID
        if Fate.KEYED in self.steps:
            return Fate.KEYED
        if self.is_missing:
            return Fate.MISSING
        return Fate.BEGUN if Fate.BEGUN in self.steps else Fate.OUT

    @property
    def is_missing(self) -> bool:
        """Whether somebody looked for it and it has not been found since."""
        if self.missed is None:
            return False
        return self.found is None or self.found.found_at < self.missed.missed_at


class Pack(Struct, frozen=True, kw_only=True):
    """What is known of one pack. ``printed`` is None until it is known whose it is."""

    printed: PackPrinted | None = None
    grew_old: PackGrewOld | None = None
    facts: frozenset[FormNoted | FormsVoided | FormsMissed | FormFound] = frozenset()
    closed: PackClosed | None = None

    @property
    def forms(self) -> tuple[Form, ...]:
        """Every form that was issued, by number, with what became of it."""
        if self.printed is None:
            return ()
        return tuple(self._form(each) for each in self.printed.forms)

    def form(self, number: int) -> Form | None:
        """Return one form, if it was issued."""
        issued = self.printed.forms if self.printed else ()
        return next((self._form(each) for each in issued if each.number == number), None)

    def _form(self, issued: IssuedForm) -> Form:
        mine = [each for each in self.facts if issued.number in numbers_of(each)]
        return Form(
            issued=issued,
            steps=frozenset(each.step for each in mine if isinstance(each, FormNoted)),
            void=min(
                (each for each in mine if isinstance(each, FormsVoided)),
                key=lambda each: (each.voided_at, each.by),
                default=None,
            ),
            missed=max(
                (each for each in mine if isinstance(each, FormsMissed)),
                key=lambda each: (each.missed_at, each.by),
                default=None,
            ),
            found=max(
                (each for each in mine if isinstance(each, FormFound)),
                key=lambda each: (each.found_at, each.by),
                default=None,
            ),
        )


def numbers_of(event: FormNoted | FormsVoided | FormsMissed | FormFound) -> tuple[int, ...]:
    """Return the forms that a fact is about."""
    return (event.number,) if isinstance(event, FormNoted | FormFound) else event.numbers


def decide(  # noqa: PLR0911 - one for each command
    pack: Pack, command: PackCommand, now: datetime
) -> tuple[PackEvent, ...]:
    """Answer *command* with the facts it causes, or raise ``Refused``."""
    if isinstance(command, PrintPack):
        return _print(pack, command, now)
    if pack.printed is None:
        raise Refused(Refusal.NO_SUCH_PACK)
    match command:
        case NoteOld():
            is_due = pack.grew_old is None and now - pack.printed.printed_at >= OLD_AFTER
            old = PackGrewOld(
                pack_id=pack.printed.pack_id, org=pack.printed.org, noticed_at=now
            )
            return (old,) if is_due else ()
        case NoteForm():
            return _note(pack, pack.printed, command, now)
        case VoidForms():
            return _void(pack, pack.printed, command, now)
        case MissForms():
            return _miss(pack, pack.printed, command, now)
        case FindForm():
            return _find(pack, pack.printed, command, now)
        case ClosePack():
            return _close(pack, pack.printed, command, now)
        case _:
            assert_never(command)


def evolve(pack: Pack, event: PackEvent) -> Pack:
    """Learn one fact, in whatever order they come."""
    match event:
        case PackPrinted():
            return replace(pack, printed=event)
        case PackGrewOld():
            return replace(pack, grew_old=event)
        case FormNoted() | FormsVoided() | FormsMissed() | FormFound():
            return replace(pack, facts=pack.facts | {event})
        case PackClosed():
            return replace(pack, closed=event)
        case _:
            assert_never(event)


def counted(forms: Iterable[Form]) -> dict[Fate, int]:
    """Return how many forms came to each fate."""
    fates = [form.fate for form in forms]
    return {fate: fates.count(fate) for fate in Fate}


def _print(pack: Pack, command: PrintPack, now: datetime) -> tuple[PackEvent, ...]:
    if pack.printed is not None:
        raise Refused(Refusal.ALREADY_PRINTED)
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    return (PackPrinted(printed_at=now, valid_until=now + VALID_FOR, **fields),)


def _note(
    pack: Pack, printed: PackPrinted, command: NoteForm, now: datetime
) -> tuple[PackEvent, ...]:
    """Learn how far a form has come. A form that was called void is not entered all the same."""
    form = _one(pack, command.number)
    if command.step in form.steps:
        return ()
    if form.fate is Fate.VOID:
        raise Refused(Refusal.FORM_VOID, why=form.void.reason if form.void else "")
    if pack.closed is not None:
        raise Refused(Refusal.PACK_CLOSED)
    return (
        FormNoted(
            pack_id=printed.pack_id,
            org=printed.org,
            number=command.number,
            step=command.step,
            noted_at=now,
        ),
    )


def _void(
    pack: Pack, printed: PackPrinted, command: VoidForms, now: datetime
) -> tuple[PackEvent, ...]:
    _must_be_open(pack)
    forms = [_one(pack, number) for number in command.numbers]
    if any(form.fate in (Fate.ENTERED, Fate.KEYED) for form in forms):
        raise Refused(Refusal.FORM_ENTERED)
    if not command.begun_too and any(form.fate is Fate.BEGUN for form in forms):
        raise Refused(Refusal.FORM_BEGUN)
    fresh = tuple(form.issued.number for form in forms if form.fate is not Fate.VOID)
    if not fresh:
        return ()
    return (
        FormsVoided(
            pack_id=printed.pack_id,
            org=printed.org,
            numbers=fresh,
            reason=command.reason,
            by=command.by,
            by_name=command.by_name,
            voided_at=now,
        ),
    )


def _miss(
    pack: Pack, printed: PackPrinted, command: MissForms, now: datetime
) -> tuple[PackEvent, ...]:
    _must_be_open(pack)
    forms = [_one(pack, number) for number in command.numbers]
    if any(form.fate in (Fate.ENTERED, Fate.KEYED) for form in forms):
        raise Refused(Refusal.FORM_ENTERED)
    if any(form.fate is Fate.BEGUN for form in forms):
        raise Refused(Refusal.FORM_BEGUN)
    fresh = tuple(form.issued.number for form in forms if form.fate is Fate.OUT)
    if not fresh:
        return ()
    return (
        FormsMissed(
            pack_id=printed.pack_id,
            org=printed.org,
            numbers=fresh,
            note=command.note,
            by=command.by,
            by_name=command.by_name,
            missed_at=now,
        ),
    )


def _find(
    pack: Pack, printed: PackPrinted, command: FindForm, now: datetime
) -> tuple[PackEvent, ...]:
    _must_be_open(pack)
    if not _one(pack, command.number).is_missing:
        raise Refused(Refusal.NOT_MISSING)
    return (
        FormFound(
            pack_id=printed.pack_id,
            org=printed.org,
            number=command.number,
            by=command.by,
            by_name=command.by_name,
            found_at=now,
        ),
    )


def _close(
    pack: Pack, printed: PackPrinted, command: ClosePack, now: datetime
) -> tuple[PackEvent, ...]:
    """Close it once issued = entered + void, and not before."""
    if pack.closed is not None:
        return ()
    count, issued = counted(pack.forms), len(printed.forms)
    left = issued - count[Fate.ENTERED] - count[Fate.VOID]
    if left:
        raise Refused(Refusal.NOT_ALL_ACCOUNTED, left=str(left), issued=str(issued))
    return (
        PackClosed(
            pack_id=printed.pack_id,
            org=printed.org,
            issued=issued,
            entered=count[Fate.ENTERED],
            voided=count[Fate.VOID],
            by=command.by,
            by_name=command.by_name,
            closed_at=now,
        ),
    )


def _one(pack: Pack, number: int) -> Form:
    form = pack.form(number)
    if form is None:
        raise Refused(Refusal.NO_SUCH_FORM)
    return form


def _must_be_open(pack: Pack) -> None:
    if pack.closed is not None:
        raise Refused(Refusal.PACK_CLOSED)


PACK: Final[Decider[Pack, PackCommand, PackEvent]] = Decider(
    stream="continuity.pack",
    event_type=PackEvent,
    initial=Pack(),
    decide=decide,
    evolve=evolve,
    org=lambda pack: pack.printed.org if pack.printed else "",
)
