"""The rules of the files of one case. Pure: bytes are looked into before anything is asked."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias, assert_never

from msgspec import Meta, Struct, structs

from standfast.facts.files import (
    Bytes,
    FileAttached,
    FileCleared,
    FileFoundInfected,
    FilesEvent,
    FileWithdrawn,
    InfectedFileRefused,
)
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText

MOST_FILES: Final = 30
"""Of one case: a rash from every side, and a letter of each page."""

MOST_BYTES: Final = 60 * 1024 * 1024
"""Of one case, withdrawn ones included: they are still on the disk."""

Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=120)]
Reason: TypeAlias = Annotated[str, Meta(min_length=5, max_length=200)]


class Refusal(StrEnum):
    """Every way in which a file is refused by rule; what its bytes are is said elsewhere."""

    TOO_MANY = "too_many"
    CASE_FULL = "case_full"
    DAY_FULL = "day_full"
    INFECTED = "infected"
    NO_SUCH_FILE = "no_such_file"
    NOT_SHOWN = "not_shown"


class Standing(StrEnum):
    """Whether a file may be opened."""

    KEPT = "kept"
    WAITING = "waiting"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class AttachFile(Command, frozen=True, kw_only=True):
    """Put a file on the case. ``sent_today`` are the organisation's bytes of 24 hours."""

    file_id: ShortText
    case_id: ShortText
    org: ShortText
    file_name: Name
    media_type: ShortText
    contents: tuple[Bytes, ...]
    scan: ShortText
    by: ShortText
    by_name: ShortText
    sent_today: int
    most_today: int


class RefuseInfected(Command, frozen=True, kw_only=True):
    """The scanner found something in what was sent: name it on the case, keep none of it."""

    file_id: ShortText
    case_id: ShortText
    org: ShortText
    file_name: Name
    sha256: ShortText
    size: int
    signature: ShortText
    by: ShortText
    by_name: ShortText


class TellScan(Command, frozen=True, kw_only=True):
    """The scanner has answered for a file that waited. ``signature`` is empty: nothing found."""

    file_id: ShortText
    signature: str


class WithdrawFile(Command, frozen=True, kw_only=True):
    """Hide a file from everybody, and say why."""

    file_id: ShortText
    reason: Reason
    by: ShortText
    by_name: ShortText


FilesCommand: TypeAlias = AttachFile | RefuseInfected | TellScan | WithdrawFile


class File(Struct, frozen=True):
    """What is known of one file, in whatever order it was learnt."""

    attached: FileAttached | None = None
    cleared: FileCleared | None = None
    infected: FileFoundInfected | None = None
    refused: InfectedFileRefused | None = None
    withdrawn: FileWithdrawn | None = None

    @property
    def standing(self) -> Standing:
        """Whether it may be opened: what was found in it counts for more than anything."""
        if self.infected or self.refused:
            return Standing.REFUSED
        if self.withdrawn:
            return Standing.WITHDRAWN
        waits = self.attached is None or self.attached.scan == "waiting"
        return Standing.WAITING if waits and self.cleared is None else Standing.KEPT


class CaseFiles(Struct, frozen=True):
    """All files of one case, by their ids, in the order in which they were learnt of."""

    org: str = ""
    files: tuple[tuple[str, File], ...] = ()

    def file(self, file_id: str) -> File | None:
        """Return one of them, or None."""
        return dict(self.files).get(file_id)

    @property
    def attached(self) -> tuple[tuple[File, FileAttached], ...]:
        """Return every file that was put on the case."""
        return tuple((file, file.attached) for _, file in self.files if file.attached)


def decide(known: CaseFiles, command: FilesCommand, now: datetime) -> tuple[FilesEvent, ...]:
    """Answer *command* with the facts it causes, or raise ``Refused``."""
    match command:
        case AttachFile():
            return _attach(known, command, now)
        case RefuseInfected():
            return _refuse_infected(known, command, now)
        case TellScan():
            return _tell_scan(known, command, now)
        case WithdrawFile():
            return _withdraw(known, command, now)
        case _:
            assert_never(command)


def evolve(known: CaseFiles, event: FilesEvent) -> CaseFiles:
    """Learn one fact, in whatever order they come."""
    files = dict(known.files)
    file = files.get(event.file_id, File())
    match event:
        case FileAttached():
            file = structs.replace(file, attached=event)
        case FileCleared():
            file = structs.replace(file, cleared=event)
        case FileFoundInfected():
            file = structs.replace(file, infected=event)
        case InfectedFileRefused():
            file = structs.replace(file, refused=event)
        case FileWithdrawn():
            first = file.withdrawn
            earlier = first is None or event.withdrawn_at < first.withdrawn_at
            file = structs.replace(file, withdrawn=event if earlier else first)
        case _:
            assert_never(event)
    files[event.file_id] = file
    return CaseFiles(org=event.org, files=tuple(files.items()))


def _attach(known: CaseFiles, command: AttachFile, now: datetime) -> tuple[FilesEvent, ...]:
    """Keep it once: what is sent twice, as after a lost answer, is one file."""
    body = command.contents[0]
    for file, attached in known.attached:
        if attached.contents[0].sha256 == body.sha256:
            if file.standing is Standing.REFUSED:
                raise Refused(Refusal.INFECTED)
            if file.standing is not Standing.WITHDRAWN:
                return ()
    if len(known.attached) >= MOST_FILES:
        raise Refused(Refusal.TOO_MANY, most=str(MOST_FILES))
    size = sum(each.size for each in command.contents)
    held = sum(each.size for _, attached in known.attached for each in attached.contents)
    if held + size > MOST_BYTES:
        raise Refused(Refusal.CASE_FULL)
    if command.sent_today + size > command.most_today:
        raise Refused(Refusal.DAY_FULL)
    return (
        FileAttached(
            file_id=command.file_id,
            case_id=command.case_id,
            org=command.org,
            file_name=command.file_name,
            media_type=command.media_type,
            contents=command.contents,
            scan=command.scan,
            by=command.by,
            by_name=command.by_name,
            attached_at=now,
        ),
    )


def _refuse_infected(
    known: CaseFiles, command: RefuseInfected, now: datetime
) -> tuple[FilesEvent, ...]:
    again = any(
        file.refused is not None and file.refused.sha256 == command.sha256
        for _, file in known.files
    )
    if again:
        return ()
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    return (InfectedFileRefused(refused_at=now, **fields),)


def _tell_scan(known: CaseFiles, command: TellScan, now: datetime) -> tuple[FilesEvent, ...]:
    file = known.file(command.file_id)
    if file is None or file.attached is None:
        raise Refused(Refusal.NO_SUCH_FILE)
    if file.attached.scan != "waiting" or file.cleared or file.infected:
        return ()
    which = {
        "file_id": command.file_id,
        "case_id": file.attached.case_id,
        "org": file.attached.org,
    }
    if command.signature:
        return (FileFoundInfected(**which, signature=command.signature, found_at=now),)
    return (FileCleared(**which, cleared_at=now),)


def _withdraw(known: CaseFiles, command: WithdrawFile, now: datetime) -> tuple[FilesEvent, ...]:
    file = known.file(command.file_id)
    if file is None or file.attached is None:
        raise Refused(Refusal.NO_SUCH_FILE)
    if file.standing is Standing.WITHDRAWN:
        return ()
    if file.standing is Standing.REFUSED:
        raise Refused(Refusal.NOT_SHOWN)
    return (
        FileWithdrawn(
            file_id=command.file_id,
            case_id=file.attached.case_id,
            org=file.attached.org,
            reason=command.reason,
            by=command.by,
            by_name=command.by_name,
            withdrawn_at=now,
        ),
    )


FILES: Final[Decider[CaseFiles, FilesCommand, FilesEvent]] = Decider(
    stream="files.case",
    event_type=FilesEvent,
    initial=CaseFiles(),
    decide=decide,
    evolve=evolve,
    org=lambda known: known.org,
)
