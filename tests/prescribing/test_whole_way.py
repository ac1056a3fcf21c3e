"""From a call's outcome to the supply and back to the case, in one commit each."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from standfast.calls.commands import IdentifyPatient, RecordDisposition
from standfast.calls.model_case import CASE
from standfast.facts.people import AllergyStatus
from standfast.prescribing.model import NEED
from standfast.prescribing.state import Stage
from tests.calls.rules import OPEN, outcome
from tests.prescribing.examples import ADA, LEILA, MARGARET
from tests.prescribing.place import furnish, hidden, record
from tests.support.database import Database
from tests.support.site import open_site

pytestmark = pytest.mark.anyio


async def test_a_medicines_outcome_of_a_call_is_supplied_and_the_case_knows(
    database: Database,
) -> None:
    async with open_site(database, actor=ADA) as site:
        await furnish(site)
        await record(site, AllergyStatus.NONE_KNOWN)
        case_id = OPEN.case_id
        disposition = outcome("medicines")
        assert isinstance(disposition, RecordDisposition)
        await site.execute(CASE, case_id, OPEN)
        await site.execute(
            CASE, case_id, replace(disposition, reached_at=site.clock(), priority=2)
        )
        need = await site.state(NEED, case_id)
        assert need.stage is Stage.WAITING
        assert need.received is not None
        assert need.received.priority == 2

        await site.execute(
            CASE,
            case_id,
            IdentifyPatient(
                case_id=case_id,
                patient=MARGARET,
                gp_name="Mill Lane Surgery",
                language="English",
                needs_interpreter=False,
                staff_name="Amira Khan",
            ),
        )
        assert (await site.state(NEED, case_id)).patient.person_id == "p-margaret"

        page = f"/prescribing/needs/{case_id}"
        assert (await site.post("/prescribing/take-next")).headers["location"] == page
        code = "salbutamol-100micrograms-per-dose-inhaler"
        shown = (await site.get(f"{page}?q=salbutomol&code={code}")).text
        order = {
            "code": code,
            "unit": "inhaler",
            "seen": hidden(shown, "seen"),
            "dose": "Two puffs when needed, up to four times a day",
            "quantity": "1",
        }
        assert (await site.post(f"{page}/write", order)).status_code == 303
        shown = (await site.get(f"{page}/sign")).text
        signature = {
            "prescription_id": hidden(shown, "prescription_id"),
            "content_hash": hidden(shown, "content_hash"),
            "confirmed": "yes",
        }
        assert (await site.post(f"{page}/sign", signature)).status_code == 303
        sent = {**signature, "service_id": "svc-quayside"}
        assert (await site.post(f"{page}/pharmacy", sent)).status_code == 303
        assert (await site.state(CASE, case_id)).prescription.step == "sent"

        site.as_(LEILA).clock.move(minutes=20)
        prescription = f"/prescribing/dispensing/{signature['prescription_id']}"
        assert (await site.post(f"{prescription}/supply")).status_code == 303
        assert (await site.state(CASE, case_id)).prescription.step == "supplied"

        site.clock.now += timedelta(seconds=20)
        assert (await site.post(f"{prescription}/undo")).status_code == 303
        assert (await site.state(CASE, case_id)).prescription.step == "sent"
        await site.post(f"{prescription}/cannot-supply", {"reason": "Out of stock"})
        case = await site.state(CASE, case_id)
        assert case.prescription.step == "not_supplied"
        assert (await site.state(NEED, case_id)).stage is Stage.WAITING
