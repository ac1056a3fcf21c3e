"""Files on a case: attached, looked into, refused, withdrawn. This file only ever grows.

The bytes lie beside the journal (:mod:`standfast.journal.contents`); a fact names them by digest.
"""

from datetime import datetime
from typing import Final, TypeAlias

from msgspec import Struct

from standfast.kernel.messages import Event
from standfast.kernel.questions import Question


class Bytes(Struct, frozen=True, kw_only=True):
    """What lies beside the journal: its SHA-256 in hex, and how many bytes."""

    sha256: str
    size: int


class FileAttached(Event, frozen=True, kw_only=True, tag="files.file_attached.v1"):
    """Somebody put a file on the case. ``contents`` are the file, then its small picture if any.

    ``scan`` is ``clean``, ``not_scanned`` (there is no scanner here) or ``waiting``: nobody may
    open it before the scanner has answered.
    """

    file_id: str
    case_id: str
    org: str
    file_name: str
    media_type: str
    contents: tuple[Bytes, ...]
    scan: str
    by: str
    by_name: str
    attached_at: datetime


class FileCleared(Event, frozen=True, kw_only=True, tag="files.file_cleared.v1"):
    """The scanner found nothing in a file that waited for it."""

    file_id: str
    case_id: str
    org: str
    cleared_at: datetime


class FileFoundInfected(Event, frozen=True, kw_only=True, tag="files.file_found_infected.v1"):
    """The scanner found ``signature`` in a file that waited. Nobody ever sees it."""

    file_id: str
    case_id: str
    org: str
    signature: str
    found_at: datetime


class InfectedFileRefused(
    Event, frozen=True, kw_only=True, tag="files.infected_file_refused.v1"
):
    """The scanner found ``signature`` in what was sent. None of its bytes were kept."""

    file_id: str
    case_id: str
    org: str
    file_name: str
    sha256: str
    """Of what was sent."""
    size: int
    signature: str
    by: str
    by_name: str
    refused_at: datetime


class FileWithdrawn(Event, frozen=True, kw_only=True, tag="files.file_withdrawn.v1"):
    """The file is no longer shown, and why. It is not destroyed."""

    file_id: str
    case_id: str
    org: str
    reason: str
    by: str
    by_name: str
    withdrawn_at: datetime


FilesEvent: TypeAlias = (
    FileAttached | FileCleared | FileFoundInfected | InfectedFileRefused | FileWithdrawn
)

NAMING: Final = ("files.file_attached.v1",)
"""The facts that name bytes: what ``standfast verify`` proves the bytes by."""


class KeptFile(Struct, frozen=True, kw_only=True):
    """A file that may be opened, as others may know it."""

    file_id: str
    case_id: str
    name: str
    media_type: str
    size: int
    sha256: str
    attached_at: datetime


CASE_FILES: Final[Question[tuple[KeptFile, ...]]] = Question("files.of_case")
"""By case id: the files of the organisation's own case that may be opened, earliest first."""

FILE_BYTES: Final[Question[bytes | None]] = Question("files.bytes")
"""By file id, once it is on disk that its case, or the record of its patient, was opened."""
