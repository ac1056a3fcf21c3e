"""How BaRS says no: the HTTP status, the error code and what is wrong, in one resource.

BaRS Core 1.5.0, "Error Handling": a receiver's codes begin with REC; the diagnostics name the
exact cause and never a patient.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from standfast.interop.fhir import CodeableConcept, Coding, MetaData
from standfast.interop.fhir_out import Issue, OperationOutcome
from standfast.interop.reading import MAX_PROBLEMS, Problem
from standfast.web.hostile import SENTENCES, Fault, Hostile
from standfast.web.machines import NotAdmitted

SYSTEM: Final = "https://fhir.nhs.uk/Codesystem/http-error-codes"
PROFILE: Final = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-OperationOutcome"

ERRORS: Final[Mapping[HTTPStatus, str]] = {
    HTTPStatus.BAD_REQUEST: "REC_BAD_REQUEST",
    HTTPStatus.UNAUTHORIZED: "REC_UNAUTHORIZED",
    HTTPStatus.FORBIDDEN: "REC_FORBIDDEN",
    HTTPStatus.NOT_FOUND: "REC_NOT_FOUND",
    HTTPStatus.NOT_ACCEPTABLE: "REC_NOT_ACCEPTABLE",
    HTTPStatus.CONFLICT: "REC_CONFLICT",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "REC_BAD_REQUEST",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "REC_BAD_REQUEST",
    HTTPStatus.UNPROCESSABLE_ENTITY: "REC_UNPROCESSABLE_ENTITY",
    HTTPStatus.TOO_EARLY: "REC_TOO_EARLY",
    HTTPStatus.TOO_MANY_REQUESTS: "REC_TOO_MANY_REQUESTS",
    HTTPStatus.INTERNAL_SERVER_ERROR: "REC_SERVER_ERROR",
    HTTPStatus.NOT_IMPLEMENTED: "REC_NOT_IMPLEMENTED",
    HTTPStatus.SERVICE_UNAVAILABLE: "REC_UNAVAILABLE",
}
"""CodeSystem http-error-codes, as far as we use it; it has none of its own for 413 and 415."""

_FAULTS: Final[Mapping[Fault, tuple[HTTPStatus, str]]] = {
    Fault.TOO_LARGE: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-long"),
    Fault.WRONG_TYPE: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not-supported"),
    Fault.ENCODED: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not-supported"),
    Fault.TOO_DEEP: (HTTPStatus.BAD_REQUEST, "too-costly"),
    Fault.TOO_MANY: (HTTPStatus.BAD_REQUEST, "too-costly"),
    Fault.DOCTYPE: (HTTPStatus.BAD_REQUEST, "security"),
}


_AT_THE_DOOR: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class TurnedAway(Exception):
    """A message or a question is refused, with the status to answer and everything wrong."""

    def __init__(self, status: HTTPStatus, problems: Sequence[Problem]) -> None:
        super().__init__(f"{int(status)} {ERRORS[status]}")
        self.status = status
        self.problems = tuple(problems)[:MAX_PROBLEMS]

    @property
    def error(self) -> str:
        """The BaRS error code."""
        return ERRORS[self.status]


def unfit(hostile: Hostile) -> TurnedAway:
    """Return the refusal of a body that could not even be read."""
    status, code = _FAULTS.get(hostile.fault, (HTTPStatus.BAD_REQUEST, "structure"))
    return TurnedAway(status, [Problem(code, "Bundle", SENTENCES[hostile.fault])])


def not_admitted(refused: NotAdmitted) -> TurnedAway:
    """Return what the gate refused as BaRS says it."""
    place = "Authorization" if refused.status in _AT_THE_DOOR else ""
    return TurnedAway(refused.status, [Problem(refused.code, place, refused.sentence)])


def operation_outcome(
    refused: TurnedAway, *, outcome_id: str, receiver: str
) -> OperationOutcome:
    """Return *refused* as a resource, in the name of *receiver*."""
    status, error = refused.status, refused.error
    coding = Coding(system=SYSTEM, code=error, display=f"{int(status)} - {error}")
    return OperationOutcome(
        id=outcome_id,
        meta=MetaData(profile=(PROFILE,)),
        issue=tuple(
            Issue(
                code=problem.code,
                details=CodeableConcept(coding=(coding,)),
                diagnostics=f"{receiver}: {problem.sentence}",
                expression=(problem.place,) if problem.place.startswith("Bundle") else (),
            )
            for problem in refused.problems
        ),
    )
