"""The rules of a case's files: once each, so many, so large, and what is found in them."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Final

import pytest
from msgspec import structs

from standfast.facts.files import FileAttached, FileCleared, FileFoundInfected
from standfast.files.model import (
    FILES,
    MOST_BYTES,
    MOST_FILES,
    CaseFiles,
    FilesCommand,
    Refusal,
    Standing,
    TellScan,
    WithdrawFile,
)
from standfast.files.tables import rows
from standfast.kernel.messages import Refused
from tests.files.examples import FILE_ID, attaching

AT: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WAITING: Final = attaching(scan="waiting")
WITHDRAWAL: Final = WithdrawFile(
    file_id=FILE_ID, reason="Of another patient", by="ruth.calder", by_name="Ruth Calder"
)
CLEAN: Final = TellScan(file_id=FILE_ID, signature="")
FOUND: Final = TellScan(file_id=FILE_ID, signature="Eicar-Signature")


def after(*commands: FilesCommand) -> CaseFiles:
    known = FILES.initial
    for number, command in enumerate(commands):
        for event in FILES.decide(known, command, AT + timedelta(seconds=number)):
            known = FILES.evolve(known, event)
    return known


def standing(known: CaseFiles) -> Standing:
    file = known.file(FILE_ID)
    assert file is not None
    return file.standing


def refusal_of(known: CaseFiles, command: FilesCommand) -> object:
    with pytest.raises(Refused) as refused:
        FILES.decide(known, command, AT)
    return refused.value.reason


def test_what_is_sent_twice_is_one_file() -> None:
    again = attaching(file_id="another", file_name="again.jpg")

    assert FILES.decide(after(attaching()), again, AT) == ()
    assert len(FILES.decide(after(attaching(), WITHDRAWAL), again, AT)) == 1


def test_a_file_that_waits_is_shown_once_the_scanner_found_nothing() -> None:
    assert standing(after(WAITING)) is Standing.WAITING
    assert standing(after(WAITING, CLEAN)) is Standing.KEPT
    assert standing(after(WAITING, FOUND)) is Standing.REFUSED
    assert FILES.decide(after(WAITING, FOUND), CLEAN, AT) == ()
    assert FILES.decide(after(attaching()), FOUND, AT) == ()


def test_a_file_in_which_something_was_found_is_not_taken_again() -> None:
    assert refusal_of(after(WAITING, FOUND), WAITING) is Refusal.INFECTED
    assert refusal_of(after(WAITING, FOUND), WITHDRAWAL) is Refusal.NOT_SHOWN


def test_a_withdrawn_file_is_hidden_and_stays_so() -> None:
    known = after(attaching(), WITHDRAWAL)

    assert standing(known) is Standing.WITHDRAWN
    assert FILES.decide(known, WITHDRAWAL, AT) == ()
    assert refusal_of(FILES.initial, WITHDRAWAL) is Refusal.NO_SUCH_FILE


def test_a_case_has_so_many_files_and_so_many_bytes() -> None:
    many = after(*(attaching(bytes([n]), file_id=f"f-{n}") for n in range(MOST_FILES)))
    heavy = attaching()
    heavy = structs.replace(
        heavy, contents=(structs.replace(heavy.contents[0], size=MOST_BYTES),)
    )

    assert refusal_of(many, attaching(b"one more")) is Refusal.TOO_MANY
    assert refusal_of(after(heavy, WITHDRAWAL), attaching(b"more")) is Refusal.CASE_FULL
    assert refusal_of(FILES.initial, attaching(sent_today=9, most_today=9)) is Refusal.DAY_FULL


def test_any_order_ends_in_the_same_and_what_was_found_counts_most() -> None:
    which = {"file_id": FILE_ID, "case_id": "c-1", "org": "o"}
    events = [
        *FILES.decide(FILES.initial, WAITING, AT),
        FileCleared(**which, cleared_at=AT),
        FileFoundInfected(**which, signature="X", found_at=AT),
        *FILES.decide(after(attaching()), WITHDRAWAL, AT),
    ]
    assert isinstance(events[0], FileAttached)
    events[0] = structs.replace(events[0], org="o")
    ends = {str(list(rows(FILES.replay(order)))) for order in permutations(events)}

    assert len({end.replace("harrowmere-urgent-care", "o") for end in ends}) == 1
    assert "REFUSED" in ends.pop()
