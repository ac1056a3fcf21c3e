"""A bundle as a message: its header, its focus, and what each reference in it leads to."""

from collections.abc import Iterator
from typing import Final, TypeVar

from msgspec import Struct

from standfast.interop.fhir import Bundle, CodeableConcept, MessageHeader, Reference, Resource

SomeResource = TypeVar("SomeResource", bound=Resource)

CATEGORY: Final = "https://fhir.nhs.uk/CodeSystem/message-category-servicerequest"
USE_CASE: Final = "https://fhir.nhs.uk/CodeSystem/usecases-categories-bars"


class Message(Struct, frozen=True):
    """A bundle that can be asked for its resources."""

    bundle: Bundle
    unknown: tuple[str, ...] = ()

    def all(self, kind: type[SomeResource]) -> list[SomeResource]:
        """Return the resources of one kind, in the order they came."""
        found = (entry.resource for entry in self.bundle.entry)
        return [resource for resource in found if isinstance(resource, kind)]

    def first(self, kind: type[SomeResource]) -> SomeResource | None:
        """Return the first resource of one kind, or None."""
        return next(iter(self.all(kind)), None)

    def places(self, kind: type[SomeResource]) -> Iterator[tuple[str, SomeResource]]:
        """Yield each resource of one kind with where it stands in the message."""
        for number, entry in enumerate(self.bundle.entry):
            if isinstance(entry.resource, kind):
                yield f"Bundle.entry[{number}].resource", entry.resource

    def follow(
        self, reference: Reference | None, kind: type[SomeResource]
    ) -> SomeResource | None:
        """Return the *kind* that *reference* leads to, or None if it leads elsewhere."""
        found = self.target(reference)
        return found if isinstance(found, kind) else None

    def target(self, reference: Reference | None) -> Resource | None:
        """Return the resource in this bundle that *reference* names, or None."""
        wanted = (reference.reference or "").lower() if reference else ""
        if not wanted:
            return None
        for entry in self.bundle.entry:
            url = (entry.full_url or "").lower()
            if url == wanted or (wanted.count("/") == 1 and url.endswith(f"/{wanted}")):
                return entry.resource
        return None

    @property
    def header(self) -> MessageHeader:
        """The message's header; an empty one where there is none."""
        return self.first(MessageHeader) or MessageHeader()


def code_in(concepts: tuple[CodeableConcept, ...], system: str) -> str:
    """Return the first code of *system* among *concepts*, in lower case, or nothing."""
    codings = (coding for concept in concepts for coding in concept.coding)
    found = (coding.code for coding in codings if coding.system == system and coding.code)
    return next(found, "").lower()


def words(concept: CodeableConcept | None) -> str:
    """Return a concept as people read it."""
    if concept is None:
        return ""
    shown = (coding.display or coding.code for coding in concept.coding)
    return concept.text or next(filter(None, shown), "")
