"""One of everything that has an address of its own, and whose it is."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from standfast.identity.permissions import Role
from tests.access.giving import REVIEW_ID, make_review
from tests.clients.examples import CLIENT_ID
from tests.clients.examples import register as register_client
from tests.continuity.examples import PACK_ID, PICTURE_ID, make_pack, make_picture
from tests.continuity.keying import FORM_1
from tests.files.examples import FILE_ID, make_file
from tests.identity.examples import LOADER, load_staff
from tests.identity.making import (
    BOOKING_ID,
    CASE_ID,
    CLINIC,
    EXPORT_ID,
    PHARMACY,
    PRESCRIPTION_ID,
    PRINT_ID,
    make_booking,
    make_case,
    make_export,
    make_need,
    make_prescription,
    make_print,
    make_vehicle,
)
from tests.identity.supporting import GRANT_ID, grant_support
from tests.people.examples import MARGARET, register
from tests.replication.examples import PEER, make_peer
from tests.support.site import PROVIDER, TRUST, Site


class Place(Struct, frozen=True, kw_only=True):
    """Something with an address: the parts of its path, and the organisation whose it is."""

    owner: str
    parts: Mapping[str, str]
    role: Role = Role.SUPERVISOR
    """Whose work it is there."""


def _ours(
    prefix: str, owner: str, role: Role = Role.SUPERVISOR, **parts: str
) -> tuple[str, Place]:
    return prefix, Place(owner=owner, parts=parts, role=role)


PLACES: Final = dict(
    [
        _ours("/people/{person_id}", PROVIDER, person_id="p-margaret"),
        _ours("/identity/staff/{staff_id}", PROVIDER, staff_id="amira.khan"),
        _ours("/identity/support/{grant_id}", PROVIDER, grant_id=GRANT_ID),
        _ours(
            "/records/people/{person_id}",
            PROVIDER,
            Role.PRIVACY_OFFICER,
            person_id="p-margaret",
        ),
        _ours(
            "/records/exports/{export_id}",
            PROVIDER,
            Role.PRIVACY_OFFICER,
            export_id=EXPORT_ID,
        ),
        _ours("/records/prints/{print_id}", PROVIDER, print_id=PRINT_ID),
        _ours("/records/files/{record_id}", PROVIDER, record_id="p-margaret"),
        _ours("/continuity/packs/{pack_id}", PROVIDER, pack_id=PACK_ID),
        _ours("/continuity/forms/{form_id}", PROVIDER, form_id=FORM_1, picture_id=PICTURE_ID),
        _ours("/continuity/forms/{form_id}/sign", PROVIDER, Role.CLINICIAN, form_id=FORM_1),
        _ours("/calls/{case_id}", PROVIDER, case_id=CASE_ID),
        _ours(
            "/access/people/{person_id}",
            PROVIDER,
            Role.PRIVACY_OFFICER,
            person_id="p-margaret",
        ),
        _ours("/access/cases/{case_id}", PROVIDER, Role.PRIVACY_OFFICER, case_id=CASE_ID),
        _ours(
            "/access/reviews/{review_id}",
            PROVIDER,
            Role.PRIVACY_OFFICER,
            review_id=REVIEW_ID,
        ),
        _ours("/files/cases/{case_id}", PROVIDER, case_id=CASE_ID, file_id=FILE_ID),
        _ours("/triage/cases/{case_id}", PROVIDER, case_id=CASE_ID),
        _ours("/directory/needs/{case_id}", PROVIDER, case_id=CASE_ID),
        _ours("/dispatch/incidents/{case_id}", TRUST, case_id=CASE_ID),
        _ours("/dispatch/vehicles/{vehicle_id}", TRUST, vehicle_id="hm-501"),
        _ours("/clients/known/{client_id}", PROVIDER, client_id=CLIENT_ID),
        _ours("/replication/peers/{peer_id}", PROVIDER, Role.IT_OFFICER, peer_id=PEER),
        _ours("/booking/{booking_id}", CLINIC, booking_id=BOOKING_ID),
        _ours("/prescribing/needs/{case_id}", PROVIDER, Role.CLINICIAN, case_id=CASE_ID),
        _ours(
            "/prescribing/dispensing/{prescription_id}",
            PHARMACY,
            Role.PHARMACIST,
            prescription_id=PRESCRIPTION_ID,
        ),
    ]
)
"""By how a path begins. A new kind of address is added here, and made in :func:`load_world`."""

NOBODYS: Final = (
    "/static/{version}/",
    "/bars/{path:path}",
    "/triage/protocols/{protocol}",
    "/directory/services/{service_id}",
)
"""Addresses of what is everybody's: files, content, the directory, and what machines ask."""


async def load_world(site: Site) -> None:
    """Make everything that :data:`PLACES` names."""
    await load_staff(site)
    await grant_support(site)
    await register(site, "p-margaret", MARGARET)
    site.as_(LOADER)
    await make_case(site)
    await make_file(site, CASE_ID)
    await make_need(site)
    await make_vehicle(site)
    await make_booking(site)
    await make_prescription(site)
    await make_export(site)
    await make_print(site)
    await register_client(site)
    await make_peer(site)
    await make_pack(site)
    await make_picture(site)
    await make_review(site)
