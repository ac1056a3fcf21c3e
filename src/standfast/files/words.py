"""What files say to people: a sentence for each refusal, and for each fact."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

from standfast.facts.files import (
    FileAttached,
    FileCleared,
    FileFoundInfected,
    FilesEvent,
    FileWithdrawn,
    InfectedFileRefused,
)
from standfast.files.model import FILES, Refusal

REFUSALS: Final[Mapping[StrEnum, str]] = {
    Refusal.TOO_MANY: (
        "This case has {most} files, which is all that it can have. Send the others to the GP "
        "practice by their own way"
    ),
    Refusal.CASE_FULL: (
        "The files of this case are 60 MB together, which is all that it can have. Send the "
        "others to the GP practice by their own way"
    ),
    Refusal.DAY_FULL: (
        "Your organisation has attached as much as it may in 24 hours. Go on without the file "
        "and tell the IT officer"
    ),
    Refusal.INFECTED: (
        "The virus scanner found something in this file, so it is not kept. Tell whoever sent "
        "it, and go on without it"
    ),
    Refusal.NO_SUCH_FILE: "This file is not on this case. Open the case again and look there",
    Refusal.NOT_SHOWN: "This file was refused: nobody can open it, so leave it as it is",
}

NOT_REACHED: Final = (
    "The database cannot be reached, so the file may not be attached. Send it again in a few "
    "seconds (what is sent twice is kept once); the call goes on without it"
)
NO_ROOM: Final = (
    "The file was not attached: the disk of this site is nearly full. The call goes on and loses "
    "nothing. Tell the IT officer, then send the file again"
)
NOT_WHOLE: Final = "The file did not arrive whole. Send it again"
ANOTHERS: Final = (
    "Somebody else who sat here chose this file. Remove it, and ask them to send it themselves"
)
NOT_A_FORM: Final = "The file could not be read from what was sent. Choose it again"


def describe(event: FilesEvent) -> str:
    """Return one plain sentence for the timeline."""
    match event:
        case FileAttached():
            waits = ", waits for the virus scanner" if event.scan == "waiting" else ""
            return f"{event.by_name} attached the file “{event.file_name}”{waits}"
        case FileCleared():
            return "The virus scanner found nothing in a file that waited for it"
        case FileFoundInfected():
            return f"A file was refused: the virus scanner found {event.signature} in it"
        case InfectedFileRefused():
            return (
                f"The file “{event.file_name}” was refused: the virus scanner found "
                f"{event.signature} in it"
            )
        case FileWithdrawn():
            return f"{event.by_name} withdrew a file: {event.reason}"
        case _:
            assert_never(event)


DESCRIBES: Final[Mapping[str, Callable[[Any], str]]] = {FILES.stream: describe}
