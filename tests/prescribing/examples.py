"""Ada prescribes for Margaret, Leila's pharmacy supplies; each varied only where a test says."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest
from msgspec.structs import replace

from standfast.demo.formulary import Medicine as DemoMedicine
from standfast.demo.formulary import formulary
from standfast.facts.contact import NumberToRing, Patient
from standfast.facts.people import Allergy, CurrentMedicine
from standfast.facts.prescribing import Ingredient, Medicine, NeedEvent
from standfast.identity.permissions import Role
from standfast.kernel.geo import Point
from standfast.kernel.messages import Refused
from standfast.kernel.values import Sex
from standfast.prescribing.commands import (
    NeedCommand,
    ReceiveNeed,
    RefuseSupply,
    SendPrescription,
    SignPrescription,
    SupplyMedicine,
    TakeNeed,
    WritePrescription,
)
from standfast.prescribing.content import content_hash
from standfast.prescribing.model import NEED
from standfast.prescribing.refusals import Refusal
from standfast.prescribing.safety import Safety, SafetyStatus, safety_hash
from standfast.prescribing.state import Need
from tests.identity.examples import actor_in
from tests.support.site import NOON, PROVIDER

PHARMACY: Final = "quayside-pharmacy"
ADA: Final = actor_in(Role.CLINICIAN, staff_id="ada.mensah")
LORNA: Final = actor_in(Role.CLINICIAN, staff_id="lorna.whitfield")
RUTH: Final = actor_in(Role.SUPERVISOR, staff_id="ruth.calder")
LEILA: Final = actor_in(Role.PHARMACIST, org=PHARMACY, staff_id="leila.haddad")
OTHER_PHARMACIST: Final = actor_in(
    Role.PHARMACIST, org="northgate-pharmacy", staff_id="somebody.else"
)

MARGARET: Final = Patient(
    person_id="p-margaret",
    family="Okonkwo-Bright",
    given="Margaret",
    title="Mrs",
    born=date(1948, 3, 14),
    sex=Sex.FEMALE,
    nhs_number="9990000018",
    postcode="HM3 4AB",
)
DUE: Final = NOON + timedelta(hours=2)

ASKED: Final = ReceiveNeed(
    case_id="case-1",
    org=PROVIDER,
    reference="C-7F3K2",
    patient=MARGARET,
    numbers=(NumberToRing(number="07700 900417", whose="Patient"),),
    postcode="HM3 4AB",
    point=Point(1000, 1000),
    problem="Run out of inhaler, wheezing a little",
    findings=("Able to speak in sentences: Yes",),
    priority=3,
    due_at=DUE,
)


def mapped(line: DemoMedicine) -> Medicine:
    """Return a line of the demonstration's formulary as the product's own."""
    return Medicine(
        code=line.code,
        system=line.system,
        generic_name=line.generic_name,
        form=line.form,
        strength_value=line.strength_value,
        strength_unit=line.strength_unit,
        route=line.route,
        doses=line.doses,
        unit=line.quantity_unit,
        maximum_quantity=line.maximum_quantity,
        maximum_source=line.maximum_reason,
        ingredients=tuple(
            Ingredient(substance=each.substance, classes=each.classes)
            for each in line.ingredients
        ),
        schedule=line.schedule,
        is_demonstration=True,
    )


FORMULARY: Final = tuple(mapped(line) for line in formulary())


def medicine(name: str, form: str = "") -> Medicine:
    """Return the first medicine of the formulary of that name and form."""
    return next(each for each in FORMULARY if each.generic_name == name and form in each.form)


AMOXICILLIN: Final = next(
    each
    for each in FORMULARY
    if each.generic_name == "amoxicillin" and each.strength_value == 500
)
NONE_KNOWN: Final = Safety(status=SafetyStatus.NONE_KNOWN, medicines=())


def allergy(substance: str, severity: str = "moderate", reaction: str = "Rash") -> Allergy:
    """Return an allergy to *substance*."""
    return Allergy(
        substance=substance,
        display=substance.capitalize(),
        code=substance,
        system="standfast-demo",
        reaction=reaction,
        severity=severity,
    )


def allergic_to(*allergies: Allergy) -> Safety:
    """Return what is known of somebody with these allergies."""
    return Safety(status=SafetyStatus.KNOWN, allergies=allergies, medicines=())


def taking(name: str, *ingredients: str) -> Safety:
    """Return what is known of somebody who takes this medicine."""
    current = CurrentMedicine(
        generic_name=name, form="tablets", strength="250 mg", dose="", ingredients=ingredients
    )
    return replace(NONE_KNOWN, medicines=(current,))


TAKE: Final = TakeNeed(staff_id=ADA.staff_id, staff_name=ADA.name)
WRITE: Final = WritePrescription(
    medicine=AMOXICILLIN,
    quantity=15,
    unit="capsule",
    dose="One three times a day for 5 days",
    safety=NONE_KNOWN,
    seen=safety_hash(NONE_KNOWN),
    staff_id=ADA.staff_id,
    staff_name=ADA.name,
    demonstration=True,
)


def write(safety: Safety = NONE_KNOWN, **changed: Any) -> WritePrescription:
    """Return the order to write, for a patient of whom *safety* is known and was shown."""
    return replace(WRITE, safety=safety, **{"seen": safety_hash(safety), **changed})


class Desk:
    """One need, and what is asked of it: each thing a minute after the one before."""

    def __init__(self, need: Need | None = None, now: datetime = NOON) -> None:
        self.need = need or Need()
        self.now = now
        self.events: list[NeedEvent] = []

    def do(self, *commands: NeedCommand) -> "Desk":
        """Carry *commands* out, one after the other."""
        for command in commands:
            self.now += timedelta(minutes=1)
            self.when(command)
        return self

    def when(self, command: NeedCommand) -> Sequence[NeedEvent]:
        """Carry *command* out now; return what came of it."""
        events = NEED.decide(self.need, command, self.now)
        self.events += events
        for event in events:
            self.need = NEED.evolve(self.need, event)
        return events

    def refuses(self, command: NeedCommand) -> Refusal:
        """Return why *command* is refused."""
        with pytest.raises(Refused) as refused:
            NEED.decide(self.need, command, self.now)
        reason = refused.value.reason
        assert isinstance(reason, Refusal)
        return reason

    @property
    def prescription_id(self) -> str:
        return self.need.prescriptions[-1].prescription_id

    def signature(self, **changed: Any) -> SignPrescription:
        """Return the order to sign what is written."""
        content = self.need.prescriptions[-1].content
        assert content is not None
        order = SignPrescription(
            prescription_id=self.prescription_id,
            content_hash=content_hash(content),
            safety_hash=content.safety_hash,
            confirmed=True,
            staff_id=ADA.staff_id,
            staff_name=ADA.name,
            registration="Demonstration 000001",
            proof_id="a-proof",
        )
        return replace(order, **changed)

    def sending(self, **changed: Any) -> SendPrescription:
        """Return the order to send what is signed."""
        order = SendPrescription(
            prescription_id=self.prescription_id,
            pharmacy_org=PHARMACY,
            pharmacy_name="Quayside Pharmacy",
            is_open=True,
            staff_id=ADA.staff_id,
            staff_name=ADA.name,
        )
        return replace(order, **changed)

    def supply(self, **changed: Any) -> SupplyMedicine:
        """Return the order to say that it was given out."""
        order = SupplyMedicine(
            prescription_id=self.prescription_id,
            pharmacy_org=PHARMACY,
            staff_id=LEILA.staff_id,
            staff_name=LEILA.name,
        )
        return replace(order, **changed)

    def cannot(self, reason: str = "Out of stock") -> RefuseSupply:
        """Return the order to give it back."""
        return RefuseSupply(
            prescription_id=self.prescription_id,
            pharmacy_org=PHARMACY,
            reason=reason,
            staff_name=LEILA.name,
        )


def asked() -> Desk:
    """Return a need that waits."""
    return Desk().do(ASKED)


def taken() -> Desk:
    """Return a need that Ada has."""
    return asked().do(TAKE)


def drafted() -> Desk:
    """Return one for which Ada has drafted a prescription."""
    return taken().do(WRITE)


def signed() -> Desk:
    """Return one whose prescription Ada has signed."""
    desk = drafted()
    return desk.do(desk.signature())


def sent() -> Desk:
    """Return one whose prescription lies with Leila's pharmacy."""
    desk = signed()
    return desk.do(desk.sending())
