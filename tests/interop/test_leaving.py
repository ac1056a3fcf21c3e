"""What goes out is looked at again: what is unfit is held, told to people, and never sent."""

from typing import Final, cast

import pytest
from msgspec.structs import replace

from standfast.facts.interop import ReferralReceived
from standfast.interop import pages
from standfast.interop.answer import acknowledgement
from standfast.interop.capability import capability_statement, message_definitions
from standfast.interop.fhir import Bundle, Entry, MessageHeader, Resource
from standfast.interop.leaving import wrong_with
from standfast.interop.message import Message
from standfast.interop.outcome import TurnedAway, operation_outcome
from standfast.interop.writing import Format, write
from tests.conformance.messages import _resources
from tests.interop.examples import XML
from tests.interop.test_pages import RUTH, Sender, issue, sender_to
from tests.support.database import Database

MADE: Final = dict(_resources())
ACK: Final = cast("Bundle", MADE["acknowledgement"])


def spoilt(**changed: object) -> Bundle:
    return replace(ACK, **changed)


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("name", MADE)
def test_everything_that_we_write_is_fit(name: str, form: Format) -> None:
    assert wrong_with(write(MADE[name], form), form, MADE[name]) == ()


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize(
    ("meant", "place"),
    [
        (spoilt(timestamp=None), "Bundle.timestamp"),
        (spoilt(id="an id with spaces"), "Bundle.id"),
        (spoilt(id=""), "Bundle"),
        (spoilt(entry=()), "Bundle.entry"),
        (spoilt(entry=ACK.entry[1:]), "Bundle.entry[0].resource"),
        (spoilt(entry=(*ACK.entry, ACK.entry[0])), f"Bundle.entry[{len(ACK.entry)}].fullUrl"),
        (spoilt(entry=(*ACK.entry, Entry(full_url="urn:x"))), "resource"),
        (operation_outcome(TurnedAway(400, []), outcome_id="x", receiver="Us"), "issue"),  # type: ignore[arg-type]
    ],
)
def test_what_is_unfit_is_found_in_either_format(
    meant: Resource, place: str, form: Format
) -> None:
    wrong = wrong_with(write(meant, form), form, meant)

    assert any(each.place.startswith(place) or place in each.place for each in wrong), wrong


def test_bytes_that_are_not_what_was_meant_are_found() -> None:
    """A writer that loses an element is a fault that types do not see."""
    header = ACK.entry[0].resource
    assert isinstance(header, MessageHeader)
    assert header.source is not None
    less = replace(header, source=replace(header.source, name="Another"))
    other = spoilt(entry=(replace(ACK.entry[0], resource=less), *ACK.entry[1:]))

    [wrong] = wrong_with(write(other, Format.JSON), Format.JSON, ACK)
    assert wrong.sentence == "Read back, the Bundle does not say what was meant"
    assert wrong_with(b"<Bundle", Format.XML, ACK)[0].sentence == "Bundle cannot be read back"


@pytest.mark.anyio
async def test_an_answer_that_is_unfit_is_held_and_somebody_tells_the_sender(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unfit(message: Message, received: ReferralReceived) -> Bundle:
        return replace(acknowledgement(message, received), timestamp=None)

    async with sender_to(database) as sender:
        monkeypatch.setattr(pages, "acknowledgement", unfit)
        answer = await sender.post(XML)
        assert issue(answer) == (500, "REC_SERVER_ERROR", "exception")
        assert "taken on" in answer.text
        assert "<Patient" not in answer.text
        monkeypatch.undo()

        page = (await sender.site.as_(RUTH).get("/interop/messages")).text
        assert "1 answer held: ring the sender" in page
        assert "Our answer was not sent:</b> Bundle.timestamp is missing" in page
        told = await _tell(sender, page)
        after = (await sender.site.get("/interop/messages")).text

    assert told == 303
    assert "Ruth Calder told the sender" in after
    assert "answer held" not in after


async def _tell(sender: Sender, page: str) -> int:
    message_id = page.partition('name="message_id" value="')[2].partition('"')[0]
    nobodys = await sender.site.post("/interop/told", {"message_id": "another's"})
    assert nobodys.status_code == 404
    return (await sender.site.post("/interop/told", {"message_id": message_id})).status_code


def test_capability_and_definitions_are_read_back_too() -> None:
    stated = capability_statement(receiver="Harrowmere", version="")
    found = Bundle(
        type="searchset",
        entry=tuple(Entry(full_url="", resource=each) for each in message_definitions("x|1")),
    )

    assert wrong_with(write(stated, Format.XML), Format.XML, stated)
    assert wrong_with(write(found, Format.JSON), Format.JSON, found)
