"""Having somebody know that a try to come in as them failed: for whoever is to sign in next."""

from typing import Any

from starlette.requests import Request

from standfast.facts.notices import NoticeKind
from standfast.identity.devices import device_of
from standfast.identity.ending import machine
from standfast.identity.model_notice import NOTICE, Tell, tries_of
from standfast.identity.tables_passkeys import passkey
from standfast.web.pages import platform


async def tell_of_try(request: Request, *, org: str, staff_id: str, why: str) -> None:
    """Note a try that failed; *why* is the refusal's word."""
    here = platform(request)
    notice_id = tries_of(staff_id, here.clock().date())
    command = Tell(
        notice_id=notice_id,
        org=org,
        staff_id=staff_id,
        kind=NoticeKind.TRY,
        about=why,
        at=device_of(request),
    )
    await here.execute(NOTICE, notice_id, command, actor=machine(org))


async def tell_owner(request: Request, answer: dict[str, Any], why: str) -> None:
    """Note it for whoever has the passkey that was named, if somebody has it."""
    named = answer.get("id")
    key = await passkey(platform(request).all_orgs, named) if isinstance(named, str) else None
    if key is not None:
        await tell_of_try(request, org=key.org, staff_id=key.staff_id, why=why)
