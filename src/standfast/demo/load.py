"""Putting the demonstration in: every fact by a command, as if somebody had typed it."""

import asyncio
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from starlette.requests import Request

from standfast.access.model_label import LABEL, label_key
from standfast.access.model_record import RECORD, record_key
from standfast.access.model_review import REVIEW
from standfast.app import running
from standfast.booking.model import SESSION
from standfast.calls.model_call import CALL, Ring
from standfast.clients.model import CLIENT
from standfast.demo import guarding, mapping
from standfast.demo.clients import DEMONSTRATION_CLIENT, demonstration_client
from standfast.demo.guarding import AGO
from standfast.demo.map import draw_map
from standfast.demo.structs import World
from standfast.demo.world import AMBULANCE_TRUST, PROVIDER, make_world
from standfast.directory.model import SERVICE, Capacity, ListService, ReportCapacity
from standfast.directory.model_gazetteer import GAZETTEER
from standfast.dispatch.model_map import HEIGHT, MAP, WIDTH, PublishMap
from standfast.dispatch.model_vehicle import VEHICLE
from standfast.facts.contact import Place
from standfast.identity.model import ORGANISATION, STAFF, RegisterOrganisation
from standfast.journal.database import Connection, connect
from standfast.kernel.geo import distance_metres
from standfast.kernel.messages import Command, Decider, Refused
from standfast.people.model import PERSON
from standfast.people.model_contact import CONTACT, RecordContact
from standfast.prescribing.model_formulary import MEDICINE, ListMedicine
from standfast.settings import Settings
from standfast.web.platform import Actor, Platform

SEED: Final = 1
LOADER: Final = "demonstration"
"""The actor of every invented fact. Its name in the journal marks a demonstration for ever."""

AT_ONCE: Final = 200
"""Commands under way together: they share commits."""

Say = Callable[[str], None]
Order = tuple[Decider[Any, Any, Any], str, Command]


async def demonstration_present(owner: Connection) -> bool:
    """Return whether this database holds the demonstration."""
    return bool(
        await owner.fetchval(
            "SELECT EXISTS (SELECT FROM journal WHERE actor = $1"
            " AND origin NOT IN (SELECT origin FROM journal_foreign))",
            LOADER,
        )
    )


async def load_demonstration(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    say: Say = lambda _: None,
) -> None:
    """Load what is not there yet; again on another day, it opens that day's clinics."""
    world = make_world(SEED, clock())
    owner = await connect(settings.owner_url)
    try:
        loaded = await owner.fetchval(
            "SELECT EXISTS (SELECT FROM journal_facts WHERE type = $1 AND actor = $2)",
            "people.contact_recorded.v1",
            LOADER,
        )
    finally:
        await owner.close()
    async with running(settings, clock=clock, random=os.urandom, identify=_nobody) as platform:
        loader = _Loader(platform, world, say)
        if not loaded:
            await loader.load_everything()
        await loader.open_clinics()


class _Loader:
    """Carries out the orders that make the world, many at once."""

    def __init__(self, platform: Platform, world: World, say: Say) -> None:
        self._platform = platform
        self._world = world
        self._say = say
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def load_everything(self) -> None:
        """Load the county once. What an interrupted load has done already is not done twice."""
        world = self._world
        await self._carry_out("organisations", self._organisations())
        await self._carry_out("staff", ((STAFF, s.id, mapping.staff(s)) for s in world.staff))
        await self._carry_out("postcode sectors", self._postcodes())
        await self._carry_out("services", self._services())
        await self._carry_out("medicines", self._medicines())
        await self._carry_out("vehicles", self._vehicles())
        await self._carry_out("people", self._people())
        await self._carry_out(
            "records", ((PERSON, p.id, mapping.safety(p)) for p in world.people)
        )
        await self._carry_out("guarded records", self._guarded())
        await self._carry_out("records opened for a reason", self._opened(), ago=AGO)
        await self._carry_out("waiting calls", self._calls())
        await self._carry_out("partners", self._partners())
        await self._carry_out("earlier contacts", self._contacts())

    async def open_clinics(self) -> None:
        """Open the clinic sessions of the next two days."""
        await self._carry_out("clinic sessions", self._sessions())

    async def _carry_out(
        self, what: str, orders: Iterable[Order], *, ago: timedelta = timedelta()
    ) -> None:
        now = self._platform.clock() - ago
        done = await asyncio.gather(*(self._one(*order, now) for order in orders))
        self._say(f"  {len(done):,} {what}")

    async def _one(
        self, decider: Decider[Any, Any, Any], key: str, command: Command, now: datetime
    ) -> None:
        async with self._turn:
            with suppress(Refused):  # it is there already, from a load that was interrupted
                await self._platform.journal.execute(
                    decider, key, command, actor=LOADER, now=now
                )

    def _organisations(self) -> Iterable[Order]:
        for each in self._world.organisations:
            details = mapping.organisation(each)
            yield ORGANISATION, each.id, RegisterOrganisation(organisation=details)

    def _partners(self) -> Iterable[Order]:
        yield CLIENT, DEMONSTRATION_CLIENT, demonstration_client(PROVIDER, LOADER)

    def _postcodes(self) -> Iterable[Order]:
        for command in mapping.postcodes(self._world.place, org=PROVIDER, by=LOADER):
            yield GAZETTEER, command.sector, command

    def _services(self) -> Iterable[Order]:
        for each in self._world.services:
            details = mapping.service(each, holidays=self._world.bank_holidays)
            yield SERVICE, each.id, ListService(service=details, by=LOADER)
            report = ReportCapacity(
                service_id=each.id,
                capacity=Capacity(each.capacity),
                accepting=each.accepting,
                by=LOADER,
            )
            yield SERVICE, each.id, report

    def _medicines(self) -> Iterable[Order]:
        for each in self._world.formulary:
            command = ListMedicine(org=PROVIDER, medicine=mapping.medicine(each), by=LOADER)
            yield MEDICINE, each.code, command

    def _vehicles(self) -> Iterable[Order]:
        place = self._world.place
        drawing = PublishMap(
            org=AMBULANCE_TRUST,
            drawing=draw_map(self._world, WIDTH, HEIGHT),
            width_metres=place.width,
            height_metres=place.height,
        )
        yield MAP, AMBULANCE_TRUST, drawing
        for each in self._world.vehicles:
            yield VEHICLE, each.id, mapping.vehicle(each, org=AMBULANCE_TRUST)

    def _people(self) -> Iterable[Order]:
        names = dict(self._world.organisation_names())
        for each in self._world.people:
            yield PERSON, each.id, mapping.person(each, org=PROVIDER, practices=names)

    def _guarded(self) -> Iterable[Order]:
        for each in guarding.labels(self._world, org=PROVIDER):
            yield LABEL, label_key(PROVIDER, each.record_id), each

    def _opened(self) -> Iterable[Order]:
        """Yield a reason that was given and the opening by it, which nobody has reviewed."""
        at = self._platform.clock() - AGO
        broken = guarding.glass(self._world, org=PROVIDER)
        yield REVIEW, broken.review_id, broken
        key = record_key(PROVIDER, "person", broken.record_id, at)
        yield RECORD, key, guarding.opening(self._world, at, org=PROVIDER)

    def _contacts(self) -> Iterable[Order]:
        for each in self._world.contacts:
            command = RecordContact(
                case_id=each.id,
                org=PROVIDER,
                person_id=each.person_id,
                problem=each.problem,
                at=each.at,
            )
            yield CONTACT, each.id, command

    def _sessions(self) -> Iterable[Order]:
        for each in self._world.sessions:
            yield SESSION, each.id, mapping.session(each)

    def _calls(self) -> Iterable[Order]:
        for number, each in enumerate(self._world.waiting_calls):
            town = min(
                self._world.place.towns,
                key=lambda near: distance_metres(near.point, each.location),
            )
            where = Place(
                address=f"near {town.name}",
                point=each.location,
                source=f"network, {each.accuracy_metres} m",
            )
            ring = Ring(
                call_id=each.id,
                org=PROVIDER,
                number=each.number,
                network_place=where,
                at=self._platform.clock() - timedelta(seconds=5 + 11 * number),
            )
            yield CALL, each.id, ring


async def _nobody(_: Request) -> Actor | None:
    return None
