"""What people do at a site, by the product's own commands and everything that reacts to them."""

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

from msgspec.structs import replace

from standfast.booking.model import (
    BOOKING,
    SESSION,
    Arrive,
    BookSlot,
    CancelBooking,
    OpenSession,
)
from standfast.calls.commands import CloseCase, LoseCaller, RequestAppointment
from standfast.calls.model_case import CASE
from standfast.facts.booking import SlotOffer
from standfast.facts.people import PersonDetails
from standfast.journal.units import Unavailable
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Refused
from standfast.kernel.values import Sex
from standfast.people.model import PERSON, CorrectDetails, RegisterPerson
from standfast.triage.model import ASSESSMENT
from tests.booking.examples import MARGARET
from tests.calls import rules
from tests.simulation.node import Node
from tests.triage.examples import CHEST_PAIN, an_answer

FAMILIES: Final = ("Adeyemi", "Okonkwo-Bright", "O'Neíll", "Price", "Tran", "Żuk")


class Staff:
    """The people of one site: what they do next follows from chance and from what they know."""

    def __init__(self, node: Node, chance: random.Random) -> None:
        self.node, self._chance = node, chance
        self._cases: list[str] = []
        self._people: list[str] = []
        self._slots: list[SlotOffer] = []
        self._booked: list[str] = []
        self._begun = 0
        self._again: Callable[[], Awaitable[object]] | None = None
        self.refused = 0
        self.answered: dict[str, int] = {}

    async def act(self) -> None:
        """Do one thing; a thing whose outcome nobody was told is done again first."""
        act, self._again = self._again, None
        if act is None:
            act = self._next()
        self._again = act  # forgotten below, unless the machine goes down meanwhile
        try:
            await act()
        except Refused:
            self.refused += 1
        except Unavailable:
            return  # said on the screen; it is tried again
        self._again = None

    def forget(self) -> None:
        """Begin anew: what was on the screens went with the site."""
        self._again = None

    def _next(self) -> Callable[[], Awaitable[object]]:
        ways = [self._open, self._register, self._offer]
        ways += [self._case, self._case, self._triage] if self._cases else []
        ways += [self._correct] if self._people else []
        ways += [self._book, self._book, self._arrive] if self._slots else []
        return self._chance.choice(ways)()

    def _id(self, what: str) -> str:
        self._begun += 1
        return child_id(f"{self.node.name} {self.node.epoch}", f"{what} {self._begun}")

    def _open(self) -> Callable[[], Awaitable[object]]:
        case_id = self._id("case")
        self._cases.append(case_id)
        command = self._of(rules.OPEN, case_id, call_id=f"exchange:{case_id}")
        return lambda: self.node.do(CASE, case_id, command)

    def _of(self, command: Any, case_id: str, **more: Any) -> Any:
        """Return *command*, about a case of this site."""
        about = {"case_id": case_id, "org": self.node.orgs[0], **more}
        fields = command.__struct_fields__
        entry = {"entry_id": self._id("entry")} if "entry_id" in fields else {}
        return replace(command, **{k: v for k, v in about.items() if k in fields}, **entry)

    def _case(self) -> Callable[[], Awaitable[object]]:
        case_id = self._chance.choice(self._cases)
        words = self._chance.choice(FAMILIES)
        patient = replace(rules.DESCRIBE.patient, family=words)
        ways: list[Any] = [
            self._of(rules.PLACE, case_id),
            replace(self._of(rules.DESCRIBE, case_id), patient=patient),
            self._of(rules.NUMBERS, case_id),
            self._of(
                rules.outcome(self._chance.choice(("primary_care", "clinician"))), case_id
            ),
            LoseCaller(
                case_id=case_id,
                org=self.node.orgs[0],
                call_id=f"exchange:{case_id}",
                at=self.node.now(),
            ),
            CloseCase(
                case_id=case_id,
                staff_name="Amira Khan",
                gp_name="",
                action="",
                without_outcome="",
            ),
        ]
        if self._slots:
            ways += [self._wish(case_id)] * 3
        command = self._chance.choice(ways)
        return lambda: self.node.do(CASE, case_id, command)

    def _wish(self, case_id: str) -> RequestAppointment:
        slot = self._chance.choice(self._slots)
        return RequestAppointment(
            case_id=case_id,
            staff_name="Amira Khan",
            slot_id=slot.slot_id,
            to_org=self.node.orgs[1],
            service_id="urgent-treatment",
            service_name="Urgent treatment centre",
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
        )

    def _triage(self) -> Callable[[], Awaitable[object]]:
        case_id = self._chance.choice(self._cases)
        n = self.answered.get(case_id, 0)
        self.answered[case_id] = n + 1
        given = CHEST_PAIN[n % len(CHEST_PAIN)]
        asked = an_answer(n, given, org=self.node.orgs[0])
        command = replace(asked, case_id=case_id, entry_id=self._id("answer"))
        return lambda: self.node.do(ASSESSMENT, case_id, command)

    def _register(self) -> Callable[[], Awaitable[object]]:
        person_id = self._id("person")
        self._people.append(person_id)
        details = self._details()
        command = RegisterPerson(person_id=person_id, org=self.node.orgs[0], details=details)
        return lambda: self.node.do(PERSON, person_id, command)

    def _details(self) -> PersonDetails:
        return PersonDetails(
            family=self._chance.choice(FAMILIES),
            given="Margaret",
            sex=Sex.FEMALE,
            nhs_number=self._chance.choice((None, "9990000018", "9990000026", "9990000034")),
            postcode="HM3 4AB",
        )

    def _correct(self) -> Callable[[], Awaitable[object]]:
        person_id = self._chance.choice(self._people)
        command = CorrectDetails(details=self._details())
        return lambda: self.node.do(PERSON, person_id, command)

    def _offer(self) -> Callable[[], Awaitable[object]]:
        session_id = self._id("session")
        begin = self.node.world_now() + timedelta(days=4)
        slots = tuple(
            SlotOffer(
                slot_id=f"{session_id} {n}",
                free=True,
                starts_at=begin + timedelta(minutes=15 * n),
                ends_at=begin + timedelta(minutes=15 * n + 15),
            )
            for n in range(3)
        )
        self._slots = [*self._slots, *slots][-6:]
        command = OpenSession(
            session_id=session_id,
            org=self.node.orgs[1],
            service_id="urgent-treatment",
            clinician="Grace Akande",
            clinician_role="Emergency nurse practitioner",
            clinician_sex=Sex.FEMALE,
            channel="face_to_face",
            slots=slots,
        )
        return lambda: self.node.do(SESSION, session_id, command)

    def _book(self) -> Callable[[], Awaitable[object]]:
        booking_id, slot = self._id("booking"), self._chance.choice(self._slots)
        self._booked.append(booking_id)
        command = BookSlot(
            booking_id=booking_id,
            org=self.node.orgs[1],
            from_org=self.node.orgs[0],
            case_id=self._id("another case"),
            reference="C-7F3K2",
            slot_id=slot.slot_id,
            service_id="urgent-treatment",
            service_name="Urgent treatment centre",
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            patient=MARGARET,
            numbers=(),
            problem="Dizzy on standing",
            disposition="See primary care within 2 hours",
            by="Amira Khan",
        )
        return lambda: self.node.do(BOOKING, booking_id, command)

    def _arrive(self) -> Callable[[], Awaitable[object]]:
        if not self._booked:
            return self._book()
        booking_id = self._chance.choice(self._booked)
        command = self._chance.choice(
            (Arrive(by="Owen"), CancelBooking(reason="ill", by="Owen", by_clinic=False))
        )
        return lambda: self.node.do(BOOKING, booking_id, command)
