"""What a call handler's device writes down during a call, entry by entry. Pure."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from msgspec import Struct

from standfast.kernel.ids import child_id
from standfast.simulate.callers import Caller, next_answer
from standfast.triage.engine import Facts, Given, Step, walk
from standfast.triage.protocols import ProtocolSet


class Written(Struct, frozen=True, kw_only=True):
    """One entry of a device's journal, before it has its time."""

    id: str
    case_id: str
    kind: str
    body: dict[str, Any]


class Device:
    """The device of a call handler during one call: it numbers entries and walks the questions."""

    def __init__(
        self, caller: Caller, case_id: str, protocols: ProtocolSet, today: date
    ) -> None:
        self.case_id = case_id
        self.caller = caller
        self.opening_id = child_id(case_id, "entry 1")
        self._protocols = protocols
        self._today = today
        self._count = 0
        self._given: list[Given] = []
        self._facts = Facts()
        self.step: Step = walk(protocols, self._facts, ())

    def opening(self, call_id: str | None) -> Written:
        """Begin the case; with *call_id* it answers that call."""
        return self._entry("calls.open", {"call_id": call_id, "number": self.caller.phone})

    def answer(self) -> Written | None:
        """Answer the question that comes now; None when there is none left."""
        given, question = next_answer(self.caller, self.step), self.step.question
        if given is None or question is None:
            return None
        body: dict[str, Any] = {
            "n": len(self._given),
            "question_id": question.id,
            "answer_key": given.key,
            "version": self._protocols.version,
            "words": "",
            "age_years": self._facts.age_years,
            "sex": self._facts.sex,
        }
        self._given.append(given)
        self.step = walk(self._protocols, self._facts, self._given)
        return self._entry("triage.answer", body)

    @property
    def asks_of_life_threats(self) -> bool:
        """Whether the question that comes now is one of those asked before identity."""
        question = self.step.question
        return question is not None and question.protocol == self._protocols.life_threats

    def who_and_where(self) -> Iterator[Written]:
        """Say who is calling, about whom, where they are and how to ring them."""
        caller, patient = self.caller, self.caller.patient
        yield self._entry(
            "calls.caller",
            {
                "name": f"{patient.given_name} {patient.family_name}",
                "relationship": caller.relationship,
                "with_patient": True,
            },
        )
        yield self._entry("calls.place", {"place": self._place()})
        numbers = [{"number": caller.phone, "whose": "patient"}]
        yield self._entry("calls.numbers", {"numbers": numbers})

    def what_is_said(self) -> Iterator[Written]:
        """Describe the patient, the GP and the problem in the caller's words."""
        caller, patient = self.caller, self.caller.patient
        described = {
            "family": patient.family_name,
            "given": patient.given_name,
            "title": patient.title,
            "born": patient.birth_date.isoformat(),
            "sex": patient.sex,
            "nhs_number": patient.nhs_number,
            "postcode": patient.postcode,
        }
        yield self._entry("calls.describe_patient", {"patient": described})
        needs = {
            "gp_name": patient.gp_practice.replace("-", " ").title(),
            "language": patient.language,
            "needs_interpreter": patient.needs_interpreter,
        }
        yield self._entry("calls.needs", needs)
        yield self._entry("calls.problem", {"words": caller.words})
        self._facts = caller.facts(self._today)
        self.step = walk(self._protocols, self._facts, self._given)

    def advice(self) -> Iterator[Written]:
        """Tick every piece of advice that the outcome calls for."""
        for name in (*self.step.care, *self.step.worsening):
            for text in self._protocols.advice[name].steps:
                yield self._entry("calls.advice_said", {"text": text, "said": True})

    def ask_for_clinician(self, reason: str) -> Written:
        """Ask a clinician to ring, whatever the questions have come to."""
        return self._entry("calls.clinician", {"reason": reason})

    def finish(self) -> Written:
        """End the call handler's part."""
        return self._entry("calls.finish", {})

    def _place(self) -> dict[str, Any]:
        patient = self.caller.patient
        return {
            "address": "\n".join(patient.address),
            "postcode": patient.postcode,
            "point": {"x": patient.point.x, "y": patient.point.y},
            "source": "home",
        }

    def _entry(self, kind: str, body: dict[str, Any]) -> Written:
        self._count += 1
        entry_id = child_id(self.case_id, f"entry {self._count}")
        return Written(id=entry_id, case_id=self.case_id, kind=kind, body=body)
