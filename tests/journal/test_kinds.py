"""Which kinds of stream are sealed, and why the others are not."""

from typing import Final

import pytest

from standfast.app import PROJECTIONS
from standfast.kernel.rows import Projection
from tools import facts

OPEN: Final = {
    "booking.session": "the slots that a clinic offers",
    "clients.client": "other systems and their keys",
    "clients.switch": "whether the API is off",
    "clients.token": "hashes of tokens",
    "clients.use": "how many calls a system made",
    "directory.gazetteer": "where postcodes are",
    "directory.service": "services and their hours",
    "dispatch.map": "streets",
    "dispatch.vehicle": "vehicles; an incident by its id",
    "identity.answer": "that a passkey's answer was used",
    "identity.enrolment": "a code's hash, for staff",
    "identity.notice": "what staff were told of their way in",
    "identity.organisation": "organisations",
    "identity.passkeys": "public halves of staff's passkeys",
    "identity.roster": "who is on duty",
    "identity.service_link": "staff's accounts of the sign-in service",
    "identity.service_logout": "the sign-in service signed staff out",
    "identity.service_proof": "proofs of staff",
    "identity.service_session": "sessions of the sign-in service",
    "identity.session": "sessions of staff",
    "identity.staff": "staff",
    "identity.support": "grants to a supplier",
    "identity.support_looks": "pages that a supplier opened, by their paths: ids",
    "keyring.site": "what is known of the site's keys",
    "prescribing.medicine": "the formulary",
    "records.erasure": "what is left of an erased record: ids, a rule, staff",
    "replication.site": "what was decided of other sites",
}
"""Nothing in these is about a patient."""

SEALED: Final = {
    "access.label": "why somebody's record is guarded",
    "access.proof": "who opened which record with what proof",
    "access.record": "who opened which record, and by what right",
    "access.relationship": "who has to do with which patient",
    "access.review": "reasons that were given to open a record",
    "access.search": "whose records a search showed",
    "booking.booking": "a patient's appointment",
    "calls.call": "a caller's number",
    "calls.case": "all that was said in a contact",
    "continuity.form": "what is keyed from a form about a patient",
    "continuity.pack": "notes on paper forms that are missing",
    "directory.need": "what a patient needs and where they are",
    "dispatch.incident": "a patient and their address",
    "files.case": "what files there are of a patient",
    "interop.message": "a referral as it came",
    "people.contact": "a contact before this one",
    "people.person": "who somebody is, and their flags",
    "prescribing.need": "a patient's medicines",
    "records.export": "whose record was copied, for whom",
    "records.file": "whose record is kept or goes",
    "triage.assessment": "a patient's answers",
}
"""These are, or may be: reasons are typed by people."""


def test_every_kind_of_stream_says_whether_it_is_sealed() -> None:
    kinds = {each.decider.stream: each.decider.sealed for each in PROJECTIONS}

    assert {kind for kind, sealed in kinds.items() if not sealed} == set(OPEN)
    assert {kind for kind, sealed in kinds.items() if sealed} == set(SEALED)


@pytest.mark.parametrize(
    "projection", PROJECTIONS, ids=lambda projection: projection.decider.stream
)
def test_an_open_kind_has_no_field_that_names_a_patient(projection: Projection) -> None:
    """Ids may stand there; a name, a number, an address or a telephone of a patient may not."""
    if projection.decider.sealed:
        return
    fields = {
        field
        for each in facts.events()
        if each.stream == projection.decider.stream
        for field in each.event.__struct_fields__
    }

    assert not fields & {"patient", "nhs_number", "numbers", "born", "problem", "place"}
