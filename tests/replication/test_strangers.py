"""What a hostile peer writes first into a stream of ours keeps nothing of ours from anybody."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

import pytest

from standfast.app import PROJECTIONS
from standfast.continuity.model_form import FORM
from standfast.dispatch import queries
from standfast.dispatch.model import INCIDENT
from standfast.facts.contact import Patient, Place
from standfast.facts.dispatch import Category, IncidentClosed, RequestReceived
from standfast.facts.paper import FieldKeyed
from standfast.facts.triage import AmbulanceCategory
from standfast.journal.appending import IS_OURS
from standfast.journal.codec import encode
from standfast.journal.database import connect
from standfast.journal.rebuild import check
from standfast.journal.units import ConstraintHit
from standfast.kernel.messages import Event
from standfast.people.model_contact import CONTACT, RecordContact
from standfast.replication.courier import Forked
from standfast.replication.details import details_of
from standfast.replication.model import JoinPeer
from standfast.replication.proving import Proved, Standing, prove
from standfast.web.platform import Actor
from tests.calls.examples import AMIRA, CASE_ID, DESCRIBE, open_case
from tests.continuity.examples import PACK_ID, SUNITA, make_pack
from tests.continuity.keying import AMIRA as KEYS
from tests.continuity.keying import CALL, FORM_1, HERE, NOTHING, SELF_CARE, key
from tests.dispatch.examples import NADIA
from tests.dispatch.test_from_the_call import leads_to
from tests.identity.examples import load_staff
from tests.replication.two import Node, node_of
from tests.replication.world import Writes, card_of, key_of
from tests.support.database import Database
from tests.support.sealed import sealing
from tests.support.site import PROVIDER, TRUST, Site, open_site

pytestmark = pytest.mark.anyio

EVIL: Final = "evil-care"


@asynccontextmanager
async def beside_evil(
    database: Database, actor: Actor | None = None
) -> AsyncIterator[tuple[Site, Node]]:
    """Open a site that has accepted a peer which means it harm."""
    async with (
        open_site(database, actor=actor) as site,
        node_of(
            database, site.platform.settings.site, organisations=(PROVIDER, TRUST), site=site
        ) as us,
    ):
        peer = card_of("evil", organisations=(EVIL,))
        await us.decide(JoinPeer(details=details_of(peer), code="CODE", by="IT officer"))
        yield site, us


async def plants(us: Node, stream: str, *events: Event) -> None:
    """Have the peer's facts come to *stream* before any of ours."""
    at = us.clock()
    writes = Writes("evil.1.0", EVIL, key_of("evil"))
    for event in events:
        writes.write(1, at=at, stream=stream, fact=encode(event))
    card = card_of("evil", organisations=(EVIL,)).card
    page = prove("evil.1.0", Standing(), card, writes.rows, at)
    assert isinstance(page, Proved), page
    assert await us.shelf.take(page) == len(events)


def received(at: datetime) -> RequestReceived:
    return RequestReceived(
        case_id=CASE_ID,
        org=EVIL,
        from_org=EVIL,
        reference="X",
        incident_number="AAAAAA",
        category=Category.C1,
        reason="planted",
        findings=(),
        patient=Patient(),
        place=Place(),
        numbers=(),
        received_at=at,
        accept_by=at,
        respond_by=at,
    )


def closed(at: datetime) -> IncidentClosed:
    late = at + timedelta(seconds=100)
    return IncidentClosed(
        case_id=CASE_ID, outcome="no_vehicle_needed", by="evil", closed_at=late
    )


def keyed(at: datetime) -> FieldKeyed:
    return FieldKeyed(
        form_id=FORM_1,
        pack_id=PACK_ID,
        org=EVIL,
        number=1,
        by="x",
        by_name="X",
        field="address",
        value="1 Planted Street",
        way_in=None,
        keyed_at=at,
    )


async def sound(database: Database, us: Node) -> None:
    """See that honest peers prove what we wrote, and that a rebuild makes the same rows."""
    own = {us.name}
    heads = await us.lending.heads(frozenset(own))
    assert heads
    for head in heads:
        page = await us.lending.page(head.origin, 0, bytes(32))
        assert not isinstance(page, Forked)
        assert isinstance(
            prove(head.origin, Standing(), us.card.card, page, us.clock()), Proved
        )
    owner = await connect(database.owner_dsn)
    try:
        same = await check(owner, PROJECTIONS, sealing=sealing())
    finally:
        await owner.close()
    assert {table for table, (was, made) in same.items() if was != made} == set()


@pytest.mark.parametrize("plan", ["received", "closed", "received and closed"])
async def test_nobody_keeps_an_ambulance_off_our_desk(database: Database, plan: str) -> None:
    async with beside_evil(database) as (site, us):
        await open_case(site, DESCRIBE)
        at = site.clock()
        planted = [make(at) for make in (received, closed) if make.__name__ in plan]
        await plants(us, f"dispatch.incident/{CASE_ID}", *planted)

        await leads_to(site, AmbulanceCategory.C2)

        row = await queries.incident(site.read_for(TRUST).platform.db, TRUST, CASE_ID)
        assert row is not None
        assert (row.org, row.category) == (TRUST, Category.C2)
        assert "Chest pain" in (await site.as_(NADIA).get("/dispatch/board")).text
        assert (await site.state(INCIDENT, CASE_ID)).org == TRUST
        listed = await site.all_orgs.fetch_value(
            "SELECT count(*) FROM journal_left_out WHERE stream = $1 AND why = 'org'",
            f"dispatch.incident/{CASE_ID}",
        )
        assert listed == len(planted)
        await sound(database, us)


async def test_a_form_that_a_peer_began_is_keyed_as_ours(database: Database) -> None:
    async with beside_evil(database, SUNITA) as (opened, us):
        await load_staff(opened)
        await make_pack(opened)
        opened.clock.move(hours=3)
        site = opened.as_(KEYS)
        await plants(us, f"continuity.form/{FORM_1}", keyed(site.clock()))

        assert "Planted" not in (await site.get(HERE)).text
        assert (await key(site, CALL, SELF_CARE, NOTHING)).status_code == 303
        assert (await site.state(FORM, FORM_1)).org == PROVIDER
        await sound(database, us)


async def test_no_fact_of_an_organisation_elsewhere_is_written(database: Database) -> None:
    async with beside_evil(database) as (site, us):
        await us.shelf.believe(await us.shelf.book())
        contact = RecordContact(
            case_id=CASE_ID, org=EVIL, person_id="p-1", problem="x", at=site.clock()
        )
        with pytest.raises(ConstraintHit) as refused:
            await site.execute(CONTACT, CASE_ID, contact, actor=AMIRA)
        assert refused.value.name == IS_OURS
