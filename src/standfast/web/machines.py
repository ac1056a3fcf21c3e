"""How a page for machines asks who calls: the gate that every call of another system passes.

The context `clients` holds the rules; a page knows only what is here.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from starlette.requests import Request

if TYPE_CHECKING:
    from standfast.web.platform import Actor


class NotAdmitted(Exception):
    """A call is refused. ``code`` is FHIR's issue type, ``headers`` go out with the answer."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        sentence: str,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.headers = dict(headers or {})


class Machine(Struct, frozen=True, kw_only=True):
    """Another system that was let in for one call."""

    actor: "Actor"
    speaks_for: frozenset[str] | None
    """The ODS codes that may stand as its messages' sender; None: any, in demonstrations."""

    def may_speak_for(self, ods_code: str) -> bool:
        return self.speaks_for is None or ods_code in self.speaks_for


class Gate(Protocol):
    """Lets another system in for the length of one call, or raises :class:`NotAdmitted`."""

    def admit(self, request: Request, needs: str) -> AbstractAsyncContextManager[Machine]:
        """Hold a place for the call inside the block. *needs* is the permission it must have."""
        ...
