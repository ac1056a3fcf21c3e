"""A grant of supplier support, as tests need one."""

from typing import Final

from standfast.identity.model_support import SUPPORT, GrantSupport
from tests.identity.examples import LOADER, SAM
from tests.support.site import PROVIDER, Site

GRANT_ID: Final = "01944000-0000-7000-8000-000000000001"
SUPPORTER: Final = "support-000000000001"


def a_grant(**changed: object) -> GrantSupport:
    """Return the command that lets Priya Nair look for an hour, at no patient's record."""
    given: dict[str, object] = {
        "grant_id": GRANT_ID,
        "org": PROVIDER,
        "supporter_id": SUPPORTER,
        "name": "Priya Nair",
        "company": "Telephony Ltd",
        "purpose": "Why calls do not arrive",
        "ticket": "INC-4711",
        "records": False,
        "by": SAM.staff_id,
        "hours": 1,
        **changed,
    }
    return GrantSupport(**given)  # type: ignore[arg-type]


async def grant_support(site: Site, **changed: object) -> None:
    """Let her look."""
    await site.execute(SUPPORT, GRANT_ID, a_grant(**changed), actor=LOADER)
