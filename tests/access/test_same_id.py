"""An id is not a kind: what has the same one as a record of another kind never opens it."""

from itertools import permutations
from typing import Any, Final

import pytest
from msgspec.structs import replace

from standfast.access.labels import guarded_cases, guarded_people, labels
from standfast.access.lasting import Basis
from standfast.access.model import RELATIONSHIP, Begin
from standfast.access.model_label import LABEL, SayHowGuarded, label_key
from standfast.access.queries import Glass, ties
from standfast.access.record import look_up
from standfast.calls import device_commands as d
from standfast.calls.model_case import CASE
from standfast.identity.permissions import Role
from standfast.journal.timeline import contact_facts, id_is_free
from standfast.kernel.access import Sensitivity
from standfast.kernel.ids import child_id
from standfast.people.model import PERSON, RegisterPerson
from tests.calls.examples import entry, write
from tests.identity.examples import actor_in
from tests.people.examples import AMIRA, MARGARET
from tests.support.site import NOON, PROVIDER, Site

pytestmark = pytest.mark.anyio

KINDS: Final = ("person", "case", "booking", "prescription")
PAIRS: Final = tuple(permutations(KINDS, 2))
HANDLER: Final = actor_in(Role.CALL_HANDLER, staff_id="joe.tran")
ELSEWHERE: Final = "another-provider"


def an_id(name: str) -> str:
    """Return a well-formed id, the same each time."""
    made = child_id(name, "test_same_id")
    return f"{made[:14]}7{made[15:]}"


async def registered(site: Site, person_id: str, org: str = PROVIDER) -> str:
    command = RegisterPerson(
        person_id=person_id, org=org, details=replace(MARGARET, nhs_number=None)
    )
    await site.execute(PERSON, person_id, command, actor=AMIRA)
    return person_id


async def tied(site: Site, kind: str, key: str) -> None:
    """Let Amira's work of this kind have *key* as its id, and be about somebody else."""
    thing = {
        "person": (Basis.REGISTERED, key, "", key),
        "case": (Basis.CASE, key, key, an_id("somebody else")),
        "booking": (Basis.BOOKING, key, an_id(f"case of {key}"), an_id("somebody else")),
        "prescription": (Basis.PRESCRIPTION, key, an_id(f"case of {key}"), ""),
    }
    basis, thing_id, case_id, person_id = thing[kind]
    begin = Begin(
        relationship_id=child_id(key, f"access/{kind}"),
        org=PROVIDER,
        basis=basis,
        thing_id=thing_id,
        case_id=case_id,
        reference="",
        person_id=person_id,
        staff_id=HANDLER.staff_id,
        at=NOON,
    )
    await site.execute(RELATIONSHIP, begin.relationship_id, begin, actor=AMIRA)


@pytest.mark.parametrize(("had", "wanted"), PAIRS)
async def test_work_with_the_id_of_another_kind_of_record_is_no_tie_to_it(
    shared: Site, had: str, wanted: str
) -> None:
    key = an_id(f"{had} and {wanted}")
    await tied(shared.as_(AMIRA), had, key)

    assert await ties(shared.platform.db, PROVIDER, wanted, key) == []
    assert await ties(shared.platform.db, PROVIDER, had, key) != []
    assert await look_up(shared.platform, HANDLER, wanted, key) is None


@pytest.mark.parametrize(("had", "wanted"), PAIRS)
def test_a_reason_given_for_another_kind_of_record_opens_nothing(had: str, wanted: str) -> None:
    glass = Glass(
        review_id="r-1",
        record_kind=had,
        record_id="the same",
        person_id="the same" if had == "person" else "",
        case_id="the same" if had == "case" else "",
        reason="She rings from a number that is not hers",
        until=NOON,
        proof_id="proof",
    )

    assert glass.is_over(had, "the same", glass.person_id)
    assert not glass.is_over(wanted, "the same", "")
    if had != "person":  # with a person: all that is theirs
        assert not glass.proves(wanted, "the same", "")


async def test_a_label_on_a_case_says_nothing_of_a_person_and_the_other_way_round(
    shared: Site,
) -> None:
    shared.as_(AMIRA)
    for kind in ("person", "case"):
        key = an_id(f"label of a {kind}")
        say = SayHowGuarded(
            org=PROVIDER,
            record_kind=kind,
            record_id=key,
            sensitivity=Sensitivity.VERY_RESTRICTED,
            topics=(),
            hides_address=False,
            of_staff="",
            well_known=False,
            reason="She asked for it in writing",
            staff_id=AMIRA.staff_id,
            staff_name=AMIRA.name,
        )
        await shared.execute(LABEL, label_key(PROVIDER, key), say, actor=AMIRA)
        db, is_person = shared.platform.db, kind == "person"

        assert bool(await labels(db, PROVIDER, people=[key])) is is_person
        assert bool(await labels(db, PROVIDER, cases=[key])) is not is_person
        assert bool(await guarded_people(db, PROVIDER, [key])) is is_person
        assert bool(await guarded_cases(db, PROVIDER, [key])) is not is_person


async def test_a_case_with_a_persons_id_is_refused_and_their_record_stays_closed(
    shared: Site,
) -> None:
    person_id = await registered(shared, an_id("the reproduction"))
    site = shared.as_(HANDLER)
    assert (await site.get(f"/people/{person_id}")).status_code == 403

    (receipt,) = await write(site, entry("calls.open", person_id, number=""))

    assert receipt["outcome"] == "refused"
    assert "already belongs to another record" in receipt["reason"]
    assert (await site.state(CASE, person_id)).opened_at is None
    assert (await site.get(f"/people/{person_id}")).status_code == 403


@pytest.mark.parametrize("org", [PROVIDER, ELSEWHERE])
async def test_a_case_with_a_persons_id_that_is_there_already_opens_no_person(
    shared: Site, org: str
) -> None:
    person_id = await registered(shared, an_id(f"before the mend {org}"), org)
    await opened_anyhow(shared, person_id)
    site = shared.as_(HANDLER)

    assert (await site.get(f"/calls/{person_id}")).status_code == 200
    told = await contact_facts(site.platform.db, [person_id])
    assert {fact.kind for fact in told} == {"calls.case"}
    page = await site.get(f"/people/{person_id}")
    assert page.status_code == (403 if org == PROVIDER else 404)
    assert "Okonkwo" not in page.text


async def opened_anyhow(site: Site, case_id: str) -> None:
    """Open a case as a device of before the mend could, whosever id it is."""
    command = d.OpenCase(
        case_id=case_id,
        org=PROVIDER,
        entry_id="e-1",
        at=NOON,
        staff_id=HANDLER.staff_id,
        staff_name=HANDLER.name,
        number="",
    )
    await site.execute(CASE, case_id, command, actor=HANDLER)


async def test_an_id_is_free_for_the_same_sent_again_and_for_nobody_else(shared: Site) -> None:
    case_id, opened = an_id("sent twice"), entry("calls.open", an_id("sent twice"), number="")
    site = shared.as_(HANDLER)
    for _ in range(2):
        assert (await write(site, opened))[0]["outcome"] == "stored"
    assert await id_is_free(site.platform.db, CASE.stream, case_id)
    assert not await id_is_free(site.platform.db, PERSON.stream, case_id)

    site.read_for(ELSEWHERE)
    assert not await id_is_free(site.platform.db, CASE.stream, case_id)


@pytest.mark.parametrize("person_id", ["the case", "no id at all"])
async def test_nobody_is_registered_under_the_id_of_a_case_or_under_none(
    shared: Site, person_id: str
) -> None:
    if person_id == "the case":
        person_id = an_id("taken by a case")
        await write(shared.as_(HANDLER), entry("calls.open", person_id, number=""))
    typed: dict[str, Any] = {"family": "Tallis", "given": "Wren", "sex": "female"}

    page = await shared.as_(AMIRA).post("/people/register", {**typed, "person_id": person_id})

    assert page.status_code == 409
    assert "Nobody was registered, because this form cannot be used any more" in page.text
    assert f'value="{person_id}"' not in page.text
    assert (await shared.state(PERSON, person_id)).details is None
