"""The copy itself: one ZIP with a page to read, a summary to print and all of it as data.

Made anew each time from what is gathered; nothing of it is ever kept on the site's disk.
"""

import asyncio
import hashlib
import io
import zipfile
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import typst
from msgspec import Struct

from standfast.facts.files import FILE_BYTES
from standfast.facts.people import PERSON, PersonSummary
from standfast.records.gathering import Gathered
from standfast.records.redaction import Text, without
from standfast.records.tables import ExportRow
from standfast.web.platform import Platform
from standfast.web.rendering import local_date, local_datetime

LAYOUT: Final = Path(__file__).parent / "templates" / "records" / "summary.typ"

LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the ZIP, so that one content is one hash."""

ACTIVE: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
    "code": "active",
}
"""An allergy that was ruled out is in no record: whatever is listed counts (ait-1)."""

FHIR_GENDER: Final = {"female": "female", "male": "male", "other": "other"}


class Copy(Struct, frozen=True, kw_only=True):
    """A finished copy."""

    content: bytes
    sha256: str
    files: tuple[str, ...]


async def made(
    platform: Platform,
    gathered: Gathered,
    ledger: ExportRow,
    *,
    org_name: str,
    texts: Collection[Text],
    now: datetime,
) -> Copy:
    """Return the copy, with every text taken out that the ledger says stays back."""
    back = {each.text for each in texts if each.text_id in set(ledger.withheld)}
    everything = {
        "number": ledger.number,
        "made_at": local_datetime(now),
        "by": org_name,
        "asked_on": local_date(ledger.asked_on),
        "about": gathered.title,
        "left_out": len(back),
        "elsewhere": gathered.elsewhere,
        "demonstration": platform.settings.demonstration,
        "entries": without([_told(each) for each in gathered.entries], back),
        "rows": without(gathered.rows, back),
    }
    fhir = without(await _fhir(platform, gathered, ledger.org), back)
    files = {
        "read-me-first.html": platform.templates.render(
            "records/copy.html", everything
        ).encode(),
        "summary.pdf": await _summary(everything),
        "record.json": msgspec.json.format(msgspec.json.encode(everything), indent=1),
        "fhir.json": msgspec.json.format(msgspec.json.encode(fhir), indent=1),
    }
    files |= await _attached(platform, gathered, ledger)
    content = _zip(files)
    return Copy(
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        files=tuple(sorted(files)),
    )


async def _attached(
    platform: Platform, gathered: Gathered, ledger: ExportRow
) -> dict[str, bytes]:
    """Return every file of the person's cases but those that stay back, each by its number."""
    found = {}
    for number, file in enumerate(gathered.files, start=1):
        if file.sha256 in ledger.withheld:
            continue
        body = await platform.ask(FILE_BYTES, org=ledger.org, key=file.file_id)
        if body is not None:
            found[f"files/{number:03d}.{file.name.rpartition('.')[2]}"] = body
    return found


def _told(entry: Any) -> dict[str, Any]:
    return {
        "when": local_datetime(entry.at),
        "recorded": local_datetime(entry.recorded_at),
        "who": entry.who,
        "what": entry.sentence,
        "kind": entry.kind,
        "tag": entry.tag,
        "contact": entry.case_id,
        "as_kept": entry.body,
    }


def _zip(files: Mapping[str, bytes]) -> bytes:
    sums = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, content in sorted(files.items())
    )
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted({**files, "SHA256SUMS": sums.encode()}.items()):
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), content)
    return whole.getvalue()


async def _summary(everything: Mapping[str, Any]) -> bytes:
    data = msgspec.json.encode({key: everything[key] for key in everything if key != "rows"})
    compiled: bytes = await asyncio.to_thread(
        typst.compile, LAYOUT, format="pdf", sys_inputs={"copy": data.decode()}
    )
    return compiled


async def _fhir(platform: Platform, gathered: Gathered, org: str) -> dict[str, Any]:
    person = await platform.ask(PERSON, org=org, key=gathered.person_id)
    if person is None:
        return {"resourceType": "Bundle", "type": "collection"}
    return collection(person)


def collection(person: PersonSummary) -> dict[str, Any]:
    """Return the person and their allergies as a FHIR R4 collection. No profile is claimed."""
    who = person.details
    patient: dict[str, Any] = {
        "resourceType": "Patient",
        "id": "patient",
        "name": [{"family": who.family, "given": [who.given]}],
        "gender": FHIR_GENDER.get(who.sex.value, "unknown"),
        "telecom": [{"system": "phone", "value": each} for each in who.phones],
        "address": [{"line": list(who.address), "postalCode": who.postcode}],
    }
    if who.nhs_number:
        patient["identifier"] = [
            {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": who.nhs_number}
        ]
    if who.born:
        patient["birthDate"] = who.born.isoformat()
    allergies = [
        {
            "resourceType": "AllergyIntolerance",
            "id": f"allergy-{number}",
            "clinicalStatus": {"coding": [ACTIVE]},
            "patient": {"reference": "Patient/patient"},
            "code": {"text": each.display},
            "reaction": [{"manifestation": [{"text": each.reaction or "Not known"}]}],
        }
        for number, each in enumerate(person.allergies, start=1)
    ]
    entries = [{"resource": each} for each in (patient, *allergies)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}
